"""Which functions a test enters, and which of them a patch changes."""
