"""Running lit tests: suites, workers, lit's shell, programs, FileCheck."""
