"""What a new text of a test no longer does."""

from __future__ import annotations

import pytest

from harness.runner.weaker import fewer_checks, fewer_runs

TWO = "; RUN: llc < %s 2>&1 | FileCheck %s\n; RUN: opt -S %s |& FileCheck %s --check-prefix=OPT\n"


@pytest.mark.parametrize(
    ("old", "new", "lost"),
    [
        (TWO, TWO, ""),
        (TWO, f"{TWO}; RUN: llvm-mc %s\n", ""),
        (TWO, TWO.replace("llc", "llc -O0"), ""),
        (TWO, TWO.replace("llc", "not --crash llc"), ""),
        (TWO, TWO.replace("llc", "env A=1 /bin/llc"), ""),
        ("; RUN: not llc %s\n", "; RUN: llc %s\n", ""),
        ("; RUN: llc %s > %t\n; RUN: FileCheck %s < %t\n", "; RUN: llc %s | FileCheck %s\n", ""),
        ("; RUN: rm -f %t; llc %s; \n", "; RUN: llc %s\n", ""),
        (TWO, "; RUN: true\n", "FileCheck, llc, opt"),
        (TWO, "", "FileCheck, llc, opt"),
        (TWO, "; RUN: echo llc opt FileCheck FileCheck\n", "FileCheck, llc, opt"),
        (TWO, TWO.replace("| FileCheck %s\n", "\n"), "FileCheck"),
        (TWO, TWO.replace("| FileCheck %s\n", "| not FileCheck %s\n"), "FileCheck"),
        (TWO, TWO.replace("FileCheck %s\n", "FileCheck %s || true\n"), "FileCheck, llc"),
        (TWO, TWO.replace("FileCheck %s\n", "FileCheck %s; true\n"), "FileCheck, llc"),
        (TWO, TWO.replace("llc", "opt"), "llc"),
        ("; RUN: llc %s \\\n; RUN:   | FileCheck %s\n", "; RUN: llc %s \\\n; RUN: -O0\n", "FileCheck"),
        ("; DEFINE: %{x} = llc %s | FileCheck %s\n", "; DEFINE: %{x} = true\n", "FileCheck, llc"),
        ("; RUN: llc 'broken | FileCheck %s\n", "; RUN: true\n", "FileCheck, llc"),
    ],
)
def test_programs_that_run_less_often(old: str, new: str, lost: str) -> None:
    assert fewer_runs(old, new) == (f"runs {lost} less often than before" if lost else "")


@pytest.mark.parametrize(
    ("new", "said"),
    [
        ("; CHECK: a\n; OPT: b\n", ""),
        ("; CHECK: a\n; OPT-NOT: b\n; CHECK: c\n", ""),
        ("; CHECK: a\n; OTHER: b\n", "has 1 check lines, before 2"),
        ("", "has 0 check lines, before 2"),
    ],
)
def test_check_lines_that_are_gone(new: str, said: str) -> None:
    assert fewer_checks(f"{TWO}; CHECK: a\n; OPT: b\n", TWO + new) == said
