"""Checks that are killed again and again: what they leave, and what the next one says."""
