"""What `harness reach show` says: the tests that enter a function, or the functions that a test enters."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from harness.errors import UsageError
from harness.reach.map.demangle import demangle
from harness.reach.map.find import find_function, find_named
from harness.reach.map.folder import FolderMap
from harness.reach.map.nearest import EnteringTest, entering
from harness.reach.map.select import ReachMap
from harness.reach.map.source import function_at
from harness.reach.names import FunctionName

PLACE = re.compile(r"(?P<path>.+\.(?:cpp|cc|c|h|hpp|def|inc)):(?P<line>[0-9]{1,7})")
_TEST = re.compile(r".*\.(?:ll|mir|s|test|yaml|txt|td|c|cpp|ifs)")
_SHOWN = 20


@dataclass(frozen=True, slots=True)
class ShownFolder:
    """A folder of tests: how many it has, how many enter the function, and of how many nobody knows."""

    folder: str
    tests: int
    entering: int
    unknown: int


@dataclass(frozen=True, slots=True)
class ShownFunction:
    """A function, the names it has in LLVM's tools, and the tests that enter it, nearest first."""

    version: str
    function: str
    names: tuple[str, ...]
    folders: tuple[ShownFolder, ...]
    tests: tuple[EnteringTest, ...]


@dataclass(frozen=True, slots=True)
class EnteredFunction:
    """A function that a test enters, and how many tests of the same folder do."""

    name: str
    unit: str
    shown: str
    tests: int


@dataclass(frozen=True, slots=True)
class ShownTest:
    """A test: what it did, why its reach is unknown if it is, and the functions it enters, by tool.

    Those that the fewest tests of its folder enter come first.
    """

    version: str
    folder: str
    test: str
    outcome: str
    unknown: str
    tools: dict[str, tuple[EnteredFunction, ...]]


def is_test(maps: ReachMap, text: str) -> bool:
    """Whether a text is meant for a test's name."""
    return bool(_TEST.fullmatch(text)) or any(text in one.tests for one in maps.folders)


def show_function(maps: ReachMap, version: str, text: str) -> ShownFunction:
    """The tests that enter the function that a text names. Raises UsageError if it names none or several."""
    found = find_function(maps.table, text)
    return _function(maps, version, found.shown, found.names, "")


def show_place(maps: ReachMap, version: str, path: str, source: bytes, line: int) -> ShownFunction:
    """The tests that enter the function at a line of a source. Raises UsageError if there is none."""
    name = function_at(source, line)
    if not name:
        raise UsageError(f"{path}:{line}: is in no function", "name a line between the braces of one")
    names = find_named(maps.table, [name], PurePosixPath(path).name)
    if not names:
        raise UsageError(
            f"{path}:{line}: is in {name}, which no tool of the map has",
            "it may be inlined wherever it is called: ask for a function that calls it",
        )
    return _function(maps, version, name, names, path)


def _function(
    maps: ReachMap, version: str, shown: str, names: frozenset[FunctionName], path: str
) -> ShownFunction:
    tests = entering(maps, names, path)
    counts = Counter(test.folder for test in tests)
    folders = tuple(
        ShownFolder(
            one.origin.folder,
            len(one.tests),
            counts[one.origin.folder],
            len(one.unknown),
        )
        for one in maps.folders
    )
    return ShownFunction(version, shown, tuple(sorted(map(str, names))), folders, tuple(tests))


def show_test(maps: ReachMap, version: str, text: str) -> ShownTest:
    """What a test enters, named as the map does or by the end of that. Raises UsageError."""
    one, at = _find_test(maps, text)
    tools: dict[str, tuple[EnteredFunction, ...]] = {}
    for tool, numbers in one.entered_by(at).items():
        names, counts = maps.table.names(numbers), one.tests_of_each(numbers)
        shown = demangle(name.name for name in names)
        found = [
            EnteredFunction(name.name, name.unit, shown[name.name], counts[number])
            for number, name in zip(numbers, names, strict=True)
        ]
        tools[tool] = tuple(sorted(found, key=lambda function: (function.tests, function.shown)))
    outcome, unknown = one.outcomes[at].value, one.unknown.get(at, "")
    return ShownTest(version, one.origin.folder, one.tests[at], outcome, unknown, tools)


def _find_test(maps: ReachMap, text: str) -> tuple[FolderMap, int]:
    end = f"/{text}"
    found = [
        (one, at)
        for one in maps.folders
        for at, name in enumerate(one.tests)
        if f"/{one.origin.folder}/{name}".endswith(end)
    ]
    exact = [(one, at) for one, at in found if one.tests[at] == text]
    if len(exact or found) == 1:
        return (exact or found)[0]
    if not found:
        source = bool(PLACE.fullmatch(f"{text}:1"))
        hint = f"for a function, name a line of it: {text}:100; " if source else ""
        raise UsageError(
            f"{text}: no test of the map is called so", f"{hint}'harness reach show' lists its folders"
        )
    names = sorted(one.tests[at] for one, at in found)
    raise UsageError(f"{text}: names {len(names)} tests", "give one of them", "\n".join(names[:_SHOWN]))


def find_source(root: Path, path: str) -> Path:
    """A source file of LLVM's by its path, or by the end of it. Raises UsageError."""
    for place in (Path(path), root / path, root / "llvm" / path):
        if place.is_file():
            return place
    name = PurePosixPath(path).name
    there = [one for part in ("lib", "include", "tools") for one in (root / "llvm" / part).rglob(name)]
    found = sorted(str(one.relative_to(root)) for one in there if str(one).endswith(f"/{path}"))
    if len(found) == 1:
        return root / found[0]
    if not found:
        raise UsageError(f"{path}: no such file, neither here nor in LLVM's source", f"look into {root}")
    raise UsageError(f"{path}: names {len(found)} files", "give one of them", "\n".join(found[:_SHOWN]))


def describe(found: ShownFunction | ShownTest, limit: int) -> Iterator[str]:
    """The lines that show it, with at most `limit` entries of a list, 0 for all."""
    if isinstance(found, ShownFunction):
        return _describe_function(found, limit)
    return _describe_test(found, limit)


def _describe_function(found: ShownFunction, limit: int) -> Iterator[str]:
    yield found.function
    rest = [one for one in found.folders if not one.entering]
    if len(rest) == 1:
        rest = []
    for one in found.folders:
        if one not in rest:
            unknown = _unknown(one.unknown)
            yield f"entered by {one.entering} of {one.tests} tests of {one.folder}{unknown}"
    if rest:
        which = "other folders" if len(rest) < len(found.folders) else "folders"
        unknown = _unknown(sum(one.unknown for one in rest))
        yield f"entered by none of {sum(one.tests for one in rest)} tests of {len(rest)} {which}{unknown}"
    if not found.tests:
        return
    yield "nearest first, with the number of functions that each enters:"
    for test in found.tests[: limit or None]:
        ended = "" if test.outcome.passes else f"  ({test.outcome.value})"
        yield f"{test.functions:>8}  {_path(test.folder, test.name)}{ended}"
    yield from _more(len(found.tests), limit)


def _unknown(tests: int) -> str:
    return f"; the reach of {tests} is unknown" if tests else ""


def _describe_test(found: ShownTest, limit: int) -> Iterator[str]:
    yield f"{_path(found.folder, found.test)}: {found.outcome}"
    if found.unknown:
        yield f"its reach is unknown: {found.unknown}"
    for tool, functions in found.tools.items():
        yield f"{tool} enters {len(functions)} functions; first those that the fewest tests here enter:"
        for one in functions[: limit or None]:
            yield f"{one.tests:>8}  {one.shown}{f'  ({one.unit})' if one.unit else ''}"
        yield from _more(len(functions), limit)


def describe_maps(maps: ReachMap) -> Iterator[str]:
    """The lines that say which folders of tests have a map."""
    for one in maps.folders:
        unknown = f", the reach of {len(one.unknown)} unknown" if one.unknown else ""
        yield f"{one.origin.folder}: {len(one.tests)} tests{unknown}"


def _path(folder: str, test: str) -> str:
    return test if folder.startswith("upstream:") else f"{folder}/{test}"


def _more(count: int, limit: int) -> Iterator[str]:
    if limit and count > limit:
        yield f"     ...  {count - limit} more; --limit 0 shows all"
