"""A case on many LLVMs."""
