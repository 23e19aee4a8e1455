"""Whatever others have written is data: one hostile text through every writer, read as its readers do."""

from __future__ import annotations

import ast
import io
import json
import re
import subprocess
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from rich.console import Console

from harness.authoring import lint
from harness.cli.progress import show_progress
from harness.compile_only import record as compilation
from harness.compile_only.record import CompilationReport, CompiledSeries
from harness.console import say
from harness.crash.text.invocation import Invocation
from harness.desk.bisect import record as bisection
from harness.desk.bisect.record import BisectReport, Tried
from harness.desk.bisect.search import Answer
from harness.desk.reduce import record as reduction
from harness.desk.reduce.record import CaseSize, ReduceReport
from harness.desk.repro import record as repro
from harness.desk.repro.bundle import script
from harness.desk.repro.issue import write_issue
from harness.desk.repro.observation import Behaviour, Observation
from harness.desk.repro.record import ReproReport
from harness.desk.repro.run import Reproducer, Reproduction
from harness.errors import EXIT_ENVIRONMENT, Failure, UsageError
from harness.faults import run_program
from harness.history.run import RecordedRun
from harness.history.show import show_cells, show_run, show_runs
from harness.ledger import page
from harness.ledger import record as ledger
from harness.matrix import html
from harness.matrix import junit as matrix_junit
from harness.matrix import markdown as matrix_markdown
from harness.matrix import record as matrix_record
from harness.matrix import terminal as matrix_terminal
from harness.model import CrashKind, Signature
from harness.mutation import text as mutation
from harness.mutation.score import MutationReport
from harness.report import junit, markdown, record, terminal
from harness.report.annotations import annotate
from harness.report.coverage import write_lcov
from harness.report.lines import write_line, write_table
from harness.report.record import CheckReport
from harness.store import Store
from harness.store.show import show_leftovers
from harness.store.survey import survey
from tests.history.made import RUN
from tests.hostile import (
    HOSTILE,
    MARK,
    poison,
    read_xml,
    require_inert,
    require_log,
    require_markdown,
    tags,
)
from tests.ledger.test_upstream_page import ENTRY, PATCHES, verdict
from tests.ledger.test_upstream_page import record as judged
from tests.matrix.made import MIXED
from tests.mutation.test_score import REGRESSED, mutant
from tests.parsed import modules
from tests.report.conftest import report as _report

CRASH = Signature(CrashKind.ASSERTION, "n > 0", "lib/A.cpp:3", ("llvm::f",), "llc", "g", "a pass", "X86")
SEEN = Observation(Behaviour.SAME, 3, 3, CRASH, "a detail", "what it wrote")
CASE = Reproducer("case.ll", b"ret void\n", (Invocation("llc", ("-O0", "a")),), CRASH)
REPRODUCED = ReproReport(
    *("1", "case.ll", "llc -O0", CRASH),
    (Reproduction("debian-19", "19.1.7", "Debian", ("/usr/bin/llc",), SEEN, "made newer"),),
    ("a remark",),
)
# The options of a tool are words of a shell there, and its name is a plain one in every case that is read.
SENT = replace(poison(CASE), steps=(Invocation("llc", (HOSTILE, "-O0")),), text=CASE.text)
TRIED = Tried("19", Answer.WITH, "stops", CRASH)


@pytest.fixture
def checked() -> CheckReport:
    return poison(_report.__wrapped__())  # type: ignore[attr-defined,no-any-return] # the fixture's function


def printed(write: Callable[[Console], None]) -> str:
    stream = io.StringIO()
    write(Console(file=stream, width=80))
    return stream.getvalue()


# -- a check


def test_a_check(checked: CheckReport) -> None:
    require_log(printed(lambda console: terminal.write(checked, console, changes=9)))
    root = read_xml(junit.write(checked))
    assert len(root.findall("testsuite")) == len(checked.series) + 1
    assert {element.tag for element in root.iter()} <= {
        *("testsuites", "testsuite", "testcase", "properties", "property"),
        *("failure", "error", "skipped", "system-out"),
    }
    require_markdown(markdown.write(checked, changes=9))
    lcov = write_lcov(checked)
    require_inert(lcov)
    assert all(re.match(r"(TN|SF|DA|BRDA|LF|LH|BRF|BRH):|end_of_record$", line) for line in lcov.splitlines())


def test_annotations_are_ours_alone(checked: CheckReport) -> None:
    text = annotate(checked)
    require_inert(text)
    for line in text.splitlines():
        level, _, rest = line.removeprefix("::").partition(" ")
        assert level in {"error", "warning"}
        properties = rest.partition("::")[0]
        assert {one.partition("=")[0] for one in properties.split(",")} <= {
            "file",
            "line",
            "endLine",
            "title",
        }


def test_json_is_the_same_data(checked: CheckReport) -> None:
    data = record.encode(checked)
    require_log(data.decode())
    assert HOSTILE in json.loads(data)["report"]["series"][0]["title"]
    assert record.decode(data) == checked
    require_log(matrix_record.encode(poison(MIXED)).decode())
    require_log(repro.encode(poison(REPRODUCED)).decode())


# -- a matrix, the history, the ledger


def test_a_matrix() -> None:
    report = poison(MIXED)
    require_log(printed(lambda console: matrix_terminal.write(report, console)))
    assert len(read_xml(matrix_junit.write(report)).findall("testsuite/testcase")) == len(MIXED.cells)
    require_markdown(matrix_markdown.write(report))
    assert tags(html.write(report)) == {
        *("html", "html lang", "head", "meta", "meta charset", "title", "style", "body", "h1", "h2", "p"),
        *("table", "tr", "th", "td", "td class", "td title", "ul", "li"),
    }


def test_the_history() -> None:
    run = RecordedRun(3, poison(RUN), 1.0, 2.0, 1, {HOSTILE: 1})

    def write(console: Console) -> None:
        for line in show_run(run):
            write_line(console, line)
        write_table(console, show_runs([run]))
        write_table(console, show_cells(run, poison(MIXED.cells)))

    require_log(printed(write))


def test_the_page_for_reviewers() -> None:
    """A series' words may be Markdown there, as it is reviewed with them; a test's name may not."""
    known = ledger.merge(ledger.Ledger(), PATCHES, [judged(verdict("X86/a.ll"), verdict(HOSTILE))])
    named = replace(ENTRY, recipe=replace(ENTRY.recipe, title=HOSTILE, since=HOSTILE, upstream=HOSTILE))
    require_inert(page.page([named], known))
    assert tags(page.page([named], known)) <= {"code"}


# -- the crash desk, mutants, what is compiled


def test_a_reproduction() -> None:
    report = poison(REPRODUCED)
    require_log(printed(lambda console: repro.write(report, console)))
    issue = write_issue(SENT, report)
    require_markdown(issue.partition("\n")[2])
    require_inert(issue.partition("\n")[0])


def test_a_script_runs_nothing_of_a_report(tmp_path: Path) -> None:
    for crash in (
        poison(CRASH),
        replace(CRASH, message=f"$(touch owned)`touch owned`'\ntouch owned\n{HOSTILE}"),
    ):
        text = script(replace(SENT, name="case\ntouch owned\n.ll", expected=crash), crash)
        done = subprocess.run(
            ["/bin/bash", "-c", text], cwd=tmp_path, capture_output=True, text=True, check=False
        )
        assert (done.returncode, done.stderr) == (2, "repro.sh: llc: not found\n")
        assert list(tmp_path.iterdir()) == []


def test_a_bisection_and_a_reduction() -> None:
    found = poison(
        BisectReport("1", "case.ll", 2, (TRIED, TRIED), TRIED, TRIED, ("18",), True, ("a remark",))
    )
    require_log(printed(lambda console: bisection.write(found, console)))
    size = CaseSize("llc -O0", 9, 99)
    made = ReduceReport(
        *("1", "case.ll", "debian-19", "19.1.7", "Debian", ("/usr/bin/llc",), size, size, "a.ll", SEEN),
        *(True, 9, 1.0, ("a remark",)),
    )
    require_log(printed(lambda console: reduction.write(poison(made), console)))


def test_mutants_and_what_is_compiled() -> None:
    mutants = poison(MutationReport("1", "19.1.7", "debian-19", "Debian", (mutant(REGRESSED), mutant())))
    require_log(printed(lambda console: mutation.write(mutants, console)))
    one = CompiledSeries("a", "A title", "19.1.7", ("lib/A.cpp",), Failure("does not compile"), ("a remark",))
    report = poison(CompilationReport("1", "23", "a tarball", (one,)))
    require_log(printed(lambda console: compilation.write(report, console)))


# -- what is printed besides


def test_all_that_is_said(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CI", raising=False)
    say.say(HOSTILE)
    say.say_lines([HOSTILE])
    say.say_json(json.dumps({HOSTILE: HOSTILE}, ensure_ascii=False))
    said = capsys.readouterr().out
    require_log(said)
    assert json.loads(said.splitlines()[-1]) == {HOSTILE: HOSTILE}
    say.complain(HOSTILE)
    with show_progress(quiet=False) as progress:
        progress.step(HOSTILE)
    require_log(capsys.readouterr().err)


@pytest.mark.parametrize(
    "error", [UsageError(HOSTILE, HOSTILE, HOSTILE), RuntimeError(HOSTILE), OSError(28, "x", HOSTILE)]
)
def test_errors(error: Exception, capsys: pytest.CaptureFixture[str]) -> None:
    def fail() -> int:
        raise error

    assert run_program(fail) in {2, EXIT_ENVIRONMENT}
    require_log(capsys.readouterr().err)


def test_files_of_these_names(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    name = HOSTILE.replace("/", "")[:90]
    test = tmp_path / f"{name}.ll"
    test.write_text("; RUN: llc %s | FileCheck %s\n; CHECK-NEXT: a\n; CHCK: b\n")
    assert lint.main([str(tmp_path)]) == 1
    require_log(capsys.readouterr().out)
    store = tmp_path / "store"
    (store / "object").mkdir(parents=True)
    (store / "object" / name).write_text("none of the store's")
    found = survey(Store(store))
    assert found.leftovers

    def write(console: Console) -> None:
        for line in show_leftovers(found.leftovers):
            write_line(console, line)

    require_log(printed(write))


# -- and no writer besides these

# Who prints without the terminal's module: that itself, and the one place below it that prints an error; what
# stands in for another program, or keeps one, whose output is read as a tool's; what lit has of ours.
PRINTS = frozenset(
    {
        *("console.say", "faults", "process.enclosed", "runner.symbolizer_client", "litsite.records"),
        *("warm.client", "warm.modules", "warm.server", "toolchain.wheel.tool", "toolchain.wheel.llc"),
    }
)


def prints(tree: ast.AST) -> bool:
    """Whether a module prints: `print`, a standard stream's `write`, click's `echo`."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            called = ast.unparse(node.func)
            if called in {"print", "click.echo", "click.secho"} or re.match(
                r"sys\.std(out|err)\.(buffer\.)?write$", called
            ):
                return True
            if called == "os.write" and ast.unparse(node.args[0]) in {"1", "2"}:
                return True
    return False


def test_who_prints() -> None:
    assert {name for name, tree in modules().items() if prints(tree)} == PRINTS
    assert prints(ast.parse("def f(): print(1)"))
    assert prints(ast.parse("os.write(2, b'')"))


def test_the_text_is_hostile() -> None:
    """Else the tests before this one prove nothing."""
    for check in (require_inert, require_log, require_markdown):
        with pytest.raises(AssertionError):
            check(HOSTILE)
    with pytest.raises(AssertionError):
        require_log(f"{MARK}\n::error::x")
    for bad in ("<b>x</b>", "[a](b)", "![a](b)", "www.x.example", "> q"):
        with pytest.raises(AssertionError):
            require_markdown(f"{MARK}\n\n{bad}")
