"""`debian`: LLVM from Debian's packages and source packages."""
