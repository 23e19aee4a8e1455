"""`harness compile`: an LLVM whose source can be had, and whose archives cannot."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from harness.cli import options, reports
from harness.console.say import say_report


@click.command("compile")
@click.argument("series", nargs=-1)
@options.toolchain
@click.option(
    "--source",
    required=True,
    metavar="WHERE",
    help="LLVM's source: a git checkout, a tarball, or debian:23 for Debian's, of whatever release.",
)
@options.max_units
@options.jobs("Compilers")
@options.record
@options.quiet
@options.sandbox
@options.store
def command(  # noqa: PLR0913, PLR0917 - click passes one argument an option
    series: tuple[str, ...],
    kind: str | None,
    llvm: str | None,
    prefix: Path | None,
    source: str,
    max_units: int,
    jobs: int | None,
    json_file: Path | None,
    quiet: bool,
    store_root: Path | None,
) -> None:
    """Apply each SERIES to the source and compile what it touches, without and with it. No verdict.

    For a version whose archives cannot be had, so that no tool can be linked and no test run. --toolchain,
    --llvm and --prefix say whose compiler and settings are used. SERIES is as for check; of those in
    patches/, the patches for the source's version are taken, or for the newest there are.
    """
    from harness.builders.request import Options
    from harness.cli.progress import show_progress
    from harness.cli.series import load_nearest
    from harness.compile_only import job as compilation
    from harness.compile_only import record as report
    from harness.toolchain.registry import resolve
    from harness.toolchain.release import named_source

    store = options.open_enclosed(store_root)
    jobs = jobs or options.default_jobs()
    reports.require({"--json": json_file}, series)
    with show_progress(quiet=quiet) as progress:
        tree = named_source(store, source, progress.step)
        request = options.request(kind, llvm, prefix)
        like = resolve(store, request, progress.step).prebuilt()
        found = load_nearest(series, tree.version, progress)
        job = compilation.CompileJob(store, tree, like, found, Options(jobs=jobs, max_units=max_units))
        done = compilation.run(job, progress)
    reports.deliver(
        lambda: say_report(lambda console: report.write(done, console)),
        [(json_file, lambda: report.encode(done).decode())],
    )
    sys.exit(done.exit_code)
