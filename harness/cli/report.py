"""`harness report`: what to do with a crash that someone reported."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from harness import resources
from harness.cli import options, reports
from harness.console.say import complain, say, say_lines
from harness.errors import EnvironmentLacksError, UsageError

if TYPE_CHECKING:
    from harness.desk.importing.job import ImportedReport

_CONFIGURATIONS = ("lit.cfg.py", "lit.cfg", "lit.site.cfg.py", "lit.site.cfg")


@click.group("report", context_settings={"help_option_names": ["-h", "--help"]})
def command() -> None:
    """Make a test of a crash that someone reported."""


@command.command("import")
@click.argument("file", type=click.Path(path_type=Path, allow_dash=True))
@click.option("--output", "-o", type=options.FILE, help="Write the test there [default: print it].")
@click.option(
    "--module",
    type=click.IntRange(1),
    metavar="N",
    help="Of several modules in the report, the N-th [default: that of the crash, else the first].",
)
@options.toolchain
@options.record
@options.quiet
@options.sandbox
@options.store
def import_(  # noqa: PLR0913, PLR0917 - click passes one argument an option
    file: Path,
    output: Path | None,
    module: int | None,
    kind: str | None,
    llvm: str | None,
    prefix: Path | None,
    json_file: Path | None,
    quiet: bool,
    store_root: Path | None,
) -> None:
    """Make a lit test of the report in FILE, or - for standard input: a mail, an issue, a CI log.

    Finds the IR, the command, how the program ended, LLVM's version and the target. Completes fragments of
    IR, and translates old IR. What it guessed or made up, and what is missing, it lists, in the test too.
    Nothing of the report is run; LLVM reads the IR.
    """
    from harness.cli.progress import show_progress
    from harness.desk.importing import reading
    from harness.desk.importing.job import import_report, read_report
    from harness.desk.importing.old_llvm import find_old_llvm
    from harness.toolchain.registry import resolve

    store = options.open_enclosed(store_root)
    name = reading.name_of(file)
    case = read_report(reading.read(file), name, module or 0)
    _make_folder(output)
    reports.require({"-o": output, "--json": json_file}, [file])
    with show_progress(quiet=quiet) as progress:
        provider = resolve(store, options.request(kind, llvm, prefix), progress.step)
        toolchain = provider.toolchain()
        options.require_version(llvm, toolchain.version, provider.kind)
        old = partial(find_old_llvm, store, progress.step)
        made = import_report(case, name, toolchain, old)
    given = {"--toolchain": kind, "--llvm": llvm, "--prefix": prefix}
    _deliver(made, output, json_file, [f"{option} {value}" for option, value in given.items() if value])
    sys.exit(made.exit_code)


def _make_folder(output: Path | None) -> None:
    """The folder of a test may be new, as a suite of one report is."""
    if output is None:
        return
    try:
        output.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(f"{output}: cannot be written: {error.strerror}", "give another file") from None


def _deliver(made: ImportedReport, output: Path | None, json_file: Path | None, given: Sequence[str]) -> None:
    """The test in its file, or on standard output, with what is to be known of it beside it.

    `given` are the options that chose an LLVM.
    """
    from harness.desk.importing import summary

    lines = list(summary.describe(made))
    if output is None:
        complain("\n".join(lines))
        show = lambda: say(made.test.rstrip("\n"))  # noqa: E731 - one step of the delivery
    else:
        lines += _next_steps(output, given)
        show = lambda: say_lines(lines)  # noqa: E731 - one step of the delivery
    reports.deliver(show, [(output, lambda: made.test), (json_file, lambda: summary.encode(made).decode())])
    if output is not None and _suite_of(output) is None:
        _configure(output.parent)


def _next_steps(output: Path, given: Sequence[str]) -> Iterator[str]:
    suite = _suite_of(output) or output.parent
    if _suite_of(output) is None:
        yield f"wrote    {output.parent / 'lit.cfg.py'}: runs the tests there like those of the suite"
    yield f"wrote    {output}"
    words = ["harness check --no-patch", *given, f"--suite {suite} --filter {output.stem}"]
    yield f"next: {' '.join(words)}"


def _suite_of(output: Path) -> Path | None:
    """The lit suite that a file is in, if it is in one."""
    folders = output.absolute().parents
    return next((one for one in folders if any((one / name).is_file() for name in _CONFIGURATIONS)), None)


def _configure(folder: Path) -> None:
    from harness.litsite.elsewhere import write_configuration

    suite = resources.find() / "lit-tests/lit.cfg.py"
    try:
        (folder / "lit.cfg.py").write_text(write_configuration(str(suite), "reports"))
    except OSError as error:
        raise EnvironmentLacksError(
            f"{folder}/lit.cfg.py: cannot be written: {error.strerror}",
            "the test is there; write a lit.cfg.py for it, as docs/suite.md says",
        ) from None
