"""How a tool died, read from what it wrote."""
