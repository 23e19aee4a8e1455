"""Stack maps as values: read from objects and executables, shown, verified, compared."""
