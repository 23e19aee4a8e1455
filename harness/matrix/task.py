"""What a process anywhere needs to evaluate one cell, and how that and its result travel."""

from __future__ import annotations

from dataclasses import dataclass, field

from harness.cell import Cell, CellResult
from harness.model import Series

# A cell's time in all, in seconds: downloads, builds, tests.
CELL_SECONDS = 3600.0


@dataclass(frozen=True, slots=True)
class CellTask:
    """One cell to evaluate.

    `series` is empty for a suite alone; else it has the series with the patches to try, nearest version
    first, and only one if `is_named`: it has patches for exactly this LLVM. `suite` is the folder of our
    suite. `key` and `identities` are what the result is recorded under. `jobs` is how many compilers and
    tests run at once, `seconds` how long it may take. `any_source`: there is no source that the LLVM's
    archives were built from. `sandbox` is what encloses what it runs; if it is empty, its machine decides.
    """

    cell: Cell
    suite: str
    series: tuple[Series, ...] = ()
    is_named: bool = False
    key: str = ""
    identities: dict[str, str] = field(default_factory=dict)
    jobs: int = 1
    seconds: float = CELL_SECONDS
    any_source: bool = False
    sandbox: str = ""


def encode(task: CellTask | CellResult) -> bytes:
    """A task or a result as JSON in one line."""
    import msgspec

    return msgspec.json.encode(task)


def decode_task(data: bytes) -> CellTask:
    """The task that `encode` wrote. Raises msgspec.DecodeError."""
    import msgspec

    return msgspec.json.decode(data, type=CellTask)


def decode_result(data: bytes) -> CellResult:
    """The result that `encode` wrote. Raises msgspec.DecodeError."""
    import msgspec

    return msgspec.json.decode(data, type=CellResult)
