"""The terminal: printing, the standard streams, and how a command ends."""
