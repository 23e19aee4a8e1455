"""Worker processes that run lit tests: started once, told with each test which suite it is of.

Starting a worker takes longer than most tests, so one pool serves every suite and toolchain of a job.
"""

from __future__ import annotations

import contextlib
import os
import queue
import selectors
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import TracebackType

import msgspec

from harness import process
from harness.errors import EnvironmentLacksError
from harness.model import CrashKind, Outcome, Signature, TestResult
from harness.process import scratch
from harness.runner import discovery
from harness.runner.bounds import Bounds
from harness.runner.discovery import Answer, Orders, Request, UnreadableSuiteError

WORKER_LIMITS = process.Limits(wall=0, cpu=0, memory=0, output=0)
# How often it is looked whether a worker that says nothing still runs, in seconds.
_TICK = 1.0


class Pool:
    """At most `jobs` workers, each bounded and replaceable. Leaving the block ends them all.

    A worker asks the kernel to end it with the thread that started it (worker.py), so each has a thread
    that lives as long as the pool.
    """

    def __init__(self, jobs: int) -> None:
        self._folder = contextlib.ExitStack()
        home = self._folder.enter_context(scratch.folder("pool"))
        places = (home / f"worker-{n}" for n in range(max(jobs, 1)))
        known = _Known()
        self._workers = [(ThreadPoolExecutor(1), _Worker(place, known)) for place in places]

    def __enter__(self) -> Pool:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop()
        for thread, worker in self._workers:
            thread.shutdown()
            worker.stop()  # it may have been starting just now
        self._folder.close()

    def start(self) -> None:
        """Start every worker, so that they get ready while something else is done."""
        for thread, worker in self._workers:
            thread.submit(worker.start)

    def names(self, orders: Path, apart: str = "") -> tuple[str, ...]:
        """The sorted names of the tests that the orders in this file are about; `apart` as of a Request.

        Raises UnreadableSuiteError if lit refuses the suite, NoTestsError if there are none.
        """
        thread, worker = self._workers[0]
        found = thread.submit(worker.names, str(orders), apart).result()
        if not found:
            raise discovery.no_tests(worker.orders(str(orders)), worker.said())
        return found

    def run(self, requests: Sequence[Request], done: Callable[[Request, TestResult], None]) -> None:
        """Run tests, first come, first served, and hand over each result as it comes, one at a time."""
        waiting: queue.SimpleQueue[Request] = queue.SimpleQueue()
        for request in requests:
            waiting.put(request)
        over = threading.Event()
        handing = threading.Lock()

        def serve(worker: _Worker) -> None:
            try:
                while not over.is_set():
                    request = waiting.get_nowait()
                    result = worker.run(request)
                    with handing:
                        done(request, result)
            except queue.Empty:
                pass
            except BaseException:
                over.set()
                raise

        serving = [thread.submit(serve, worker) for thread, worker in self._workers[: len(requests)]]
        try:
            for future in serving:
                future.result()
        except BaseException:
            over.set()
            self._stop()
            raise

    def _stop(self) -> None:
        for _, worker in self._workers:
            worker.stop()


class _Known:
    """What all workers of a pool know: orders by the file they are in, and which suites nobody can read."""

    def __init__(self) -> None:
        self._orders: dict[str, Orders] = {}
        self._read: set[str] = set()
        self._broken: dict[str, UnreadableSuiteError] = {}

    def orders(self, path: str) -> Orders:
        """The orders in this file. Raises UnreadableSuiteError if no worker could read the suite."""
        if path in self._broken:
            raise self._broken[path]
        if path not in self._orders:
            self._orders[path] = msgspec.json.decode(Path(path).read_bytes(), type=Orders)
        return self._orders[path]

    def read(self, path: str) -> None:
        """A worker has read this suite."""
        self._read.add(path)

    def broken(self, path: str, why: str) -> UnreadableSuiteError:
        """The error that a worker could not read this suite; kept, unless another could."""
        orders = self._orders[path]
        root = orders.root.replace(orders.copy, orders.tree, 1) if orders.copy else orders.root
        error = UnreadableSuiteError(root, why)
        if path not in self._read:
            self._broken[path] = error
        return error


class _Worker:
    """One worker process, started when first needed and again when it died."""

    def __init__(self, place: Path, known: _Known) -> None:
        self._place = place
        self._errors = place.with_suffix(".stderr")
        self._child: process.Child | None = None
        self._told = 0
        self.orders = known.orders
        self._known = known
        # The names in each suite that this process has read, and what it is apart for.
        self._read: dict[str, tuple[str, ...]] = {}
        self._apart = ""

    def run(self, request: Request) -> TestResult:
        """The result of a test, whatever becomes of it and of the worker."""
        try:
            bounds = self.orders(request.orders).bounds
            self.names(request.orders, request.apart)
            answer = self._ask(request, bounds.test_wall + bounds.program_wall + bounds.grace)
        except UnreadableSuiteError as error:
            said = f"lit cannot read the suite: {error.detail}"
            return TestResult(request.name, Outcome.UNRESOLVED, 0.0, output=said)
        except _LostError as lost:
            return _lost(request.name, lost, bounds, self.said())
        assert answer.result is not None
        return answer.result

    def names(self, path: str, apart: str) -> tuple[str, ...]:
        """The names of a suite's tests; afterwards they can be run. Raises UnreadableSuiteError."""
        orders = self.orders(path)
        if self._apart != apart:
            if self._read:
                self.stop()
            self._apart = apart
        if path in self._read:
            return self._read[path]
        self.said()
        try:
            answer = self._ask(Request(path, "", apart), orders.bounds.reading_wall)
            if answer.lacks:
                raise EnvironmentLacksError(*answer.lacks)
            trouble = answer.trouble
        except _LostError as lost:
            trouble = f"it {lost.why}"
        if trouble:
            self.stop()
            raise self._known.broken(path, f"{trouble}\n{self.said()}".strip())
        self._known.read(path)
        self._read[path] = answer.names
        return answer.names

    def start(self) -> process.Child:
        """The process, started if there is none."""
        if self._child is None:
            self._told = 0
            with self._errors.open("wb") as errors:
                self._child = process.Child(
                    [sys.executable, "-m", "harness.runner.worker", str(self._place)],
                    WORKER_LIMITS,
                    stdin=process.PIPE,
                    stdout=process.PIPE,
                    stderr=errors,
                    cwd=Path(__file__).parents[2],
                    # A tool killed while its frames are named leaves files there: gone with the pool.
                    env={**os.environ, "TMPDIR": str(self._place.parent)},
                )
        return self._child

    def _ask(self, request: Request, seconds: float) -> Answer:
        """What the worker answers. Raises _LostError if it dies, is stopped, or does not within the time."""
        child = self.start()
        assert child.stdin is not None
        with contextlib.suppress(BrokenPipeError):
            child.stdin.write(msgspec.json.encode(request) + b"\n")
            child.stdin.flush()
        begun = time.monotonic()
        line = bytearray()
        try:
            for chunk in self._chunks(child, begun + seconds):
                line += chunk
                if line.endswith(b"\n"):
                    return msgspec.json.decode(line, type=Answer)
        except msgspec.DecodeError:
            self.stop()
            raise _LostError("wrote something else than an answer") from None
        except _LostError as lost:
            lost.elapsed = time.monotonic() - begun
            self.stop()
            raise
        code = self.stop()
        raise _LostError(_ended(code), time.monotonic() - begun, spun=code == -signal.SIGXCPU)

    def _chunks(self, child: process.Child, end: float) -> Iterator[bytes]:
        """What comes from the worker, as it comes, until it ends."""
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

    def said(self) -> str:
        """The end of what the worker wrote to its standard error since the last time."""
        if not self._errors.exists():
            return ""
        text = self._errors.read_bytes()[self._told :]
        self._told += len(text)
        return text.decode("utf-8", "replace")[-2000:]

    def stop(self) -> int:
        """End the worker; asked first, so that it ends what it runs. Returns its status."""
        child, self._child = self._child, None
        self._read = {}
        if child is None:
            return 0
        if child.stdin is not None:
            with contextlib.suppress(OSError):
                child.stdin.close()
        if child.is_stopped():
            child.kill()
        with contextlib.suppress(ProcessLookupError):
            child.send_signal(signal.SIGTERM)
        try:
            code = child.wait(timeout=5)
        except process.TimeoutExpired:
            child.kill()
            code = child.wait()
        if child.stdout is not None:
            child.stdout.close()
        return code


class _LostError(Exception):
    """A worker gave no answer. `why`: what it did; `late`: a bound on time; `spun`: on processor time."""

    def __init__(self, why: str, elapsed: float = 0.0, *, late: bool = False, spun: bool = False) -> None:
        super().__init__(why)
        self.why = why
        self.elapsed = elapsed
        self.late = late or spun
        self.spun = spun


def _lost(name: str, lost: _LostError, bounds: Bounds, said: str) -> TestResult:
    """The result of a test whose worker gave none."""
    if not lost.late:
        return TestResult(
            name, Outcome.UNRESOLVED, lost.elapsed, output=f"the worker running it {lost.why}\n{said}"
        )
    message = f"ran longer than {bounds.test_wall:g} s"
    if lost.spun:
        message = f"used more than {bounds.program_cpu} s of processor time"
    limit = Signature(CrashKind.LIMIT, message)
    text = f"harness: the test was stopped with its worker: it {message}\n{said}"
    return TestResult(name, Outcome.TIMEOUT, lost.elapsed, limit, text)


def _ended(code: int) -> str:
    if code == -signal.SIGXCPU:
        return "used too much processor time"
    return f"died of {signal.Signals(-code).name}" if code < 0 else f"ended the process with status {code}"
