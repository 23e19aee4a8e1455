"""What a watched tool is, and what its record says. No I/O here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from harness.reach.names import FunctionName

# How many bytes a call takes, and so the beginning of a function that is replaced by one.
CALL_SIZE = 5


@dataclass(frozen=True, slots=True)
class LinkedFunction:
    """A function of a linked tool: where the linker put it. Several names are aliases of one address."""

    names: tuple[FunctionName, ...]
    address: int
    size: int


@dataclass(frozen=True, slots=True)
class Watched:
    """A tool that notes which of its functions are entered.

    A record has a bit for each of `functions`, in their order, which is that of their addresses. `unwatched`
    are functions of the tool that no record speaks of, with the reason: nobody knows whether one is entered.
    `record` is the name of the tool's file in the folder of a test's records, and `record_size` its bytes.
    """

    tool: Path
    functions: tuple[LinkedFunction, ...]
    unwatched: Mapping[FunctionName, str]
    record: str
    record_size: int


@dataclass(frozen=True, slots=True)
class Unwatchable:
    """A tool that cannot be watched, or a process that could not be: what it enters is unknown."""

    why: str

    def __str__(self) -> str:
        return f"reach is unknown: {self.why}"


@dataclass(frozen=True, slots=True)
class Hits:
    """What the processes of one test noted of one tool: the indices of the functions they entered."""

    processes: int
    functions: frozenset[int]
