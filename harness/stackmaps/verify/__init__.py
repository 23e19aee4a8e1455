"""Verifies stack maps: the format, registers and slots, and the code at every record."""
