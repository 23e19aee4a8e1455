"""`harness repro`: a crash report, or a file of IR, on every LLVM there is."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from harness.cli import options, reports
from harness.cli.both_sides import SideOptions, list_sides
from harness.cli.cases import CaseReader, read_case_file
from harness.console.say import say_report
from harness.llvm import DEFAULT_MAJOR

if TYPE_CHECKING:
    from harness.desk.repro.record import ReproReport
    from harness.desk.repro.run import Reproducer


@click.command("repro")
@click.argument("case")
@click.option(
    "--llvm",
    default=str(DEFAULT_MAJOR),
    show_default=True,
    metavar="LIST",
    help="On which LLVMs: 19, 9..23, trunk, wheel:*, system:14 or tree:DIR, with commas between.",
)
@click.option(
    "--series",
    "series",
    multiple=True,
    metavar="SERIES",
    help="Also on LLVM without and with a series, as given to check, with assertions enabled.",
)
@click.option("--run", "command_line", metavar="COMMAND", help="The command, such as 'opt -O2 | llc -O0'.")
@click.option("--repeat", type=click.IntRange(1, 1000), default=3, show_default=True, help="Runs on each.")
@click.option("--source", type=click.Path(path_type=Path), help="LLVM's source, to build a series from.")
@click.option("--bundle", "bundle_file", type=options.FILE, help="Write a .tar.gz to send to somebody.")
@click.option("--issue", "issue_file", type=options.FILE, help="Write the text of a bug report for LLVM.")
@options.max_units
@options.jobs("LLVMs")
@options.record
@options.quiet
@options.sandbox
@options.store
def command(  # noqa: PLR0913, PLR0917 - click passes one argument an option
    case: str,
    llvm: str,
    series: tuple[str, ...],
    command_line: str | None,
    repeat: int,
    source: Path | None,
    bundle_file: Path | None,
    issue_file: Path | None,
    max_units: int,
    jobs: int | None,
    json_file: Path | None,
    quiet: bool,
    store_root: Path | None,
) -> None:
    """Run CASE on each LLVM and say which of them has its crash.

    CASE is a file of IR (.ll, .mir, .bc), a lit test, or the text of a report; - is a report on standard
    input. Without --run, the command is that of the report or of the RUN lines.

    Exit codes: 0 one of them has the crash; 1 none has it; 2 bad input or usage; 3 a series does not apply
    or build; 4 the environment lacks something.
    """
    from harness import __version__
    from harness.cli.progress import show_progress
    from harness.desk.repro import record
    from harness.desk.repro.llvms import find_llvms, place_of, read_wanted
    from harness.desk.repro.run import Runs, reproduce

    wanted = read_wanted(llvm)
    content = read_case_file(case)
    store = options.open_enclosed(store_root)
    files = {"--json": json_file, "--bundle": bundle_file, "--issue": issue_file}
    reports.require(files, [] if case == "-" else [case])
    how = Runs(repeat, jobs or options.default_jobs())
    with show_progress(quiet=quiet) as progress:
        providers, notes = find_llvms(store, wanted, progress.step)
        given = CaseReader(store, providers, progress.step).take(case, content, command_line)
        places = [place_of(one) for one in providers]
        tools = frozenset(step.tool for step in given.case.steps)
        sides = SideOptions(store, source, max_units)
        for name in series:
            places += list_sides(name, providers, sides, tools, progress)
        found = reproduce(given.case, places, how, progress)
    remarks = [*given.remarks, *notes]
    done = record.ReproReport(
        *(__version__, given.case.name, given.case.command, given.case.expected, found), tuple(remarks)
    )
    _deliver(given.case, done, json_file, bundle_file, issue_file)
    sys.exit(done.exit_code)


def _deliver(
    case: Reproducer,
    done: ReproReport,
    json_file: Path | None,
    bundle_file: Path | None,
    issue_file: Path | None,
) -> None:
    from harness.desk.repro import record
    from harness.desk.repro.bundle import make_bundle
    from harness.desk.repro.issue import write_issue

    seen = next((one.observation.signature for one in done.hits), None)
    if seen is None and (unwritten := bundle_file or issue_file):
        bundle_file = issue_file = None
        done = replace(done, remarks=(*done.remarks, f"{unwritten} is not written: nothing was reproduced"))
    expected = case.expected or seen
    reports.deliver(
        lambda: say_report(lambda console: record.write(done, console)),
        [
            (json_file, lambda: record.encode(done)),
            (bundle_file, lambda: make_bundle(case, done, expected) if expected is not None else b""),
            (issue_file, lambda: write_issue(case, done)),
        ],
    )
