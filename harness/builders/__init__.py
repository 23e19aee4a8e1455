"""LLVM without and with a patch."""
