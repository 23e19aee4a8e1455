"""The LLVM in llvmlite's wheel, as `llc` and `lli` commands: a toolchain with nothing to install."""
