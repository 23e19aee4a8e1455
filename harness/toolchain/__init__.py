"""Where an LLVM comes from, and the source it was built from."""
