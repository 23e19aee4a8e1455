"""Writing tests: the linter and the index of the suite."""
