"""What helps with a series that no test reaches: the tests nearest to what it changes, and a RUN line."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from harness.reach.map.nearest import find_nearest, find_telling
from harness.reach.map.select import ReachMap
from harness.report.reach import Reach

_SHOWN = 5
_RUN = re.compile(r"\bRUN:[ \t]*(.*)")


@dataclass(frozen=True, slots=True)
class Neighbourhood:
    """Where to look for tests near a series: its functions by their numbers in `maps`.

    It changes the `changed` ones; `others` are in the same `sources`. `trees` are the folders that tests'
    names are paths of. `entering` are tests that enter a changed function, for maps that have none.
    """

    maps: ReachMap
    changed: Collection[int]
    sources: Collection[str]
    trees: Iterable[Path]
    others: Collection[int] = ()
    entering: Iterable[str] = ()


def add_hints(note: Reach, near: Neighbourhood) -> Reach:
    """The note with the nearest tests: those that enter what changes, else other functions of its sources."""
    enter = _find_nearest(near, near.changed) or tuple(near.entering)[:_SHOWN]
    found = enter or _find_nearest(near, find_telling(near.maps, near.others))
    if not found:
        return note
    places = (tree / found[0] for tree in near.trees)
    path = next((place for place in places if place.is_file()), None)
    run = read_run_line(path.read_text("utf-8", "replace")) if path is not None else ""
    return replace(note, nearest=found, run=run, nearest_enter=bool(enter))


def _find_nearest(near: Neighbourhood, functions: Collection[int]) -> tuple[str, ...]:
    return tuple(test.name for test in find_nearest(near.maps, functions, near.sources)[:_SHOWN])


def read_run_line(text: str) -> str:
    """The first command of a test, with what it goes on with in further lines; empty if there is none."""
    parts: list[str] = []
    for match in _RUN.finditer(text):
        part = match[1].strip()
        parts.append(part.removesuffix("\\").strip())
        if not part.endswith("\\"):
            break
    return " ".join(parts)
