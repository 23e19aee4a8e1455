"""Where an LLVM comes from."""
