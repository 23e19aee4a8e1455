"""A report made into a lit test."""
