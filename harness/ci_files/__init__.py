"""CI configurations for teams that keep an LLVM fork, written from the recipe of the matrix."""
