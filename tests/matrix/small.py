"""A small matrix: a suite of two tests, one of which fails, on the wheel and on an LLVM that is not there."""

from __future__ import annotations

from pathlib import Path

from tests.command import SUITE_CONFIG

PASSES = "; RUN: llc -mtriple=x86_64 < %s | grep ret\ndefine void @f() {\n  ret void\n}\n"
RECIPE = """\
[matrix]
title = "small"
[[llvm]]
name = "wheel"
[[llvm]]
name = "system:99"
[[suite]]
name = "lit-tests"
targets = ["A", "B"]
"""


def write_matrix(folder: Path) -> None:
    """Write the suite and the recipe, without series."""
    for name, text in {
        "lit-tests/lit.cfg.py": SUITE_CONFIG,
        "lit-tests/A/a.ll": PASSES,
        "lit-tests/B/b.ll": PASSES.replace("grep ret", "grep nothing"),
        "ci/matrix.toml": RECIPE,
    }.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    (folder / "patches").mkdir()
