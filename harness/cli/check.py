"""`harness check`: the main job."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from harness.cell import Cell
from harness.cli import options, reports
from harness.cli.recorded import name_tests, record_check
from harness.cli.suites import read_suite_options, with_series
from harness.console.say import say_report
from harness.errors import UsageError
from harness.history.run import history_place

if TYPE_CHECKING:
    from harness.check.job import Job
    from harness.progress import Progress
    from harness.report.record import CheckReport


@click.command("check")
@click.argument("series", nargs=-1)
@options.toolchain
@options.builder
@click.option("--no-patch", is_flag=True, help="The suite alone, on that LLVM as it is.")
@click.option("--no-assertions", is_flag=True, help="A release-like build: assertions are not enabled.")
@options.tests
@click.option(
    "--all",
    "every",
    is_flag=True,
    help="Run on both sides also tests that enter nothing that SERIES changes.",
)
@click.option(
    "--most-upstream",
    "most",
    type=click.IntRange(1),
    default=200,
    show_default=True,
    metavar="N",
    help="Of LLVM's own tests that enter what SERIES changes, run the nearest N.",
)
@click.option("--allow-unreached", is_flag=True, help="A series that no test enters may be OK.")
@click.option("--filecheck", type=click.Choice(("pypi", "llvm")), default="pypi", show_default=True)
@options.max_units
@options.jobs("Compilers and tests")
@options.record
@click.option("--junit", "junit_file", type=options.FILE, help="Write JUnit XML.")
@click.option("--markdown", "markdown_file", type=options.FILE, help="Write a comment for a pull request.")
@click.option("--coverage", is_flag=True, help="Measure which lines of the patch its tests execute.")
@click.option("--lcov", "lcov_file", type=options.FILE, help="Write the coverage for lcov's genhtml.")
@click.option(
    "--annotations",
    "annotations_file",
    type=options.FILE,
    help="Write what is wrong, and the coverage, as GitHub's annotations.",
)
@click.option(
    "--show-changes",
    "changes",
    type=click.IntRange(min=0),
    default=0,
    metavar="N",
    help="Show N functions whose code changes though the test passes, smallest change first.",
)
@options.history
@options.quiet
@options.sandbox
@options.store
def command(  # noqa: PLR0913, PLR0917 - click passes one argument an option
    series: tuple[str, ...],
    kind: str | None,
    llvm: str | None,
    prefix: Path | None,
    source: Path | None,
    builder: str,
    no_patch: bool,
    no_assertions: bool,
    suites: tuple[str, ...],
    pattern: str | None,
    text: str | None,
    every: bool,
    most: int,
    allow_unreached: bool,
    filecheck: str,
    max_units: int,
    jobs: int | None,
    json_file: Path | None,
    junit_file: Path | None,
    markdown_file: Path | None,
    coverage: bool,
    lcov_file: Path | None,
    annotations_file: Path | None,
    changes: int,
    history: str | None,
    quiet: bool,
    store_root: Path | None,
) -> None:
    """Say what each SERIES fixes, breaks and leaves alone.

    SERIES is the name of one in patches/, a .patch or .diff, a folder of patches, an mbox, - (standard
    input), or commits of the checkout at --source (A..B). Without any: all of patches/ but its mutants. With
    --no-patch, or --toolchain wheel, the suite alone.
    """
    from harness.builders.request import Options
    from harness.check.job import Job
    from harness.cli.progress import show_progress
    from harness.toolchain.registry import resolve

    begun = time.time()
    store = options.open_enclosed(store_root)
    jobs = jobs or options.default_jobs()
    files = {"--json": json_file, "--junit": junit_file, "--markdown": markdown_file, "--lcov": lcov_file}
    files["--annotations"] = annotations_file
    coverage = coverage or any((lcov_file, annotations_file))
    _require_sense(suites, every=every, allow_unreached=allow_unreached, alone=no_patch)
    reports.require(files, [*series, *([source] if source else [])])
    suite_options = read_suite_options(suites, jobs, filecheck, pattern, by_reach=not every)
    suite_options = replace(suite_options, text=options.pattern(text, "--grep"), most=most)
    with show_progress(quiet=quiet) as progress:
        provider = resolve(store, options.request(kind, llvm, prefix), progress.step)
        build = Options(assertions=not no_assertions, jobs=jobs, max_units=max_units)
        job = Job(store, provider, (), suite_options, build, builder, source, coverage=coverage)
        job = replace(job, reach=not every, allow_unreached=allow_unreached)
        job, report = _run(job, llvm, series, progress, alone=no_patch)
    like = Cell("", name_tests(suites, pattern, text), assertions=not no_assertions)
    with record_check(job, report, history_place(history, store), like, begun):
        _write(report, files, changes)
    sys.exit(report.exit_code)


def _require_sense(suites: tuple[str, ...], *, every: bool, allow_unreached: bool, alone: bool) -> None:
    """Raise UsageError if options on the tests to run exclude each other."""
    from harness.runner.selection import REACHED

    if every and allow_unreached:
        raise UsageError("--allow-unreached with --all: then all tests count", "leave one of them out")
    if REACHED in suites and (every or alone):
        option = "--all" if every else "--no-patch"
        raise UsageError(
            f"--suite {REACHED} with {option}: it asks which tests reach a patch",
            "name a folder instead: --suite upstream:CodeGen/X86",
        )


def _run(
    job: Job, llvm: str | None, series: tuple[str, ...], progress: Progress, *, alone: bool
) -> tuple[Job, CheckReport]:
    """The report on the series, or on the suite alone; and the job with what it took."""
    from harness.check.job import check

    provider = job.provider
    if alone or not provider.buildable:
        return job, _suite_alone(job, llvm, series, progress)
    options.require_version(llvm, provider.prebuilt().version, provider.kind)
    job = with_series(job, series, progress)
    return job, check(job, progress)


def _suite_alone(job: Job, llvm: str | None, series: tuple[str, ...], progress: Progress) -> CheckReport:
    from harness.check.job import check_suite
    from harness.runner.selection import option_of

    provider, suite_options = job.provider, job.suite_options
    if job.allow_unreached:
        raise UsageError(
            "--allow-unreached: there is no patch that tests could reach",
            "name a series, or leave out --allow-unreached",
        )
    if job.coverage:
        raise UsageError(
            "--coverage: there is no patch whose lines could be covered",
            "name a series, or leave out --coverage, --lcov and --annotations",
        )
    if series and not provider.buildable:
        provider.prebuilt()  # raises: says why
    if series:
        raise UsageError(f"--no-patch with {', '.join(series)}", "leave one of them out")
    if len(suite_options.suites) + len(suite_options.folders) != 1:
        raise UsageError("--suite: more than one without a patch", "run them one by one")
    if provider.buildable:
        options.require_version(llvm, provider.toolchain().version, provider.kind)
    elif suite_options.folders:
        raise UsageError(
            f"--suite {option_of(suite_options.folders[0])}: "
            f"the {provider.kind} has no FileCheck, not and opt",
            "use --toolchain debian",
        )
    return check_suite(job, progress)


def _write(report: CheckReport, files: Mapping[str, Path | None], changes: int) -> None:
    """Print the report, and write the files that the options name."""
    from harness.report import annotations, coverage, junit, markdown, record, terminal

    writers: Mapping[str, Callable[[], str]] = {
        "--json": lambda: record.encode(record.trim(report)).decode(),
        "--junit": lambda: junit.write(report),
        "--markdown": lambda: markdown.write(report, changes),
        "--lcov": lambda: coverage.write_lcov(report),
        "--annotations": lambda: annotations.annotate(report),
    }
    reports.deliver(
        lambda: say_report(lambda console: terminal.write(report, console, changes)),
        [(path, writers[option]) for option, path in files.items()],
    )
