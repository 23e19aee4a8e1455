"""Compiling without a verdict: the miniature LLVM with nothing to link against."""

from __future__ import annotations

import difflib
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from harness import process
from harness.builders.request import Options
from harness.compile_only import job as compilation
from harness.compile_only.record import decode, encode
from harness.errors import EXIT_PATCH, EXIT_VERDICT, UsageError
from harness.llvm import SourceTree
from harness.model import Series, SeriesKind
from harness.progress import Silent
from harness.report import wire
from harness.report.record import CheckReport
from harness.report.record import encode as encode_check
from harness.series.parse import read_patch

if TYPE_CHECKING:  # pytest finds the fixture, not the module
    from tests.miniature import Miniature

pytestmark = pytest.mark.xdist_group("miniature")
A = "llvm/lib/Foo/A.cpp"
DEEP = "llvm/include/llvm/Deep.h"


def series(miniature: Miniature, name: str, path: str, old: str, new: str) -> Series:
    text = miniature.text(path)
    assert old in text
    lines = difflib.unified_diff(
        text.splitlines(keepends=True),
        text.replace(old, new).splitlines(keepends=True),
        f"a/{path}",
        f"b/{path}",
    )
    patch = f"diff --git a/{path} b/{path}\n" + "".join(lines)
    return Series(name, f"The series {name}", SeriesKind.FIX, (read_patch(name, patch.encode()),), "19.1.7")


def job(miniature: Miniature, *found: Series) -> compilation.CompileJob:
    root = miniature.base.root
    source = SourceTree(root, "23.1.1", miniature.base.identity, "a tarball")
    # An LLVM that has a compiler and settings, and no archives.
    like = replace(miniature.prebuilt, identity="a compiler", provenance="a compiler")
    return compilation.CompileJob(miniature.store, source, like, found, Options())


def test_what_compiles_is_told_from_what_does_not(miniature: Miniature) -> None:
    linked = set(miniature.store.root.glob("overlay/*"))
    good = series(miniature, "good", A, "DEEP", "400")
    bad = series(miniature, "bad", A, "DEEP", "NOSUCH")
    report = compilation.run(job(miniature, good, bad), Silent())
    assert (report.llvm_version, report.ok) == ("23.1.1", False)
    assert report.provenance == "a tarball; compiler and settings of a compiler"
    compiled, refused = report.series
    assert (compiled.name, compiled.made_for, compiled.units, compiled.ok) == ("good", "19.1.7", (A,), True)
    assert refused.error.startswith(f"{A} does not compile: {A}:")
    assert "the patch's lines it is about:" in refused.error
    assert report.exit_code == EXIT_PATCH
    # Nothing was linked: there is no llc of a version that has no archives.
    assert set(miniature.store.root.glob("overlay/*")) == linked


def test_the_users_of_a_header_are_compiled(miniature: Miniature) -> None:
    broken = series(miniature, "broken", DEEP, "DEEP", "SHALLOW")
    report = compilation.run(job(miniature, broken), Silent())
    assert "llvm/lib/Foo/" in report.series[0].error
    assert "does not compile" in report.series[0].error


def test_a_series_that_does_not_apply(miniature: Miniature) -> None:
    one = series(miniature, "stale", A, "DEEP", "401")
    data = one.patches[0].canonical.replace(b"DEEP", b"SHALLOW")
    stale = replace(one, patches=(read_patch("stale", data),))
    report = compilation.run(job(miniature, stale), Silent())
    assert report.exit_code == EXIT_PATCH
    assert not report.ok
    assert report.series[0].error


def test_tablegen_is_built_once_and_from_the_source(miniature: Miniature) -> None:
    one = job(miniature, series(miniature, "good", A, "DEEP", "400"))
    steps: list[str] = []

    class Steps(Silent):
        def step(self, text: str) -> None:
            steps.append(text)

    for _ in range(2):
        assert compilation.run(one, Steps()).ok
    assert steps.count("building TableGen from the source") <= 1
    (tblgen,) = miniature.store.root.glob("tblgen/*/llvm-tblgen")
    assert process.run([tblgen]).ok


def test_no_series_is_not_ok(miniature: Miniature) -> None:
    report = compilation.run(job(miniature), Silent())
    assert (report.ok, report.exit_code) == (False, EXIT_VERDICT)


def test_a_record_is_told_from_that_of_a_check(miniature: Miniature) -> None:
    report = compilation.run(job(miniature, series(miniature, "good", A, "DEEP", "400")), Silent())
    assert decode(encode(report)) == report
    check = CheckReport("0", "19.1.7", "debian-19", "Debian", "overlay", True)
    assert wire.has_field(encode(report), "compilation")
    assert not wire.has_field(encode_check(check), "compilation")
    assert not wire.has_field(b"[", "compilation")
    with pytest.raises(UsageError, match=r"^this is not a record of a compilation\n"):
        decode(encode_check(check))
    with pytest.raises(UsageError, match=r"^a record of version 9; this harness reads version 1\n"):
        decode(encode(report).replace(b'"version": 1', b'"version": 9'))
