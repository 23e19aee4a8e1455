"""`harness bisect`: which version of LLVM, patch or hunk brings a failure."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from harness.cli import options, reports
from harness.cli.both_sides import SideOptions
from harness.cli.cases import CaseReader, read_case_file
from harness.console.say import say_report
from harness.errors import UsageError
from harness.llvm import DEFAULT_MAJOR

if TYPE_CHECKING:
    from harness.desk.bisect.probes import Probe
    from harness.desk.repro.run import LlvmPlace
    from harness.progress import Progress
    from harness.toolchain.provider import Provider

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
@options.sandbox
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
    from harness.desk.bisect import record as bisection
    from harness.desk.bisect.job import bisect
    from harness.desk.repro.llvms import find_llvms, place_of, read_wanted

    if hunks and series is None:
        raise UsageError("--hunks: there is no series to take them from", "add --series")
    content = read_case_file(case)
    reports.require({"--json": json_file}, [] if case == "-" else [case])
    store = options.open_enclosed(store_root)
    with show_progress(quiet=quiet) as progress:
        providers, notes = find_llvms(store, read_wanted(llvm or _default(series)), progress.step)
        reader = CaseReader(store, providers, progress.step)
        probe, tools, remarks = _probe(case, content, command_line, repeat, reader, progress)
        versions = [place_of(one) for one in providers]
        if series is None:
            places = versions
        else:
            sides = SideOptions(store, source, max_units)
            places = _steps(series, providers, sides, tools, progress, hunks=hunks)
        done = bisect(case, places, probe, __version__, progress)
    majors = [(place.name, one.major) for place, one in zip(versions, providers, strict=True)]
    absent = () if series is not None else done.list_absent(majors)
    done = replace(done, remarks=(*remarks, *notes, *absent))
    reports.deliver(
        lambda: say_report(lambda console: bisection.write(done, console)),
        [(json_file, lambda: bisection.encode(done))],
    )
    sys.exit(done.exit_code)


def _default(series: str | None) -> str:
    return _ALL if series is None else str(DEFAULT_MAJOR)


def _probe(
    case: str,
    content: bytes | str,
    command_line: str | None,
    repeat: int,
    reader: CaseReader,
    progress: Progress,
) -> tuple[Probe, frozenset[str], tuple[str, ...]]:
    """What is asked of each step, the tools that it runs, and remarks. Raises UsageError."""
    from harness.desk.bisect.probes import CrashProbe, TestProbe, find_test
    from harness.desk.repro.run import Runs
    from harness.runner import runs
    from harness.runner.tool_names import tools_in_texts

    if isinstance(content, bytes) and command_line is None:
        suite = find_test(Path(case), content)
        if suite is not None:
            run = TestProbe(suite, lambda toolchain, suite: runs.run(toolchain, suite, progress))
            return run, tools_in_texts([(case, content)]), ()
    given = reader.take(case, content, command_line)
    tools = frozenset(step.tool for step in given.case.steps)
    return CrashProbe(given.case, Runs(repeat, options.default_jobs())), tools, given.remarks


def _steps(
    series: str,
    providers: Sequence[Provider],
    sides: SideOptions,
    tools: frozenset[str],
    progress: Progress,
    *,
    hunks: bool,
) -> list[LlvmPlace]:
    from harness.desk.bisect.job import list_places
    from harness.desk.bisect.prefixes import list_hunks, list_patches
    from harness.desk.repro.llvms import place_of

    if len(providers) > 1:
        names = ", ".join(place_of(one).name for one in providers)
        raise UsageError(f"--series is built into one LLVM, not into {names}", "name one, such as --llvm 19")
    job = sides.job(series, providers[0], tools, progress)
    (one,) = job.series
    prefixes = list_hunks(one) if hunks or len(one.patches) == 1 else list_patches(one)
    return list_places(job, prefixes, progress)
