"""What a compiler or TableGen read, from its depfile, and whether it may read that.

An object's key contains everything that it was made from. A file that is neither in the source nor comes with
the compiler could change without notice, so it is refused.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable, Sequence
from functools import cache
from pathlib import Path

from harness.builders.jail import Enclosure
from harness.errors import PatchError

_SEARCHED = re.compile(r"^#include <\.\.\.> search starts here:\n(.*?)^End of search list", re.M | re.S)
_LITERAL = r'(?:R"(?P<mark{n}>[^(\s]*)\(.*?\)(?P=mark{n})"|"(?:\\.|[^"\\])*")'
_FIRST, _NEXT = (_LITERAL.replace("{n}", str(n)) for n in (1, 2))
_INLINE = re.compile(
    rf"\b(?:__)?asm(?:__)?\b\s*(?:(?:__)?(?:volatile|inline|goto)(?:__)?\s*)*\(\s*(?P<text>{_FIRST}(?:\s*{_NEXT})*)",
    re.S,
)
_TAKES_IN = re.compile(r"\.(?:incbin|include)\b")


class ReadsMoreError(Exception):
    """An output was made from changed files that its key does not name: `paths`."""

    def __init__(self, paths: frozenset[str]) -> None:
        super().__init__(paths)
        self.paths = paths


def prose_error(what: str, path: str) -> PatchError:
    """The error that what is built includes a test or documentation."""
    return PatchError(
        f"{what} reads {path}, which is a test or documentation",
        "keep what sources include in llvm/lib, llvm/include or llvm/tools",
    )


def read_words(depfile: str, folder: Path) -> tuple[str, ...]:
    """The prerequisites, made absolute; `folder` is where the program ran."""
    return tuple(posixpath.normpath(posixpath.join(folder, word)) for word in _words(depfile))


def find_names_read(depfile: str, source: Path, build: Path) -> frozenset[str]:
    """The prerequisites below the source (as `llvm/...`) and the build tree (as `build/...`).

    Generated headers that do not exist (-MG) appear as the source names them.
    """
    words = [posixpath.normpath(word) for word in _words(depfile)]
    top, generated = f"{source}/", f"{build}/"
    names = {word.removeprefix(top) for word in words if word.startswith(top)}
    names |= {"build/" + word.removeprefix(generated) for word in words if word.startswith(generated)}
    names |= {word for word in words if not word.startswith("/")}
    return frozenset(names)


def outside(words: Iterable[str], roots: Sequence[str]) -> tuple[str, ...]:
    """The absolute paths that are below none of the roots, sorted."""
    tops = tuple({f"{place}/" for root in roots for place in (posixpath.normpath(root), _real(root))})
    left = (word for word in words if not word.startswith(tops) and not _real(word).startswith(tops))
    return tuple(sorted(left))


@cache
def find_header_folders(argv: tuple[str, ...], enclosure: Enclosure) -> tuple[str, ...]:
    """The folders with the headers of a compiler and its system. `argv`: compiler and place."""
    result = enclosure.ask([*argv, "-xc++", "-E", "-v", "/dev/null"], [])
    found = _SEARCHED.search(result.text)
    folders = [line.split(" (framework")[0].strip() for line in found[1].splitlines()] if found else []
    # The list of what sanitizers leave out lies beside clang's own headers.
    beside = [posixpath.dirname(folder) for folder in folders if "/lib/clang/" in folder]
    return tuple(posixpath.normpath(folder) for folder in (*folders, *beside))


def files_of_assembler(preprocessed: str) -> str:
    """The first inline assembly in a preprocessed unit that includes a file; no depfile names that file."""
    for found in _INLINE.finditer(preprocessed):
        text = re.sub(r'"\s*(?:R?")', "", found["text"])
        if _TAKES_IN.search(_unescaped(text)):
            return found["text"]
    return ""


def _unescaped(text: str) -> str:
    codes = re.compile(r"\\(?:x(?P<hex>[0-9a-fA-F]{1,2})|(?P<octal>[0-7]{1,3}))")
    return codes.sub(lambda m: chr(int(m["hex"], 16) if m["hex"] else int(m["octal"], 8)), text)


def _real(path: str) -> str:
    return str(Path(path).resolve())


def _words(depfile: str) -> list[str]:
    # Spaces in a path are written as in a makefile, and `../` as in the #include.
    escaped = re.findall(r"(?:\\.|[^\s\\])+", depfile.split(":", 1)[1].replace("\\\n", " "))
    return [re.sub(r"\\([ #])", r"\1", word).replace("$$", "$") for word in escaped]
