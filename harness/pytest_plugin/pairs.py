"""`--patch`: items are tests on base and patched, and fail by what the patch does to them.

One process makes the whole check of an LLVM, as `harness check` does, and has all processors for it; the
workers of pytest-xdist wait for its report and read it. So the rules are those of every check: what changed
runs again, tests that cannot notice the patch are not run with it, and the conclusion on the patch as a whole
is an item of its own.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from filelock import FileLock

from harness import resources
from harness.cell import label
from harness.errors import UsageError
from harness.faults import explain_fault
from harness.model import TestVerdict, Verdict
from harness.printable import safe_line, spell
from harness.progress import Silent
from harness.pytest_plugin.distribution import Distribution
from harness.pytest_plugin.items import HarnessItem, ItemFailedError, LitItem, NoAnswerError, skip
from harness.pytest_plugin.request import CheckRequest
from harness.pytest_plugin.suites import LitSession
from harness.report import record
from harness.report.record import SeriesReport
from harness.toolchain.registry import resolve_column

if TYPE_CHECKING:
    from harness.model import Series
    from harness.toolchain.provider import Provider

_ALREADY = frozenset({Verdict.STILL_FAILING, Verdict.FAILS_DIFFERENTLY})
# Nothing was seen of these on both sides: they do not pass.
_NOT_RUN = frozenset({Verdict.UNREACHED, Verdict.UNSUPPORTED})


def require_sense(patch: str, session: LitSession) -> None:
    """Raise UsageError for a patch that cannot be read, or an LLVM that no patch can be built into."""
    from harness.series.catalogue import read_bytes
    from harness.series.parse import read_patches

    path = Path(patch)
    if path.is_file():
        read_patches(patch, read_bytes(path))
    elif path.suffix in {".patch", ".diff"}:
        raise UsageError(f"--patch {patch}: there is no such file", "check the path")
    for column in session.columns:
        if not resolve_column(session.store, column, lambda _text: None).buildable:
            raise UsageError(
                f"--patch with --llvm {column}: no patch can be built into it",
                "name others, such as --llvm 19",
            )


@dataclass(slots=True)
class Pairs:
    """The checks of a run, one for each LLVM, each with `jobs` compilers and tests at once."""

    patch: str
    session: LitSession
    jobs: int
    distribution: Distribution
    _requests: dict[str, CheckRequest] = field(default_factory=dict)
    _reports: dict[str, SeriesReport | str] = field(default_factory=dict)

    def choose(self, items: Sequence[LitItem]) -> None:
        """Note which tests were chosen of all: the check runs these."""
        for column in dict.fromkeys(item.column for item in items):
            self._requests[column] = CheckRequest.of(
                self.patch, column, self.session, [item for item in items if item.column == column], self.jobs
            )

    @property
    def columns(self) -> tuple[str, ...]:
        """The LLVMs of the chosen tests."""
        return tuple(self._requests)

    def prepare(self, item: LitItem) -> None:
        """Check the patch on the LLVM of the item, or wait until another worker has."""
        self.report(item.column)

    def report(self, column: str) -> SeriesReport:
        """What came of the patch on an LLVM. Raises NoAnswerError if nothing did."""
        if column not in self._reports:
            self._reports[column] = self._find(column)
        found = self._reports[column]
        if isinstance(found, str):
            raise NoAnswerError(found)
        if found.error:
            raise NoAnswerError(f"no answer: {found.error}")
        return found

    def _find(self, column: str) -> SeriesReport | str:
        if self.distribution.shared is None:
            return self._check(column)
        place = self.distribution.shared / str(self.session.columns.index(column))
        with FileLock(place.with_suffix(".lock")):
            if (found := read_shared(place)) is None:
                found = self._check(column)
                write_shared(place, found)
            return found

    def _check(self, column: str) -> SeriesReport | str:
        from harness.check.job import check

        try:
            provider = resolve_column(self.session.store, column, lambda _text: None)
            job = self._requests[column].job(self.session.store, provider, load_series(self.patch, provider))
            (one,) = record.trim(check(job, Silent())).series
        except Exception as error:
            return f"no answer: {explain_fault(error)}"
        return one

    def run(self, item: LitItem) -> None:
        """Conclude on one test from the report."""
        series = self.report(item.column)
        found = next((one for one in series.verdicts if one.name == item.test), None)
        if found is None:
            if series.no_effect is not None:
                skip(f"no effect: {series.no_effect.why}")
            raise ItemFailedError(
                f"no answer: the check did not run it\nrepeat: {shlex.join(self.command(item))}"
            )
        conclude_pair(found, series, shlex.join(self.command(item)))

    def command(self, item: LitItem) -> list[str]:
        """What repeats one test."""
        return [*item.command, "--patch", self.patch]

    def known(self, column: str) -> SeriesReport | str | None:
        """What is known of the patch on an LLVM so far, in this process or from the workers."""
        if column in self._reports or self.distribution.shared is None:
            return self._reports.get(column)
        return read_shared(self.distribution.shared / str(self.session.columns.index(column)))

    def request(self, column: str) -> CheckRequest:
        """What is checked on an LLVM."""
        return self._requests[column]


def load_series(patch: str, provider: Provider) -> Series:
    """The series that `--patch` names, for an LLVM. Raises UsageError."""
    from harness.series.catalogue import Catalogue
    from harness.series.load import load

    def stdin() -> bytes:
        raise UsageError("--patch -: pytest reads no standard input", "name a file")

    catalogue = Catalogue(resources.find() / "patches")
    return load(patch, catalogue=catalogue, version=provider.prebuilt().version, repo=Path.cwd(), stdin=stdin)


def write_shared(place: Path, found: SeriesReport | str) -> None:
    """Leave a report, or why there is none, to the other workers."""
    part = place.with_suffix(".part")
    if isinstance(found, str):
        part.write_text(found)
        part.rename(place.with_suffix(".txt"))
        return
    part.write_bytes(record.encode(record.CheckReport("", "", "", "", "", True, series=(found,))))
    part.rename(place.with_suffix(".json"))


def read_shared(place: Path) -> SeriesReport | str | None:
    """What another worker left; None if it has not yet."""
    if (text := place.with_suffix(".txt")).is_file():
        return text.read_text()
    if (written := place.with_suffix(".json")).is_file():
        return record.decode(written.read_bytes()).series[0]
    return None


def conclude_pair(found: TestVerdict, series: SeriesReport, again: str) -> None:
    """Return if the test passes, else raise what pytest calls its verdict (pure).

    Red tests fail. A test that fails as before is an expected failure, and one that did not run on both sides
    is skipped: it has not passed.
    """
    remark = series.remark(found)
    said = f"{found.verdict.value}{f': {remark}' if remark else ''}"
    if found.red is not None:
        evidence = series.difference(found.name).splitlines()
        ends = [] if evidence else [f"base: {found.base.ending}", f"patched: {found.patched.ending}"]
        lines = [said, *(f"  {line}" for line in [*ends, *evidence]), f"repeat: {again}"]
        raise ItemFailedError("\n".join(lines))
    if found.verdict in _NOT_RUN:
        skip(said)
    if found.verdict in _ALREADY:
        # Not pytest.xfail(), which --runxfail makes do nothing: the test would pass.
        raise pytest.xfail.Exception(f"already failing on base: {said}")


class ConclusionItem(HarnessItem):
    """What is said of the patch as a whole on one LLVM: whether any test could see it, and its claims."""

    column: str
    pairs: Pairs

    @classmethod
    def make(cls, session: pytest.Session, column: str, pairs: Pairs) -> ConclusionItem:
        """The item of an LLVM."""
        name = f"conclusion[{label(column)}]"
        made: ConclusionItem = cls.from_parent(session, name=name, nodeid=spell(f"{pairs.patch}::{name}"))
        made.column, made.pairs = column, pairs
        return made

    def setup(self) -> None:
        """Have the check made."""
        self.pairs.report(self.column)

    def runtest(self) -> None:
        """Fail if the patch is not OK."""
        series = self.pairs.report(self.column)
        if series.ok:
            return
        command = shlex.join(self.pairs.request(self.column).command)
        raise ItemFailedError(
            "\n".join([series.result.value, *(f"  {why}" for why in series.reasons), f"repeat: {command}"])
        )

    def reportinfo(self) -> tuple[Path, None, str]:
        """Where it is, and the headline of its report."""
        return Path(self.pairs.patch), None, spell(f"{self.pairs.patch} on {label(self.column)}")


class PairHooks:
    """pytest's hooks for a run with a patch."""

    def __init__(self, pairs: Pairs) -> None:
        self._pairs = pairs

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_collection_modifyitems(
        self, session: pytest.Session, items: list[pytest.Item]
    ) -> Iterable[None]:
        """After all that leaves items out: the conclusion stays, whatever of the tests is asked for."""
        yield
        self._pairs.choose([item for item in items if isinstance(item, LitItem)])
        items.extend(ConclusionItem.make(session, column, self._pairs) for column in self._pairs.columns)

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Say what came of the patch on each LLVM."""
        terminalreporter.section(spell(self._pairs.patch))
        for column in self._pairs.session.columns:
            found = self._pairs.known(column)
            if found is None:
                said = "not checked"
            elif isinstance(found, str):
                said = found.splitlines()[0]
            else:
                said = describe_conclusion(found)
            terminalreporter.write_line(safe_line(f"{label(column)}: {said}"))


def describe_conclusion(series: SeriesReport) -> str:
    """The result in a line, with the number of tests for each verdict."""
    counts = record.describe_counts(series.counts)
    return " ".join([series.conclusion, *([f"({counts})"] if counts else [])])
