"""Watched tools: copies of LLVM's tools that note which of their functions are entered."""
