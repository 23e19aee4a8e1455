"""The children that are still running, and what a signal to the harness does to them."""

from __future__ import annotations

import atexit
import contextlib
import signal
import threading
import types
from collections.abc import Iterator

from harness.process.kill import kill_group, kill_tree

_live: set[int] = set()
# A signal handler runs in the main thread, maybe while that thread holds the lock.
_live_lock = threading.RLock()


def kill_all() -> None:
    """Kill everything that is still running (at exit, on SIGTERM)."""
    with _live_lock:
        pids = list(_live)
    for pid in pids:
        kill_tree(pid)


atexit.register(kill_all)


class _Birth:
    """Whether the main thread is starting a program, and the signal that came meanwhile.

    Between fork and its registration nothing could kill the child, so the signal has to wait.
    """

    starting = False
    signal = ""


def exit_on_sigterm() -> None:
    """Make SIGINT, SIGTERM and SIGHUP unwind as KeyboardInterrupt after every child was killed."""

    def stop(signum: int, _frame: types.FrameType | None) -> None:
        kill_all()
        if _Birth.starting:
            _Birth.signal = signal.Signals(signum).name
            return
        raise KeyboardInterrupt(signal.Signals(signum).name)

    for signum in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
        if signal.getsignal(signum) is not signal.SIG_IGN:  # nohup, and a shell's background jobs
            signal.signal(signum, stop)


def _in_main_thread() -> bool:
    return threading.current_thread() is threading.main_thread()


@contextlib.contextmanager
def defer_signals() -> Iterator[None]:
    """Let signals wait while a child is started and registered in this block."""
    main = _in_main_thread()
    try:
        _Birth.starting = _Birth.starting or main
        yield
    finally:
        if main:
            _Birth.starting = False


def raise_deferred() -> None:
    """Raise KeyboardInterrupt if a signal came while the main thread, which calls this, started a child."""
    if _in_main_thread() and _Birth.signal:
        name, _Birth.signal = _Birth.signal, ""
        raise KeyboardInterrupt(name)


def register(pid: int) -> None:
    """A child runs: kill it when the harness ends."""
    with _live_lock:
        _live.add(pid)


def unregister(pid: int) -> None:
    """A child has ended: kill what it left running in its group, once."""
    with _live_lock:
        known = pid in _live
        _live.discard(pid)
    if known:
        kill_group(pid)
