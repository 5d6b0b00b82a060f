"""Kinds of number: balls for the truth, rounded numbers for the interval, portable floats for wrong answers."""
