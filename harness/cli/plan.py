"""`harness plan`: what a check would do."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import click

from harness.cli import options, reports
from harness.cli.suites import read_suite_options, with_series
from harness.console.say import say_report


@click.command("plan")
@click.argument("series", nargs=-1)
@options.toolchain
@options.builder
@options.tests
@options.max_units
@options.jobs("Compilers and tests")
@options.record
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
    suites: tuple[str, ...],
    pattern: str | None,
    text: str | None,
    max_units: int,
    jobs: int | None,
    json_file: Path | None,
    quiet: bool,
    store_root: Path | None,
) -> None:
    """Say what check would do for each SERIES: what applies, what is built and run, how long that takes.

    Nothing is compiled, and no test is run. LLVM is fetched and configured if it is not in the store yet.
    The options mean what they mean for check.
    """
    from harness.builders.request import Options
    from harness.check.job import Job
    from harness.cli.progress import show_progress
    from harness.preflight import job as planning
    from harness.preflight import record
    from harness.toolchain.registry import resolve

    store = options.open_enclosed(store_root)
    jobs = jobs or options.default_jobs()
    reports.require({"--json": json_file}, [*series, *([source] if source else [])])
    suite_options = replace(
        read_suite_options(suites, jobs, "pypi", pattern, by_reach=True), text=options.pattern(text, "--grep")
    )
    with show_progress(quiet=quiet) as progress:
        provider = resolve(store, options.request(kind, llvm, prefix), progress.step)
        options.require_version(llvm, provider.prebuilt().version, provider.kind)
        build = Options(jobs=jobs, max_units=max_units)
        job = Job(store, provider, (), suite_options, build, builder, source, reach=True)
        report = planning.plan(with_series(job, series, progress), progress)
    reports.deliver(
        lambda: say_report(lambda console: record.write(report, console)),
        [(json_file, lambda: record.encode(report).decode())],
    )
    sys.exit(report.exit_code)
