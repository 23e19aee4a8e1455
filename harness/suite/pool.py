"""Worker processes that run lit tests: started once, told with each test which suite it is of.

Starting a worker takes longer than most tests, so one pool serves every suite and toolchain of a job.
"""

from __future__ import annotations

import contextlib
import queue
import signal
import sys
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import TracebackType

import msgspec

from harness import process, scratch
from harness.model import Outcome, TestResult
from harness.suite import discovery
from harness.suite.discovery import Orders, Request

WORKER_LIMITS = process.Limits(wall=0, cpu=0, memory=0, output=0)


class Pool:
    """At most `jobs` workers, each bounded and replaceable. Leaving the block ends them all.

    A worker asks the kernel to end it with the thread that started it (worker.py), so each has a thread
    that lives as long as the pool.
    """

    def __init__(self, jobs: int) -> None:
        self._folder = contextlib.ExitStack()
        home = self._folder.enter_context(scratch.folder("pool"))
        places = (home / f"worker-{n}" for n in range(max(jobs, 1)))
        self._workers = [(ThreadPoolExecutor(1), _Worker(place)) for place in places]

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

        Raises UsageError if lit refuses the suite or there are none.
        """
        thread, worker = self._workers[0]
        return thread.submit(worker.names, orders, apart).result()

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


class _Worker:
    """One worker process, started when first needed and again when it died."""

    def __init__(self, place: Path) -> None:
        self._place = place
        self._errors = place.with_suffix(".stderr")
        self._child: process.Child | None = None
        self._apart = ""

    def run(self, request: Request) -> TestResult:
        line = self._ask(request)
        if not line.endswith(b"\n"):
            self.stop()
            return TestResult(
                request.name, Outcome.UNRESOLVED, 0.0, output=f"the worker running it died\n{self._said()}"
            )
        return msgspec.json.decode(line, type=TestResult)

    def names(self, path: Path, apart: str) -> tuple[str, ...]:
        line = self._ask(Request(str(path), "", apart))
        orders = msgspec.json.decode(path.read_bytes(), type=Orders)
        if not line.endswith(b"\n"):
            self.stop()
            raise discovery.unreadable(orders, self._said())
        found = msgspec.json.decode(line, type=tuple[str, ...])
        if not found:
            raise discovery.no_tests(orders, self._said())
        return found

    def start(self) -> process.Child:
        """The process, started if there is none."""
        if self._child is None:
            with self._errors.open("wb") as errors:
                self._child = process.Child(
                    [sys.executable, "-m", "harness.worker", str(self._place)],
                    WORKER_LIMITS,
                    stdin=process.PIPE,
                    stdout=process.PIPE,
                    stderr=errors,
                    cwd=Path(__file__).parents[2],
                )
        return self._child

    def _ask(self, request: Request) -> bytes:
        """One line of answer; without its end if the worker died."""
        if request.apart != self._apart:
            self.stop()
            self._apart = request.apart
        child = self.start()
        assert child.stdin is not None
        assert child.stdout is not None
        try:
            child.stdin.write(msgspec.json.encode(request) + b"\n")
            child.stdin.flush()
            return bytes(child.stdout.readline())
        except BrokenPipeError:
            return b""

    def _said(self) -> str:
        return self._errors.read_text(errors="replace")[-2000:]

    def stop(self) -> None:
        """End the worker; asked first, so that it ends what it runs."""
        child, self._child = self._child, None
        if child is None:
            return
        for pipe in (child.stdin, child.stdout):
            if pipe is not None:
                with contextlib.suppress(OSError):
                    pipe.close()
        with contextlib.suppress(ProcessLookupError):
            child.send_signal(signal.SIGTERM)
        try:
            child.wait(timeout=5)
        except process.TimeoutExpired:
            child.kill()
            child.wait()
