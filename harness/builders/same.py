"""Whether base and patched are the same code: what the preprocessor makes of a unit, and the objects.

Adding a comment, or code under an `#if` that is off, moves lines, and assertions name their lines. So line
numbers are left out: `__LINE__` is 0 in the texts, and in objects that are compiled once more for the
comparison.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path

from harness.builders.graph import CompileCommand
from harness.builders.objects import Compiler, Object
from harness.builders.request import Side
from harness.builders.tokens import tokens
from harness.process import scratch

NO_LINES = ("-Wno-builtin-macro-redefined", "-D__LINE__=0")
# What brings another file in when it is too late for the preprocessor.
_LATE = re.compile(rb"\.(?:incbin|include)\b|#\s*embed\b|\b__(?:DATE|TIME|TIMESTAMP)__\b")
# `# 12 "file" 1`: the next line is the 12th of a file; 1 and 2 say that the file is entered or returned to.
_MARKER = re.compile(rb'^# \d+ "(?P<path>[^"\n]+)"[^\n]*$', re.M)
_NUMBER = re.compile(rb"^# \d+")
_EMPTY = re.compile(rb"\n\n+")
# An assertion, which the preprocessor leaves to know its line.
_PLACE = re.compile(rb"__builtin_(?:source_location|LINE|COLUMN)")
# So many units are compiled once more, without lines, to say that nothing changed.
MOST_AGAIN = 4


@dataclass(frozen=True, slots=True)
class Text:
    """A side's preprocessed text, compared with base's: the first unit or generated header that `differs`.

    If none does, `unjudged` and `units` are as in `Built`.
    """

    differs: str
    unjudged: tuple[str, ...] = ()
    units: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Sameness:
    """Compares the units of two sides, with one compiler."""

    compiler: Compiler
    base: Side
    side: Side

    def texts(self, command: CompileCommand, *, asserts: bool) -> bool:
        """Whether the preprocessor produces the same tokens on both sides; False if in doubt."""
        theirs, mine = (self._text(command, side, asserts=asserts) for side in (self.base, self.side))
        if theirs is None or mine is None or _LATE.search(theirs):
            return False
        if theirs == mine:
            return True
        if _is_clang(command):  # which has left no white space that means nothing
            return False
        ours = tokens("unit.cpp", theirs, layout=False)
        return ours is not None and ours == tokens("unit.cpp", mine, layout=False)

    def _text(self, command: CompileCommand, side: Side, *, asserts: bool) -> bytes | None:
        tidy = ["-fminimize-whitespace"] if _is_clang(command) else []
        return self.compiler.preprocess(command, side, asserts=asserts, flags=["-P", *tidy, *NO_LINES])

    def objects(self, command: CompileCommand, theirs: Object, mine: Object, *, moved: bool) -> bool:
        """Whether two objects of a unit are the same, ignoring line numbers if lines have `moved`."""
        ours, other = theirs.path.read_bytes(), mine.path.read_bytes()
        if ours == other:
            return True
        # Another line is another number, as long in code as the first mostly is; other code rarely is.
        if not moved or len(ours) != len(other) or theirs.assertions != mine.assertions:
            return False
        again = [
            self._without_lines(command, side, asserts=mine.assertions) for side in (self.base, self.side)
        ]
        return again[0] is not None and again[0] == again[1]

    def _without_lines(self, command: CompileCommand, side: Side, *, asserts: bool) -> bytes | None:
        with scratch.folder("same") as aside:
            argv = [*self.compiler.argv(command, side, aside, asserts=asserts), *NO_LINES]
            result = self.compiler.run(argv, side, into=aside)
            return (aside / "unit.o").read_bytes() if result.ok else None


def are_interchangeable(
    theirs: bytes | None, mine: bytes | None, renamed: Mapping[str, str], made: Collection[str]
) -> bool:
    """Whether the compiler would make one object of a unit's preprocessed texts, which name lines and files.

    `renamed` maps folders of the second to those of the first. `made` are generated files of the first, of
    which the second has its own: what has only moved in these is the same. False if in doubt.
    """
    if theirs is None or mine is None or _LATE.search(mine):
        return False
    paths = {one["path"].decode("utf-8", "replace") for one in _MARKER.finditer(mine)}
    if any(posixpath.normpath(path) in made for path in paths):
        return False  # it would be base's
    for folder, name in renamed.items():
        mine = mine.replace(folder.encode(), name.encode())
    names = frozenset(path.encode() for path in made)
    return _drop_moves(theirs, names) == _drop_moves(mine, names)


def _drop_moves(text: bytes, made: Collection[bytes]) -> bytes:
    """A preprocessed text without what makes no difference: empty lines before those that name another file.

    Of what is from a file of `made` without the numbers of lines, unless code in it asks for its place.
    """
    kept, start, marker, path = [], 0, b"", b""
    for found in [*_MARKER.finditer(text), None]:
        body = text[start : found.start() if found else len(text)].rstrip(b"\n")
        if path in made and not _PLACE.search(body):
            body, marker = _EMPTY.sub(b"\n", body).lstrip(b"\n"), _NUMBER.sub(b"#", marker)
            marker = b"" if marker.endswith(b'"') else marker  # a move inside the file
        kept += [part for part in (marker, body) if part]
        if found:
            start, marker, path = found.end(), found[0], found["path"]
    return b"\n".join(kept)


def moves_lines(paths: list[str], base: Path, patched: Path) -> bool:
    """Whether the number of lines of one of the files differs between the sides."""
    return any(_lines(base / path) != _lines(patched / path) for path in paths)


def _lines(path: Path) -> int:
    return path.read_bytes().count(b"\n") if path.is_file() else -1


def _is_clang(command: CompileCommand) -> bool:
    return "clang" in Path(command.argv[0]).name
