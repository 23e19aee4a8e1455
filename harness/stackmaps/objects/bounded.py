"""Reads fields of a file that may be damaged: every access is checked against its length."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass

from harness.errors import UsageError

# Compilers do not make longer names; a damaged table may point into one long string many times.
LONGEST_NAME = 4096


class Budget:
    """How many bytes all parts of a file may have together before they must overlap.

    Symbols and relocations are read twice: as sections, and as tables. But the headers of one megabyte can
    describe tens of thousands of sections of a megabyte each.
    """

    def __init__(self, name: str, data: bytes) -> None:
        self.name = name
        self.left = 4 * len(data)

    def take(self, size: int) -> None:
        """Count a part of the file. Raises UsageError."""
        self.left -= size
        if self.left < 0:
            raise UsageError(
                f"{self.name}: its parts together are longer than the file",
                "give the file as the compiler or linker wrote it",
            )


@dataclass(frozen=True, slots=True)
class Bytes:
    """A little-endian file, as Mach-O and COFF are; `name` is for errors."""

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
        """The characters up to the next zero byte. Raises UsageError."""
        end = min(start + longest, len(self.data))
        return self.part(start, max(end - start, 0)).partition(b"\0")[0].decode("utf-8", "replace")

    def damaged(self, why: str) -> UsageError:
        """The error for a file that cannot be read."""
        return UsageError(
            f"{self.name}: a damaged {self.format} file: {why}",
            "give the file as the compiler or linker wrote it",
        )
