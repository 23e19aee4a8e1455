"""One worker of a pool: its process, the jail that it is in, what is asked of it, and its end.

All that a test runs is in the jail of its worker, which costs nothing per test.
"""

from __future__ import annotations

import contextlib
import itertools
import os
import selectors
import shutil
import signal
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import msgspec

from harness import process
from harness.errors import EnvironmentLacksError
from harness.model import CrashKind, Outcome, Signature, TestResult
from harness.process.room import Room
from harness.runner import enclosure, recording
from harness.runner.bounds import WORKER_DISK, WORKER_LIMITS, Bounds
from harness.runner.discovery import JobSpec, UnreadableSuiteError, WorkerAnswer, WorkerRequest
from harness.runner.symbolizer import Symbolizers
from harness.runner.symbolizer_client import CHANNEL

# How often it is looked whether a worker that says nothing still runs, and what it takes, in seconds.
_TICK = 0.25
# Seconds for a worker to end by itself.
_ENDING = 5
# So much of what it wrote to its standard error is shown, in bytes.
_SAID = 2000
# What a worker writes of one test at most, in bytes: texts of FileCheck and of tools, a few MiB each.
_MOST_ANSWER = 1 << 30


class Shared:
    """What all workers of a pool share: specs by their files, suites that cannot be read, folders to read.

    `home` is the pool's folder, `usual` what every worker may read.
    """

    def __init__(self, home: Path, usual: tuple[Path, ...]) -> None:
        self.home = home
        self.usual = usual
        # A dictionary, because workers of several threads add to it.
        self._reads = dict.fromkeys(usual)
        self._spec: dict[str, JobSpec] = {}
        self._read: set[str] = set()
        self._broken: dict[str, UnreadableSuiteError] = {}

    @property
    def reads(self) -> tuple[Path, ...]:
        """What any of the workers may read."""
        return tuple(self._reads)

    def add_reads(self, paths: tuple[Path, ...]) -> None:
        """Note what one of the workers may read."""
        self._reads.update(dict.fromkeys(paths))

    def spec(self, path: str) -> JobSpec:
        """The spec in this file. Raises UnreadableSuiteError if no worker could read the suite."""
        if path in self._broken:
            raise self._broken[path]
        return self.any_spec(path)

    def any_spec(self, path: str) -> JobSpec:
        """The same, also if no worker could read the suite."""
        if path not in self._spec:
            self._spec[path] = msgspec.json.decode(Path(path).read_bytes(), type=JobSpec)
        return self._spec[path]

    def mark_read(self, path: str) -> None:
        """Note that a worker has read this suite."""
        self._read.add(path)

    def mark_broken(self, path: str, why: str) -> UnreadableSuiteError:
        """The error that a worker could not read this suite; remembered, unless another worker could."""
        spec = self._spec[path]
        root = spec.root.replace(spec.copy, spec.tree, 1) if spec.copy else spec.root
        error = UnreadableSuiteError(root, why)
        if path not in self._read:
            self._broken[path] = error
        return error


class Worker:
    """One worker process, started when first needed and again after it died. `name`: its own in the pool."""

    def __init__(self, name: str, shared: Shared, symbolizers: Symbolizers) -> None:
        self._name = name
        self._errors = shared.home / f"{self._name}.stderr"
        self._count = itertools.count()
        self._shared = shared
        self._symbolizers = symbolizers
        self._child: process.Child | None = None
        self._place = shared.home / "places" / self._name
        self._room = Room(self._place, WORKER_DISK)
        self._stderr_read = 0
        # What it may read; the names in each suite that it has read.
        self._reads = shared.usual
        self._read: dict[str, tuple[str, ...]] = {}

    def run(self, request: WorkerRequest) -> TestResult:
        """The result of a test, whatever happens to it and to the worker."""
        try:
            spec = self._shared.spec(request.spec)
            bounds = spec.bounds
            self.names(request.spec)
            answer = self._ask(request, bounds.test_wall + bounds.program_wall + bounds.grace)
        except UnreadableSuiteError as error:
            said = f"lit cannot read the suite: {error.detail}"
            return TestResult(request.name, Outcome.UNRESOLVED, 0.0, output=said)
        except _LostError as lost:
            return _result_of_lost(request.name, lost, bounds, self.stderr_tail())
        if answer.result is None or answer.result.name != request.name:
            self.stop()
            return TestResult(request.name, Outcome.UNRESOLVED, 0.0, output="the worker answered nothing")
        if spec.recording is not None:
            recording.collect(spec.recording, self._place, request.name)
        if answer.worn:
            self.stop()
        return answer.result

    def names(self, path: str) -> tuple[str, ...]:
        """Read a suite, so that its tests can run; return their names. Raises UnreadableSuiteError."""
        if path in self._read:
            return self._read[path]
        spec = self._shared.spec(path)
        self._admit(spec)
        self.stderr_tail()
        try:
            answer = self._ask(WorkerRequest(path, ""), spec.bounds.reading_wall)
            if answer.lacks:
                raise EnvironmentLacksError(*answer.lacks)
            trouble = answer.trouble
        except _LostError as lost:
            trouble = f"it {lost.why}"
        if trouble:
            self.stop()
            raise self._shared.mark_broken(path, f"{trouble}\n{self.stderr_tail()}".strip())
        self._shared.mark_read(path)
        self._read[path] = answer.names
        return answer.names

    def _admit(self, spec: JobSpec) -> None:
        """Have a process that may read what a suite needs."""
        lacking = tuple(path for path in map(Path, spec.reads) if not enclosure.is_shown(path, self._reads))
        if lacking:
            self.stop()
            self._reads += lacking
            self._shared.add_reads(lacking)

    def start(self) -> process.Child:
        """The process; starts it if it does not run."""
        if self._child is None:
            self._stderr_read = 0
            self._place = self._shared.home / "places" / f"{self._name}-{next(self._count)}"
            temporary = self._place / "tmp"
            temporary.mkdir(parents=True)
            self._room = Room(self._place, WORKER_DISK)
            with self._errors.open("wb") as errors, self._symbolizers.open_channel() as channel:
                self._child = process.start_enclosed(
                    [sys.executable, "-m", "harness.runner.worker", str(self._place)],
                    process.Jail(
                        process.JailKind.WORKER,
                        reads=self._reads,
                        writes=(self._place,),
                        temporary=temporary,
                        channels=(channel.fileno(),),
                    ),
                    WORKER_LIMITS,
                    env={
                        **{name: os.environ.get(name) for name in enclosure.ENVIRONMENT},
                        CHANNEL: str(channel.fileno()),
                    },
                    cwd=Path(__file__).parents[2],
                    stdin=process.PIPE,
                    stdout=process.PIPE,
                    stderr=errors,
                )
        return self._child

    def _ask(self, request: WorkerRequest, seconds: float) -> WorkerAnswer:
        """The worker's answer. Raises _LostError if it dies, is stopped, or takes longer than `seconds`."""
        child = self.start()
        assert child.stdin is not None
        with contextlib.suppress(BrokenPipeError):
            child.stdin.write(msgspec.json.encode(request) + b"\n")
            child.stdin.flush()
        begun = time.monotonic()
        line = bytearray()
        try:
            self._require_room()
            for chunk in self._chunks(child, begun + seconds):
                line += chunk
                if line.endswith(b"\n"):
                    return msgspec.json.decode(line, type=WorkerAnswer)
                if len(line) > _MOST_ANSWER:
                    raise _LostError("wrote an answer without end")
        except msgspec.DecodeError:
            self.stop()
            raise _LostError("wrote something that is not an answer") from None
        except _LostError as lost:
            self.stop()
            # Who is killed for a bound is stopped first, which may have been seen.
            reached = _LostError(child.limit, excess=child.limit) if child.limit else lost
            reached.elapsed = time.monotonic() - begun
            raise reached from None
        code = self.stop(ends=True)
        elapsed = time.monotonic() - begun
        if child.limit and code != -signal.SIGXCPU:
            raise _LostError(child.limit, elapsed, excess=child.limit)
        raise _LostError(_describe_end(code), elapsed, spun=abs(code) == signal.SIGXCPU)

    def _require_room(self) -> None:
        """Raise _LostError if its files take too much of the disk."""
        if excess := self._room.excess():
            raise _LostError(excess, excess=excess)

    def _chunks(self, child: process.Child, end: float) -> Iterator[bytes]:
        """What the worker writes, as it comes, until the worker ends."""
        assert child.stdout is not None
        descriptor = child.stdout.fileno()
        with selectors.DefaultSelector() as ready:
            ready.register(descriptor, selectors.EVENT_READ)
            while self._child is child:
                if ready.select(_TICK):
                    try:
                        chunk = os.read(descriptor, 1 << 20)
                    except OSError:  # the pool is being closed
                        return
                    if not chunk:
                        return
                    yield chunk
                elif child.is_stopped():
                    raise _LostError("was stopped by a signal")
                elif time.monotonic() > end:
                    raise _LostError("did not end in time", late=True)
                else:
                    self._require_room()

    def stderr_tail(self) -> str:
        """The end of what the worker wrote to its standard error since the last call."""
        if not self._errors.exists():
            return ""
        with self._errors.open("rb") as errors:
            end = errors.seek(0, os.SEEK_END)
            errors.seek(max(self._stderr_read, end - _SAID))
            self._stderr_read = end
            return errors.read(_SAID).decode("utf-8", "replace")

    def stop(self, *, ends: bool = False) -> int:
        """End the worker with all that it runs, and remove its folder. Returns its status.

        `ends`: it is ending by itself, and how is of interest.
        """
        child, self._child = self._child, None
        self._read = {}
        if child is None:
            return 0
        if child.stdin is not None:
            with contextlib.suppress(OSError):
                child.stdin.close()
        if child.is_stopped():
            child.kill()
        code = _wait(child) if ends else None
        if code is None:
            # Who keeps it in its jail ends all in there. Without one it ends what it runs itself.
            with contextlib.suppress(ProcessLookupError):
                child.send_signal(signal.SIGTERM)
            code = _wait(child)
        if code is None:
            child.kill()
            code = child.wait()
        if child.stdout is not None:
            child.stdout.close()
        _remove(self._place)
        return code


def _wait(child: process.Child) -> int | None:
    """How a worker ended; None if it does not end soon."""
    try:
        return child.wait(timeout=_ENDING)
    except process.TimeoutExpired:
        return None


def _remove(folder: Path) -> None:
    """Remove a folder with whatever tests have made of it: they may have taken rights, or nested deeply."""
    with contextlib.suppress(OSError, RecursionError):
        shutil.rmtree(folder)
    if folder.exists():
        process.run(["chmod", "-R", "u+rwX", folder])
        process.run(["rm", "-rf", folder])


class _LostError(Exception):
    """A worker gave no answer. `why` says what it did instead.

    `late`: it reached a bound on time; `spun`: on processor time; `excess`: which other bound.
    """

    def __init__(
        self, why: str, elapsed: float = 0.0, *, late: bool = False, spun: bool = False, excess: str = ""
    ) -> None:
        super().__init__(why)
        self.why = why
        self.elapsed = elapsed
        self.late = late or spun
        self.spun = spun
        self.excess = excess


def _result_of_lost(name: str, lost: _LostError, bounds: Bounds, said: str) -> TestResult:
    """The result of a test whose worker gave no answer."""
    if not lost.late and not lost.excess:
        return TestResult(
            name, Outcome.UNRESOLVED, lost.elapsed, output=f"the worker running it {lost.why}\n{said}"
        )
    message = lost.excess or f"ran longer than {bounds.test_wall:g} s"
    if lost.spun:
        message = f"used more than {bounds.program_cpu} s of processor time"
    limit = Signature(CrashKind.LIMIT, message)
    text = f"harness: the test was stopped with its worker: it {message}\n{said}"
    outcome = Outcome.TIMEOUT if lost.late else Outcome.CRASH
    return TestResult(name, outcome, lost.elapsed, limit, text)


def _describe_end(code: int) -> str:
    if abs(code) == signal.SIGXCPU:
        return "used too much processor time"
    if code == -signal.SIGSTOP:
        return "was stopped by a signal"  # who keeps it in its jail has noticed that, and ended it
    return f"died of {signal.Signals(-code).name}" if code < 0 else f"ended the process with status {code}"
