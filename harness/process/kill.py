"""Killing a program with all it started: its group, and what went into groups of its own."""

from __future__ import annotations

import contextlib
import errno
import os
import shutil
import signal
import time
from collections.abc import Sequence
from pathlib import Path

# How often to look again for what was being started, and after how long, in seconds.
_LOOKS, _PAUSE = 100, 0.01


def _send(pid: int, signum: int) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.kill(pid, signum)


# What a shell starts in the background reads nothing, unless it is given what the shell reads.
# Asks the whole group to end, ninja among them, which then ends the compilers: they have groups of their own.
_GROUP_ENDS = """\
trap 'trap "" TERM; kill -TERM 0; sleep 1; kill -KILL 0' TERM
exec 3<&0
"$@" <&3 3<&- &
wait $!
"""


def bind_to_parent(argv: Sequence[str]) -> list[str]:
    """The command, wrapped so that it is killed when its parent dies, even of SIGKILL.

    By util-linux's setpriv, where there is one: setting it between fork and exec is not safe in a program
    with threads. For long-running programs; a tool under test ends by its limits. Raises FileNotFoundError as
    starting the command itself would.
    """
    return _at_our_death("KILL", argv, argv)


def bind_group_to_parent(argv: Sequence[str]) -> list[str]:
    """The same for a command that starts others (cmake, ninja): they end with it."""
    return _at_our_death("TERM", argv, ["sh", "-c", _GROUP_ENDS, "sh", *argv])


def _at_our_death(signum: str, argv: Sequence[str], guarded: Sequence[str]) -> list[str]:
    setpriv = shutil.which("setpriv")
    if setpriv is None:
        return list(argv)
    if shutil.which(argv[0]) is None:
        raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), argv[0])
    return [setpriv, "--pdeathsig", signum, "--", *guarded]


def kill_kept(pid: int) -> None:
    """Have the keeper of a jail end it, and wait until it has: it misses nothing that runs in there."""
    with contextlib.suppress(ProcessLookupError, ChildProcessError):  # it was waited for
        os.kill(pid, signal.SIGCONT)
        os.kill(pid, signal.SIGTERM)
        for _look in range(_LOOKS):
            if os.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None:
                return
            time.sleep(_PAUSE)


def kill_group(pid: int) -> None:
    """Kill a process group, if there is one."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, signal.SIGKILL)


def _below(pid: int) -> set[int]:
    """The process and all its living descendants, from /proc."""
    children: dict[int, list[int]] = {}
    for name in os.listdir("/proc"):  # noqa: PTH208 - called when something is killed: no need of Path objects
        if name.isdigit():
            with contextlib.suppress(OSError):
                # The fields after the program's name, which may hold anything: state, parent, ...
                fields = Path("/proc", name, "stat").read_bytes().rpartition(b")")[2].split()
                children.setdefault(int(fields[1]), []).append(int(name))
    found: set[int] = set()
    pending = [pid]
    while pending:
        one = pending.pop()
        if one not in found:
            found.add(one)
            pending += children.get(one, [])
    return found


def kill_tree(pid: int) -> None:
    """Kill a group and everything below its leader, whatever group that has moved to.

    Programs give their children groups of their own: ninja every compiler, our workers every tool. They are
    stopped before they are killed, so that none starts another unseen.
    """
    stopped: set[int] = set()
    for _round in range(8):  # a program that forks faster than this loses its newest to init
        found = _below(pid) - stopped
        for one in found:
            _send(one, signal.SIGSTOP)
        stopped |= found
        if not found:
            break
    kill_group(pid)
    for one in stopped:
        _send(one, signal.SIGKILL)
