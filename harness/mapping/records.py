"""What a test's records say, in the numbers of a table of functions."""

from __future__ import annotations

from array import array
from collections.abc import Mapping, Sequence
from pathlib import Path

from harness.reach.map.table import FunctionTable
from harness.reach.watch.record import read_hits
from harness.reach.watch.values import Hits, Watched

Numbering = Mapping[str, Sequence[tuple[int, ...]]]
"""For each tool, by its name, the numbers of the names of each of its functions."""


def number_functions(table: FunctionTable, tools: Mapping[str, Watched]) -> Numbering:
    """The numbers of the functions of each tool; the table has all of them."""
    # Tools have most functions in common.
    places = table.places({name for tool in tools.values() for one in tool.functions for name in one.names})
    return {
        name: [tuple([places[one] for one in function.names]) for function in tool.functions]
        for name, tool in tools.items()
    }


def read_entered(
    records: Path, tools: Mapping[str, Watched], numbering: Numbering
) -> tuple[dict[str, array[int]], str]:
    """The functions that a test entered, by tool, and why that may not be all; empty if it is.

    A tool without a record was not started.
    """
    entered: dict[str, array[int]] = {}
    unknown = ""
    for name, tool in tools.items():
        if not (records / tool.record).is_file():
            continue
        hits = read_hits(records, tool)
        if isinstance(hits, Hits):
            numbers = numbering[name]
            entered[name] = array("I", {number for index in hits.functions for number in numbers[index]})
        else:
            unknown = unknown or hits.why
    return entered, unknown
