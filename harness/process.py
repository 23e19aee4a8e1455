"""The only place that starts programs.

Every child gets a process group of its own, limits on processor time, memory and file size (set with
prlimit(2) right after it starts, which costs no extra exec), a bound on wall time and on what it writes
to a pipe, and is gone when the call returns: on success, on a limit, on Ctrl-C, on an exception.
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
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

MIB = 1024 * 1024


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


# A tool under test: a test that needs more than this is hung or broken, not slow.
TOOL_LIMITS = Limits(wall=20, cpu=10, memory=4096 * MIB, output=32 * MIB)
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
_live_lock = threading.Lock()


def _kill_group(pid: int) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, signal.SIGKILL)


def kill_all() -> None:
    """Kill every process group that is still running (at exit, on SIGTERM)."""
    with _live_lock:
        pids = list(_live)
    for pid in pids:
        _kill_group(pid)


atexit.register(kill_all)


def exit_on_sigterm() -> None:
    """Make SIGTERM and SIGHUP unwind like Ctrl-C, so that children die and partial work is removed."""

    def stop(signum: int, _frame: types.FrameType | None) -> None:
        kill_all()
        raise KeyboardInterrupt(signal.Signals(signum).name)

    for signum in (signal.SIGTERM, signal.SIGHUP):
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
                hard = bound + 2 if what == resource.RLIMIT_CPU else bound
                resource.prlimit(pid, what, (bound, hard))


def limit_reached(returncode: int, limits: Limits) -> str:
    """What a child that died of a limit's own signal ran into, or an empty string."""
    if returncode == -signal.SIGXCPU:
        return f"used more than {limits.cpu} s of processor time"
    if returncode == -signal.SIGXFSZ:
        return f"wrote a file of more than {limits.output // MIB} MiB"
    return ""


class Child(subprocess.Popen[Any]):
    """A Popen whose child is bounded; `limit` names the bound it was killed for, if any.

    `communicate` reads at most `limits.output` bytes of each pipe: one more kills the whole group.
    """

    def __init__(self, args: Sequence[str], limits: Limits = TOOL_LIMITS, **kwargs: Any) -> None:
        self.limits = limits
        self.limit = ""
        # Decoding happens once, in communicate(), on a bounded number of bytes.
        self._as_text = bool(kwargs.pop("universal_newlines", False) or kwargs.pop("text", False))
        kwargs.pop("errors", None)
        kwargs.pop("encoding", None)
        self._timer: threading.Timer | None = None
        super().__init__(args, process_group=0, **kwargs)
        with _live_lock:
            _live.add(self.pid)
        _set_limits(self.pid, limits)
        if limits.wall:
            self._timer = threading.Timer(limits.wall, self._out_of_time)
            self._timer.daemon = True
            self._timer.start()

    def _out_of_time(self) -> None:
        self._stop(f"ran longer than {self.limits.wall:g} s")

    def _stop(self, why: str) -> None:
        if not self.limit and self.returncode is None:
            self.limit = why
            _kill_group(self.pid)

    def wait(self, timeout: float | None = None) -> int:
        """Wait for the child, then kill whatever it left behind in its group."""
        code = super().wait(timeout)
        self._forget()
        if not self.limit:
            self.limit = limit_reached(code, self.limits)
        return code

    def _forget(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        with _live_lock:
            known = self.pid in _live
            _live.discard(self.pid)
        if known:
            _kill_group(self.pid)

    def communicate(self, input: Any = None, timeout: float | None = None) -> tuple[Any, Any]:
        """Feed `input`, collect both pipes up to the bound, wait. The wall bound is the timeout."""
        try:
            out, err = self._pump(input or b"")
            self.wait()
        except BaseException:
            _kill_group(self.pid)
            super().wait()
            self._forget()
            raise
        if self._as_text:
            return (_decode(out), _decode(err))
        return out, err

    def _pump(self, data: bytes) -> tuple[bytes | None, bytes | None]:
        chunks: dict[IO[bytes], list[bytes]] = {}
        sizes: dict[IO[bytes], int] = {}
        view = memoryview(data)
        with selectors.DefaultSelector() as ready:
            for pipe in (self.stdout, self.stderr):
                if pipe is not None:
                    chunks[pipe], sizes[pipe] = [], 0
                    ready.register(pipe, selectors.EVENT_READ)
            if self.stdin is not None:
                if view:
                    os.set_blocking(self.stdin.fileno(), False)
                    ready.register(self.stdin, selectors.EVENT_WRITE)
                else:
                    self.stdin.close()
            while ready.get_map():
                for key, _events in ready.select():
                    pipe = key.fileobj  # type: ignore[assignment]  # we registered files, not numbers
                    assert pipe is not None
                    if pipe is self.stdin:
                        view = self._feed(view)
                        if not view:
                            ready.unregister(pipe)
                            pipe.close()
                        continue
                    chunk = os.read(pipe.fileno(), 1 << 16)
                    if not chunk:
                        ready.unregister(pipe)
                        pipe.close()
                        continue
                    sizes[pipe] += len(chunk)
                    if self.limits.output and sizes[pipe] > self.limits.output:
                        self._stop(f"wrote more than {self.limits.output // MIB} MiB of output")
                    else:
                        chunks[pipe].append(chunk)
        out = b"".join(chunks[self.stdout]) if self.stdout in chunks else None
        err = b"".join(chunks[self.stderr]) if self.stderr in chunks else None
        return out, err

    def _feed(self, view: memoryview) -> memoryview:
        assert self.stdin is not None
        try:
            return view[os.write(self.stdin.fileno(), view[: 1 << 16]) :]
        except BrokenPipeError:
            return memoryview(b"")


def _decode(data: bytes | None) -> str | None:
    return None if data is None else data.decode("utf-8", "replace").replace("\r\n", "\n")


def _environment(changes: Mapping[str, str | None] | None) -> dict[str, str]:
    merged: dict[str, str | None] = {**os.environ, **(changes or {})}
    return {name: value for name, value in merged.items() if value is not None}


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
    args = [str(a) for a in argv]
    start = time.monotonic()
    child = Child(
        args,
        limits,
        cwd=cwd,
        env=_environment(env),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    out, err = child.communicate(stdin)
    return Completed(tuple(args), child.returncode, out, err, time.monotonic() - start, child.limit)


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
    args = [str(a) for a in argv]
    start = time.monotonic()
    child = Child(
        args,
        limits,
        cwd=cwd,
        env=_environment(env),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    tail = b""
    try:
        assert child.stdout is not None
        for raw in child.stdout:
            tail = (tail + raw)[-65536:]
            on_line(raw.decode("utf-8", "replace").rstrip("\n"))
        child.stdout.close()
        child.wait()
    except BaseException:
        _kill_group(child.pid)
        child.wait()
        raise
    return Completed(tuple(args), child.returncode, tail, b"", time.monotonic() - start, child.limit)


@contextlib.contextmanager
def children_of_lit(started: Callable[[Child], None]) -> Iterator[None]:
    """Make lit's shell start its programs as bounded children, for the time of the block.

    `started` is told of each. lit.TestRunner reaches Popen and two constants through its module global
    `subprocess`; nothing of the real module changes for anyone else.
    """
    import lit.TestRunner

    def start(args: Sequence[str], **kwargs: Any) -> Child:
        child = Child(args, TOOL_LIMITS, **kwargs)
        started(child)
        return child

    original = lit.TestRunner.subprocess
    lit.TestRunner.subprocess = types.SimpleNamespace(
        Popen=start, PIPE=subprocess.PIPE, STDOUT=subprocess.STDOUT
    )
    try:
        yield
    finally:
        lit.TestRunner.subprocess = original
