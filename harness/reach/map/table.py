"""The functions of a release's tools, numbered: maps of folders hold numbers, and share the names.

Tools have most functions in common, so that all tools of a release share one table. It only grows: what a
further tool has goes to its end, and the numbers in maps that were made before stay right. A map says how
long the table was when it was made and what was in it.
"""

from __future__ import annotations

import bisect
import hashlib
import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field

from harness.reach.names import FunctionName


@dataclass(frozen=True, slots=True)
class FunctionTable:
    """Functions by number. `text` has a line for each, in order; `marks` are the tables it has grown from.

    A mark is a length and the digest of the text up to there; the last one is the table's own. `unwatched`
    has lines too: functions of some tool that cannot be watched there, so that nobody knows who enters them.
    """

    text: bytes = b"\n"
    marks: tuple[tuple[int, str], ...] = ()
    unwatched: frozenset[bytes] = frozenset()
    _lines: list[bytes] = field(default_factory=list, compare=False, repr=False)
    _places: dict[bytes, int] = field(default_factory=dict, compare=False, repr=False)

    def __len__(self) -> int:
        return self.marks[-1][0] if self.marks else 0

    def __iter__(self) -> Iterator[FunctionName]:
        return (_parse(line) for line in self.text.split(b"\n")[1:-1])

    @property
    def digest(self) -> str:
        """Changes with what is in the table."""
        return self.marks[-1][1] if self.marks else ""

    def grown(self, names: Iterable[FunctionName], unwatched: Iterable[FunctionName] = ()) -> FunctionTable:
        """The table with those of the names at its end that it does not have yet; itself if it has all."""
        blind = self.unwatched.union(map(_line, unwatched))
        known = set(self.text.split(b"\n"))
        lines = sorted({line for name in names if (line := _line(name)) not in known})
        if not lines and blind == self.unwatched:
            return self
        text = self.text + b"".join(line + b"\n" for line in lines)
        marks = (*self.marks, (len(self) + len(lines), _digest(text))) if lines else self.marks
        return FunctionTable(text, marks, blind)

    def has_grown_from(self, count: int, digest: str) -> bool:
        """Whether the first `count` functions are those of the table with this digest."""
        return (count, digest) in self.marks

    def numbers(self, names: Collection[FunctionName]) -> dict[FunctionName, frozenset[int]]:
        """The numbers of those functions that are in the table and watched wherever they are.

        A global function has several if it is hidden, as inline ones of LLVM's are: linkers make it a local
        one, of the unit whose copy they take, in each tool perhaps of another.
        """
        found = {name: frozenset(self._find(name)) for name in names}
        lines = self._split()
        return {
            name: places
            for name, places in found.items()
            if places and self.unwatched.isdisjoint(lines[place + 1] for place in places)
        }

    def places(self, names: Collection[FunctionName]) -> dict[FunctionName, int]:
        """The numbers of those functions that are in the table by just this name."""
        if not self._places:
            self._places.update((line, place) for place, line in enumerate(self._split()[1:-1]))
        found = ((name, self._places.get(_line(name))) for name in names)
        return {name: place for name, place in found if place is not None}

    def _find(self, name: FunctionName) -> Iterator[int]:
        """The numbers that a function may have: neighbours in each part that the table has grown by."""
        lines, wanted = self._split(), _line(name)
        begin = 0
        for end, _ in self.marks:
            at = bisect.bisect_left(lines, wanted, begin + 1, end + 1)
            while at <= end and (
                lines[at] == wanted or (not name.unit and lines[at].startswith(wanted + b"\t"))
            ):
                yield at - 1
                at += 1
            begin = end

    def _split(self) -> list[bytes]:
        """All lines: function `n` has the one at `n + 1`."""
        if not self._lines:
            self._lines.extend(self.text.split(b"\n"))
        return self._lines

    def name(self, number: int) -> FunctionName:
        """The function of a number."""
        return self.names([number])[0]

    def names(self, numbers: Iterable[int]) -> list[FunctionName]:
        """The functions of these numbers, in their order."""
        lines = self._split()
        return [_parse(lines[number + 1]) for number in numbers]

    def unwatched_names(self) -> list[FunctionName]:
        """The functions that cannot be watched in some tool."""
        return sorted(map(_parse, self.unwatched))

    def matching(self, pattern: bytes) -> Iterator[FunctionName]:
        """The functions in whose line, `linkage name` or `linkage name<tab>unit`, the pattern matches."""
        end = 0
        for match in re.finditer(pattern, self.text):
            if match.start() >= end:
                begin = self.text.rfind(b"\n", 0, match.start()) + 1
                end = self.text.find(b"\n", match.start())
                yield _parse(self.text[begin:end])

    def of_unit(self, unit: str) -> list[FunctionName]:
        """The local functions of a unit."""
        return list(self.matching(rb"\t" + re.escape(unit.encode("utf-8", "surrogateescape")) + rb"\n"))


def _line(name: FunctionName) -> bytes:
    text = f"{name.name}\t{name.unit}" if name.unit else name.name
    line = text.encode("utf-8", "surrogateescape")
    return line.replace(b"\n", b"\\n") if b"\n" in line else line


def _parse(line: bytes) -> FunctionName:
    name, _, unit = line.decode("utf-8", "surrogateescape").partition("\t")
    return FunctionName(unit, name)


def _digest(text: bytes) -> str:
    return hashlib.sha256(text).hexdigest()[:20]
