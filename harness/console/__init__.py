"""The terminal: what is printed, the state of the standard streams, and how a command ends."""
