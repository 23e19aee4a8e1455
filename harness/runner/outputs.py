"""What LLVM's tools of one test wrote: a digest of everything, and the texts if they are asked for.

Two runs of a test wrote the same if their digests are equal. So what differs from run to run, though the tool
writes the same, is taken out first: the folders of the run, the tools and the source. How a tool died counts
as its signature; its stack trace has addresses in it.

What counts is what a RUN line starts: a script's own programs are not seen.
"""

from __future__ import annotations

import hashlib
import os
import posixpath
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from harness.model import Output
from harness.runner.program import KEPT_LIMIT

if TYPE_CHECKING:
    from harness.runner.lit_internals import CommandResult
    from harness.runner.program import Program

Names = tuple[tuple[bytes, bytes], ...]
"""Folders that differ from run to run, the longest first, each with what stands for it."""

# They say what other tools wrote, or split the text of the test itself.
_NO_WRITERS = frozenset({"FileCheck", "count", "split-file"})
_TO_FILE = ("-o", "--output", "-output")
# What is kept of one text.
_TEXT_LIMIT = 1 << 20
_DIGEST_BYTES = 8


Reveal = Callable[[str, "Program", str, bytes], tuple[bytes, dict[str, int]]]
"""From a tool that ended, the place and what it wrote there to the text of it, and the sizes of functions."""


@dataclass(slots=True)
class OutputLog:
    """Records what the tools of one test wrote.

    `folder` is the one whose files are the test's own; `names` are hidden; `reveal` is there if texts are
    to be kept.
    """

    folder: str
    names: Names
    reveal: Reveal | None = None
    outputs: list[Output] = field(default_factory=list)
    _sum: hashlib.blake2b = field(default_factory=lambda: hashlib.blake2b(digest_size=_DIGEST_BYTES))
    _tools: int = 0

    @property
    def digest(self) -> str:
        """Of all that was written so far; empty if no tool ran."""
        return self._sum.hexdigest() if self._tools else ""

    def record(self, tool: str, program: Program, result: CommandResult | None, death: str) -> None:
        """Note what a tool that has ended wrote; `result` is lit's for it, `death` how it died, if it did."""
        if tool in _NO_WRITERS:
            return
        self._tools += 1
        self._add(f"{tool} {program.returncode}".encode())
        for place, data in (("end", death.encode()),) if death else self._places(program, result):
            hidden = hide(data, self.names)
            self._add(place.encode(), hidden)
            if self.reveal is not None and hidden:
                text, sizes = (data, {}) if death else self.reveal(tool, program, place, data)
                self.outputs.append(self._output(tool, place, hidden, hide(text, self.names), sizes))

    def _output(self, tool: str, place: str, data: bytes, text: bytes, sizes: dict[str, int]) -> Output:
        return Output(
            tool=tool,
            run=self._tools,
            place=place,
            digest=hashlib.blake2b(data, digest_size=_DIGEST_BYTES).hexdigest(),
            size=len(data),
            text=text[:_TEXT_LIMIT].decode("utf-8", "replace"),
            sizes=sizes,
        )

    def _add(self, *parts: bytes) -> None:
        for part in parts:
            self._sum.update(b"%d:" % len(part))
            self._sum.update(part)

    def _places(self, program: Program, result: CommandResult | None) -> Iterator[tuple[str, bytes]]:
        piped = program.piped_bytes()
        if piped is None and result is not None:
            piped = result.stdout.encode("utf-8", "replace")
        yield "stdout", piped or b""
        yield "stderr", result.stderr.encode("utf-8", "replace") if result is not None else b""
        redirected = map(str, program.files)
        for path in dict.fromkeys([*redirected, *find_files(program.words[1:], self.folder)]):
            data = _content(os.path.join(program.folder, path))  # noqa: PTH118 - for every program
            if data is not None:
                yield posixpath.basename(path), data


def hide(data: bytes, names: Names) -> bytes:
    """Bytes with what stands for folders in their place."""
    for folder, name in names:
        data = data.replace(folder, name)
    return data


def sort_names(folders: dict[str, str]) -> Names:
    """The names for `hide`: a folder in another one comes before it."""
    found = {folder.encode(): name.encode() for folder, name in folders.items() if folder.strip("/")}
    return tuple(sorted(found.items(), key=lambda pair: (-len(pair[0]), pair)))


def find_files(words: Sequence[str], folder: str) -> Iterator[str]:
    """The files that a command line names as output, or that are in `folder`: a tool may write any of them.

    One that it only reads does no harm: it has been written by another.
    """
    for word, following in zip(words, [*words[1:], ""], strict=False):
        option, equals, value = word.partition("=")
        if option in _TO_FILE:
            yield value if equals else following
        elif folder in word:
            yield word[word.index(folder) :]


def _content(path: str) -> bytes | None:
    """The bytes of a regular file, at most as many as a program may write; None if it is none."""
    try:
        if not os.path.isfile(path):  # noqa: PTH113 - for every program of every test
            return None
        with open(path, "rb") as file:  # noqa: PTH123 - called for every output
            return file.read(KEPT_LIMIT)
    except OSError:
        return None
