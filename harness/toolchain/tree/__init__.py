"""`tree` and `system`: an LLVM that is on the machine."""
