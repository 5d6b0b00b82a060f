"""Write down what a run found, for people and for programs."""
