"""A smaller case with the same failure."""
