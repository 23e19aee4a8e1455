"""Series compiled against a source without archives: no verdict."""
