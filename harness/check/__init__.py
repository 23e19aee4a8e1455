"""One check: series applied, both sides built, the tests run on both, compared, told."""
