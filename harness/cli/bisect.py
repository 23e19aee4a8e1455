"""`harness bisect`: which version of LLVM, patch or hunk brings a failure."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from harness.cli import options, reports
from harness.cli.both_sides import SideOptions
from harness.cli.cases import read_case_file
from harness.console.say import say_report
from harness.errors import UsageError

if TYPE_CHECKING:
    from harness.desk.probes import Probe
    from harness.desk.repro import LlvmPlace
    from harness.progress import Progress
    from harness.store import Store

_ALL = "debian:*"


@click.command("bisect")
@click.argument("case")
@click.option(
    "--llvm",
    metavar="LIST",
    help=f"The versions, oldest first, as for repro [default: {_ALL}]; with --series the one to build into.",
)
@click.option("--series", metavar="SERIES", help="Search the patches of a series, as given to check.")
@click.option("--hunks", is_flag=True, help="Search the hunks of the series.")
@click.option("--run", "command_line", metavar="COMMAND", help="The command, such as 'opt -O2 | llc -O0'.")
@click.option("--repeat", type=click.IntRange(1, 1000), default=3, show_default=True, help="Runs on each.")
@click.option("--source", type=click.Path(path_type=Path), help="LLVM's source, to build a series from.")
@options.max_units
@options.record
@options.quiet
@options.store
def command(  # noqa: PLR0913, PLR0917 - click passes one argument an option
    case: str,
    llvm: str | None,
    series: str | None,
    hunks: bool,
    command_line: str | None,
    repeat: int,
    source: Path | None,
    max_units: int,
    json_file: Path | None,
    quiet: bool,
    store_root: Path | None,
) -> None:
    """Find the step that brings the failure of CASE, or mends it: among versions, or in a series.

    CASE is as for repro. A lit test with a RUN line that checks its output is asked whether it passes.
    A step that cannot be asked, or fails in another way, is left out, as by `git bisect skip`. Both
    neighbours are asked again at the end. A SERIES of commits (A..B) of a checkout is searched by commits.

    Exit codes: 0 found; 1 not found; 2 bad input or usage; 3 the series does not apply or build; 4 the
    environment lacks something.
    """
    from dataclasses import replace

    from harness import __version__
    from harness.cli.progress import show_progress
    from harness.desk import bisection
    from harness.desk.bisect import bisect

    if hunks and series is None:
        raise UsageError("--hunks: there is no series to take them from", "add --series")
    data = read_case_file(case)
    reports.require({"--json": json_file}, [] if case == "-" else [case])
    store = options.open_store(store_root)
    with show_progress(quiet=quiet) as progress:
        probe, tools, remarks = _probe(case, data, command_line, repeat, progress)
        if series is None:
            places, notes, majors = _versions(store, llvm or _ALL, progress)
        else:
            sides = SideOptions(store, source, max_units)
            places, notes = _steps(series, llvm or "19", sides, tools, progress, hunks=hunks), []
            majors = []
        done = bisect(case, places, probe, __version__, progress)
    done = replace(done, remarks=(*remarks, *notes, *done.list_absent(majors)))
    reports.deliver(
        lambda: say_report(lambda console: bisection.write(done, console)),
        [(json_file, lambda: bisection.encode(done))],
    )
    sys.exit(done.exit_code)


def _probe(
    case: str, data: bytes, command_line: str | None, repeat: int, progress: Progress
) -> tuple[Probe, frozenset[str], tuple[str, ...]]:
    """What is asked of each step, the tools that it runs, and remarks. Raises UsageError."""
    from harness.desk.given import read_given
    from harness.desk.probes import CrashProbe, TestProbe, find_test
    from harness.desk.repro import Runs
    from harness.runner import runs
    from harness.runner.tool_names import tools_in_texts

    if command_line is None and (suite := find_test(Path(case), data)) is not None:
        run = TestProbe(suite, lambda toolchain, suite: runs.run(toolchain, suite, progress))
        return run, tools_in_texts([(case, data)]), ()
    given = read_given(case, data, command_line)
    tools = frozenset(step.tool for step in given.case.steps)
    return CrashProbe(given.case, Runs(repeat, options.default_jobs())), tools, given.remarks


def _versions(
    store: Store, llvm: str, progress: Progress
) -> tuple[list[LlvmPlace], list[str], list[tuple[str, int]]]:
    """The places, remarks, and the version of each place by its name."""
    from harness.desk.llvms import find_llvms, read_wanted
    from harness.desk.repro import LlvmPlace

    providers, notes = find_llvms(store, read_wanted(llvm), progress.step)
    named = [(f"{one.kind} {one.major}", one) for one in providers]
    places = [LlvmPlace(name, one.toolchain) for name, one in named]
    return places, notes, [(name, one.major) for name, one in named]


def _steps(
    series: str, llvm: str, sides: SideOptions, tools: frozenset[str], progress: Progress, *, hunks: bool
) -> list[LlvmPlace]:
    from harness.desk.bisect import list_places
    from harness.desk.llvms import find_llvms, read_wanted
    from harness.desk.prefixes import list_hunks, list_patches

    (provider, *others), _notes = find_llvms(sides.store, read_wanted(llvm), progress.step)
    if others:
        raise UsageError(f"--llvm {llvm}: --series is built into one LLVM", "name one, such as 19")
    job = sides.job(series, provider, tools, progress)
    (one,) = job.series
    prefixes = list_hunks(one) if hunks or len(one.patches) == 1 else list_patches(one)
    return list_places(job, prefixes, progress)
