"""The lit suite: what a toolchain can do, running the tests on it, and keeping the tests portable."""
