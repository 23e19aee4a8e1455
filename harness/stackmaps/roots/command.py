"""`harness stackmap roots` and `stub`: is the stack map right about a program that really runs?"""

from __future__ import annotations

import sys
from pathlib import Path

import click

from harness.console.say import say, say_lines
from harness.errors import EXIT_VERDICT, UsageError


@click.command("roots")
@click.argument("program", type=click.Path(path_type=Path))
@click.option(
    "--capture",
    required=True,
    type=click.Path(path_type=Path),
    help="What the program, linked with the suite's runtime, wrote to its standard output.",
)
@click.option(
    "--expect", required=True, type=click.Path(path_type=Path), help="The test with ROOTS directives."
)
def roots(program: Path, capture: Path, expect: Path) -> None:
    """Compare the values that PROGRAM had in its recorded locations with those that a test expects."""
    from harness.stackmaps.files import name_of, read
    from harness.stackmaps.load import load
    from harness.stackmaps.roots import capture as captured
    from harness.stackmaps.roots import compare as oracle
    from harness.stackmaps.roots.directives import directives

    found = load(program)
    image = found.image
    if image is None or image.relocatable:
        raise UsageError(f"{program}: not a linked program", "name what was run")
    wanted = directives(read(expect).decode("utf-8", "replace"), name_of(expect))
    data = read(capture)
    try:
        stops = captured.parse(data, image.machine, image.order)
    except UsageError as error:
        raise UsageError(f"{name_of(capture)}: {error.what}", error.next_step) from None
    result = oracle.compare_stops(found, stops, wanted)
    say_lines(f"{program.name}: {violation}" for violation in result.violations)
    said = "NOT OK" if result.violations else "OK"
    say(f"{program.name}: {said}: {result.stops} stops, {result.compared} values compared")
    if result.violations:
        sys.exit(EXIT_VERDICT)


@click.command("stub")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--id", "number", required=True, type=int, help="The record the callee is for.")
@click.option("--result", type=int, help="What it puts into the record's first register.")
@click.option("-o", "output", required=True, type=click.Path(path_type=Path), help="The assembly to write.")
def stub(file: Path, number: int, result: int | None, output: Path) -> None:
    """Write a callee that clobbers every register that the record in FILE lets it clobber."""
    from harness.stackmaps.load import load
    from harness.stackmaps.roots.stub import assembly

    text = assembly(load(file), number, result)
    try:
        output.write_text(text)
    except OSError as error:
        raise UsageError(f"-o {output}: {error.strerror}", "name a file that can be written") from None
