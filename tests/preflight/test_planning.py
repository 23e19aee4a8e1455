"""What a check would do for a series, by what its files tell and what an overlay says."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from harness.builders.choose import BuildSetup
from harness.builders.effect import Effect
from harness.builders.overlay import Overlay
from harness.builders.pace import Pace
from harness.builders.planner import Outlook, Plan
from harness.builders.request import NeedsFullBuildError, Options, Side
from harness.check.prepare import Prepared
from harness.llvm import Prebuilt, Release, SourceTree
from harness.model import Claim, ClaimKind, Series, SeriesKind
from harness.patch import Change, ChangeKind
from harness.preflight.job import Planning
from harness.preflight.record import PlannedUnit, SeriesPlan
from harness.progress import Silent
from harness.store import Store

A, B, HEADER = "llvm/lib/A.cpp", "llvm/lib/B.cpp", "llvm/include/A.h"
UNIT, WINDOWS = "llvm/unittests/ADT/A.cpp", "llvm/lib/Windows.inc"
NEW = "llvm/test/CodeGen/X86/new.ll"


def planned(tmp_path: Path, one: Prepared, builder: str = "auto", measured: Pace | None = None) -> SeriesPlan:
    prebuilt = Prebuilt(
        *(tmp_path, "19.1.7", Path("/bin/cc"), Path("/bin/c++"), None, tmp_path, None, None, "", False),
        *("id", "made up"),
    )
    (tmp_path / "lib/cmake/llvm").mkdir(parents=True, exist_ok=True)
    (tmp_path / "lib/cmake/llvm/LLVMConfig.cmake").write_text(
        "set(LLVM_ALL_TARGETS X86)\nset(LLVM_TARGETS_TO_BUILD X86)\n"
    )
    source = SourceTree(tmp_path / "base", "19.1.7", "base", "made up")
    setup = BuildSetup(Store(tmp_path / "store"), Release(prebuilt, source), Options(), builder)
    return Planning(setup, measured, Silent()).series(one)


def patched(effect: Effect, *changes: Change, series: Series | None = None) -> Prepared:
    one = series or Series("demo", "Demo", SeriesKind.FIX, ())
    return Prepared(
        one, Side("demo", Path("/p"), "p"), changes, {c.path: "1" for c in changes}, effect=effect
    )


def test_documentation_needs_nothing(tmp_path: Path) -> None:
    found = planned(tmp_path, patched(Effect(inert=True, meant=True)))
    assert (found.builder, found.why) == ("none", "only documentation and comments change")
    assert (found.suites, found.estimate) == (False, "")
    tests = planned(
        tmp_path, patched(Effect(inert=True, meant=True, tests=True), Change(NEW, ChangeKind.ADDED))
    )
    assert tests.own_tests == (f"{NEW}: added",)


def test_an_overlay(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    plan = Plan(
        units=(A, B, UNIT),
        tools=("llc", "lli"),
        tables=(),
        unjudged=(f"{WINDOWS}: for another host", "llvm/lib/Theirs.inc: for another host"),
        hidden=(f"{HEADER}: 9 units", "llvm/lib/Theirs.h: 9 units"),
        stale=("llvm-reduce",),
        tests={"unittests/ADT/ADTTests": (UNIT,)},
        why={B: (HEADER,)},
    )
    monkeypatch.setattr(Overlay, "outlook", lambda *_: Outlook(plan, 5, 3))
    seeming = (f"{UNIT}: unit tests are not run here", "clang/A.cpp: left out")
    changes = [Change(path, ChangeKind.MODIFIED) for path in (A, HEADER, UNIT, WINDOWS)]
    found = planned(tmp_path, patched(Effect(unjudged=seeming), *changes), measured=Pace(4.0, 9))
    assert found.units == (
        PlannedUnit(A, "changed"),
        PlannedUnit(B, f"reads {HEADER}"),
        PlannedUnit(UNIT, "changed"),
    )
    assert (found.builder, found.tools, found.stale) == ("overlay", ("llc", "lli"), ("llvm-reduce",))
    assert found.unit_tests == ("unittests/ADT/ADTTests",)
    lost = ("clang/A.cpp: left out", f"{WINDOWS}: for another host", f"{HEADER}: 9 units")
    assert found.unjudged == lost
    assert found.estimate == (
        "5 units of base, at most 3 with the patch, and linking; "
        "about 16 s (4.0 s each, 2 at once, from 9 compiled here)"
    )
    monkeypatch.setattr(Overlay, "outlook", lambda *_: Outlook(plan, 0, 0))
    assert planned(tmp_path, patched(Effect(), *changes)).estimate == "both sides are in the store"


def test_a_full_build(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> Outlook:
        error = NeedsFullBuildError("77 units include it", "use --max-units 77, or --builder full", HEADER)
        error.enough = 77
        raise error

    monkeypatch.setattr(Overlay, "outlook", refuse)
    header = planned(tmp_path, patched(Effect(), Change(HEADER, ChangeKind.MODIFIED)), measured=Pace(4.0, 9))
    assert header.builder == "full"
    assert header.why == f"77 units include it: {HEADER}; --max-units 77 would avoid it"
    assert header.estimate == (
        "all of LLVM twice, some 1,500 steps each; "
        "about 1 h 40 min (4.0 s each, 2 at once, from 9 compiled here)"
    )
    cmake = planned(tmp_path, patched(Effect(), Change("llvm/CMakeLists.txt", ChangeKind.MODIFIED)))
    assert cmake.why == "llvm/CMakeLists.txt: cmake's input"
    refused = planned(
        tmp_path, patched(Effect(), Change("llvm/CMakeLists.txt", ChangeKind.MODIFIED)), "overlay"
    )
    assert refused.error == (
        "demo: an overlay cannot be exact for it\n"
        "  llvm/CMakeLists.txt: cmake's input\nnext: use --builder full"
    )
    asked = planned(tmp_path, patched(Effect(), Change(A, ChangeKind.MODIFIED)), "full")
    assert (asked.builder, asked.why) == ("full", "asked for")


def test_claims_are_run_whatever_changes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    plan = Plan((), ("llc", "lli"), (), ())
    monkeypatch.setattr(Overlay, "outlook", lambda *_: Outlook(plan, 2, 0))
    series = Series("demo", "Demo", SeriesKind.FIX, (), claims=(Claim(ClaimKind.FIXES, "a.ll"),))
    found = planned(tmp_path, patched(Effect(inert=True, meant=True), series=series))
    assert (found.builder, found.suites) == ("overlay", True)


def test_a_header_that_the_series_adds_and_includes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Base's sources include it nowhere: what is compiled with the patch does."""
    (tmp_path / "p" / A).parent.mkdir(parents=True)
    (tmp_path / "p" / A).write_text('#include "New.h"\n')
    lost = tuple(f"llvm/lib/{name}.h: no unit that is compiled here reads it" for name in ("New", "Lonely"))
    plan = Plan((A,), ("llc", "lli"), (), (), unjudged=lost)
    monkeypatch.setattr(Overlay, "outlook", lambda *_: Outlook(plan, 1, 1))
    changes = (
        Change(A, ChangeKind.MODIFIED),
        *(Change(f"llvm/lib/{n}.h", ChangeKind.ADDED) for n in ("New", "Lonely")),
    )
    one = replace(patched(Effect(), *changes), side=Side("demo", tmp_path / "p", "p"))
    assert planned(tmp_path, one).unjudged == (lost[1],)
