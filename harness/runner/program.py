"""The programs of lit's shell: bounded, run without `not`, their last words kept.

**`not` is not run.** LLVM's `not` (llvm/utils/not/not.cpp) starts a program itself and reports only whether
it died. A program stopped by a limit would then look like the crash that `not --crash` wants, and pass.
Watching grandchildren from outside does not help, because `not` reaps them. So the program becomes our own
child, and its status is turned as `not` turns it. lit does the same for a plain `not`, but not for `--crash`,
nor for a `not` named by its path, which LLVM's configuration makes of a `not` after a `|`.

**What goes into a pipe is kept too**: with `llc 2>&1 | FileCheck`, only FileCheck reads why llc died.
"""

from __future__ import annotations

import contextlib
import io
import os
import posixpath
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import IO, Any

from harness import process
from harness.process import background
from harness.runner.bounds import Bounds
from harness.runner.gate import find_program, unwrap_env
from harness.runner.lit_internals import LAUNCHER, replace_popen

Check = Callable[[str, str], None]
"""Raises OSError if the program of a name, found at a path (empty: nowhere), may not start."""

# How much of a program's last words is kept; and of all that it writes, as much as it may write.
SAID_LIMIT = 1 << 20
KEPT_LIMIT = process.TOOL_LIMITS.output
# A pipe ends with its last writer; a process that left the group of a killed program may still hold it.
_GRACE = 1.0
_SIGNAL_STATUS = range(256 - 31, 254)
# llvm/lib/Support/Unix/Program.inc takes these for a program that could not be started, `not` for a death.
_NOT_STARTED = {126, 127}


class Program(process.Child):
    """One program that lit's shell started. `returncode` is its own, `wait` returns what `not` would.

    `wanted` says whether it died as `not --crash` wants; `path` is where the program is, `words` what it is
    started as, in `folder`; `files` are those that its output goes to, `source` the one that it reads. Raises
    OSError if there is none, or if `check` does.
    """

    def __init__(self, args: Sequence[str], check: Check | None = None, **kwargs: Any) -> None:
        launcher, self._nots, rest = _split_command(list(map(str, args)))
        looked_up = kwargs.get("executable") if not (launcher or self._nots) else None
        environment = kwargs.get("env") or os.environ
        self.path = str(looked_up or find_program(rest[0], str(kwargs.get("cwd") or ""), environment))
        if check is not None:
            check(rest[0], self.path)
            inner, place = unwrap_env(rest, str(kwargs.get("cwd") or ""), environment)
            if inner:
                check(inner, place)
        self._launched = bool(launcher)
        self._tee: threading.Event | None = None
        self._heard, self._unheard = bytearray(), b""
        self.wanted = False
        if self._nots and not launcher:
            kwargs["executable"] = None  # lit looked up `not`; now it is looked up on the program's own PATH
        self._aside: IO[bytes] | None = None
        if any(self._nots):
            quiet = {"LLVM_DISABLE_CRASH_REPORT": "1", "LLVM_DISABLE_SYMBOLIZATION": "1"}
            kwargs["env"] = {**quiet, **(kwargs.get("env") or os.environ)}
            if getattr(kwargs.get("stderr"), "name", None) == os.devnull:
                # Only its last words say whether it ran out of memory.
                self._aside = kwargs["stderr"] = tempfile.TemporaryFile()  # noqa: SIM115 - closed by wait
        self.words, self.folder = rest, Path(kwargs.get("cwd") or "")
        names = (_name_of(kwargs.get(stream)) for stream in ("stdout", "stderr"))
        self.files = [Path(name) for name in names if name]
        self.environment: Mapping[str, str] = kwargs.get("env") or os.environ
        self.source = _name_of(kwargs.get("stdin"))
        self.reads_pipe = kwargs.get("stdin") not in {None, process.PIPE} and not self.source
        super().__init__([*launcher, *rest], **kwargs)

    def wait(self, timeout: float | None = None) -> int:
        """Wait for the program, and kill what it left running. Returns the status that `not` would return."""
        code = super().wait(timeout)
        if self._aside is not None:
            with self._aside as aside:
                self._unheard = _end_of(aside)
            self._aside = None
        if self._launched and code in _SIGNAL_STATUS:
            code = self.returncode = code - 256
            self.limit = self.limit or process.limit_reached(code, self.limits, self.cpu)
        if self.limit:
            return code or 1
        for crash in reversed(self._nots):
            code = _status_of_not(code, crash)
        self.wanted = any(self._nots) and not code
        return code

    def pipe_into_next(self, source: IO[bytes]) -> IO[bytes]:
        """The reading end of a new pipe with what comes from `source`, one of ours; the caller closes it.

        From here on lit must not read `source`: it finds a `_PipedOn` in its place.
        """
        if source is self.stdout:
            self.stdout = _PipedOn(self)
        else:
            self.stderr = _PipedOn(self)
        end, into = os.pipe()
        self._tee = background.start(partial(self._pass_on, source, into))
        return os.fdopen(end, "rb")

    def _pass_on(self, source: IO[bytes], into: int) -> None:
        size, wanted = 0, True
        with source, os.fdopen(into, "wb", buffering=0) as out:
            while chunk := os.read(source.fileno(), 1 << 16):
                size += len(chunk)
                self._heard += chunk
                if len(self._heard) > 2 * KEPT_LIMIT:  # where output has no limit
                    del self._heard[:-KEPT_LIMIT]
                if self.limits.output and size > self.limits.output:
                    self._stop(f"wrote more than {self.limits.output // process.MIB} MiB of output")
                    return
                try:
                    while wanted and chunk:
                        chunk = chunk[out.write(chunk) :]
                except BrokenPipeError:
                    wanted = False  # as with lit, a reader that has read enough does not stop the writer

    def refuse(self, why: str) -> None:
        """Stop it before it does anything: the programs before it have used up the test's bound."""
        if why:
            self._stop(why)

    def piped_output(self) -> str:
        """The end of what it wrote into a pipe to the next program."""
        return (self.piped_bytes() or b"")[-SAID_LIMIT:].decode("utf-8", "replace")

    def piped_bytes(self) -> bytes | None:
        """What it wrote into a pipe to the next program; None if there is no such pipe."""
        if self._tee is None:
            return None
        self._tee.wait(_GRACE)
        return bytes(self._heard[-KEPT_LIMIT:])

    def unseen_output(self) -> str:
        """The end of what it wrote where lit does not look: into a pipe, into files, into /dev/null."""
        heard = (self.piped_bytes() or b"")[-SAID_LIMIT:]
        texts = [heard, self._unheard, *map(_end_of_file, self.files)]
        return b"\n".join(texts).decode("utf-8", "replace")


class _PipedOn(io.BytesIO):
    """Stands in for a pipe that went to the next program: empty, and at its end only when the program ends.

    lit reads the pipes of a pipeline's programs, then the files of their standard errors, and waits for the
    programs last: its reading lets a program finish whose reader has ended before it.
    """

    def __init__(self, program: Program) -> None:
        super().__init__()
        self._program = program

    def read(self, size: int | None = -1, /) -> bytes:
        """Wait for the program."""
        self._program.wait()
        return super().read(size)


def _split_command(args: list[str]) -> tuple[list[str], list[bool], list[str]]:
    """What lit put in front; for each `not`, the outermost first, whether it has --crash; and the program."""
    start = 2 if len(args) > 2 and posixpath.basename(args[1]) == LAUNCHER else 0
    rest = args[start:]
    nots: list[bool] = []
    while posixpath.basename(rest[0]) == "not":
        crash = rest[1:2] == ["--crash"]
        if len(rest) < 2 + crash:
            break  # `not` without a program prints its own error
        nots.append(crash)
        rest = rest[1 + crash :]
    return args[:start], nots, rest


def _status_of_not(code: int, crash: bool) -> int:
    """The status of `not` (or `not --crash`) over a program that ended with `code`."""
    died = code < 0 or code in _NOT_STARTED
    return int(not died) if crash else int(died or not code)


def _name_of(stream: object) -> str:
    """The path of a file that lit redirects; empty if it is another stream, or /dev/null."""
    name = getattr(stream, "name", None)
    return name if isinstance(name, str) and name != os.devnull else ""


def _end_of(file: IO[bytes]) -> bytes:
    file.seek(max(file.seek(0, os.SEEK_END) - SAID_LIMIT, 0))
    return file.read()


def _end_of_file(path: Path) -> bytes:
    with contextlib.suppress(OSError), path.open("rb") as file:
        return _end_of(file)
    return b""


def _used_up(bounds: Bounds, begun: float, started: Sequence[Program]) -> str:
    """Which bound on a whole test its programs have used up; empty if none."""
    if sum(program.cpu for program in started) > bounds.test_cpu:
        return f"used more than {bounds.test_cpu} s of processor time with those before it in the test"
    if time.monotonic() - begun > bounds.test_wall:
        return f"ran longer than {bounds.test_wall:g} s with those before it in the test"
    return ""


@contextlib.contextmanager
def programs_of_lit(check: Check, bounds: Bounds, channels: Sequence[int] = ()) -> Iterator[list[Program]]:
    """Make lit's shell start its programs as ours in this block; yields the list to which it adds them.

    They inherit the descriptors `channels`.

    The block is one test: when a program starts, those before it count against the bounds of the test. What
    `check` raises tells lit that a program cannot be started.
    """
    started: list[Program] = []
    begun = time.monotonic()

    def start(args: Sequence[str], **kwargs: Any) -> Program:
        source = kwargs.get("stdin")
        giver = next((p for p in started if source and source in {p.stdout, p.stderr}), None)
        used_up = _used_up(bounds, begun, started)
        kwargs["pass_fds"] = channels
        if giver is None:
            started.append(Program(args, check, limits=bounds.of_program, **kwargs))
        else:
            with giver.pipe_into_next(kwargs.pop("stdin")) as end:
                started.append(Program(args, check, limits=bounds.of_program, stdin=end, **kwargs))
        started[-1].refuse(used_up)
        return started[-1]

    with replace_popen(start):
        yield started
