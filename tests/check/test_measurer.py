"""Measuring coverage never fails: what keeps it from being known is its value."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from harness.builders.coverage import Counting
from harness.builders.request import Side
from harness.check import coverage
from harness.check.coverage import Measurer, find_added
from harness.check.prepare import Prepared
from harness.check.select import PlannedRuns
from harness.coverage import FileCoverage, PatchCoverage
from harness.errors import EnvironmentLacksError
from harness.llvm import CoverageTools, Toolchain
from harness.model import Run, Series, SeriesKind
from harness.patch import Change, ChangeKind, FileDiff, Hunk, Patch
from harness.progress import Silent
from harness.reach.lines.counts import LineCounts
from harness.runner.runs import Suite
from harness.runner.selection import Portion
from harness.runner.sources import SourceChangedError
from harness.runner.touch import Touch

UNIT = "llvm/lib/A.cpp"
NONE = Path("/nonexistent")
TOOLS = CoverageTools(NONE, NONE, NONE, "t")
PATCHED = Toolchain("patched", "19.1.7", {"llc": Path("/patched/llc"), "opt": Path("/opt")}, "", "p")
COUNTING = Counting({"llc": Path("/counting/llc")}, (NONE,), frozenset({UNIT}), "c")
Tasks = Sequence[tuple[Toolchain, Suite]]


def series(tmp: Path, written: dict[str, list[tuple[int, int, int]]]) -> Prepared:
    for path in written:
        (tmp / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp / path).write_text("one();\ntwo();\nthree();\n")
    made = Series("demo", "Demo", SeriesKind.FIX, ())
    changes = tuple(Change(path, ChangeKind.MODIFIED) for path in written)
    return Prepared(made, Side("demo", tmp, "d"), changes, dict.fromkeys(written, "1"), written=written)


class Chooser:
    """Gives what it is made of, or raises it."""

    def __init__(self, found: Counting | Exception) -> None:
        self.found = found

    def counting(self, _one: Prepared, tools: CoverageTools) -> Chooser:
        assert tools is TOOLS
        return self

    def link(self, _place: Path) -> Counting:
        if isinstance(self.found, Exception):
            raise self.found
        return self.found


def measure(
    one: Prepared,
    found: Counting | Exception = COUNTING,
    parts: PlannedRuns | None = None,
    ran: list[Tasks] | None = None,
    error: Exception | None = None,
) -> PatchCoverage | None:
    def runner(tasks: Tasks) -> list[Run]:
        if error is not None:
            raise error
        if ran is not None:
            ran.append(tasks)
        return []

    measurer = Measurer(lambda: TOOLS, Chooser(found), runner, Silent())  # type: ignore[arg-type]  # it is enough
    return measurer.measure(one, PATCHED, parts or PlannedRuns(()))


@pytest.fixture
def counts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(coverage, "require_profile", lambda _tool, _reads: None)
    monkeypatch.setattr(coverage, "read_counts", lambda *_: {UNIT: LineCounts({1: 4, 2: 0, 3: 1})})


def test_the_lines_that_a_series_leaves_behind(tmp_path: Path) -> None:
    written = {UNIT: [(1, 1, 0), (3, 1, 1)], "llvm/test/a.ll": [(1, 2, 0)], "llvm/lib/X.td": [(2, 1, 0)]}
    one = series(tmp_path, written)
    (tmp_path / "llvm/lib/B.cpp").unlink(missing_ok=True)
    written["llvm/lib/B.cpp"] = [(1, 1, 0)]  # which a later patch deletes
    found = find_added(one)
    assert {path: sorted(added.added) for path, added in found.items()} == {
        UNIT: [1, 3],
        "llvm/lib/X.td": [2],
    }


@pytest.mark.usefixtures("counts")
def test_the_tests_of_the_verdict_run_on_tools_that_count(tmp_path: Path) -> None:
    suite, old, own = (Suite(tmp_path / name, 1, captures=True) for name in ("suite", "old", "own"))
    changed = frozenset({"llvm/test/a.ll"})
    touched = dict.fromkeys(changed, Touch())
    parts = PlannedRuns(
        (Portion(suite, suite), Portion(old, old, changed)), Portion(own, own, changed), touched
    )
    ran: list[Tasks] = []
    found = measure(series(tmp_path, {UNIT: [(1, 2, 0)]}), parts=parts, ran=ran)
    assert found is not None
    assert (found.covered, found.total, found.trouble) == (1, 2, "")
    ((first, second),) = ran
    assert [task.root.name for _, task in (first, second)] == ["suite", "own"], (
        "and not the old text of a test"
    )
    for toolchain, task in (first, second):
        assert toolchain.tools == {"llc": Path("/counting/llc"), "opt": Path("/opt")}
        assert toolchain.identity == "c"
        assert not task.captures
        assert task.recording is not None
        assert task.recording.variable == "LLVM_PROFILE_FILE"
    assert first[1].recording != second[1].recording


@pytest.mark.parametrize(
    ("found", "trouble"),
    [
        (EnvironmentLacksError("no compiler-rt", "install it"), "no compiler-rt: install it"),
        (COUNTING, "llc leaves no profile: run without coverage"),
        (OSError(28, "No space left on device"), "no space is left on the disk: "),
    ],
)
def test_what_keeps_it_from_being_known(
    tmp_path: Path, found: Counting | Exception, trouble: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def none(_tool: Path, _reads: object) -> None:
        raise EnvironmentLacksError("llc leaves no profile", "run without coverage")

    monkeypatch.setattr(coverage, "require_profile", none)
    coverages = measure(series(tmp_path, {UNIT: [(1, 1, 0)]}), found)
    assert coverages is not None
    assert coverages.trouble.startswith(trouble), coverages.trouble


@pytest.mark.usefixtures("counts")
def test_a_mistake_of_ours_is_told_in_one_line(tmp_path: Path) -> None:
    one = series(tmp_path, {UNIT: [(1, 1, 0)]})
    found = measure(one, error=KeyError("x"))
    assert found is not None
    assert "\n" not in found.trouble
    assert "KeyError" in found.trouble


@pytest.mark.usefixtures("counts")
def test_a_source_that_was_written_to_is_more_than_that(tmp_path: Path) -> None:
    with pytest.raises(SourceChangedError):
        measure(series(tmp_path, {UNIT: [(1, 1, 0)]}), error=SourceChangedError("x", "y"))


def test_a_series_without_code_is_not_measured(tmp_path: Path) -> None:
    one = series(tmp_path, {"llvm/test/a.ll": [(1, 1, 0)], "llvm/unittests/B.cpp": [(1, 1, 0)]})
    assert measure(one, AssertionError()) is None


@pytest.mark.usefixtures("counts")
def test_a_file_that_no_unit_here_reads_is_unknown(tmp_path: Path) -> None:
    found = measure(series(tmp_path, {UNIT: [(1, 1, 0)], "llvm/lib/Windows.inc": [(1, 1, 0)]}))
    assert found is not None
    assert [type(file) for file in found.files] == [FileCoverage]
    assert found.unknown == ("llvm/lib/Windows.inc: no unit that is compiled here reads it",)


@pytest.mark.usefixtures("counts")
def test_lines_that_nobody_can_place_are_unknown(tmp_path: Path) -> None:
    one = series(tmp_path, {UNIT: [(1, 1, 0)]})
    hunks = (Hunk(1, 1, (b" one();", b"+two();")),)
    diffs = tuple(
        FileDiff(path, ChangeKind.MODIFIED, hunks)
        for path in (UNIT, "llvm/lib/B.cpp", "llvm/lib/Gone.cpp", "llvm/test/b.ll")
    )
    less = FileDiff("llvm/lib/Less.cpp", ChangeKind.MODIFIED, (Hunk(1, 1, (b"-one();",)),))
    made = replace(one.series, patches=(Patch("p", "p", (*diffs, less)),))
    changes = (
        *(Change(path, ChangeKind.MODIFIED) for path in (UNIT, "llvm/lib/B.cpp", "llvm/lib/Less.cpp")),
        *(Change("llvm/lib/Gone.cpp", ChangeKind.DELETED), Change("llvm/test/b.ll", ChangeKind.MODIFIED)),
    )
    found = measure(replace(one, series=made, changes=changes))
    assert found is not None
    assert found.unknown == ("llvm/lib/B.cpp: which of its lines the series adds is not known",)
