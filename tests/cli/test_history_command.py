"""`harness history`: what it prints, the record that it writes, and what it says where there is nothing."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import sqlalchemy as sa

from harness.cell import Cell, CellResult, CellState, CellTest
from harness.cli.history import command, parse_since
from harness.errors import UsageError
from harness.history.history import open_history
from harness.history.run import RunInfo
from harness.history.schema import RUNS
from harness.model import Outcome, Verdict

NOON = 1_796_040_000.0  # 2026-11-30 12:00 UTC
INFO = RunInfo("matrix", "harness matrix", "0.1.0", "builder", 8, 1 << 34, "Linux 6.1 x86_64", "3.11.2")
FIX, SUITE = Cell("19", series="a-fix"), Cell("19")
PASS, FAIL = Outcome.PASS, Outcome.FAIL


def answer(cell: Cell, state: CellState, begun: float, key: str, **outcomes: Outcome) -> CellResult:
    tests = tuple(
        CellTest(f"X86/{name}.ll", outcome, PASS, Verdict.PASSES, seconds=begun / NOON)
        for name, outcome in outcomes.items()
    )
    identities = {"toolchain": "19.1.7", "series": f"of {key}"}
    return CellResult(cell, state, "", key, identities, "19.1.7", tests, seconds=4.5, begun=begun)


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """Three runs, an hour after each other: the fix breaks in the second, and was killed in the third."""
    path = tmp_path / "history.sqlite"
    good = answer(FIX, CellState.OK, NOON, "k1", a=PASS, b=PASS)
    bad = replace(
        answer(FIX, CellState.FAILS, NOON + 3600, "k2", a=FAIL, b=PASS), reason="regressed: X86/a.ll"
    )
    suite = answer(SUITE, CellState.OK, NOON + 1, "s", a=PASS)
    varied = answer(SUITE, CellState.FAILS, NOON + 7200, "s", a=FAIL)
    with open_history(path) as history:
        for number, results in enumerate(([good, suite], [bad, suite], [varied])):
            run = history.begin(INFO)
            for one in results:
                history.record(run, one)
            begun, ended = NOON + 3600 * number, number < 2
            row = {"begun": begun, "finished": begun + 62.5 if ended else None}
            with history.database.writing() as connection:
                connection.execute(sa.update(RUNS).where(RUNS.c.id == run).values(row))
                if ended:
                    connection.execute(sa.update(RUNS).where(RUNS.c.id == run).values(exit_code=number))
    return path


@pytest.fixture
def on_terminal(
    place: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[..., str]]:
    """What a command prints."""
    monkeypatch.setenv("TZ", "UTC")
    monkeypatch.setenv("COLUMNS", "200")
    time.tzset()

    def run(*args: str) -> str:
        command.main([*args, "--history", str(place)], standalone_mode=False)
        return capsys.readouterr().out

    yield run
    monkeypatch.undo()
    time.tzset()


def test_what_is_printed(on_terminal: Callable[..., str], golden: Callable[[str, str], None]) -> None:
    calls = [
        ["runs"],
        ["show", "2"],
        ["show", "3", "--cell", "none*"],
        ["first-bad"],
        ["first-bad", "a-fix*", "--test", "X86/*"],
        ["first-bad", "*", "--test", "X86/b*"],
        ["flaky"],
        ["flaky", "X86/b.ll"],
        ["durations"],
        ["durations", "a-fix", "--by", "series"],
        ["durations", "--by", "cell", "--limit", "1"],
        ["durations", "--by", "run"],
        ["durations", "no such test"],
        ["runs", "--kind", "check"],
        ["runs", "--since", "2026-11-30T12:30"],
    ]
    said = [f"$ harness history {' '.join(call)}\n{on_terminal(*call)}" for call in calls]
    golden("history.txt", "\n".join(said))


def test_the_record(on_terminal: Callable[..., str], tmp_path: Path) -> None:
    file = tmp_path / "record.json"
    on_terminal("first-bad", "a-fix*", "--json", str(file))
    record = json.loads(file.read_text())
    (found,) = record["first_bad"]
    assert (record["version"], found["cell"], found["good"]["run"], found["bad"]["run"]) == (
        1,
        FIX.name,
        1,
        2,
    )
    on_terminal("show", "1", "--json", str(file))
    record = json.loads(file.read_text())
    assert record["runs"][0]["states"] == {"ok": 2}
    assert [(cell["state"], len(cell["tests"])) for cell in record["cells"]] == [("ok", 2), ("ok", 1)]


@pytest.mark.parametrize(
    ("args", "what"),
    [
        (["show", "99"], "no run 99 in the history {place}\nnext: list them: harness history runs"),
        (
            ["first-bad", "b-fix*"],
            "no cell in the history {place} is called b-fix*\n"
            "next: harness history show lists the cells of a run",
        ),
        (
            ["first-bad", "--test", "c.ll"],
            "no test in the history {place} is called c.ll\n"
            "next: give its path in its suite, such as 'X86/*'",
        ),
        (
            ["flaky", "c.ll"],
            "no test in the history {place} is called c.ll\n"
            "next: give its path in its suite, such as 'X86/*'",
        ),
        (["runs", "--since", "soon"], "--since soon: not a time\nnext: give 2026-11-30, 36h, 7d or 4w"),
        (["runs", "--since", "0000-99"], "--since 0000-99: not a time\nnext: give 2026-11-30, 36h, 7d or 4w"),
    ],
)
def test_bad_input(args: list[str], what: str, on_terminal: Callable[..., str], place: Path) -> None:
    with pytest.raises(UsageError) as caught:
        on_terminal(*args)
    assert str(caught.value) == what.format(place=place)


def test_where_nothing_is_recorded(tmp_path: Path) -> None:
    place = tmp_path / "none.sqlite"
    with pytest.raises(UsageError) as caught:
        command.main(["runs", "--history", str(place)], standalone_mode=False)
    assert str(caught.value) == (
        f"no run is recorded in {place} yet\nnext: run harness matrix or harness check, or name another file"
    )
    assert not place.exists()
    with pytest.raises(UsageError) as caught:
        command.main(["runs", "--history", "none"], standalone_mode=False)
    assert str(caught.value) == "--history none: there is nothing to show\nnext: name a file or URL"


def test_times() -> None:
    assert [parse_since(text, 1e9) for text in ("36h", "7d", "4w")] == [
        1e9 - 129600,
        1e9 - 604800,
        1e9 - 2419200,
    ]
    assert parse_since("2026-11-30T12:00+00:00", 0.0) == NOON
