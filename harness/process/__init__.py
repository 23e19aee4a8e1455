"""The only place that starts programs.

Every child gets a process group of its own, limits on processor time, memory and file size (set with
prlimit(2) right after it starts, which costs no extra exec), a bound on wall time and on what it writes
to a pipe, and is gone when the call returns: on success, on a limit, on Ctrl-C, on an exception. So is
what it started: its group in any case, and when it is killed also those below it in groups of their own.
"""

from harness.process.child import DEVNULL, PIPE, STDOUT, Child, TimeoutExpired
from harness.process.command import Completed, run, stream
from harness.process.jail import Jail, JailKind
from harness.process.limits import BUILD_LIMITS, MIB, TOOL_LIMITS, Limits, limit_reached
from harness.process.programs import ask, is_regular, read_regular, run_enclosed
from harness.process.running import exit_on_sigterm, kill_all
from harness.process.sandbox import start_enclosed

__all__ = [
    "BUILD_LIMITS",
    "DEVNULL",
    "MIB",
    "PIPE",
    "STDOUT",
    "TOOL_LIMITS",
    "Child",
    "Completed",
    "Jail",
    "JailKind",
    "Limits",
    "TimeoutExpired",
    "ask",
    "exit_on_sigterm",
    "is_regular",
    "kill_all",
    "limit_reached",
    "read_regular",
    "run",
    "run_enclosed",
    "start_enclosed",
    "stream",
]
