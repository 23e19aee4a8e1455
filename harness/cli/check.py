"""`harness check`: the main job."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from harness.cli import options
from harness.errors import EXIT_VERDICT, HarnessError, UsageError

if TYPE_CHECKING:
    from harness.progress import Progress
    from harness.report.record import CheckReport
    from harness.suite.lit_runner import Suite
    from harness.toolchain.provider import Provider


@click.command("check")
@click.argument("series", nargs=-1)
@options.toolchain
@click.option("--source", type=click.Path(path_type=Path), help="LLVM's source: a git checkout or a tarball.")
@click.option("--builder", type=click.Choice(("auto", "overlay", "full")), default="auto", show_default=True)
@click.option("--no-patch", is_flag=True, help="The suite alone, on that LLVM as it is.")
@click.option("--no-assertions", is_flag=True, help="A release-like build: assertions are not armed.")
@click.option("--suite", "suites", multiple=True, type=click.Path(path_type=Path), help="A lit suite.")
@click.option("--filter", "pattern", metavar="REGEX", help="Only tests whose name matches.")
@click.option("--filecheck", type=click.Choice(("pypi", "llvm")), default="pypi", show_default=True)
@click.option("--jobs", "-j", type=click.IntRange(1, 256), help="Compilers and tests at once.")
@click.option("--json", "json_file", type=options.FILE, help="Write the record of everything.")
@click.option("--junit", "junit_file", type=options.FILE, help="Write JUnit XML.")
@click.option("--markdown", "markdown_file", type=options.FILE, help="Write a comment for a pull request.")
@click.option("--quiet", "-q", is_flag=True, help="Show no progress.")
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
    suites: tuple[Path, ...],
    pattern: str | None,
    filecheck: str,
    jobs: int | None,
    json_file: Path | None,
    junit_file: Path | None,
    markdown_file: Path | None,
    quiet: bool,
    store_root: Path | None,
) -> None:
    """Say what each SERIES fixes, breaks and leaves alone.

    SERIES is the name of one in patches/, a .patch or .diff, a folder of patches, an mbox, - (standard
    input), or commits of the checkout at --source (A..B). Without any: all of patches/ but its mutants. With
    --no-patch, or --toolchain wheel, the suite alone.
    """
    from harness.build.request import Options
    from harness.cli.progress import shown
    from harness.toolchain.provider import Request, resolve

    store = options.open_store(store_root)
    jobs = jobs or options.default_jobs()
    for report_file in (json_file, junit_file, markdown_file):
        options.require_writable(report_file)
    with shown(quiet=quiet) as progress:
        request = Request(kind or ("tree" if prefix else "debian"), options.major(llvm), prefix)
        provider = resolve(store, request, progress.step)
        errors: Sequence[HarnessError] = ()
        chosen = tuple(_suite(place, jobs, filecheck, pattern) for place in suites or _default_suites())
        if no_patch or provider.kind == "wheel":
            report = _suite_alone(provider, llvm, series, chosen, progress)
        else:
            from harness.cli.series import loaded
            from harness.pipeline import Job, check

            version = provider.prebuilt().version
            options.require_version(llvm, version, provider.kind)
            found, revision = loaded(series, version, source, progress)
            build = Options(assertions=not no_assertions, jobs=jobs)
            job = Job(store, provider, found, chosen, build, builder, source, revision)
            report, errors = check(job, progress)
    _write(report, json_file, junit_file, markdown_file)
    if errors:
        sys.exit(max(error.exit_code for error in errors))
    if not report.ok:
        sys.exit(EXIT_VERDICT)


def _default_suites() -> tuple[Path, ...]:
    return (options.checkout() / "lit-tests",)


def _suite(place: Path, jobs: int, filecheck: str, pattern: str | None) -> Suite:
    from harness.suite.lit_runner import Suite

    if not place.exists():
        raise UsageError(f"--suite {place}: no such folder", "name a folder with lit.cfg.py and tests")
    return Suite(place.absolute(), jobs, filecheck, pattern=options.pattern(pattern))


def _suite_alone(
    provider: Provider,
    llvm: str | None,
    series: tuple[str, ...],
    suites: Sequence[Suite],
    progress: Progress,
) -> CheckReport:
    from harness.pipeline import check_suite

    if series and provider.kind == "wheel":
        provider.prebuilt()  # raises: nothing can be built into the wheel
    if series:
        raise UsageError(f"--no-patch with {', '.join(series)}", "leave one of them out")
    if provider.kind != "wheel":
        options.require_version(llvm, provider.toolchain().version, provider.kind)
    if len(suites) != 1:
        raise UsageError("--suite: more than one without a patch", "run them one by one")
    return check_suite(provider, suites[0], progress)


def _write(
    report: CheckReport, json_file: Path | None, junit_file: Path | None, markdown_file: Path | None
) -> None:
    from rich.console import Console

    from harness.report import junit, markdown, record, terminal

    texts: list[tuple[Path, str]] = []
    if json_file is not None:
        texts.append((json_file, record.encode(record.trimmed(report)).decode()))
    if junit_file is not None:
        texts.append((junit_file, junit.write(report)))
    if markdown_file is not None:
        texts.append((markdown_file, markdown.write(report)))
    for path, text in texts:
        options.write(path, text)
    terminal.write(report, Console())
