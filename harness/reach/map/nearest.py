"""The tests that enter a function, nearest first. Pure.

Nearest is the test that is most about the function: one that passes before one that does not; one of a folder
that has the name of the source's folder (`Target/X86` and `CodeGen/X86`), or that the source's own name
begins with (`LoopIdiomRecognize.cpp` and `Transforms/LoopIdiom`) before others; then the one that enters the
fewest functions besides.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath

from harness.model import Outcome
from harness.reach.map.folder import FolderMap
from harness.reach.map.select import ReachMap
from harness.reach.names import FunctionName

# A function tells something of a test that enters it if at most one of so many tests does.
_SHARES = (10, 2)


@dataclass(frozen=True, slots=True)
class EnteringTest:
    """A test that enters a function: of which folder, what it did, how many functions it enters in all."""

    folder: str
    name: str
    outcome: Outcome
    functions: int


def entering(maps: ReachMap, functions: Collection[FunctionName], path: str = "") -> list[EnteringTest]:
    """The tests that enter any of the functions, nearest first; `path` is that of their source, if known."""
    numbers = set(maps.table.places(functions).values())
    return find_nearest(maps, numbers, [path])


def find_nearest(maps: ReachMap, numbers: Collection[int], paths: Iterable[str]) -> list[EnteringTest]:
    """The tests that enter functions of any of these numbers, nearest to sources first."""
    sources = [(one.parent.name, one.name) for one in map(PurePosixPath, paths) if one.name]
    found = [test for one in maps.folders for test in _entering(one, numbers)]
    return sorted(found, key=lambda test: _distance(test, sources))


def find_telling(maps: ReachMap, numbers: Collection[int]) -> frozenset[int]:
    """Those of the functions that say something of a test: what most tests enter of these does not.

    Such as what registers a pass or an option. All of them if there are no others.
    """
    counts: Counter[int] = Counter()
    for one in maps.folders:
        counts.update(one.tests_of_each(numbers))
    tests = sum(len(one.entering(numbers)) for one in maps.folders)
    for share in _SHARES:
        if telling := frozenset(n for n, count in counts.items() if 0 < share * count <= tests):
            return telling
    return frozenset(numbers)


def _entering(one: FolderMap, numbers: Collection[int]) -> Iterator[EnteringTest]:
    places = one.entering(numbers)
    counts = one.counts() if places else []
    for at in places:
        yield EnteringTest(one.origin.folder, one.tests[at], one.outcomes[at], counts[at])


def _distance(test: EnteringTest, sources: Collection[tuple[str, str]]) -> tuple[bool, bool, int, str, str]:
    """Less is nearer; `sources` are each the name of the folder and of the file."""
    parts = _folders(test) if sources else []
    return (
        test.outcome is not Outcome.PASS,
        not any(part == folder or name.startswith(part) for folder, name in sources for part in parts),
        test.functions,
        test.folder,
        test.name,
    )


def _folders(test: EnteringTest) -> list[str]:
    """The names of the folders that a test is in; a Path of each of 10,000 takes longer than all else."""
    return f"{test.folder.partition(':')[2] or test.folder}/{test.name}".split("/")[:-1]
