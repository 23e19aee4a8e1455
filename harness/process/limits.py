"""Bounds on one program: what they are, how they are set, and which one a program ran into."""

from __future__ import annotations

import contextlib
import os
import resource
import signal
from dataclasses import dataclass

from harness.litsite.bounds import (
    CPU_GRACE_SECONDS,
    CPU_SECONDS,
    MEMORY_BYTES,
    OUTPUT_BYTES,
    WALL_SECONDS,
)

MIB = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds on one child: seconds of wall and processor time, bytes of memory and of output.

    `memory` bounds the address space of each process of the child, `output` what it writes to each
    pipe and to any one file. `processes`, `resident` and `files` bound the child with all that it started, if
    it is in a jail: their number, their memory, and the bytes of all files in each of its folders. 0 means no
    bound.
    """

    wall: float = 60
    cpu: int = 60
    memory: int = 4096 * MIB
    output: int = 64 * MIB
    processes: int = 256
    resident: int = 8192 * MIB
    files: int = 2048 * MIB


# How often a process may lower a bound while it is looked at: it does so once or twice.
_LOOKS = 8

# A tool under test, run by us or by plain lit.
TOOL_LIMITS = Limits(WALL_SECONDS, CPU_SECONDS, MEMORY_BYTES, OUTPUT_BYTES)
# A compiler, a linker, cmake: our own choice of program, still not trusted with the machine.
# ninja starts a few for every processor. Their memory is the machine's, but for what keeps it alive. A file
# is never so large, not even a linked tool with all debug information.
BUILD_LIMITS = Limits(
    wall=3600,
    cpu=0,
    memory=16 * 1024 * MIB,
    output=16 * 1024 * MIB,
    processes=4096,
    resident=os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") * 9 // 10,
    files=128 * 1024 * MIB,
)


def resource_limits(limits: Limits) -> dict[int, tuple[int, int]]:
    """The soft and hard bounds of a process started by this one, by RLIMIT_... of `resource`."""
    bounds = {
        resource.RLIMIT_CPU: limits.cpu,
        resource.RLIMIT_AS: limits.memory,
        resource.RLIMIT_FSIZE: limits.output,
    }
    found = {resource.RLIMIT_CORE: (0, 0)}
    for what, bound in bounds.items():
        if bound:
            # The hard bound on processor time is later: SIGXCPU at the soft one says which limit it was.
            hard = bound + CPU_GRACE_SECONDS if what == resource.RLIMIT_CPU else bound
            # Only root may raise a bound the machine has set already.
            own = resource.getrlimit(what)[1]
            most = hard if own == resource.RLIM_INFINITY else min(hard, own)
            found[what] = (min(bound, most), most)
    return found


def set_limits(pid: int, limits: Limits) -> None:
    """Bound a process that runs already. A lower bound that it has set itself (`ulimit -f 0`) stays."""
    with contextlib.suppress(ProcessLookupError):  # already gone: nothing left to bound
        for what, bounds in resource_limits(limits).items():
            _lower(pid, what, bounds)


def _lower(pid: int, what: int, bounds: tuple[int, int]) -> None:
    for looks_left in reversed(range(_LOOKS)):
        (soft, hard), (its_soft, its_hard) = bounds, resource.prlimit(pid, what)
        try:
            resource.prlimit(pid, what, (_least(soft, its_soft), _least(hard, its_hard)))
            return
        except PermissionError:  # it has lowered its own meanwhile, and only root may raise that
            if not looks_left:
                raise


def _least(bound: int, other: int) -> int:
    return bound if other == resource.RLIM_INFINITY else min(bound, other)


def limit_reached(returncode: int, limits: Limits, cpu: float = 0) -> str:
    """What a child that died of a limit's own signal ran into, or an empty string; it used `cpu` seconds."""
    ignored = returncode == -signal.SIGKILL and limits.cpu and cpu >= limits.cpu + CPU_GRACE_SECONDS / 2
    if returncode == -signal.SIGXCPU or ignored:
        return f"used more than {limits.cpu} s of processor time"
    if returncode == -signal.SIGXFSZ:
        return f"wrote a file of more than {limits.output // MIB} MiB"
    return ""
