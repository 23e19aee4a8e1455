"""From the objects of both sides to the functions that a patch changes. Pure."""
