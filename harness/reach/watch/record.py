"""The records of a test: a folder with a file for each watched tool, which the tools' processes map."""

from __future__ import annotations

import struct
from collections.abc import Iterable
from pathlib import Path

from harness.reach.watch.copy import RECORD_HEADER
from harness.reach.watch.values import Hits, Unwatchable, Watched

# The variable that names the folder of records. It has to be set for every program of a test.
VARIABLE = "LLVM_PATCH_HARNESS_REACH"


def prepare(folder: Path, tools: Iterable[Watched]) -> None:
    """Make a folder in which the processes of one test can note what they enter; it must not be there yet.

    The files are written, not only sized: where the disk is full, a process that maps one would be killed.
    """
    folder.mkdir(parents=True)
    for tool in tools:
        (folder / tool.record).write_bytes(bytes(tool.record_size))


def read_hits(folder: Path, tool: Watched) -> Hits | Unwatchable:
    """What a test's processes noted of one tool. Without its file, or with one of zeros, none has."""
    path = folder / tool.record
    if not folder.is_dir():
        return Unwatchable(f"{folder}: the test has no records")
    if not path.exists():
        return Hits(0, frozenset())
    data = path.read_bytes()
    if len(data) != tool.record_size:
        return Unwatchable(f"{path}: is {len(data)} bytes, and {tool.record_size} are needed")
    processes, unwritable = struct.unpack_from("<II", data)
    if unwritable:
        return Unwatchable(f"the code of {tool.tool.name} could not be written to in {unwritable} processes")
    functions = frozenset(_ones(data[RECORD_HEADER:]))
    if functions and max(functions) >= len(tool.functions):
        return Unwatchable(f"{path}: names a function that {tool.tool.name} has not")
    return Hits(processes, functions)


def _ones(data: bytes) -> Iterable[int]:
    """The indices of the bits that are set, the lowest of each byte first."""
    for index, byte in enumerate(data):
        if byte:
            for bit in range(8):
                if byte >> bit & 1:
                    yield 8 * index + bit
