"""What helps with a series that no test reaches: the tests nearest to what it changes, and a RUN line."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from dataclasses import replace
from pathlib import Path

from harness.reach.map.nearest import find_nearest
from harness.reach.map.select import ReachMap
from harness.report.reach import Reach

_SHOWN = 5
_RUN = re.compile(r"\bRUN:[ \t]*(.*)")


def add_hints(
    note: Reach,
    maps: ReachMap,
    functions: Collection[int],
    sources: Iterable[str],
    trees: Iterable[Path],
    others: Iterable[str] = (),
) -> Reach:
    """The note with the nearest tests that enter functions of these numbers, by the changed `sources`.

    If the maps have none, `others` are near. `trees` are the folders that tests' names are paths of.
    """
    found = tuple(test.name for test in find_nearest(maps, functions, sources)[:_SHOWN])
    found = found or tuple(others)[:_SHOWN]
    if not found:
        return note
    places = (tree / found[0] for tree in trees)
    path = next((place for place in places if place.is_file()), None)
    run = read_run_line(path.read_text("utf-8", "replace")) if path is not None else ""
    return replace(note, nearest=found, run=run)


def read_run_line(text: str) -> str:
    """The first command of a test, with what it goes on with in further lines; empty if there is none."""
    parts: list[str] = []
    for match in _RUN.finditer(text):
        part = match[1].strip()
        parts.append(part.removesuffix("\\").strip())
        if not part.endswith("\\"):
            break
    return " ".join(parts)
