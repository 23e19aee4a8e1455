"""Where LLVM's source comes from."""
