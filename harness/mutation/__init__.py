"""Mutation testing: the suite run on LLVMs with a known mistake."""
