"""The crash desk: from a pasted report to a test that reproduces it."""
