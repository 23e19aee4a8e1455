"""The LLVM inside llvmlite's wheel, behind `llc` and `lli` commands: a toolchain with nothing to install."""
