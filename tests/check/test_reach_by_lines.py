"""Tests divided by lines after functions: those that were chosen for a series, those that it brings."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, cast

import pytest

from harness.check.reached import Division
from harness.check.select import PlannedRuns
from harness.model import Outcome, TestResult
from harness.report.reach import LineReach, Reach, UpstreamReach
from harness.report.record import Result, SeriesReport
from harness.runner.selection import Portion
from tests.check.test_reach_by_maps import PAIR, Place, names, place, series
from tests.check.test_unshown import comparison

if TYPE_CHECKING:
    from harness.check.lines import LineFinder
    from harness.check.prepare import Prepared
    from harness.check.reached import TestsReached
    from harness.check.upstream import UpstreamChoice
    from harness.llvm import Toolchain

__all__ = ["place"]

MISSED = ("llvm/lib/Target/X86/A.cpp:7",)


@dataclass
class Lines:
    """Stands for a LineFinder that leaves the tests whose name ends so. `seen` is what it was given."""

    left: str
    seen: list[Division] = field(default_factory=list)

    def narrow(
        self,
        _one: Prepared,
        _base: Toolchain,
        divisions: Sequence[Division],
        note: Reach,
        chosen: frozenset[str],
    ) -> tuple[list[Division], Reach]:
        self.seen += divisions
        keep = [frozenset(n for n in one.reached if n.endswith(self.left)) for one in divisions]
        narrowed = [one.keep(some) for one, some in zip(divisions, keep, strict=True)]
        said = LineReach(9, sum(map(len, keep)), missed=MISSED)
        upstream = replace(
            note.upstream or UpstreamReach(), ran=sum(len(k & chosen) for k in keep), nearest=9
        )
        return narrowed, replace(note, by_functions=9, by_lines=said, upstream=upstream)


def find(place: Place, left: str, choice: UpstreamChoice, symlinked: Portion | None = None) -> TestsReached:
    lines = Lines(left)
    finder = place.finder()
    finder.lines = cast("LineFinder", lines)
    assert choice.portion is not None
    parts = PlannedRuns((Portion(place.suite, place.suite), choice.portion), symlinked)
    found = finder(series(), PAIR, place.tools, parts, choice)
    assert [names(one.reached) for one in lines.seen] == [["both.ll"], ["asm.ll", "far.s", "near.ll"]]
    assert lines.seen[1].outcomes == dict.fromkeys(choice.names, Outcome.PASS)
    return found


def result(note: Reach) -> Result:
    return SeriesReport("demo", "Demo", series().series.kind, comparison(), reach=note).result


def test_those_of_llvms_that_do_not_get_to_a_line_run_on_base_alone(place: Place) -> None:
    place.make_llvms()
    choice = place.choose()
    found = find(place, "far.s", choice)
    assert found.keep is not None
    assert [*map(names, found.keep)] == [["off.ll"], ["far.s"]]
    left = names(one.name for one in found.unreached)
    assert left == ["asm.ll", "both.ll", "near.ll", "none.ll", "other.ll"]
    # Of the suites' tests, as before: LLVM's are told apart.
    assert found.note is not None
    assert (found.note.reached, found.note.unreached, found.note.is_none) == (0, 3, False)


def test_where_none_is_left_no_test_reaches_the_series(place: Place) -> None:
    place.make_llvms()
    note = find(place, "nothing", place.choose()).note
    assert note is not None
    assert (result(note), note.by_lines) == (Result.UNPROVEN, LineReach(9, missed=MISSED))
    assert note.gap == f"no test that ran gets to {MISSED[0]}"
    # They get closest that enter the function.
    assert names(note.nearest) == ["asm.ll", "both.ll", "far.s", "near.ll"]


def test_of_a_test_that_the_series_brings_lines_have_not_told(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It ran, and enters what changes: whether it gets to the line is asked if it shows nothing."""
    place.make_llvms()
    brought = Portion(place.suite, place.suite, frozenset({"new.ll"}))
    division = Division(brought, frozenset({"new.ll"}), outcomes={"new.ll": Outcome.PASS})
    monkeypatch.setattr("harness.check.reach._Dividing._divide_on_base", lambda *_: division)
    note = find(place, "nothing", place.choose(), brought).note
    assert note is not None
    assert (result(note), note.by_lines) == (Result.OK, LineReach(9, unsure=1, missed=MISSED))
    division = Division(brought, unreached=(TestResult("new.ll", Outcome.PASS, 0.0),))
    note = find(place, "nothing", place.choose(), brought).note
    assert note is not None
    assert result(note) is Result.UNPROVEN


def test_the_places_of_a_series_that_no_test_enters(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("harness.check.reach.list_functions", lambda *_: frozenset())
    place.changed = replace(place.changed, functions=frozenset())
    one = series()
    one = replace(one, side=replace(one.side, root=place.tree.parent / "patched"))
    path = "llvm/lib/Target/X86/A.cpp"
    old = "#include <x>\nint f() {\n  g();\n  return 0;\n}\n"
    new = old.replace("<x>", "<y>").replace("return 0", "\n  return 1")
    for root, text in ((place.tree, old), (one.side.root, new)):
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text)
    parts = PlannedRuns((Portion(place.suite, place.suite),))
    note = place.finder()(one, PAIR, place.tools, parts).note
    assert note is not None
    assert (result(note), note.by_lines) == (Result.UNPROVEN, LineReach(missed=(f"{path}:5",)))
    assert note.lines[-1] == f"no test gets to {path}:5"
    assert note.gap == "no test enters what it changes"
    assert Path(one.side.root, path).read_text().splitlines()[4] == "  return 1;"
