"""What a check would build and run, without building."""
