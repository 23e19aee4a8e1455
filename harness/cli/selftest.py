"""`harness selftest`: does an overlay build of nothing behave like the release?"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from harness import resources
from harness.cli import options
from harness.console.say import say
from harness.errors import EXIT_VERDICT

if TYPE_CHECKING:
    from harness.progress import Progress
    from harness.selftest.watched import WatchSubject


@click.command("selftest")
@options.toolchain
@click.option("--source", type=click.Path(path_type=Path), help="LLVM's source: a git checkout or a tarball.")
@click.option(
    "--every", type=click.IntRange(1), default=1, show_default=True, help="Run every N-th test only."
)
@click.option(
    "--input", "inputs", multiple=True, metavar="PATH", help="LLVM's tests [default: llvm/test/CodeGen/X86]."
)
@click.option("--link", is_flag=True, help="Link every tool of LLVM's instead, and run none.")
@click.option("--watched", is_flag=True, help="Compare the tools with their watched copies instead.")
@options.max_units
@options.jobs("Compilers and tests")
@options.quiet
@options.store
def command(  # noqa: PLR0913, PLR0917 - click passes one argument an option
    kind: str | None,
    llvm: str | None,
    prefix: Path | None,
    source: Path | None,
    every: int,
    inputs: tuple[str, ...],
    link: bool,
    watched: bool,
    max_units: int,
    jobs: int | None,
    quiet: bool,
    store_root: Path | None,
) -> None:
    """Build an overlay of no change, with the units of all series, and compare it with the release.

    LLVM's own tests must end alike on both, and our suite's tests write the same bytes.
    """
    from harness.builders.link_all import link_all
    from harness.builders.request import Options
    from harness.check.job import Job, find_release
    from harness.cli.progress import show_progress
    from harness.cli.series import open_catalogue
    from harness.runner.selection import SuiteOptions
    from harness.selftest import job as selftest
    from harness.selftest.watched import WatchSubject
    from harness.series.load import load_all
    from harness.toolchain.registry import resolve

    top = resources.find()
    store = options.open_store(store_root)
    with show_progress(quiet=quiet) as progress:
        request = options.request(kind, llvm, prefix)
        provider = resolve(store, request, progress.step)
        build = Options(jobs=jobs or options.default_jobs(), max_units=max_units)
        catalogue, version = open_catalogue(), provider.prebuilt().version
        series = (*load_all(catalogue, version), *load_all(catalogue, version, mutants=True))
        job = Job(store, provider, series, SuiteOptions(), build, source=source)
        release = find_release(job, progress)
        if link:
            names, left = link_all(store, release, build, progress)
            say(f"LLVM {version}: {len(names)} tools linked: {', '.join(names)}")
            for name in left:
                say(f"{name}: not linked, nothing of llvm/lib/Support is in it")
            return
        if watched:
            everything = WatchSubject(store, release, provider.toolchain(), build.jobs)
            _compare_watched(everything, inputs or selftest.INPUTS, every, progress)
            return
        subject = selftest.SelftestSubject(store, provider.toolchain(), release, series, build)
        report = selftest.run(
            subject, top / "lit-tests", progress, inputs=inputs or selftest.INPUTS, every=every
        )
    say("\n".join(selftest.summary(report)))
    for found in (*report.differences, *report.assembly):
        say(f"\n{selftest.explain(found)}")
    say(f"\n{'ok' if report.ok else 'NOT the release'} ({report.seconds:.0f} s)")
    if not report.ok:
        sys.exit(EXIT_VERDICT)


def _compare_watched(subject: WatchSubject, inputs: Sequence[str], every: int, progress: Progress) -> None:
    from harness.selftest.watched import run, summary

    report = run(subject, inputs, every, progress)
    say("\n".join(summary(report)))
    say(f"\n{'ok' if report.ok else 'NOT the tools'} ({report.seconds:.0f} s)")
    if not report.ok:
        sys.exit(EXIT_VERDICT)
