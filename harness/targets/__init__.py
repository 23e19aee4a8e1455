"""What differs from target to target, one module each: `registry` lists them, `target` says what each tells.

Standard library only: `lit-tests/lit.cfg.py` imports these outside our own environment.
"""
