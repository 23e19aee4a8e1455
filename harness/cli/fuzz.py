"""`harness fuzz`: random functions with patch points and stack maps, and whatever is wrong with them."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

import click

from harness import resources
from harness.cli import options, reports
from harness.cli.both_sides import SideOptions
from harness.console.say import complain, say
from harness.errors import EXIT_VERDICT, HarnessError, UsageError
from harness.process import scratch

if TYPE_CHECKING:
    from harness.fuzz.campaign import FuzzFinding, Summary
    from harness.fuzz.generate import Shape
    from harness.llvm import Toolchain
    from harness.progress import Progress
    from harness.store import Store
    from harness.toolchain.provider import Provider

# The oldest LLVM that reads the modules without an option of its own.
_OLDEST = 15


@click.command("fuzz")
@click.argument("series", required=False)
@options.toolchain
@click.option("--source", type=click.Path(path_type=Path), help="LLVM's source, to build a series from.")
@click.option(
    "--against", metavar="N", help="Compile the same modules with this version of Debian's LLVM too."
)
@click.option("--seed", type=click.IntRange(0), default=0, show_default=True, help="The first seed.")
@click.option("--count", type=click.IntRange(1), help="Number of seeds [default: 20].")
@click.option("--minutes", type=options.Duration(), help="Run for so many minutes instead of --count seeds.")
@click.option("--target", "names", multiple=True, metavar="T", help="A target [default: all].")
@click.option("--functions", type=click.IntRange(1, 200), help="Functions per module [default: 50].")
@click.option(
    "--hazard", "hazards", multiple=True, metavar="CASE", help="Also generate code with this known defect."
)
@options.max_units
@options.jobs("Modules")
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), help="Write findings as lit tests.")
@click.option("--json", "json_file", type=click.Path(path_type=Path, dir_okay=False), help="Write JSON.")
@options.quiet
@options.sandbox
@options.store
def command(  # noqa: PLR0913, PLR0917 - click passes one argument an option
    series: str | None,
    kind: str | None,
    llvm: str | None,
    prefix: Path | None,
    source: Path | None,
    against: str | None,
    seed: int,
    count: int | None,
    minutes: float | None,
    names: tuple[str, ...],
    functions: int | None,
    hazards: tuple[str, ...],
    max_units: int,
    jobs: int | None,
    out: Path | None,
    json_file: Path | None,
    quiet: bool,
    store_root: Path | None,
) -> None:
    """Compile random functions with patch points and stack maps, check and run them, and reduce what fails.

    With SERIES, given as to `harness check`, compile the same modules with LLVM without and with it.

    Exit codes: 0 nothing new; 1 something new, or introduced by the series; 2 bad input or usage; 3 the
    series does not apply or build; 4 the environment lacks something.
    """
    from harness.cli.progress import show_progress
    from harness.fuzz import report
    from harness.fuzz.bench import Bench
    from harness.fuzz.campaign import Campaign, conduct, prepare
    from harness.toolchain.registry import resolve

    _refuse_contradictions(count, minutes, series, against)
    ends = 0 if minutes else count or 20
    shapes = _shapes(names, functions, hazards)
    suite, store = resources.find() / "lit-tests", options.open_enclosed(store_root)
    words = _words(series, kind, llvm, prefix, functions, hazards)
    reports.require({"--json": json_file}, [series] if series else [])
    reports.require_folder("--out", out)
    found = _Found(words, out, suite)
    with show_progress(quiet=quiet) as progress, ExitStack() as stack:
        others = [_other(store, against, progress)] if against else []
        folder = stack.enter_context(scratch.folder("fuzz"))
        request = options.request(kind, llvm, prefix)
        provider = _recent(resolve(store, request, progress.step))
        if series:
            toolchains = _sides(series, store, provider, source, max_units, progress)
        else:
            toolchains = [stack.enter_context(one.session()) for one in (provider, *others)]
        llvms = [prepare(one, suite / "AOT/Inputs", folder) for one in toolchains]
        progress.step(f"fuzzing {' and '.join(one.name for one in llvms)} from seed {seed}")
        campaign = Campaign(shapes, seed, ends, 60 * (minutes or 0), jobs or options.default_jobs())
        summary = conduct([Bench(one, folder) for one in llvms], campaign, progress, found.take)
    compared = tuple(one.name for one in llvms)
    _end(summary, series, compared, (json_file, lambda: report.encode(summary, compared, words).decode()))
    _leave(found, summary, bool(summary.new) or bool(series and summary.changed(*compared)[0]))


def _leave(found: _Found, summary: Summary, bad: bool) -> None:
    """Leave with the exit code for what it came to."""
    if found.lost:
        raise found.lost[0]
    if summary.interrupted:
        raise KeyboardInterrupt
    if bad:
        sys.exit(EXIT_VERDICT)


class _Found:
    """Tells each finding as it comes and keeps it; `lost` is why one could not be kept."""

    def __init__(self, words: tuple[str, ...], out: Path | None, suite: Path) -> None:
        self._words = words
        self._out = out
        self._suite = suite
        self.lost: list[HarnessError] = []

    def take(self, finding: FuzzFinding) -> None:
        from harness.fuzz import report

        say("\n".join(report.finding_lines(finding, self._words)))
        try:
            if self._out and (path := report.keep(finding, self._words, self._out, self._suite)):
                say(f"  {path}")
        except HarnessError as error:  # it can be made again: the search goes on
            complain(f"harness: error: {error}")
            self.lost.append(error)


def _end(
    summary: Summary,
    series: str | None,
    compared: tuple[str, ...],
    file: tuple[Path | None, Callable[[], str]],
) -> None:
    """Print what it came to, and write it."""
    from harness.fuzz import report

    lines = list(report.lines(summary))
    if series:
        introduced, gone = summary.changed(*compared)
        lines.append(f"{series}: {len(introduced)} introduced, {len(gone)} gone")
    reports.deliver(lambda: say("\n".join(lines)), [file])


def _sides(
    name: str,
    store: Store,
    provider: Provider,
    source: Path | None,
    max_units: int,
    progress: Progress,
) -> Sequence[Toolchain]:
    """LLVM without and with a series."""
    from harness.check.job import both_sides
    from harness.litsite.execution import ASSEMBLER

    job = SideOptions(store, source, max_units).job(name, provider, ("llc", ASSEMBLER), progress)
    for remark in job.series[0].remarks:
        say(f"note: {remark}")
    return both_sides(job, progress)


def _refuse_contradictions(
    count: int | None, minutes: float | None, series: str | None, against: str | None
) -> None:
    """Raise UsageError for options of which only one can be given."""
    why = ""
    if count is not None and minutes is not None:
        why = "--count and --minutes: only one of them can end the search"
    elif series and against:
        why = "--against with a series: a series is already compared with its base"
    if why:
        raise UsageError(why, "leave out one of them")


def _shapes(names: tuple[str, ...], functions: int | None, hazards: tuple[str, ...]) -> tuple[Shape, ...]:
    """What is generated of each seed."""
    from harness.fuzz import generate, targets

    for hazard in hazards:
        if hazard not in generate.HAZARDS:
            raise UsageError(f"--hazard {hazard}: no such case", f"use one of {', '.join(generate.HAZARDS)}")
    return tuple(
        generate.Shape(targets.find(name).name, functions or generate.FUNCTIONS, frozenset(hazards))
        for name in dict.fromkeys(names or targets.names())
    )


def _other(store: Store, against: str, progress: Progress) -> Provider:
    """The LLVM of `--against`."""
    from harness.toolchain.provider import Request
    from harness.toolchain.registry import DEFAULT, resolve

    major = options.version_number(against, "--against")
    return _recent(resolve(store, Request(DEFAULT, major, None, "leave out --against"), progress.step))


def _recent(provider: Provider) -> Provider:
    if provider.major < _OLDEST:
        raise UsageError(
            f"LLVM {provider.major} cannot read the generated modules", f"use {_OLDEST} or later"
        )
    return provider


def _words(
    series: str | None,
    kind: str | None,
    llvm: str | None,
    prefix: Path | None,
    functions: int | None,
    hazards: tuple[str, ...],
) -> tuple[str, ...]:
    """The options that a replay needs, as they were given."""
    given = (
        ("--toolchain", kind),
        ("--llvm", llvm),
        ("--prefix", str(prefix) if prefix else None),
        ("--functions", str(functions) if functions else None),
        *(("--hazard", hazard) for hazard in hazards),
    )
    words = tuple(word for option, value in given if value for word in (option, value))
    return (series, *words) if series else words
