"""`harness selftest`: does an overlay build of nothing behave like the release?"""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from harness import resources
from harness.cli import options
from harness.console.say import say
from harness.errors import EXIT_VERDICT, UsageError

if TYPE_CHECKING:
    from harness.check.job import Job
    from harness.llvm import Toolchain
    from harness.model import Series
    from harness.progress import Progress
    from harness.runner.selection import SuiteOptions
    from harness.selftest.job import SelftestSubject
    from harness.selftest.watched import WatchSubject
    from harness.series.catalogue import Catalogue


_MUTANTS = 20


@click.command("selftest")
@click.argument("names", nargs=-1, metavar="[SERIES]...")
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
@click.option(
    "--reach",
    is_flag=True,
    help=f"Run lit-tests on both sides of SERIES, or of all series and {_MUTANTS} mutants, instead: no test "
    "called unreached may differ.",
)
@options.max_units
@options.jobs("Compilers and tests")
@options.quiet
@options.sandbox
@options.store
def command(  # noqa: PLR0913, PLR0917 - click passes one argument an option
    names: tuple[str, ...],
    kind: str | None,
    llvm: str | None,
    prefix: Path | None,
    source: Path | None,
    every: int,
    inputs: tuple[str, ...],
    link: bool,
    watched: bool,
    reach: bool,
    max_units: int,
    jobs: int | None,
    quiet: bool,
    store_root: Path | None,
) -> None:
    """Build an overlay of no change, with the units of all series, and compare it with the release.

    LLVM's own tests must end alike on both, and our suite's tests write the same bytes.
    SERIES are for --reach.
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

    if names and not reach:
        raise UsageError(f"{names[0]}: only --reach is about single series", "leave it out, or add --reach")
    top = resources.find()
    store = options.open_enclosed(store_root)
    with show_progress(quiet=quiet) as progress:
        request = options.request(kind, llvm, prefix)
        provider = resolve(store, request, progress.step)
        build = Options(jobs=jobs or options.default_jobs(), max_units=max_units)
        catalogue, version = open_catalogue(), provider.prebuilt().version
        if reach:
            series = _series_and_mutants(catalogue, version, names)
            suite = _sample(provider.toolchain(), top / "lit-tests", build.jobs, every)
            _check_rule(Job(store, provider, series, suite, build, source=source), progress)
            return
        series = (*load_all(catalogue, version), *load_all(catalogue, version, mutants=True))
        job = Job(store, provider, series, SuiteOptions(), build, source=source)
        release = find_release(job, progress)
        if link:
            linked, left = link_all(store, release, build, progress)
            say(f"LLVM {version}: {len(linked)} tools linked: {', '.join(linked)}")
            for name in left:
                say(f"{name}: not linked, nothing of llvm/lib/Support is in it")
        elif watched:
            everything = WatchSubject(store, release, provider.toolchain(), build.jobs)
            _compare_watched(everything, inputs or selftest.INPUTS, every, progress)
        else:
            subject = selftest.SelftestSubject(store, provider.toolchain(), release, series, build)
            _compare_overlay(subject, top / "lit-tests", inputs or selftest.INPUTS, every, progress)


def _compare_overlay(
    subject: SelftestSubject, own_suite: Path, inputs: Sequence[str], every: int, progress: Progress
) -> None:
    from harness.selftest.job import explain, run, summary

    report = run(subject, own_suite, progress, inputs=inputs, every=every)
    say("\n".join(summary(report)))
    for found in (*report.differences, *report.assembly):
        say(f"\n{explain(found)}")
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


def _series_and_mutants(catalogue: Catalogue, version: str, names: Sequence[str]) -> tuple[Series, ...]:
    """The series and mutants of these names; without names all series and some mutants."""
    from harness.selftest.unreached import choose_evenly
    from harness.series.load import load, load_all

    if names:
        given = (load(n, catalogue=catalogue, version=version, repo=None, stdin=lambda: b"") for n in names)
        return tuple(given)
    mutants = choose_evenly(load_all(catalogue, version, mutants=True), _MUTANTS)
    return (*(one for one in load_all(catalogue, version) if one.patches), *mutants)


def _sample(toolchain: Toolchain, root: Path, jobs: int, every: int) -> SuiteOptions:
    from harness.runner import runs
    from harness.runner.runs import Suite
    from harness.runner.selection import SuiteOptions
    from harness.selftest.job import sample

    suite = Suite(root, jobs)
    return SuiteOptions((sample(suite, runs.names(toolchain, suite), every) if every > 1 else suite,), jobs)


def _check_rule(job: Job, progress: Progress) -> None:
    from harness.selftest.unreached import RuleReport, check_rule, describe_series, summarize

    start, found = time.monotonic(), []
    for one in check_rule(job, progress):
        say("\n".join(describe_series(one)))
        found.append(one)
    report = RuleReport(tuple(found), time.monotonic() - start)
    say(f"\n{summarize(report)}")
    sys.exit(report.exit_code)
