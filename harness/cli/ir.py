"""`harness ir`: IR in the words of another LLVM."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from harness.cli import options, reports
from harness.console.say import complain, say
from harness.errors import EXIT_OK, EXIT_VERDICT, UsageError

if TYPE_CHECKING:
    from harness.desk.dialects import Rewritten
    from harness.llvm import Toolchain

Rewrite = Callable[[str, "Toolchain"], "Rewritten"]
_FILES = click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path, allow_dash=True))
_OUTPUT = click.option(
    "--output",
    "-o",
    type=click.Path(path_type=Path),
    help="Write it there; of several files, into this folder [default: print it].",
)


@click.group("ir", context_settings={"help_option_names": ["-h", "--help"]})
def command() -> None:
    """Write IR in the words of another LLVM; comments and RUN lines stay.

    Exit codes: 0 that LLVM reads all of it; 1 it does not; 2 bad input or usage; 4 the environment lacks
    something.
    """


@command.command("upgrade")
@_FILES
@_OUTPUT
@options.toolchain
@options.quiet
@options.sandbox
@options.store
def upgrade_command(  # noqa: PLR0913, PLR0917 - click passes one argument an option
    files: tuple[Path, ...],
    output: Path | None,
    kind: str | None,
    llvm: str | None,
    prefix: Path | None,
    quiet: bool,
    store_root: Path | None,
) -> None:
    """Write FILES of LLVM 2.9 to 14 for LLVM 15 and later: pointers without types. - is standard input.

    --toolchain, --llvm and --prefix name the LLVM that has to read them.
    """
    from harness.desk.dialects import upgrade

    _rewrite(files, output, _find(kind, llvm, prefix, store_root, quiet=quiet), upgrade)


@command.command("downgrade")
@_FILES
@_OUTPUT
@click.option("--llvm", default="14", show_default=True, metavar="N", help="For this version.")
@click.option("--toolchain", "kind", type=click.Choice(("debian", "system")), help="Where LLVM comes from.")
@options.quiet
@options.sandbox
@options.store
def downgrade_command(
    files: tuple[Path, ...],
    output: Path | None,
    llvm: str,
    kind: str | None,
    quiet: bool,
    store_root: Path | None,
) -> None:
    """Write FILES for an LLVM without opaque pointers, as the suite does for its own IR."""
    from harness.desk.dialects import downgrade

    _rewrite(files, output, _find(kind, llvm, None, store_root, quiet=quiet), downgrade)


def _find(
    kind: str | None, llvm: str | None, prefix: Path | None, store_root: Path | None, *, quiet: bool
) -> Toolchain:
    from harness.cli.progress import show_progress
    from harness.toolchain.registry import resolve

    request = options.request(kind, llvm, prefix)
    with show_progress(quiet=quiet) as progress:
        return resolve(options.open_enclosed(store_root), request, progress.step).toolchain()


def _rewrite(files: Sequence[Path], output: Path | None, toolchain: Toolchain, rewrite: Rewrite) -> None:
    from harness.desk.importing import reading

    if len(files) > 1 and output is None:
        raise UsageError("several files, and nowhere to write them", "add -o FOLDER")
    names = [reading.name_of(file) for file in files]
    if twice := next((name for name in names if names.count(name) > 1), ""):
        raise UsageError(f"{twice}: there are two files of this name", "give them one by one")
    if len(files) > 1:
        reports.require_folder("-o", output)
    made = [(file, rewrite(reading.read(file), toolchain)) for file in files]
    code = EXIT_OK
    for file, one in made:
        for change in one.changes:
            complain(f"{file}: {change}")
        if one.refused:
            code = EXIT_VERDICT
        if why := one.refused or one.unchecked:
            complain(f"{file}: {'not read' if one.refused else 'not checked'}: {why}")
    for (_, one), name in zip(made, names, strict=True):
        place = output / name if output is not None and len(files) > 1 else output
        _write(one.text, place)
    sys.exit(code)


def _write(text: str, place: Path | None) -> None:
    if place is None:
        say(text.rstrip("\n"))
        return
    place.parent.mkdir(parents=True, exist_ok=True)
    reports.deliver(lambda: None, [(place, lambda: text)])
