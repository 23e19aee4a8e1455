"""The stack map in an assembly file, one line for each thing it describes: `%records` in a RUN line.

A location is six directives of assembler text, spelled differently on every target; here it is one line, so
that one test can say what must hold on all of them:

    version 3
    function caller: stack 8, records 1
    record 7 at .Ltmp0-caller
      Register reg 5, size 8
      Direct reg 6, offset -8, size 8
      Constant -1, size 8
      ConstantIndex 0 (4294967296), size 8
      live-out reg 7, size 8

Register numbers are DWARF's. Layout: llvm/docs/StackMaps.rst, version 3 (LLVM 5 and later).
Standard library only, and no import of ours: plain lit runs this as a program, on any Python.
"""

from __future__ import annotations

import sys

TYPE_CHECKING = False
if TYPE_CHECKING:  # a test's program for a moment: what it imports takes longer than what it does
    from collections.abc import Iterator, Sequence

_COMMENTS = ("#", "//", ";", "@")
# The names that the targets' assemblers have for data of each size, in bytes.
_SIZES = {
    ".byte": 1,
    ".short": 2,
    ".hword": 2,
    ".half": 2,
    ".2byte": 2,
    ".long": 4,
    ".word": 4,
    ".4byte": 4,
    ".quad": 8,
    ".xword": 8,
    ".dword": 8,
    ".8byte": 8,
}
_KINDS = {1: "Register", 2: "Direct", 3: "Indirect", 4: "Constant", 5: "ConstantIndex"}


class NoStackMapError(ValueError):
    """The text has no stack map, or one that breaks off or is not of version 3."""


class _Data:
    """The data directives after the label, taken one by one with the size that the format wants there."""

    def __init__(self, text: str) -> None:
        lines = iter(text.splitlines())
        if not any(line.lstrip("_").startswith("LLVM_StackMaps:") for line in lines):
            raise NoStackMapError("no label __LLVM_StackMaps")
        self._values = self._directives(lines)

    @staticmethod
    def _directives(lines: Iterator[str]) -> Iterator[tuple[int, str]]:
        for line in lines:
            name, _, value = _without_comment(line).partition("\t")
            if name in _SIZES:
                yield _SIZES[name], value.strip()

    def word(self, size: int) -> str:
        """The next value as it is written: a number or an expression of symbols."""
        found, value = next(self._values, (0, "the end"))
        if found != size:
            raise NoStackMapError(f"{size} bytes expected, found {value} ({found} bytes)")
        return value

    def unsigned(self, size: int) -> int:
        """The next number, from 0."""
        return int(self.word(size), 0) % (1 << 8 * size)

    def signed(self, size: int) -> int:
        """The next number, in two's complement."""
        number = self.unsigned(size)
        return number - (1 << 8 * size) if number >> (8 * size - 1) else number


def _without_comment(line: str) -> str:
    for mark in _COMMENTS:
        line = line.partition(mark)[0]
    return line.strip()


def lines(assembly: str) -> Iterator[str]:
    """The stack map of an assembly text, line by line. Raises NoStackMapError."""
    data = _Data(assembly)
    version = data.unsigned(1)
    yield f"version {version}"
    if version != 3:
        raise NoStackMapError(f"version {version}, not 3")
    data.unsigned(1)
    data.unsigned(2)
    functions, constants, records = (data.unsigned(4) for _ in range(3))
    for _ in range(functions):
        yield f"function {data.word(8)}: stack {data.unsigned(8)}, records {data.unsigned(8)}"
    pool = [data.signed(8) for _ in range(constants)]
    yield from (f"constant {number}" for number in pool)
    for _ in range(records):
        yield from _record(data, pool)


def _record(data: _Data, pool: Sequence[int]) -> Iterator[str]:
    yield f"record {data.unsigned(8)} at {data.word(4)}"
    data.unsigned(2)
    for _ in range(data.unsigned(2)):
        kind, _, size = data.unsigned(1), data.unsigned(1), data.unsigned(2)
        register, _, value = data.unsigned(2), data.unsigned(2), data.signed(4)
        yield f"  {_KINDS.get(kind, kind)} {_where(kind, register, value, pool)}, size {size}"
    data.unsigned(2)
    for _ in range(data.unsigned(2)):
        register, _, size = data.unsigned(2), data.unsigned(1), data.unsigned(1)
        yield f"  live-out reg {register}, size {size}"


def _where(kind: int, register: int, value: int, pool: Sequence[int]) -> str:
    if kind == 5:
        return f"{value} ({pool[value] if 0 <= value < len(pool) else 'out of the pool'})"
    if kind == 4:
        return f"{value}"
    # The offset of a register is that of a part of it; most have none.
    return f"reg {register}, offset {value}" if value or kind != 1 else f"reg {register}"


def main() -> int:
    """Standard input to standard output; returns 1 if the input has no stack map."""
    try:
        for line in lines(sys.stdin.read()):
            print(line)
    except ValueError as error:
        print(f"records: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
