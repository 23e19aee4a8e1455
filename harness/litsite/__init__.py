"""What `lit.cfg.py` uses. The standard library is all it needs."""
