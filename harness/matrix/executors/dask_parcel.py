"""What goes to a Dask worker and what comes back, as bytes."""

from __future__ import annotations

import platform
from dataclasses import dataclass
from functools import cache

from harness import __version__
from harness.cell import CellResult
from harness.matrix.task import CellTask
from harness.matrix.tasks import harness_digest

# The function that evaluates a cell on a worker: `module:name`, as `run_apart` of harness/matrix/child.py.
WORK = "harness.matrix.child:run_apart"


@dataclass(frozen=True, slots=True)
class HarnessCode:
    """Which harness a process runs: the version of the package, and a digest of what evaluates cells."""

    version: str
    code: str

    def __str__(self) -> str:
        return f"{self.version}, code {self.code}"


@cache
def this_code() -> HarnessCode:
    """The harness that this process runs; results are recorded under its digest, packages included."""
    return HarnessCode(f"{__version__} on Python {platform.python_version()}", harness_digest()[:10])


@dataclass(frozen=True, slots=True)
class Parcel:
    """What a worker is asked: which harness it runs, and if there is a task and it is the same one, the task.

    `topic` is where it says what it does. `suite` names the files of our suite, and `files` are they, packed,
    if the worker lacks them. `artifacts` and `endpoint` are where entries of the store are shared.
    """

    code: HarnessCode
    number: int = 0
    topic: str = ""
    task: CellTask | None = None
    suite: str = ""
    files: bytes = b""
    artifacts: str = ""
    endpoint: str = ""
    work: str = WORK


@dataclass(frozen=True, slots=True)
class Reply:
    """What a worker answers. Without a result it has refused, or `lacks_suite`.

    `is_full`: its disk is, which says nothing about the cell. `seconds` is what it took.
    """

    code: HarnessCode
    result: CellResult | None = None
    lacks_suite: bool = False
    is_full: bool = False
    seconds: float = 0.0


def pack_parcel(parcel: Parcel | Reply) -> bytes:
    """A parcel or a reply as bytes."""
    import msgspec

    return msgspec.msgpack.encode(parcel)


def unpack_parcel(data: bytes) -> Parcel:
    """The parcel that `pack_parcel` wrote. Raises msgspec.DecodeError."""
    import msgspec

    return msgspec.msgpack.decode(data, type=Parcel)


def unpack_reply(data: bytes) -> Reply:
    """The reply that `pack_parcel` wrote. Raises msgspec.DecodeError."""
    import msgspec

    return msgspec.msgpack.decode(data, type=Reply)
