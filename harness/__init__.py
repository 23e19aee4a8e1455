"""A patch goes in, a verdict comes out: LLVM patches judged on patchpoint and stack map tests."""

__version__ = "0.1.0"
