"""Reading fields of a file that may be damaged: every access is checked against its length."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass

from harness.errors import UsageError

# No name that a compiler makes is longer; damaged tables may point many times into one long string.
LONGEST_NAME = 4096


class Budget:
    """How many bytes of a file may be read, all parts together, before they must be the same ones again.

    Symbols and relocations are read as sections, then as what they are. But a file of a megabyte can have
    tens of thousands of sections of a megabyte each.
    """

    def __init__(self, name: str, data: bytes) -> None:
        self.name = name
        self.left = 4 * len(data)

    def take(self, size: int) -> None:
        """Take a part from it. Raises UsageError."""
        self.left -= size
        if self.left < 0:
            raise UsageError(
                f"{self.name}: its parts together are longer than the file",
                "give the file as the compiler or linker wrote it",
            )


@dataclass(frozen=True, slots=True)
class Bytes:
    """A file's bytes in little endian, as Mach-O and COFF have them; `name` is for errors."""

    name: str
    data: bytes
    format: str

    def part(self, start: int, size: int) -> bytes:
        """Some bytes. Raises UsageError if they are not there."""
        if start < 0 or size < 0 or start + size > len(self.data):
            raise self.damaged(f"bytes {start} to {start + size} of {len(self.data)}")
        return self.data[start : start + size]

    def fields(self, layout: str, start: int) -> tuple[int, ...]:
        """Numbers laid out as `struct` says. Raises UsageError."""
        form = struct.Struct("<" + layout)
        values: tuple[int, ...] = form.unpack(self.part(start, form.size))
        return values

    def rows(self, layout: str, start: int, count: int) -> Iterator[tuple[int, ...]]:
        """A table of `count` rows. Raises UsageError before the first if it is longer than the file."""
        form = struct.Struct("<" + layout)
        return form.iter_unpack(self.part(start, count * form.size))

    def text(self, start: int, longest: int = LONGEST_NAME) -> str:
        """The characters from a place to the next zero. Raises UsageError."""
        end = min(start + longest, len(self.data))
        return self.part(start, max(end - start, 0)).partition(b"\0")[0].decode("utf-8", "replace")

    def damaged(self, why: str) -> UsageError:
        """The error for what cannot be read."""
        return UsageError(
            f"{self.name}: a damaged {self.format} file: {why}",
            "give the file as the compiler or linker wrote it",
        )
