"""A check in the history: recorded after its verdict, which nothing here changes."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, cast

import pytest

from harness.builders.request import Options
from harness.cell import Cell, CellState
from harness.check.job import Job
from harness.cli.recorded import column_of, name_tests, record_check
from harness.history.history import open_history
from harness.history.queries import Queries
from harness.llvm import Toolchain
from harness.model import Comparison, Outcome, Run, Series, SeriesKind, TestResult
from harness.report.record import CheckReport, SeriesReport
from harness.runner.selection import SuiteOptions
from harness.store import Store
from harness.toolchain.provider import Provider

if TYPE_CHECKING:
    from tests.command import Harness

FIX = Series("a-fix", "A fix", SeriesKind.FIX, ())
GREEN = Comparison((), (), True, ())
REPORT = CheckReport(
    *("0.1.0", "19.1.7", "llvm-19", "Debian's", "overlay", True),
    (SeriesReport("a-fix", "A fix", SeriesKind.FIX, GREEN), SeriesReport("other", "Other", SeriesKind.FIX)),
)


@dataclass
class Known:
    """What a record asks of a provider."""

    kind: str = "debian"

    def toolchain(self) -> Toolchain:
        return Toolchain("llvm-19", "19.1.7", {}, "Debian's", "t1")


@pytest.fixture
def job(tmp_path: Path) -> Job:
    provider = cast(Provider, Known())
    return Job(Store(tmp_path), provider, (FIX,), SuiteOptions(()), Options(assertions=True, jobs=1))


def test_every_series_is_a_cell_without_a_key(job: Job, tmp_path: Path) -> None:
    place = tmp_path / "h.sqlite"
    with record_check(job, REPORT, place, Cell("", "lit-tests", assertions=False), 5.0):
        assert not place.exists()  # the verdict comes first
    with open_history(place) as history:
        queries = Queries(history.database)
        run = queries.find_run(None)
        assert run is not None
        assert (run.info.kind, run.begun, run.exit_code) == ("check", 5.0, 1)
        fix, other = history.find_last_run("check")
        assert (fix.cell, fix.state) == (Cell("19", series="a-fix", assertions=False), CellState.OK)
        assert (other.cell.series, other.state) == ("other", CellState.UNPROVEN)
        assert (fix.key, fix.begun, fix.identities["toolchain"]) == ("", 5.0, "t1")
        assert fix.identities.keys() - other.identities.keys() == {"series"}


def test_a_suite_alone_is_a_cell(job: Job, tmp_path: Path) -> None:
    report = replace(REPORT, series=(), suite=Run("llvm-19", (TestResult("a.ll", Outcome.FAIL, 0.5),), 1.0))
    place = tmp_path / "h.sqlite"
    with record_check(replace(job, series=()), report, place, Cell("", "my/suite"), 5.0):
        pass
    with open_history(place) as history:
        (one,) = history.find_last_run("check")
    assert (one.cell.name, one.state, len(one.tests)) == ("my/suite [llvm-19]", CellState.FAILS, 1)


def test_what_goes_wrong_is_a_warning(
    job: Job, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").touch()
    with record_check(job, REPORT, tmp_path / "file/h.sqlite", Cell(""), 5.0):
        pass
    assert capsys.readouterr().err == (
        "harness: warning: the run is not recorded: "
        f"cannot make the folder of the history {tmp_path}/file/h.sqlite: file exists\n"
        "next: name another with --history or HARNESS_HISTORY, or record nothing: --history none\n"
    )

    def fail(job: Job, report: CheckReport) -> str:
        raise KeyError("no such thing")

    monkeypatch.setattr("harness.cli.recorded.column_of", fail)
    with record_check(job, REPORT, tmp_path / "h.sqlite", Cell(""), 5.0):
        pass
    assert (
        "harness: warning: the run is not recorded: this is a fault of the harness" in capsys.readouterr().err
    )


def test_a_report_that_cannot_be_written_is_recorded_all_the_same(job: Job, tmp_path: Path) -> None:
    def tell() -> None:
        with record_check(job, REPORT, tmp_path / "h.sqlite", Cell(""), 5.0):
            raise OSError("the disk is full")

    with pytest.raises(OSError, match="the disk is full"):
        tell()
    with open_history(tmp_path / "h.sqlite") as history:
        assert len(history.find_last_run("check")) == 2


def test_columns(job: Job) -> None:
    wheel = replace(job, provider=cast(Provider, Known("wheel")))
    assert (column_of(job, REPORT), column_of(wheel, REPORT)) == ("19", "wheel:19")


def test_other_tests_are_another_cell() -> None:
    assert name_tests((), None, None) == "lit-tests"
    assert name_tests(("a", "upstream:MC"), "X86", "nop") == "a upstream:MC --filter X86 --grep nop"


@pytest.mark.needs_llvm
@pytest.mark.slow
def test_a_check_is_recorded_where_it_is_asked_to(harness: Harness, tmp_path: Path) -> None:
    place = tmp_path / "h.sqlite"
    check = ["check", "--toolchain", "wheel", "--filter", "^X86/patchpoint-callee-linkage", "-q", "--history"]
    done = harness(*check, place)
    assert (done.code, done.err) == (0, "")
    with open_history(place) as history:
        (one,) = history.find_last_run("check")
    assert (one.state, [test.outcome for test in one.tests]) == (CellState.OK, [Outcome.PASS])
    broken = harness(*check, "mysql://db")
    assert (broken.code, broken.out.splitlines()[0]) == (0, done.out.splitlines()[0])
    assert broken.err.splitlines()[0] == (
        "harness: warning: the run is not recorded: the history cannot be in mysql"
    )
