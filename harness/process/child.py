"""A child process that is bounded and never left running."""

from __future__ import annotations

import contextlib
import enum
import os
import selectors
import signal
import subprocess
import time
from collections.abc import Callable, Sequence
from typing import IO, Any

from harness.process import running
from harness.process.deadlines import Deadline, cancel, set_deadline
from harness.process.kill import kill_kept, kill_tree
from harness.process.limits import MIB, TOOL_LIMITS, Limits, limit_reached, set_limits
from harness.process.namespace import Namespace
from harness.process.room import Room
from harness.process.usage import usage_below

# For whoever starts a Child: nobody else imports subprocess.
PIPE = subprocess.PIPE
STDOUT = subprocess.STDOUT
DEVNULL = subprocess.DEVNULL
TimeoutExpired = subprocess.TimeoutExpired

# How long a pipe is still read after its program was killed: its output is there at once, and a process that
# left its group may hold the pipe open for ever.
_GRACE = 1.0
# How often all that a child started is counted, in seconds, and from how many on more often.
_LOOK, _FEW, _MANY = 0.25, 64, 100_000


class Keeper(enum.Enum):
    """What a child is: the program itself, or who keeps it in a jail.

    A keeper tells its program's status as a shell does. One that ENDS, ends all in its jail when asked to.
    """

    NONE = enum.auto()
    TELLS = enum.auto()
    ENDS = enum.auto()


class Child(subprocess.Popen[Any]):
    """A Popen whose child is bounded; `limit` names the bound it was killed for, if any.

    `cpu` is the processor time, in seconds, that it and what it waited for used; known after `wait`. A keeper
    that TELLS waits for nobody: it is what was seen then, which may be a quarter of a second less.
    `communicate` reads at most `limits.output` bytes of each pipe: one more kills the whole group.
    `rooms` are those of the folders that it may write, if it has a `keeper`. `namespace` ends with it.
    """

    def __init__(
        self,
        args: Sequence[str],
        limits: Limits = TOOL_LIMITS,
        keeper: Keeper = Keeper.NONE,
        rooms: Sequence[Room] = (),
        namespace: Namespace | None = None,
        **kwargs: Any,
    ) -> None:
        self.limits = limits
        self._rooms = rooms
        self._keeper = keeper
        self._namespace = namespace
        self.limit = ""
        self.cpu = 0.0
        # Decoding happens once, in communicate(), on a bounded number of bytes.
        self._as_text = bool(kwargs.pop("universal_newlines", False) or kwargs.pop("text", False))
        kwargs.pop("errors", None)
        kwargs.pop("encoding", None)
        self._deadline: Deadline | None = None
        self._next_look: Deadline | None = None
        with running.defer_signals():
            super().__init__(args, process_group=0, **kwargs)
            running.register(self.pid)
        try:
            running.raise_deferred()
            set_limits(self.pid, limits)
            if limits.wall:
                self._deadline = set_deadline(limits.wall, self._out_of_time)
            if keeper is not Keeper.NONE:
                self._next_look = set_deadline(_LOOK, self._look)
        except BaseException:
            self._abandon()
            raise

    def _out_of_time(self) -> None:
        self._stop(f"ran longer than {self.limits.wall:g} s")

    def _look(self) -> None:
        """End it if all of it together is over a bound; look again soon, and sooner if it grows."""
        limits = self.limits
        used = usage_below(self.pid, limits.processes or _MANY)
        if self.returncode is not None:
            return
        self.cpu = max(self.cpu, used.cpu)
        if limits.processes and used.processes >= limits.processes:
            self._stop(f"started {limits.processes} processes or more")
        elif limits.resident and used.resident > limits.resident:
            self._stop(f"took more than {limits.resident // MIB} MiB of memory in all")
        elif excess := next(filter(None, (room.excess() for room in self._rooms)), ""):
            self._stop(excess)
        else:
            self._next_look = set_deadline(_LOOK / 8 if used.processes > _FEW else _LOOK, self._look)

    def _stop(self, why: str) -> None:
        if not self.limit and self.returncode is None:
            self.limit = why
            self.kill()

    def kill(self) -> None:
        """Kill the child and everything below it."""
        if self.returncode is None:
            if self._keeper is Keeper.ENDS:
                kill_kept(self.pid)
            kill_tree(self.pid)

    def is_stopped(self) -> bool:
        """Whether it was stopped by a signal and neither runs nor ends."""
        with contextlib.suppress(ChildProcessError):  # it has ended, and was waited for
            stopped = os.WSTOPPED | os.WNOHANG | os.WNOWAIT
            return self.returncode is None and os.waitid(os.P_PID, self.pid, stopped) is not None
        return False

    def _abandon(self) -> None:
        """Kill, reap and forget it, whatever state it is in; for use while an exception passes."""
        self.kill()
        super().wait()
        self._forget()
        self._close_pipes()

    def _close_pipes(self) -> None:
        for pipe in (self.stdin, self.stdout, self.stderr):
            if pipe is not None:
                with contextlib.suppress(OSError):  # what was not written yet to a closed pipe
                    pipe.close()

    def wait(self, timeout: float | None = None) -> int:
        """Wait for the child, then kill what it left running in its group; its jail has ended then, too."""
        code = super().wait(timeout)
        self._forget()
        if not self.limit:
            self.limit = limit_reached(code, self.limits, self.cpu)
        return code

    def _try_wait(self, wait_flags: int) -> tuple[int, int]:
        """As Popen's own (subprocess.py), but asks for the resources used: -> pid, status."""
        try:
            pid, status, used = os.wait4(self.pid, wait_flags)
        except ChildProcessError:
            return self.pid, 0
        if pid:
            self.cpu = max(self.cpu, used.ru_utime + used.ru_stime)
        return pid, status if self._keeper is Keeper.NONE else _as_seen_inside(status)

    def _forget(self) -> None:
        for deadline in (self._deadline, self._next_look):
            if deadline is not None:
                cancel(deadline)
        running.unregister(self.pid)
        if self._namespace is not None:
            self._namespace.wait()

    def communicate(self, input: Any = None, timeout: float | None = None) -> tuple[Any, Any]:
        """Feed `input`, collect both pipes up to the bound, wait. The wall bound is the timeout."""
        chunks: dict[IO[bytes], list[bytes]] = {
            pipe: [] for pipe in (self.stdout, self.stderr) if pipe is not None
        }
        self.drain(input or b"", lambda pipe, chunk: chunks[pipe].append(chunk))
        out, err = (None if pipe is None else b"".join(chunks[pipe]) for pipe in (self.stdout, self.stderr))
        if self._as_text:
            return (_decode(out), _decode(err))
        return out, err

    def drain(self, data: bytes, sink: Callable[[IO[bytes], bytes], None]) -> None:
        """Feed `data`, pass the output to `sink(pipe, chunk)` up to the bound, and wait for the child."""
        try:
            self._pump(memoryview(data), sink)
            self.wait()
        except BaseException:
            self._abandon()
            raise

    def _pump(self, view: memoryview, sink: Callable[[IO[bytes], bytes], None]) -> None:
        sizes = {pipe: 0 for pipe in (self.stdout, self.stderr) if pipe is not None}
        killed_at = time.monotonic()
        with selectors.PollSelector() as ready:  # for three pipes epoll costs more calls than it saves
            for pipe in sizes:
                ready.register(pipe, selectors.EVENT_READ, pipe)
            if self.stdin is not None and view:
                os.set_blocking(self.stdin.fileno(), False)
                ready.register(self.stdin, selectors.EVENT_WRITE, self.stdin)
            elif self.stdin is not None:
                self.stdin.close()
            while ready.get_map() and not (self.limit and time.monotonic() > killed_at + _GRACE):
                for key, _events in ready.select(_GRACE / 2):
                    pipe = key.data
                    if pipe is self.stdin:
                        view = self._feed(view)
                        over = not view
                    else:
                        chunk = os.read(pipe.fileno(), 1 << 16)
                        over = not chunk
                        sizes[pipe] += len(chunk)
                        self._take(pipe, chunk, sizes[pipe], sink)
                    if over:
                        ready.unregister(pipe)
                        pipe.close()
                if not self.limit:
                    killed_at = time.monotonic()
        self._close_pipes()

    def _take(
        self, pipe: IO[bytes], chunk: bytes, size: int, sink: Callable[[IO[bytes], bytes], None]
    ) -> None:
        if self.limits.output and size > self.limits.output:
            self._stop(f"wrote more than {self.limits.output // MIB} MiB of output")
        elif chunk:
            sink(pipe, chunk)

    def _feed(self, view: memoryview) -> memoryview:
        assert self.stdin is not None
        try:
            return view[os.write(self.stdin.fileno(), view[: 1 << 16]) :]
        except BrokenPipeError:
            return memoryview(b"")


def _as_seen_inside(status: int) -> int:
    """The wait status of a program from that of its keeper, which tells a signal as a shell does."""
    code = os.WEXITSTATUS(status) if os.WIFEXITED(status) else 0
    return code - 128 if 128 < code <= 128 + signal.SIGRTMAX else status


def _decode(data: bytes | None) -> str | None:
    return None if data is None else data.decode("utf-8", "replace").replace("\r\n", "\n")
