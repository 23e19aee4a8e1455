"""The map of one folder: its tests, what each did, and which functions it entered, by tool.

A test has a row for each watched tool that it ran. Functions that the same rows entered are one *class*:
thousands are entered by all tests or by one. A class is a column: a bit for each row. Columns are packed in
blocks, and a question unpacks only those that it needs.
"""

from __future__ import annotations

from array import array
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from harness.model import Outcome
from harness.reach.map.pack import bits_of, unpack, unpack_numbers


@dataclass(frozen=True, slots=True)
class WatchedTest:
    """What one test did when its tools were watched: the functions, by number, that each of them entered.

    Each is there once. An array holds the 7,000 functions of a usual test in 28 KB, a set in 500.

    `unknown` says why that is not all, or not what the test does unwatched: such a test always runs.
    `content` is a digest of the test's own text, empty if the source it belongs to is pinned.
    """

    name: str
    outcome: Outcome
    entered: Mapping[str, Collection[int]] = field(default_factory=dict)
    unknown: str = ""
    content: str = ""


@dataclass(frozen=True, slots=True)
class Origin:
    """What a map was made from. `folder` is what `--suite` calls it: `lit-tests`, `upstream:CodeGen/X86`.

    `release` is the identity of the archives and the source, `suite` that of what the tests share (their
    configuration, inputs, and the source that they belong to), `made_from` of all that had a part in it: the
    tools and the code too. `functions` and `table` are the length and the digest of the table of functions.
    """

    version: str
    release: str
    folder: str
    suite: str
    made_from: str
    functions: int
    table: str


@dataclass(frozen=True, slots=True)
class Columns:
    """Which rows entered which functions: all parts packed.

    `rows` and `classes` are their numbers; `entered` has a bit for each function that any row entered, and
    `class_of` the class of each of these, in order. A block has the columns of `per_block` classes.
    """

    rows: int
    classes: int
    per_block: int
    entered: bytes
    class_of: bytes
    blocks: tuple[bytes, ...]


@dataclass(slots=True)
class FolderMap:
    """The map of a folder, read again.

    `tests`, `outcomes` and `contents` are in one order; `unknown` says of tests by position why their reach
    is not known. Row `r` is what the tool `tools[row_tools[r]]` did in the test at `row_tests[r]`; it entered
    `row_counts[r]` functions. `gone` are the positions of tests that are no longer in the folder: no question
    about functions names them.
    """

    origin: Origin
    tests: tuple[str, ...]
    outcomes: tuple[Outcome, ...]
    contents: tuple[str, ...]
    unknown: Mapping[int, str]
    tools: tuple[str, ...]
    row_tests: array[int]
    row_tools: bytes
    row_counts: array[int]
    columns: Columns
    gone: frozenset[int] = frozenset()
    _entered: bytes | None = None
    _class_of: array[int] | None = None

    def entering(self, functions: Iterable[int]) -> frozenset[int]:
        """The positions of the tests that entered any of the functions, as far as their reach is known."""
        rows = 0
        for _, column in self._columns({one for _, one in self._classes_of(functions)}):
            rows |= column
        return frozenset(self.row_tests[row] for row in bits_of(rows)) - self.gone

    def entered_by(self, test: int) -> dict[str, list[int]]:
        """The functions that each tool of the test at this position entered, ascending."""
        mine = [row for row, owner in enumerate(self.row_tests) if owner == test]
        size = self._width
        by_row: dict[int, set[int]] = {row: set() for row in mine}
        for at in range(len(self.columns.blocks)):
            block = self._block(at)
            for row in mine:
                byte, bit = row >> 3, 1 << (row & 7)
                column = block[byte::size]
                by_row[row].update(
                    at * self.columns.per_block + i for i, value in enumerate(column) if value & bit
                )
        numbers = list(self.functions())
        classes = self._classes()
        return {
            self.tools[self.row_tools[row]]: [
                n for n, one in zip(numbers, classes, strict=True) if one in found
            ]
            for row, found in by_row.items()
        }

    def tests_of_each(self, functions: Iterable[int]) -> dict[int, int]:
        """How many tests entered each of the functions."""
        by_class: dict[int, list[int]] = {}
        for number, one in self._classes_of(functions):
            by_class.setdefault(one, []).append(number)
        found: dict[int, int] = {}
        several = len(self.tools) > 1
        for one, rows in self._columns(by_class):
            count = len({self.row_tests[row] for row in bits_of(rows)}) if several else rows.bit_count()
            found.update(dict.fromkeys(by_class[one], count))
        return found

    def count(self, test: int) -> int:
        """How many functions the tools of the test at this position entered, in all."""
        return sum(
            count for owner, count in zip(self.row_tests, self.row_counts, strict=True) if owner == test
        )

    def counts(self) -> list[int]:
        """The same of all tests."""
        found = [0] * len(self.tests)
        for owner, count in zip(self.row_tests, self.row_counts, strict=True):
            found[owner] += count
        return found

    def classes(self) -> Iterator[tuple[int, int]]:
        """Every function that any test entered, ascending, with its class."""
        return zip(self.functions(), self._classes(), strict=True)

    def functions(self) -> Iterator[int]:
        """The functions that any test of known reach entered, ascending."""
        return bits_of(int.from_bytes(self._any(), "little"))

    @property
    def _width(self) -> int:
        """The bytes of a column."""
        return (self.columns.rows + 7) // 8

    def _any(self) -> bytes:
        """A bit for each function that any test entered."""
        if self._entered is None:
            size = self.origin.functions // 8 + 1
            self._entered = unpack(self.columns.entered, size).ljust(size, b"\0")
        return self._entered

    def _classes(self) -> array[int]:
        if self._class_of is None:
            self._class_of = unpack_numbers(self.columns.class_of, self.origin.functions)
        return self._class_of

    def _classes_of(self, functions: Iterable[int]) -> Iterator[tuple[int, int]]:
        """Those of the functions that any test entered, ascending, each with its class."""
        entered, classes = self._any(), self._classes()
        counted = before = 0  # of the bits in the first bytes
        for function in sorted(set(functions)):
            byte, bit = function >> 3, function & 7
            # A later one was not in the table yet.
            if byte < len(entered) and entered[byte] >> bit & 1:
                before += int.from_bytes(entered[counted:byte], "little").bit_count()
                counted = byte
                yield function, classes[before + (entered[byte] & ((1 << bit) - 1)).bit_count()]

    def _columns(self, classes: Iterable[int]) -> Iterator[tuple[int, int]]:
        """The columns of these classes, with the class, ascending."""
        size, last, block = self._width, -1, b""
        for one in sorted(classes):
            at, place = divmod(one, self.columns.per_block)
            if at != last:
                last, block = at, self._block(at)
            yield one, int.from_bytes(block[place * size : (place + 1) * size], "little")

    def _block(self, at: int) -> bytes:
        return unpack(self.columns.blocks[at], self.columns.per_block * self._width)
