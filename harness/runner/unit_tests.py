"""LLVM's unit tests that a series changes, as a suite: one test for each program that they are built into."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from harness.runner.runs import Suite
from harness.store import Store, digest

PREFIX = "llvm/"
_CONFIG = """\
import lit.formats
config.name = "unittests"
config.test_format = lit.formats.ShTest(execute_external=False)
config.suffixes = {""}
config.excludes = {"lit.cfg.py"}
config.test_exec_root = lit_config.params["exec_root"]
config.environment["PATH"] = lit_config.params["toolchain_bin"] + ":/usr/bin:/bin"
"""


def command(program: str) -> str:
    """What a program of unit tests (`unittests/ADT/ADTTests`) is called in a toolchain."""
    return program.replace("/", "-")


def suite(store: Store, programs: Iterable[str], jobs: int) -> Suite:
    """The suite of these programs. Tests are named `llvm/unittests/ADT/ADTTests`."""
    names = sorted(programs)

    def write(aside: Path) -> None:
        (aside / "lit.cfg.py").write_text(_CONFIG)
        for name in names:
            (aside / name).parent.mkdir(parents=True, exist_ok=True)
            (aside / name).write_text(f"RUN: {command(name)}\n")

    root = store.make("unit-tests", digest("1", _CONFIG, *names), write)
    return Suite(root, jobs, prefix=PREFIX, inputs=("unittests",))
