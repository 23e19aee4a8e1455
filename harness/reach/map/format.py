"""The file of a map, as bytes: a mark, a checksum, and the parts of a FolderMap, packed.

Every part is read lazily or quickly: selecting from 30,000 tests takes less than 100 ms.
"""

from __future__ import annotations

import hashlib
from array import array
from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace

import msgspec

from harness.errors import UsageError
from harness.model import Outcome
from harness.reach.map.folder import Columns, FolderMap, Origin, WatchedTest
from harness.reach.map.pack import QUICK, bitmap_of, pack, pack_numbers, unpack, unpack_numbers
from harness.reach.map.table import FunctionTable

# Whatever changes what a map means changes these.
VERSION = 1
_MAP = b"llvm-patch-harness reach map\n"
_TABLE = b"llvm-patch-harness functions\n"
_CHECKSUM = hashlib.sha256().digest_size
# Columns in a block, in bytes: fewer pack worse, more take longer to read when one is needed.
_BLOCK = 256 * 1024
# Rows that are turned into columns at once, a multiple of 8: a byte for each of 30,000 functions of each.
_ROWS = 4096
# More than this no part may unpack to: a damaged length must not take the machine's memory.
_MOST = 1 << 28
_OUTCOMES = tuple(Outcome)


class UnusableMapError(UsageError):
    """A map is damaged, or it is none, or of another version of the format."""


class _Record(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    version: int
    origin: Origin
    tests: bytes
    outcomes: bytes
    contents: bytes
    unknown: dict[int, str]
    tools: tuple[str, ...]
    row_tests: bytes
    row_tools: bytes
    row_counts: bytes
    columns: Columns


class _TableRecord(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    version: int
    marks: tuple[tuple[int, str], ...]
    text: bytes
    unwatched: bytes


def write_map(origin: Origin, watched: Iterable[WatchedTest]) -> bytes:
    """The map of a folder's tests. `origin` says how many functions there are: all numbers are below that."""
    tests = sorted(watched, key=lambda test: test.name)
    tools = tuple(sorted({tool for test in tests for tool in test.entered}))
    # Rows of one tool are alike, and those of neighbours in a folder.
    rows = [
        (place, at, test.entered[tool])
        for place, tool in enumerate(tools)
        for at, test in enumerate(tests)
        if tool in test.entered
    ]
    return write_folder(
        FolderMap(
            origin=origin,
            tests=tuple(test.name for test in tests),
            outcomes=tuple(test.outcome for test in tests),
            contents=tuple(test.content for test in tests),
            unknown={at: test.unknown for at, test in enumerate(tests) if test.unknown},
            tools=tools,
            row_tests=array("I", (at for _, at, _ in rows)),
            row_tools=bytes(place for place, _, _ in rows),
            row_counts=array("I", (len(entered) for _, _, entered in rows)),
            columns=_columns([entered for _, _, entered in rows], origin.functions),
        )
    )


def write_folder(one: FolderMap) -> bytes:
    """The file of a folder's map."""
    record = _Record(
        version=VERSION,
        origin=one.origin,
        tests=pack(_join(one.tests)),
        outcomes=pack(bytes(map(_OUTCOMES.index, one.outcomes))),
        contents=pack(_join(one.contents)),
        unknown=dict(one.unknown),
        tools=one.tools,
        row_tests=pack_numbers(one.row_tests),
        row_tools=pack(one.row_tools),
        row_counts=pack_numbers(one.row_counts),
        columns=one.columns,
    )
    return _seal(_MAP, msgspec.msgpack.encode(record))


def read_map(data: bytes, what: str) -> FolderMap:
    """The map in a file; `what` is what errors call it. Raises UnusableMapError."""
    body = _open(_MAP, data, what)
    try:
        record = msgspec.msgpack.decode(body, type=_Record)
        if record.version != VERSION:
            raise _other_version(what, record.version)
        return _read(record)
    except (msgspec.DecodeError, ValueError, IndexError) as error:
        raise _damaged(what, str(error)) from None


def _read(record: _Record) -> FolderMap:
    tests, contents = _split(record.tests), _split(record.contents)
    outcomes = tuple(_OUTCOMES[one] for one in unpack(record.outcomes, _MOST))
    rows = record.columns.rows
    row_tests, row_counts = (unpack_numbers(part, rows) for part in (record.row_tests, record.row_counts))
    row_tools = unpack(record.row_tools, rows)
    whole = len(tests) == len(outcomes) == len(contents) and len(row_tests) == len(row_tools) == rows
    inside = max(row_tests, default=0) <= len(tests) and max(row_tools, default=-1) < len(record.tools)
    if not (whole and inside and len(row_counts) == rows):
        raise ValueError("its parts do not fit together")
    return FolderMap(
        record.origin,
        tests,
        outcomes,
        contents,
        record.unknown,
        record.tools,
        row_tests,
        row_tools,
        row_counts,
        record.columns,
    )


def renumber(one: FolderMap, numbers: Sequence[int], table: FunctionTable) -> bytes:
    """The map with `numbers[n]` in place of each function `n`: the numbers of another table."""
    origin = replace(one.origin, functions=len(table), table=table.digest)
    moved = sorted((numbers[number], which) for number, which in one.classes())
    entered = bitmap_of((number for number, _ in moved), len(table)).to_bytes(len(table) // 8 + 1, "little")
    columns = replace(one.columns, entered=pack(entered), class_of=pack_numbers(which for _, which in moved))
    return write_folder(replace(one, origin=origin, columns=columns, _entered=None, _class_of=None))


def write_table(table: FunctionTable) -> bytes:
    """The file of a table of functions."""
    unwatched = pack(b"\n".join(sorted(table.unwatched)))
    record = _TableRecord(VERSION, table.marks, pack(table.text, QUICK), unwatched)
    return _seal(_TABLE, msgspec.msgpack.encode(record))


def read_table(data: bytes, what: str) -> FunctionTable:
    """The table in a file; `what` is what errors call it. Raises UnusableMapError."""
    body = _open(_TABLE, data, what)
    try:
        record = msgspec.msgpack.decode(body, type=_TableRecord)
        if record.version != VERSION:
            raise _other_version(what, record.version)
        unwatched = frozenset(unpack(record.unwatched, _MOST).split(b"\n")) - {b""}
        return FunctionTable(unpack(record.text, _MOST), record.marks, unwatched)
    except (msgspec.DecodeError, ValueError) as error:
        raise _damaged(what, str(error)) from None


def _columns(rows: Sequence[Collection[int]], functions: int) -> Columns:
    """Rows of functions as packed columns of rows, the same column once."""
    import numpy as np

    seen = np.zeros(functions, np.bool_)
    if any(row and not 0 <= min(row) <= max(row) < functions for row in rows):
        raise ValueError(f"a function's number is not below {functions}")
    for row in rows:
        seen[np.fromiter(row, np.int64, len(row))] = True
    numbers = np.flatnonzero(seen)
    place = np.cumsum(seen) - 1
    parts = []
    for begin in range(0, len(rows), _ROWS):
        group = rows[begin : begin + _ROWS]
        some = np.zeros((len(group), len(numbers)), np.bool_)
        for line, row in zip(some, group, strict=True):
            line[place[np.fromiter(row, np.int64, len(row))]] = True
        parts.append(np.packbits(some, axis=0, bitorder="little"))
    width = (len(rows) + 7) // 8
    columns = np.ascontiguousarray(np.concatenate(parts).T).tobytes() if parts else b""
    classes: dict[bytes, int] = {}
    class_of = [
        classes.setdefault(columns[at * width : (at + 1) * width], len(classes)) for at in range(len(numbers))
    ]
    per_block = max(1, _BLOCK // max(width, 1))
    each = list(classes)
    blocks = (b"".join(each[at : at + per_block]) for at in range(0, len(each), per_block))
    entered = bitmap_of(numbers.tolist(), functions).to_bytes(functions // 8 + 1, "little")
    return Columns(
        len(rows),
        len(classes),
        per_block,
        pack(entered),
        pack_numbers(class_of),
        tuple(pack(block) for block in blocks),
    )


def _join(texts: Iterable[str]) -> bytes:
    return b"".join(text.encode("utf-8", "surrogateescape") + b"\0" for text in texts)


def _split(data: bytes) -> tuple[str, ...]:
    texts = unpack(data, _MOST).decode("utf-8", "surrogateescape").split("\0")
    return tuple(texts[:-1])


def _seal(mark: bytes, body: bytes) -> bytes:
    return mark + hashlib.sha256(body).digest() + body


def _open(mark: bytes, data: bytes, what: str) -> bytes:
    """What is below the checksum. Raises UnusableMapError."""
    if not data.startswith(mark):
        raise UnusableMapError(
            f"{what}: is not a map of this harness's", "make it with 'harness reach build'"
        )
    checksum = data[len(mark) : len(mark) + _CHECKSUM]
    body = data[len(mark) + _CHECKSUM :]
    if hashlib.sha256(body).digest() != checksum:
        raise _damaged(what, "its checksum is another one")
    return body


def _damaged(what: str, why: str) -> UnusableMapError:
    return UnusableMapError(f"{what}: is damaged: {why}", "make it again with 'harness reach build'")


def _other_version(what: str, version: int) -> UnusableMapError:
    return UnusableMapError(
        f"{what}: is a map of version {version}, this harness reads {VERSION}",
        "make it again with 'harness reach build'",
    )
