"""What `harness plan` prints, and its JSON."""

from __future__ import annotations

import io
from collections.abc import Callable

import pytest
from rich.console import Console

from harness.errors import Failure, UsageError
from harness.preflight.record import PlannedUnit, PlanReport, SeriesPlan, decode, encode, write

REPORT = PlanReport(
    tool_version="0.1.0",
    llvm_version="19.1.7",
    toolchain="debian-19",
    provenance="Debian packages",
    suites={"lit-tests": 331, "llvm/test/CodeGen/X86": 4991},
    series=(
        SeriesPlan(
            *("my", "Mend it", "fix", "overlay"),
            units=(
                PlannedUnit("llvm/lib/A.cpp", "changed"),
                PlannedUnit("llvm/lib/B.cpp", "reads llvm/include/A.h"),
            ),
            tools=("llc", "lli", "opt"),
            unit_tests=("unittests/ADT/ADTTests",),
            stale=("llvm-reduce",),
            unjudged=("llvm/lib/Support/Windows/Path.inc: for another host",),
            own_tests=("llvm/test/CodeGen/X86/new.ll: added",),
            estimate="3 units of base, at most 2 with the patch, and linking; about 40 s",
            remarks=("my: is patch 1/2 of a series, taken alone",),
        ),
        SeriesPlan("docs", "Say it", "fix", why="only documentation and comments change", suites=False),
        SeriesPlan(
            *("all", "Touch everything", "feature", "full"),
            "llvm/CMakeLists.txt: cmake's input",
            units=tuple(PlannedUnit(f"llvm/lib/{n}.cpp", "changed") for n in range(25)),
            estimate="all of LLVM twice, some 1,500 steps each; no estimate yet: nothing was compiled here",
        ),
        SeriesPlan(
            "old", "Old", "fix", error=Failure("old.patch does not apply: llvm/lib/A.cpp\nnext: rebase it")
        ),
    ),
    remarks=("other has no patches for LLVM 19.1.7: left out",),
)


def test_golden(golden: Callable[[str, str], None]) -> None:
    stream = io.StringIO()
    write(REPORT, Console(file=stream, width=60))
    golden("plan.txt", stream.getvalue())


def test_round_trip() -> None:
    assert decode(encode(REPORT)) == REPORT


@pytest.mark.parametrize(
    ("data", "what"),
    [
        (b"{}", "this is not a record of a plan"),
        (encode(REPORT).replace(b'"version": 1', b'"version": 2', 1), "a record of version 2; this harness"),
    ],
)
def test_strangers_are_turned_away(data: bytes, what: str) -> None:
    with pytest.raises(UsageError) as caught:
        decode(data)
    assert caught.value.what.startswith(what)
