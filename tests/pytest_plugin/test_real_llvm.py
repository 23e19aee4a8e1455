"""Suites on a real LLVM: ours, and one that a user wrote, on the wheel; LLVM's own on Debian's."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.command import Source
from tests.pytest_plugin.started import make_suite, run_pytest

pytestmark = [pytest.mark.xdist_group("plugin"), pytest.mark.slow]

REPOSITORY = Path(__file__).parents[2]
_TEXT = """\
; RUN: llc -mtriple=x86_64-linux < %s | FileCheck %s
; CHECK: {}:
define void @f() {{
  ret void
}}
"""
TESTS = {"asm.ll": _TEXT.format("f"), "text.ll": _TEXT.format("g")}


@pytest.mark.needs_llvm
def test_any_suite_runs_on_the_wheel(tmp_path: Path) -> None:
    """From another folder than the checkout, with what is installed alone."""
    make_suite(tmp_path / "mine", TESTS)
    (tmp_path / "mine/lit.cfg.py").write_text(
        "import lit.formats\nconfig.name = 'mine'\nconfig.test_format = lit.formats.ShTest()\n"
        "config.suffixes = ['.ll']\n"
    )
    ours = REPOSITORY / "lit-tests/X86/patchpoint-tail.ll"
    ran = run_pytest(
        tmp_path,
        "mine",
        ours,
        "--llvm",
        "wheel",
        "-q",
        "-rA",
        "-p",
        "no:cacheprovider",
        env={"PYTHONPATH": None},
    )
    assert ran.listed("PASSED") == [f"{os.path.relpath(ours, tmp_path)}[wheel]", "mine/asm.ll[wheel]"]
    assert ran.listed("FAILED") == ["mine/text.ll[wheel]"]
    assert 'text.ll:2: error: Couldn\'t match "g:".' in ran.text


@pytest.mark.xdist_group("overlay")
def test_llvms_own_tests_run_in_a_copy(source: Source, tmp_path: Path) -> None:
    folder = source.root / "llvm/test/CodeGen/X86/GlobalISel"
    before = sorted(os.listdir(folder))  # noqa: PTH208 - names alone
    name = folder / "add-scalar.ll"
    ran = run_pytest(tmp_path, f"{name}[llvm-19]", "-q", "-rA", "-p", "no:cacheprovider")
    assert (ran.code, len(ran.listed("PASSED"))) == (0, 1), ran.text
    assert sorted(os.listdir(folder)) == before  # noqa: PTH208 - as above
