"""What is kept of a run on watched tools; the tools are made up."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from harness.builders.request import Built
from harness.check.watched_base import KIND, WatchedBase, map_suite, watch_base
from harness.llvm import Toolchain
from harness.model import Outcome, Run, TestResult
from harness.reach.map.table import FunctionTable
from harness.reach.names import FunctionName
from harness.reach.watch.copy import record_size
from harness.reach.watch.values import LinkedFunction, Unwatchable, Watched
from harness.runner.runs import Suite
from harness.store import Store

NAMES = [FunctionName("", f"f{number}") for number in range(20)]
TOOL = Watched(
    tool=Path("/bin/llc"),
    functions=tuple(LinkedFunction((name,), 16 * at, 16) for at, name in enumerate(NAMES)),
    unwatched={},
    record="llc.record",
    record_size=record_size(len(NAMES)),
)
TABLE = FunctionTable().grown(NAMES)
BASE = Toolchain("base, watched", "19.1.7", {"llc": TOOL.tool}, "made up", "b")
WATCHED = WatchedBase(
    BASE, {"llc": TOOL}, TABLE, {"llc": [(TABLE.places([name])[name],) for name in NAMES]}, {}
)
OUTCOMES = {
    "died.ll": Outcome.CRASH,
    "none.ll": Outcome.PASS,
    "slow.ll": Outcome.TIMEOUT,
    "two.ll": Outcome.PASS,
}
ENTERED = {"died.ll": [3], "two.ll": [3, 19]}


class Runner:
    """Runs a suite by writing the records that its tests would leave."""

    def __init__(self) -> None:
        self.runs = 0

    def __call__(self, tasks: Sequence[tuple[Toolchain, Suite]]) -> list[Run]:
        self.runs += 1
        ((toolchain, suite),) = tasks
        assert toolchain is BASE
        assert suite.recording is not None
        assert suite.recording.files == ((TOOL.record, TOOL.record_size),)
        for name, functions in ENTERED.items():
            folder = suite.recording.folder(name)
            folder.mkdir(parents=True)
            data = bytearray(TOOL.record_size)
            data[0] = 1  # a process
            start = len(data) - record_size(len(NAMES)) + record_size(0)
            for number in functions:
                data[start + number // 8] |= 1 << number % 8
            (folder / TOOL.record).write_bytes(data)
        results = tuple(TestResult(name, outcome, 0.1) for name, outcome in OUTCOMES.items())
        return [Run(toolchain.name, results, 0.1)]


@pytest.fixture
def suite(tmp_path: Path) -> Suite:
    (tmp_path / "suite").mkdir()
    for name in OUTCOMES:
        (tmp_path / "suite" / name).write_text("; RUN: llc")
    return Suite(tmp_path / "suite", 1)


def test_what_tests_enter_is_kept(tmp_path: Path, suite: Suite) -> None:
    store, runner = Store(tmp_path / "store"), Runner()
    for _ in range(2):
        found = map_suite(store, WATCHED, suite, runner)
        assert (found.tests, found.outcomes) == (tuple(OUTCOMES), tuple(OUTCOMES.values()))
        assert found.unknown == {2: "has no answer on base"}
        numbers = TABLE.places(NAMES)
        entering = {at: found.entering([numbers[NAMES[at]]]) for at in (3, 4, 19)}
        assert entering == {3: {0, 3}, 4: set(), 19: {3}}
    assert runner.runs == 1


def test_a_test_that_changes_runs_again(tmp_path: Path, suite: Suite) -> None:
    store, runner = Store(tmp_path / "store"), Runner()
    map_suite(store, WATCHED, suite, runner)
    (suite.root / "two.ll").write_text("; RUN: opt")
    map_suite(store, WATCHED, suite, runner)
    assert runner.runs == 2


def test_a_damaged_map_is_made_again(tmp_path: Path, suite: Suite) -> None:
    store, runner = Store(tmp_path / "store"), Runner()
    map_suite(store, WATCHED, suite, runner)
    (path,) = store.root.glob(f"{KIND}/*/*.reach")
    path.chmod(0o644)
    path.write_bytes(path.read_bytes()[:-1] + b"?")
    assert map_suite(store, WATCHED, suite, runner).tests == tuple(OUTCOMES)
    assert runner.runs == 2


def test_a_suite_that_nothing_names_runs_each_time(tmp_path: Path, suite: Suite) -> None:
    store, runner = Store(tmp_path / "store"), Runner()
    for _ in range(2):
        map_suite(store, WATCHED, replace(suite, site="a site"), runner)
    assert runner.runs == 2
    assert not list(store.root.glob(f"{KIND}/*"))


def test_one_tool_that_cannot_be_watched_leaves_all_unknown(tmp_path: Path) -> None:
    tool = tmp_path / "bin" / "llc"
    tool.parent.mkdir()
    tool.write_text("not a program")
    built = Built({"llc": tool}, (), (), "b", 0.0, cached=True)
    (tmp_path / "maps").mkdir()
    (tmp_path / "maps/llc").touch()
    found = watch_base(Store(tmp_path / "store"), BASE, built, Path("/usr/bin/cc"))
    assert isinstance(found, Unwatchable)
    assert str(found).startswith("reach is unknown: llc is not an ELF file that can be read")
