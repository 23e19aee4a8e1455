"""How a tool crashed, read from its output."""
