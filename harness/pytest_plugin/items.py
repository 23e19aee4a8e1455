"""Lit tests as pytest has tests: a collector for each file, an item for each test on each LLVM."""

from __future__ import annotations

from collections.abc import Generator, Iterable, Iterator
from pathlib import Path
from typing import NoReturn, Protocol, Self

import pytest

from harness.cell import label
from harness.errors import HarnessError
from harness.model import Outcome, TestResult
from harness.printable import safe_line, safe_text, spell
from harness.pytest_plugin import failure
from harness.pytest_plugin.places import TestPlace
from harness.pytest_plugin.suites import AskedSuite, LitSession
from harness.runner.discovery import is_missing


class ItemFailedError(Exception):
    """A test failed, or has no answer; the text is all that is shown."""


class NoAnswerError(ItemFailedError):
    """Nothing can be said of a test: raised before it runs, it is an error and no failure."""


def skip(why: str) -> NoReturn:
    """Skip an item of ours: nothing was asked there, or it did not run on both sides, so it has not passed.

    What is skipped, and why, is lit's word, the check's or the matrix's: no item is skipped of ourselves.
    """
    raise pytest.skip.Exception(why)


class HarnessItem(pytest.Item):
    """An item of ours: what it raises is shown as text, without Python's trace."""

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: object = None) -> str:
        """The text of what was raised on purpose; pytest's own account of anything else."""
        if isinstance(excinfo.value, ItemFailedError):
            return safe_text(str(excinfo.value))
        return str(super().repr_failure(excinfo))


class ReportedReasons:
    """A hook for all items of ours."""

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        """A skipped test is where its file is, not where the plugin says that it is skipped.

        Why it is, or is an expected failure, may be words of a test: they are printed as one line.
        """
        report = yield
        if isinstance(item, HarnessItem):
            if report.skipped and isinstance(report.longrepr, tuple):
                report.longrepr = (spell(str(item.path)), 1, safe_line(report.longrepr[2]))
            if hasattr(report, "wasxfail"):
                report.wasxfail = safe_line(report.wasxfail)
        return report


class RunsTests(Protocol):
    """What becomes of an item: the suite alone on an LLVM, or base and patched."""

    def prepare(self, item: LitItem) -> None:
        """Have ready what the item needs. Raises NoAnswerError or HarnessError if it cannot be had."""

    def run(self, item: LitItem) -> None:
        """Run it. Returns if the item passes, else raises as pytest's tests do."""


class PathCollector(pytest.Collector):
    """What is collected of a path. No pytest.File: `--lf` takes that by its path, which ids of ours hide."""

    @classmethod
    def at(cls, parent: pytest.Collector, path: Path) -> Self:
        """The collector of a path."""
        made: Self = cls.from_parent(parent, name=spell(path.name), path=path, nodeid=path_id(parent, path))
        return made


class LitFile(PathCollector):
    """A file with lit tests."""

    asked: AskedSuite
    tests: tuple[tuple[str, TestPlace], ...]

    @classmethod
    def make(
        cls, parent: pytest.Collector, path: Path, asked: AskedSuite, tests: Iterable[tuple[str, TestPlace]]
    ) -> LitFile:
        """The collector of a file."""
        made = cls.at(parent, path)
        made.asked, made.tests = asked, tuple(tests)
        return made

    def collect(self) -> Iterator[LitItem]:
        """An item for each test on each LLVM."""
        runner = self.config.stash[RUNNER]
        for column in self.config.stash[SESSION].columns:
            for test, place in self.tests:
                yield LitItem.make(self, test, place, column, runner)


class BrokenPlace(PathCollector):
    """A path in a suite that lit cannot read: an error of collection, which pytest-xdist shows too."""

    why: str

    @classmethod
    def make(cls, parent: pytest.Collector, path: Path, why: str) -> BrokenPlace:
        """The collector of a path."""
        made = cls.at(parent, path)
        made.why = why
        return made

    def collect(self) -> Iterator[LitItem]:
        """Raise why there is nothing."""
        raise self.CollectError(safe_text(self.why))


def path_id(node: pytest.Collector | pytest.Item, path: Path) -> str:
    """The id of a file: below pytest's root, or its path."""
    root = node.config.rootpath
    return spell(path.relative_to(root).as_posix() if path.is_relative_to(root) else path.as_posix())


class LitItem(HarnessItem):
    """One lit test on one LLVM."""

    test: str
    column: str
    asked: AskedSuite
    runner: RunsTests
    # What the test did, until it is recorded.
    result: TestResult | None = None

    @classmethod
    def make(cls, parent: LitFile, test: str, place: TestPlace, column: str, runner: RunsTests) -> LitItem:
        """The item of a test."""
        name = spell(f"{place.name}[{label(column)}]")
        base = parent.nodeid
        nodeid = f"{base}::{name}" if place.rest else spell(f"{base}[{label(column)}]")
        made: LitItem = cls.from_parent(parent, name=name, nodeid=nodeid)
        made.test, made.column, made.asked, made.runner = test, column, parent.asked, runner
        return made

    def setup(self) -> None:
        """Have its LLVM ready. Raises NoAnswerError if it cannot be: that is no failure of the test."""
        try:
            self.runner.prepare(self)
        except HarnessError as error:
            raise NoAnswerError(f"no answer: {error}") from None

    def runtest(self) -> None:
        """Run the test."""
        self.runner.run(self)

    def reportinfo(self) -> tuple[Path, None, str]:
        """Where it is, and the headline of its report."""
        return self.path, None, safe_line(f"{self.test} on {label(self.column)}")

    @property
    def command(self) -> list[str]:
        """What repeats it from where pytest was started."""
        rest = self.nodeid.removeprefix(path_id(self, self.path))
        here = self.config.invocation_params.dir
        path = self.path.relative_to(here) if self.path.is_relative_to(here) else self.path
        return ["pytest", f"{path}{rest}"]


SESSION = pytest.StashKey[LitSession]()
RUNNER = pytest.StashKey[RunsTests]()


class Alone:
    """Runs a test of a suite without any patch."""

    def prepare(self, item: LitItem) -> None:
        """Open its suite on its LLVM."""
        item.config.stash[SESSION].open(item.column, item.asked)

    def run(self, item: LitItem) -> None:
        """Run it once; again only if it is late."""
        opened = item.config.stash[SESSION].open(item.column, item.asked)
        item.result = result = opened.run(item.test)
        conclude(result, f"LLVM {opened.toolchain.version}", item)


def conclude(result: TestResult, llvm: str, item: LitItem) -> None:
    """Return if the test passes, else raise what pytest calls its outcome."""
    if result.outcome is Outcome.PASS:
        return
    if result.outcome is Outcome.UNSUPPORTED:
        skip(failure.skip_reason(result))
    if is_missing(result):
        skip(f"lit finds no such test on {llvm}")
    if result.outcome is Outcome.XFAIL and not item.config.option.runxfail:
        pytest.xfail("the test says XFAIL")
    raise ItemFailedError(failure.describe(result, llvm, item.command))
