"""The functions of a release's tools, numbered: maps of folders hold numbers, and share the names.

Tools have most functions in common, so that all tools of a release share one table. It only grows: what a
further tool has goes to its end, and the numbers in maps that were made before stay right. A map says how
long the table was when it was made and what was in it.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field

from harness.reach.names import FunctionName

# Looking one name up in the text takes a millisecond, making a dictionary of all of them a hundred.
_FEW = 40


@dataclass(frozen=True, slots=True)
class FunctionTable:
    """Functions by number. `text` has a line for each, in order; `marks` are the tables it has grown from.

    A mark is a length and the digest of the text up to there; the last one is the table's own. `unwatched`
    has lines too: functions of some tool that cannot be watched there, so that nobody knows who enters them.
    """

    text: bytes = b"\n"
    marks: tuple[tuple[int, str], ...] = ()
    unwatched: frozenset[bytes] = frozenset()
    _numbers: dict[bytes, int] = field(default_factory=dict, compare=False, repr=False)
    _lines: dict[bytes, list[tuple[int, bytes]]] = field(default_factory=dict, compare=False, repr=False)

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
        if len(names) > _FEW and not self._lines:
            for number, line in enumerate(self.text.split(b"\n")):
                self._lines.setdefault(line.partition(b"\t")[0], []).append((number - 1, line))
        found = {name: list(self._of(name)) for name in names}
        return {
            name: frozenset(number for number, _ in lines)
            for name, lines in found.items()
            if lines and not any(line in self.unwatched for _, line in lines)
        }

    def _of(self, name: FunctionName) -> Iterator[tuple[int, bytes]]:
        """The numbers and the lines that a function may have."""
        wanted = _line(name)
        linkage = wanted.partition(b"\t")[0]
        lines = self._lines.get(linkage, ()) if self._lines else self._search(linkage)
        return ((number, line) for number, line in lines if line and (not name.unit or line == wanted))

    def _search(self, linkage: bytes) -> Iterator[tuple[int, bytes]]:
        begin = b"\n" + linkage
        at = self.text.find(begin) if linkage else -1
        while at >= 0:
            if self.text[at + len(begin) : at + len(begin) + 1] in {b"\n", b"\t"}:
                end = self.text.find(b"\n", at + 1)
                yield self.text.count(b"\n", 0, at), self.text[at + 1 : end]
            at = self.text.find(begin, at + 1)

    def places(self, names: Collection[FunctionName]) -> dict[FunctionName, int]:
        """The numbers of those functions that are in the table by just this name."""
        if len(names) > _FEW and not self._numbers:
            self._numbers.update((line, i - 1) for i, line in enumerate(self.text.split(b"\n")))
        found = ((name, self._number(_line(name))) for name in names)
        return {name: number for name, number in found if number is not None}

    def _number(self, line: bytes) -> int | None:
        if self._numbers:
            return self._numbers.get(line) if line else None
        at = self.text.find(b"\n" + line + b"\n") if line else -1
        return None if at < 0 else self.text.count(b"\n", 0, at)

    def name(self, number: int) -> FunctionName:
        """The function of a number."""
        return self.names([number])[0]

    def names(self, numbers: Iterable[int]) -> list[FunctionName]:
        """The functions of these numbers, in their order."""
        lines = self.text.split(b"\n")
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
    return text.encode("utf-8", "surrogateescape").replace(b"\n", b"\\n")


def _parse(line: bytes) -> FunctionName:
    name, _, unit = line.decode("utf-8", "surrogateescape").partition("\t")
    return FunctionName(unit, name)


def _digest(text: bytes) -> str:
    return hashlib.sha256(text).hexdigest()[:20]
