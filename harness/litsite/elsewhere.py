"""The suite's configuration for a folder of tests that is not in it."""

from __future__ import annotations

_CONFIGURATION = """\
# Runs the tests in this folder like those of the suite.
import os

lit_config.load_config(config, {suite!r})
config.name = {name!r}
config.test_source_root = os.path.dirname(os.path.abspath(__file__))
config.test_exec_root = os.path.join(config.test_source_root, "Output")
"""


def write_configuration(suite: str, name: str) -> str:
    """The text of a lit.cfg.py; `suite` is the path of the suite's own, `name` that of the tests."""
    return _CONFIGURATION.format(suite=suite, name=name)
