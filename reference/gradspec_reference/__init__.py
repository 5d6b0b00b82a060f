"""The gradspec reference: layers as pages of NumPy, evaluated in floats, balls and rounded numbers."""
