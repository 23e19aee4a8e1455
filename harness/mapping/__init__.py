"""The map of which functions LLVM's tests enter: made, kept, passed on, asked."""
