"""What a tool wrote, as text to show: objects and bitcode taken apart, and the sizes of functions in bytes.

Only for the few tests whose outputs are to be shown: it costs two more programs for each. The toolchain's own
tools are used, never one that is not built with the patch.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from harness import process
from harness.process import Completed
from harness.runner.bounds import Bounds
from harness.runner.program import Program

_OBJECTS = (b"\x7fELF", b"\xce\xfa\xed\xfe", b"\xcf\xfa\xed\xfe", b"\xfe\xed\xfa\xce", b"\xfe\xed\xfa\xcf")
_BITCODE = (b"BC\xc0\xde", b"\xde\xc0\x17\x0b")
# With addresses, one more byte would change every line that follows.
_DISASSEMBLE = ("llvm-objdump", "-d", "-r", "--no-leading-addr", "--no-show-raw-insn", "-")
_LIST_SIZES = ("llvm-nm", "--print-size", "--defined-only", "-")
_HEAD = 4096
_DIGITS = 16


@dataclass(frozen=True, slots=True)
class Revealer:
    """Makes text of what the tools in `bin` write, with those of them that are not `stale`."""

    bin: Path
    stale: frozenset[str]
    bounds: Bounds

    def reveal(self, tool: str, program: Program, place: str, data: bytes) -> tuple[bytes, dict[str, int]]:
        """The text, empty if there is none, and the functions' sizes where they are known."""
        if data.startswith(_OBJECTS):
            return _code_of(self._ask(_DISASSEMBLE, data)), self._sizes(data)
        if data.startswith(_BITCODE):
            return self._ask(("llvm-dis", "-o", "-", "-"), data), {}
        if b"\0" in data[:_HEAD]:
            return b"", {}
        if tool == "llc" and place != "stderr" and (again := assemble_instead(program.words)):
            return data, self._sizes(self._start(again, program))
        return data, {}

    def _sizes(self, data: bytes) -> dict[str, int]:
        return read_sizes(self._ask(_LIST_SIZES, data).decode("utf-8", "replace"))

    def _ask(self, words: Sequence[str], data: bytes) -> bytes:
        tool = self.bin / words[0]
        if not data or words[0] in self.stale or not tool.exists():
            return b""
        return _written(process.run([tool, *words[1:]], stdin=data, limits=self.bounds.of_program))

    def _start(self, words: Sequence[str], program: Program) -> bytes:
        """What `words` write to their standard output, in the place of a program that has ended."""
        if program.reads_pipe:
            return b""
        try:
            given = Path(program.source).read_bytes() if program.source else b""
        except OSError:
            return b""
        words = [program.path, *words[1:]]
        environment = {**dict.fromkeys(os.environ), **program.environment}
        end = process.run(
            words, cwd=program.folder, env=environment, stdin=given, limits=self.bounds.of_program
        )
        return _written(end)


def _written(end: Completed) -> bytes:
    return end.stdout if end.ok else b""


def _code_of(listing: bytes) -> bytes:
    """A disassembly without its head, which names the file."""
    _, found, code = listing.partition(b"Disassembly of section")
    return found + code


def assemble_instead(words: Sequence[str]) -> list[str]:
    """The command line that writes an object where llc writes assembly; empty if it writes something else.

    llc takes an option once only.
    """
    kept: list[str] = []
    rest = iter(words)
    for word in rest:
        option, equals, value = word.lstrip("-").partition("=")
        if not word.startswith("-"):
            kept.append(word)
        elif option == "o":
            if not equals:
                next(rest, None)
        elif option == "filetype":
            if value != "asm":
                return []
        elif option.startswith(("stop-", "print-", "debug")):
            return []
        else:
            kept.append(word)
    return [*kept, "-filetype=obj", "-o", "-"]


def read_sizes(listing: str) -> dict[str, int]:
    """The functions' sizes in bytes, from what `llvm-nm --print-size` says of an object.

    Only of formats that have sizes: Mach-O and COFF have none.
    """
    found: dict[str, int] = {}
    for line in listing.splitlines():
        words = line.split(None, 3)
        if len(words) == 4 and len(words[1]) >= _DIGITS // 2 and words[2] in "tTwWiuvV":
            size = int(words[1], 16)
            if size:
                found[words[3]] = size
    return found
