"""The command `harness stackmap`: stack maps shown, verified, compared.

The suite's `%stackmap` runs `main`: this module and its imports are all of the command that decides about
tests.
"""

from __future__ import annotations

import importlib
import re
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import click

from harness.console.program import Group, run
from harness.console.say import complain, say, say_json, say_lines
from harness.errors import EXIT_VERDICT, UsageError
from harness.printable import one_line
from harness.stackmaps.roots.command import roots, stub

if TYPE_CHECKING:
    from harness.stackmaps.load import LoadedObjects
    from harness.stackmaps.verify.findings import Verification
    from harness.stackmaps.verify.ir import Reservation

# A 64-bit id has at most 20 digits; a size has fewer.
_NUMBER = re.compile(r"[0-9]{1,20}")
# By the subcommands, when they are called.
_USED = (
    "capstone",
    "elftools.elf.elffile",
    "harness.faults",
    "harness.process",
    "harness.stackmaps.document",
    "harness.stackmaps.roots.compare",
    "harness.stackmaps.roots.stub",
    "harness.stackmaps.show",
    "harness.stackmaps.verify.verifier",
)
F = TypeVar("F", bound=Callable[..., None])


def _form(function: F) -> F:
    """`--raw --endian ORDER --json`."""
    for option in (
        click.option("--json", "as_json", is_flag=True, help="Print JSON."),
        click.option(
            "--endian",
            type=click.Choice(("little", "big")),
            help="The byte order of --raw [default: little].",
        ),
        click.option("--raw", is_flag=True, help="A file is the section's bytes and nothing else."),
    ):
        function = option(function)
    return function


@click.group("stackmap", cls=Group, context_settings={"help_option_names": ["-h", "--help"]})
def command() -> None:
    """Decode the stack maps of objects and executables: show, verify, compare them."""


def main() -> None:
    """Run the command as a program of its own."""
    run(command, "harness stackmap")


def warm_up() -> None:
    """Import what subcommands import when called, which takes fifty times what they do with a map."""
    for name in _USED:
        importlib.import_module(name)


command.add_command(roots)
command.add_command(stub)


@command.command("show")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@_form
def show(files: tuple[Path, ...], raw: bool, endian: str | None, as_json: bool) -> None:
    """Show every function and record of FILES."""
    from harness.stackmaps import document
    from harness.stackmaps.show import text

    found = [one for path in files for one in _objects(path, raw, endian).files]
    if as_json:
        say_json(document.encode([document.show(one) for one in found]))
        return
    for one in found:
        say_lines(text(one))


@command.command("verify")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--reserved", "sizes", multiple=True, metavar="ID=BYTES", help="A patch point and its size.")
@click.option("--ir", type=click.Path(path_type=Path), help="The .ll file whose sites say what is reserved.")
@_form
def verify(
    files: tuple[Path, ...],
    sizes: tuple[str, ...],
    ir: Path | None,
    raw: bool,
    endian: str | None,
    as_json: bool,
) -> None:
    """Check the stack maps of FILES, and the code they describe."""
    from harness.stackmaps import document
    from harness.stackmaps.verify import verifier

    promised = verifier.promises([*_reserved(sizes), *(_sites(ir) if ir else ())])
    loaded = [_load(path, raw, endian, calls=ir is not None) for path in files]
    found = [verifier.verify(one, promised) for each in loaded for one in each.files]
    found += (verifier.verify_nothing(one) for each in loaded for one in each.unread)
    if as_json:
        say_json(document.encode([document.verify(one) for one in found]))
    else:
        for one in found:
            _print(one)
    if any(one.violations for one in found):
        sys.exit(EXIT_VERDICT)


@command.command("diff")
@click.argument("before", type=click.Path(path_type=Path))
@click.argument("after", type=click.Path(path_type=Path))
@_form
def diff(before: Path, after: Path, raw: bool, endian: str | None, as_json: bool) -> None:
    """Say how each record changed from BEFORE to AFTER."""
    from harness.stackmaps import compare, document
    from harness.stackmaps.files import name_of

    changes = compare.compare_all(_objects(before, raw, endian), _objects(after, raw, endian))
    if as_json:
        say_json(document.encode(document.diff(name_of(before), name_of(after), changes)))
    else:
        for one in changes:
            if one.change is not compare.Difference.IDENTICAL:
                say_lines((str(one), *(f"  {line}" for line in one.what)))
        counted = ", ".join(f"{count} {change.value}" for change, count in compare.totals(changes))
        say(f"{len(changes)} records: {counted}")
    if not all(one.change.harmless for one in changes):
        sys.exit(EXIT_VERDICT)


def _objects(path: Path, raw: bool, endian: str | None) -> LoadedObjects:
    """The objects of a file; its other members are named on standard error."""
    found = _load(path, raw, endian)
    for name in found.unread:
        complain(f"harness: {one_line(name)}: not an object file that the harness can read")
    return found


def _load(path: Path, raw: bool, endian: str | None, calls: bool = False) -> LoadedObjects:
    from harness.stackmaps.load import LoadedObjects, load_all, load_raw

    if raw:
        return LoadedObjects((load_raw(path, "big" if endian == "big" else "little"),), ("",))
    if endian:
        raise UsageError(f"--endian {endian}: only a raw section needs a byte order", "add --raw")
    return load_all(path, calls)


def _reserved(sizes: Sequence[str]) -> Iterator[Reservation]:
    """`7=15`: the patch point of id 7 reserves 15 bytes. Raises UsageError."""
    from harness.stackmaps.verify.ir import Intrinsic, Reservation

    for text in sizes:
        number, _, size = text.partition("=")
        digits = number.removeprefix("-")
        if not (_NUMBER.fullmatch(digits) and _NUMBER.fullmatch(size)):
            raise UsageError(f"--reserved {text}: not an id and a size", "give one such as --reserved 7=15")
        yield Reservation(Intrinsic.PATCHPOINT, int(number) % 2**64, int(size))


def _sites(path: Path) -> Sequence[Reservation]:
    """The sites of a file of IR. Raises UsageError."""
    from harness.stackmaps.files import read
    from harness.stackmaps.verify.ir import reservations

    try:
        found = tuple(reservations(read(path, "--ir ", "name a .ll file").decode()))
    except UnicodeDecodeError:
        raise UsageError(f"--ir {path}: not textual IR", f"llvm-dis {path}") from None
    if not found:
        raise UsageError(
            f"--ir {path}: no patch point, stack map or statepoint in it",
            "name the .ll file the object was made from",
        )
    return found


def _print(one: Verification) -> None:
    from harness.stackmaps.verify.findings import lines

    say_lines(f"{one.file}: {line}" for line in lines(one.findings))
    said = "OK" if not one.violations else "NOT OK"
    say(
        f"{one.file}: {said}: {one.records} records of {one.functions} functions,"
        f" {len(one.violations)} violations, {len(one.unchecked)} not checked"
    )
