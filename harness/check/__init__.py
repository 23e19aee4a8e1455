"""One check: apply the series, build both sides, run the tests on both, compare."""
