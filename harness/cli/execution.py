"""`harness stackmap roots`: what a program that really ran had where its stack map says."""

from __future__ import annotations

import sys
from pathlib import Path

import click

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
    """Compare what PROGRAM had in every recorded location, where it stopped, with what a test says."""
    from harness.oracle import capture as captured
    from harness.oracle import roots as oracle
    from harness.oracle.expect import directives
    from harness.oracle.load import load

    found = load(program)
    image = found.image
    if image is None or image.relocatable:
        raise UsageError(f"{program}: no linked program", "name what was run")
    wanted = directives(_read(expect).decode("utf-8", "replace"), str(expect))
    data = _read(capture)
    try:
        stops = captured.parse(data, image.machine, image.order)
    except UsageError as error:
        raise UsageError(f"{capture}: {error.what}", error.next_step) from None
    result = oracle.check(found, stops, wanted)
    for violation in result.violations:
        click.echo(f"{program.name}: {violation}")
    said = "NOT OK" if result.violations else "OK"
    click.echo(f"{program.name}: {said}: {result.stops} stops, {result.compared} values compared")
    if result.violations:
        sys.exit(EXIT_VERDICT)


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise UsageError(f"{path}: {error.strerror}", "name a file that can be read") from None
