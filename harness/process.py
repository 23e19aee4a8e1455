"""The only place that starts programs.

Every child gets a process group of its own, limits on processor time, memory and file size (set with
prlimit(2) right after it starts, which costs no extra exec), a bound on wall time and on what it writes
to a pipe, and is gone when the call returns: on success, on a limit, on Ctrl-C, on an exception. So is
what it started: its group in any case, and when it is killed also those below it in groups of their own.
"""

from __future__ import annotations

import atexit
import contextlib
import os
import resource
import selectors
import signal
import subprocess
import threading
import time
import types
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from harness.kill import kill_group, kill_tree

# For whoever starts a Child: nobody else imports subprocess.
PIPE = subprocess.PIPE
STDOUT = subprocess.STDOUT
DEVNULL = subprocess.DEVNULL
TimeoutExpired = subprocess.TimeoutExpired

MIB = 1024 * 1024
# How much of a stream is kept, and how long a line of it may be.
_TAIL = 65536


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds on one child: seconds of wall and processor time, bytes of memory and of output.

    `memory` bounds the address space of each process of the child, `output` what it writes to each
    pipe and to any one file. 0 means no bound.
    """

    wall: float = 60
    cpu: int = 60
    memory: int = 4096 * MIB
    output: int = 64 * MIB


# A tool under test: a test that needs more than this is hung or broken, not slow. Processor time tells, on a
# busy machine too; wall time is a far backstop, for what sleeps: ten seconds of a processor for twelve.
TOOL_LIMITS = Limits(wall=120, cpu=10, memory=4096 * MIB, output=32 * MIB)
# A compiler, a linker, cmake: our own choice of program, still not trusted with the machine.
BUILD_LIMITS = Limits(wall=3600, cpu=0, memory=16 * 1024 * MIB, output=0)


@dataclass(frozen=True, slots=True)
class Completed:
    """A finished child. `returncode` is negative for a signal; `limit` names the bound it ran into."""

    argv: tuple[str, ...]
    returncode: int
    stdout: bytes
    stderr: bytes
    elapsed: float
    limit: str = ""

    @property
    def ok(self) -> bool:
        """Whether it ended by itself with status 0."""
        return self.returncode == 0 and not self.limit

    @property
    def text(self) -> str:
        """Standard output and standard error as text, bytes that are not UTF-8 replaced."""
        return (self.stdout + self.stderr).decode("utf-8", "replace")


_live: set[int] = set()
# A signal handler runs in the main thread, maybe while that thread holds the lock.
_live_lock = threading.RLock()
# Seconds between SIGXCPU, which a program may ignore, and SIGKILL.
_CPU_GRACE = 2
# How long a pipe is still read after its program was killed: what it wrote before is there at once, and
# what left its group may hold the pipe for ever.
_GRACE = 1.0


def kill_all() -> None:
    """Kill everything that is still running (at exit, on SIGTERM)."""
    with _live_lock:
        pids = list(_live)
    for pid in pids:
        kill_tree(pid)


atexit.register(kill_all)


class _Birth:
    """Whether the main thread is starting a program, and the signal that came meanwhile.

    Between fork and the registration of the child nobody could kill it, so the signal has to wait.
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


def _set_limits(pid: int, limits: Limits) -> None:
    bounds = {
        resource.RLIMIT_CPU: limits.cpu,
        resource.RLIMIT_AS: limits.memory,
        resource.RLIMIT_FSIZE: limits.output,
    }
    with contextlib.suppress(ProcessLookupError):  # already gone: nothing left to bound
        resource.prlimit(pid, resource.RLIMIT_CORE, (0, 0))
        for what, bound in bounds.items():
            if bound:
                # The hard bound on processor time is later: SIGXCPU at the soft one says which limit it was.
                hard = bound + _CPU_GRACE if what == resource.RLIMIT_CPU else bound
                # Only root may raise a bound the machine has set already.
                own = resource.prlimit(pid, what)[1]
                most = hard if own == resource.RLIM_INFINITY else min(hard, own)
                resource.prlimit(pid, what, (min(bound, most), most))


def limit_reached(returncode: int, limits: Limits, cpu: float = 0) -> str:
    """What a child that died of a limit's own signal ran into, or an empty string; it used `cpu` seconds."""
    ignored = returncode == -signal.SIGKILL and limits.cpu and cpu >= limits.cpu + _CPU_GRACE / 2
    if returncode == -signal.SIGXCPU or ignored:
        return f"used more than {limits.cpu} s of processor time"
    if returncode == -signal.SIGXFSZ:
        return f"wrote a file of more than {limits.output // MIB} MiB"
    return ""


class Child(subprocess.Popen[Any]):
    """A Popen whose child is bounded; `limit` names the bound it was killed for, if any.

    `cpu` is the processor time, in seconds, that it and what it waited for used; known after `wait`.
    `communicate` reads at most `limits.output` bytes of each pipe: one more kills the whole group.
    """

    def __init__(self, args: Sequence[str], limits: Limits = TOOL_LIMITS, **kwargs: Any) -> None:
        self.limits = limits
        self.limit = ""
        self.cpu = 0.0
        # Decoding happens once, in communicate(), on a bounded number of bytes.
        self._as_text = bool(kwargs.pop("universal_newlines", False) or kwargs.pop("text", False))
        kwargs.pop("errors", None)
        kwargs.pop("encoding", None)
        self._timer: threading.Timer | None = None
        main = threading.current_thread() is threading.main_thread()
        try:
            _Birth.starting = _Birth.starting or main
            super().__init__(args, process_group=0, **kwargs)
            with _live_lock:
                _live.add(self.pid)
        finally:
            if main:
                _Birth.starting = False
        try:
            if main and _Birth.signal:
                name, _Birth.signal = _Birth.signal, ""
                raise KeyboardInterrupt(name)
            _set_limits(self.pid, limits)
            if limits.wall:
                self._timer = threading.Timer(limits.wall, self._out_of_time)
                self._timer.daemon = True
                self._timer.start()
        except BaseException:
            self._abandon()
            raise

    def _out_of_time(self) -> None:
        self._stop(f"ran longer than {self.limits.wall:g} s")

    def _stop(self, why: str) -> None:
        if not self.limit and self.returncode is None:
            self.limit = why
            kill_tree(self.pid)

    def kill(self) -> None:
        """Kill the child and everything below it."""
        if self.returncode is None:
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
        """Wait for the child, then kill whatever it left behind in its group."""
        code = super().wait(timeout)
        self._forget()
        if not self.limit:
            self.limit = limit_reached(code, self.limits, self.cpu)
        return code

    def _try_wait(self, wait_flags: int) -> tuple[int, int]:
        """As Popen's own (subprocess.py), which asks for no resources used: -> pid, status."""
        try:
            pid, status, used = os.wait4(self.pid, wait_flags)
        except ChildProcessError:
            return self.pid, 0
        if pid:
            self.cpu = used.ru_utime + used.ru_stime
        return pid, status

    def _forget(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        with _live_lock:
            known = self.pid in _live
            _live.discard(self.pid)
        if known:
            kill_group(self.pid)

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
        """Feed `data`, hand what comes to `sink(pipe, chunk)` up to the bound, and wait for the child."""
        try:
            self._pump(memoryview(data), sink)
            self.wait()
        except BaseException:
            self._abandon()
            raise

    def _pump(self, view: memoryview, sink: Callable[[IO[bytes], bytes], None]) -> None:
        sizes = {pipe: 0 for pipe in (self.stdout, self.stderr) if pipe is not None}
        killed_at = time.monotonic()
        with selectors.DefaultSelector() as ready:
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


def _decode(data: bytes | None) -> str | None:
    return None if data is None else data.decode("utf-8", "replace").replace("\r\n", "\n")


def _child(
    argv: Sequence[str | Path],
    limits: Limits,
    cwd: Path | None,
    env: Mapping[str, str | None] | None,
    **streams: int,
) -> Child:
    merged = {**os.environ, **(env or {})}
    given = {name: value for name, value in merged.items() if value is not None}
    return Child([str(word) for word in argv], limits, cwd=cwd, env=given, stdout=PIPE, **streams)


def _completed(child: Child, out: bytes, err: bytes, start: float) -> Completed:
    assert isinstance(child.args, list)
    elapsed = time.monotonic() - start
    return Completed(tuple(child.args), child.returncode, out, err, elapsed, child.limit)


def run(
    argv: Sequence[str | Path],
    *,
    cwd: Path | None = None,
    env: Mapping[str, str | None] | None = None,
    stdin: bytes = b"",
    limits: Limits = TOOL_LIMITS,
) -> Completed:
    """Run a program to its end and collect its output. Raises FileNotFoundError if there is none.

    `env` is added to the environment of this process; a variable that is None is taken out of it.
    """
    start = time.monotonic()
    child = _child(argv, limits, cwd, env, stdin=PIPE, stderr=PIPE)
    out, err = child.communicate(stdin)
    return _completed(child, out, err, start)


def stream(
    argv: Sequence[str | Path],
    on_line: Callable[[str], None],
    *,
    cwd: Path | None = None,
    env: Mapping[str, str | None] | None = None,
    limits: Limits = BUILD_LIMITS,
) -> Completed:
    """Run a program and hand over each line it writes, on either stream, as it comes.

    Returns what `run` does; `stdout` holds the last 64 KiB of both streams together.
    """
    start = time.monotonic()
    child = _child(argv, limits, cwd, env, stdin=DEVNULL, stderr=STDOUT)
    tail = rest = b""

    def take(_pipe: IO[bytes], chunk: bytes) -> None:
        nonlocal tail, rest
        tail = (tail + chunk)[-_TAIL:]
        *lines, rest = (rest + chunk).split(b"\n")
        if len(rest) > _TAIL:  # no program of a build writes such a line; it must not fill our memory
            lines, rest = [*lines, rest], b""
        for line in lines:
            on_line(line.decode("utf-8", "replace"))

    child.drain(b"", take)
    if rest:
        on_line(rest.decode("utf-8", "replace"))
    return _completed(child, tail, b"", start)
