"""What differs between targets, in one module each. `registry` lists them, `target` defines their facts.

Standard library only: `lit-tests/lit.cfg.py` imports these outside the harness's environment.
"""
