"""One module for each layout of the database; a step that was released never changes."""
