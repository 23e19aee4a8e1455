"""A run as a value, before and after it is recorded."""

from __future__ import annotations

import os
import platform
import shlex
import sys
from dataclasses import dataclass
from pathlib import Path

from harness import __version__
from harness.store import Store

# The variable that says where runs are recorded, unless an option does.
PLACE = "HARNESS_HISTORY"
KINDS = ("matrix", "check", "pytest")


@dataclass(frozen=True, slots=True)
class RunInfo:
    """What is recorded of a run as it begins. `memory` is in bytes, `command` as a shell would take it."""

    kind: str
    command: str
    harness: str
    machine: str
    cpus: int
    memory: int
    system: str
    python: str


@dataclass(frozen=True, slots=True)
class RecordedRun:
    """A run as it was recorded. Times are seconds since 1970; `finished` and `exit_code` None if it died.

    `states` says how many of its cells are in each state, in the order of `CellState`.
    """

    number: int
    info: RunInfo
    begun: float
    finished: float | None
    exit_code: int | None
    states: dict[str, int]


def history_place(given: str | None, store: Store) -> str | Path | None:
    """Where runs are recorded: as `given` by an option or PLACE, else in the store; None for nowhere."""
    if given == "none":
        return None
    return given or store.root / "history.sqlite"


def describe_run(kind: str, program: str = "harness") -> RunInfo:
    """A run of a program that begins on this machine, in this process."""
    return RunInfo(
        kind=kind,
        command=shlex.join([program, *sys.argv[1:]]),
        harness=__version__,
        machine=platform.node(),
        cpus=len(os.sched_getaffinity(0)),
        memory=os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"),
        system=f"{platform.system()} {platform.release()} {platform.machine()}",
        python=platform.python_version(),
    )
