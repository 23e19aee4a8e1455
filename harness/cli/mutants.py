"""`harness mutants`: how many mistakes the suite notices."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from harness import resources
from harness.cli import options, reports
from harness.console.say import say_report


@click.command("mutants")
@click.argument("names", nargs=-1, metavar="[NAME]...")
@options.toolchain
@click.option("--source", type=click.Path(path_type=Path), help="LLVM's source: a git checkout or a tarball.")
@click.option("--filter", "pattern", metavar="REGEX", help="Only tests whose name matches.")
@options.max_units
@options.jobs("Compilers and tests")
@options.record
@options.quiet
@options.sandbox
@options.store
def command(  # noqa: PLR0913, PLR0917 - click passes one argument an option
    names: tuple[str, ...],
    kind: str | None,
    llvm: str | None,
    prefix: Path | None,
    source: Path | None,
    pattern: str | None,
    max_units: int,
    jobs: int | None,
    json_file: Path | None,
    quiet: bool,
    store_root: Path | None,
) -> None:
    """Build the mutants NAME of patches/mutants, or all, and say which the suite notices.

    A mutant is killed by each test that fails on it and not without it. One that no test can tell says so in
    its series.toml (equivalent). Verdicts are kept: what is known is not run again.
    """
    from harness.builders.request import Options
    from harness.check.job import Job
    from harness.cli.progress import show_progress
    from harness.cli.series import open_catalogue
    from harness.mutation import job as mutants
    from harness.mutation import score
    from harness.mutation import text as table
    from harness.runner.runs import Suite
    from harness.runner.selection import SuiteOptions
    from harness.series.load import load_mutants
    from harness.toolchain.registry import resolve

    top, store = resources.find(), options.open_enclosed(store_root)
    jobs = jobs or options.default_jobs()
    reports.require({"--json": json_file})
    suite = Suite(top / "lit-tests", jobs)
    suite_options = SuiteOptions((suite,), jobs, pattern=options.pattern(pattern))
    with show_progress(quiet=quiet) as progress:
        request = options.request(kind, llvm, prefix)
        provider = resolve(store, request, progress.step)
        version = provider.prebuilt().version
        options.require_version(llvm, version, provider.kind)
        ours, others = load_mutants(open_catalogue(), version, names)
        job = Job(
            store, provider, ours, suite_options, Options(jobs=jobs, max_units=max_units), "overlay", source
        )
        report = mutants.run(job, others, progress)
    reports.deliver(
        lambda: say_report(lambda console: table.write(report, console)),
        [(json_file, lambda: score.encode(report).decode())],
    )
    sys.exit(report.exit_code)
