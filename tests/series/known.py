"""The series that the tests of loading know."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

import pytest

from harness.model import Claim, ClaimKind, Series
from harness.patch import FileDiff
from harness.series import unified

LOWER = "llvm/lib/Target/X86/X86MCInstLower.cpp"
RECIPE = """\
title = "Diagnose it"
kind = "fix"
upstream = "https://example.org/1"
[llvm]
versions = ["19.1.7", "22.1.8"]
[[claims]]
fixes = "X86/a.ll"
[[claims]]
fixes = "X86/b.ll"
versions = ["22.1.8"]
"""
A = Claim(ClaimKind.FIXES, "X86/a.ll")
B = Claim(ClaimKind.FIXES, "X86/b.ll")

Loader = Callable[..., Series]
PATCH = "patches/diagnose/19.1.7/0001-X86-Diagnose-it.patch"


def count_parses(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """How often a patch of each name is parsed from now on."""
    parsed: Counter[str] = Counter()
    original = unified.parse

    def count(name: str, data: bytes, first_line: int = 1) -> tuple[FileDiff, ...]:
        parsed[name] += 1
        return original(name, data, first_line)

    monkeypatch.setattr(unified, "parse", count)
    return parsed


def essence(series: Series) -> tuple[object, ...]:
    """All of a series but how its patches are called in messages."""
    rest = (series.name, series.title, series.kind, series.upstream, series.llvm, series.claims)
    return (*rest, tuple(p.canonical for p in series.patches))
