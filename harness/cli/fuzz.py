"""`harness fuzz`: random functions with patch points and stack maps, and whatever is wrong with them."""

from __future__ import annotations

import sys
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import click

from harness.cli import options
from harness.errors import EXIT_VERDICT, UsageError

if TYPE_CHECKING:
    from harness.fuzz.campaign import Finding, Summary
    from harness.toolchain.provider import Provider

# The oldest LLVM that reads the modules without an option of its own.
_OLDEST = 15


@click.command("fuzz")
@options.toolchain
@click.option("--against", metavar="N", help="Another version of Debian's LLVM: the same modules by both.")
@click.option("--seed", type=click.IntRange(0), default=0, show_default=True, help="The first seed.")
@click.option("--count", type=click.IntRange(1), help="So many seeds [default: 20].")
@click.option(
    "--minutes", type=click.FloatRange(0, min_open=True), help="For so long, not for --count seeds."
)
@click.option("--target", "names", multiple=True, metavar="T", help="A target [default: every one].")
@click.option("--functions", type=click.IntRange(1, 200), help="Functions of a module [default: 50].")
@click.option("--hazard", "hazards", multiple=True, metavar="CASE", help="Generate what is known to fail.")
@click.option("--jobs", "-j", type=click.IntRange(1, 256), help="Modules at once.")
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), help="Write findings as lit tests.")
@click.option("--json", "json_file", type=click.Path(path_type=Path, dir_okay=False), help="Write JSON.")
@click.option("--quiet", "-q", is_flag=True, help="Show no progress.")
@options.store
def command(  # noqa: PLR0913, PLR0917 - click passes one argument an option
    kind: str | None,
    llvm: str | None,
    prefix: Path | None,
    against: str | None,
    seed: int,
    count: int | None,
    minutes: float | None,
    names: tuple[str, ...],
    functions: int | None,
    hazards: tuple[str, ...],
    jobs: int | None,
    out: Path | None,
    json_file: Path | None,
    quiet: bool,
    store_root: Path | None,
) -> None:
    """Compile random functions with patch points and stack maps, check them, run them, reduce what is wrong.

    Exit codes: 0 nothing new; 1 something new; 2 bad input or usage; 4 the environment lacks something.
    """
    from harness.cli.progress import shown
    from harness.fuzz import generate, report, targets
    from harness.fuzz.bench import Bench
    from harness.fuzz.campaign import Job, conduct, opened
    from harness.toolchain.provider import Request, resolve

    if count is not None and minutes is not None:
        raise UsageError("--count and --minutes: one of them ends it", "leave out one of them")
    shapes = tuple(
        generate.Shape(targets.target(name).name, functions or generate.FUNCTIONS, _checked(hazards))
        for name in dict.fromkeys(names or targets.TARGETS)
    )
    suite = options.checkout() / "lit-tests"
    words = _words(kind, llvm, prefix, functions, hazards)
    store = options.open_store(store_root)

    def told(finding: Finding) -> None:
        for line in report.finding_lines(finding, words):
            click.echo(line)
        if out and (path := report.keep(finding, words, out, suite)):
            click.echo(f"  {path}")

    with shown(quiet=quiet) as progress, ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory(prefix="harness-fuzz-")))
        requests = [Request(kind or ("tree" if prefix else "debian"), options.major(llvm), prefix)]
        requests += [Request("debian", _major(against), None)] if against else []
        providers = [_recent(resolve(store, one, progress.step)) for one in requests]
        llvms = [stack.enter_context(opened(one, suite / "AOT/Inputs", folder)) for one in providers]
        progress.step(f"fuzzing {' and '.join(one.name for one in llvms)} from seed {seed}")
        ends = 0 if minutes else count or 20
        job = Job(shapes, seed, ends, 60 * (minutes or 0), jobs or options.default_jobs())
        summary = conduct([Bench(one, folder) for one in llvms], job, progress, told)
    click.echo("\n".join(report.lines(summary)))
    if json_file:
        _write(json_file, report.document(summary, tuple(one.name for one in llvms), words))
    _end(summary)


def _end(summary: Summary) -> None:
    if summary.interrupted:
        raise KeyboardInterrupt
    if summary.new:
        sys.exit(EXIT_VERDICT)


def _checked(hazards: tuple[str, ...]) -> frozenset[str]:
    from harness.fuzz.generate import HAZARDS

    for hazard in hazards:
        if hazard not in HAZARDS:
            raise UsageError(f"--hazard {hazard}: no such case", f"use one of {', '.join(HAZARDS)}")
    return frozenset(hazards)


def _major(against: str) -> int:
    first = against.split(".", maxsplit=1)[0]
    if not first.isdigit():
        raise UsageError(f"--against {against}: not a version", "give a number such as 19")
    return int(first)


def _recent(provider: Provider) -> Provider:
    if provider.major < _OLDEST:
        raise UsageError(f"LLVM {provider.major} does not read the modules", f"use {_OLDEST} or later")
    return provider


def _words(
    kind: str | None, llvm: str | None, prefix: Path | None, functions: int | None, hazards: tuple[str, ...]
) -> tuple[str, ...]:
    """The options that a replay needs, as they were given."""
    given = (
        ("--toolchain", kind),
        ("--llvm", llvm),
        ("--prefix", str(prefix) if prefix else None),
        ("--functions", str(functions) if functions else None),
        *(("--hazard", hazard) for hazard in hazards),
    )
    return tuple(word for option, value in given if value for word in (option, value))


def _write(path: Path, text: str) -> None:
    try:
        path.write_text(text)
    except OSError as error:
        raise UsageError(f"--json {path}: {error.strerror}", "name a file that can be written") from None
