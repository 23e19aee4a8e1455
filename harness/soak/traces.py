"""What a killed check leaves behind: processes, held locks, files that are in nobody's use."""

from __future__ import annotations

import contextlib
import ctypes
import fcntl
import os
import signal
import time
from collections.abc import Iterable, Iterator
from pathlib import Path

from harness.store.aside import list_asides

_SUBREAPER = 36  # linux/prctl.h: PR_SET_CHILD_SUBREAPER
_PAUSE = 0.02


def adopt_orphans() -> None:
    """Become the parent of whatever is below this process and loses its own.

    A daemon that has cleared its environment and left its session is found so too. Raises OSError.
    """
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(_SUBREAPER, 1, 0, 0, 0):
        raise OSError(ctypes.get_errno(), "prctl(PR_SET_CHILD_SUBREAPER)")


def find_processes(killed: int) -> dict[int, str]:
    """What runs below this process: the command of each by its id.

    `killed` waits to be reaped and is none of them. Orphans that have ended are reaped.
    """
    below: dict[int, list[tuple[int, str]]] = {}
    for name in os.listdir("/proc"):  # noqa: PTH208 - thousands of names
        if name.isdigit():
            with contextlib.suppress(OSError):  # it has just ended
                # The fields after the program's name, which may hold anything: state, parent, ...
                fields = Path("/proc", name, "stat").read_text(errors="replace").rpartition(")")[2].split()
                below.setdefault(int(fields[1]), []).append((int(name), fields[0]))
    found: dict[int, str] = {}
    pending = [os.getpid()]
    while pending:
        parent = pending.pop()
        for pid, state in below.get(parent, []):
            pending.append(pid)
            if state not in "ZX":
                found[pid] = _command(pid)
            elif parent == os.getpid() and pid != killed:
                with contextlib.suppress(ChildProcessError):
                    os.waitpid(pid, os.WNOHANG)
    found.pop(killed, None)
    return found


def _command(pid: int) -> str:
    with contextlib.suppress(OSError):
        return Path("/proc", str(pid), "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
    return ""


def wait_for_end(killed: int, seconds: float) -> dict[int, str]:
    """What of `find_processes` still runs after so many seconds."""
    end = time.monotonic() + seconds
    while (left := find_processes(killed)) and time.monotonic() < end:
        time.sleep(_PAUSE)
    return left


def end(left: Iterable[int]) -> None:
    """Kill these processes."""
    for pid in left:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


def find_locks(store: Path) -> list[str]:
    """The files of a store whose locks are held. Nobody else may be using it."""
    places = [*(store / "locks").rglob("*"), *store.glob("*.lock")]
    return sorted(str(path.relative_to(store)) for path in places if path.is_file() and _is_held(path))


def _is_held(path: Path) -> bool:
    held = os.open(path, os.O_RDWR | os.O_CLOEXEC)
    try:
        fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return True
    finally:
        os.close(held)
    return False


def find_leftovers(store: Path, temporary: Path) -> Iterator[str]:
    """What nobody uses and a finished check has not removed: in TMPDIR, beside entries, of dead runs."""
    yield from (f"TMPDIR/{path.name}" for path in sorted(temporary.iterdir()))
    yield from (str(aside.relative_to(store)) for _kind, _key, aside in list_asides(store))
    yield from (str(path.relative_to(store)) for path in sorted((store / "locks/runs").glob("*")))
