"""Worker processes that run lit tests: started once; each request names the suite of its test.

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
from harness.llvm import Toolchain
from harness.model import CrashKind, Outcome, Signature, TestResult
from harness.process import scratch
from harness.runner import discovery
from harness.runner.bounds import Bounds
from harness.runner.discovery import JobSpec, UnreadableSuiteError, WorkerAnswer, WorkerRequest
from harness.runner.mirror import Mirrors
from harness.runner.symbolizer import Symbolizers
from harness.warm.server import run_server

WORKER_LIMITS = process.Limits(wall=0, cpu=0, memory=0, output=0)
# How often it is looked whether a worker that says nothing still runs, in seconds.
_TICK = 1.0


class Pool:
    """At most `jobs` workers, each bounded and replaceable. Leaving the block ends them all.

    A worker asks the kernel to end it with the thread that started it (worker.py), so each worker has a
    thread that lives as long as the pool.
    """

    def __init__(self, jobs: int) -> None:
        self._folder = contextlib.ExitStack()
        self._home = self._folder.enter_context(scratch.folder("pool"))
        self.mirrors = Mirrors(self._home / "mirrors")
        self._warm = ""
        self._tools: dict[tuple[tuple[str, Path], ...], Path] = {}
        self._symbolizers = self._folder.enter_context(Symbolizers())
        places = (self._home / f"worker-{n:03}" for n in range(max(jobs, 1)))
        shared = _Shared()
        self._workers = [(ThreadPoolExecutor(1), _Worker(place, shared)) for place in places]

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
        """Start every worker, so that they get ready during other work."""
        for thread, worker in self._workers:
            thread.submit(worker.start)

    def symbolizer(self, real: str) -> str:
        """What tools that die take for the llvm-symbolizer `real`, as long as there is this pool."""
        return self._symbolizers.client(real)

    def warm_place(self) -> str:
        """The folder of the server that has the modules of ours that tests run; it ends with this pool."""
        if not self._warm:
            folder = self._folder.enter_context(scratch.folder("warm"))
            self._folder.enter_context(run_server(folder, "harness.warm.modules"))
            self._warm = str(folder)
        return self._warm

    def tools(self, toolchain: Toolchain) -> Path:
        """A folder with links to the tools of a toolchain, without stale ones, as long as there is this pool.

        Workers link to its links (gate.py).
        """
        tools = tuple((name, path) for name, path in toolchain.tools.items() if name not in toolchain.stale)
        if tools not in self._tools:
            folder = self._home / f"tools-{len(self._tools)}"
            folder.mkdir()
            for name, path in tools:
                (folder / name).symlink_to(path)
            self._tools[tools] = folder
        return self._tools[tools]

    def names(self, spec: Path, apart: str = "") -> tuple[str, ...]:
        """The sorted names of the tests of the spec in this file; `apart` as in a WorkerRequest.

        Raises UnreadableSuiteError if lit refuses the suite, NoTestsError if there are none.
        """
        thread, worker = self._workers[0]
        found = thread.submit(worker.names, str(spec), apart).result()
        if not found:
            raise discovery.no_tests_error(worker.spec(str(spec)), worker.stderr_tail())
        return found

    def run(
        self, requests: Sequence[WorkerRequest], done: Callable[[WorkerRequest, TestResult], None]
    ) -> None:
        """Run tests, first come, first served. Pass each result to `done` as it comes, one at a time."""
        waiting: queue.SimpleQueue[WorkerRequest] = queue.SimpleQueue()
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


class _Shared:
    """What all workers of a pool share: specs by their files, and which suites no worker can read."""

    def __init__(self) -> None:
        self._spec: dict[str, JobSpec] = {}
        self._read: set[str] = set()
        self._broken: dict[str, UnreadableSuiteError] = {}

    def spec(self, path: str) -> JobSpec:
        """The spec in this file. Raises UnreadableSuiteError if no worker could read the suite."""
        if path in self._broken:
            raise self._broken[path]
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


class _Worker:
    """One worker process, started when first needed and again after it died."""

    def __init__(self, place: Path, shared: _Shared) -> None:
        self._place = place
        self._errors = place.with_suffix(".stderr")
        self._child: process.Child | None = None
        self._stderr_read = 0
        self.spec = shared.spec
        self._shared = shared
        # The names in each suite that this process has read, and what it is set apart for.
        self._read: dict[str, tuple[str, ...]] = {}
        self._apart = ""

    def run(self, request: WorkerRequest) -> TestResult:
        """The result of a test, whatever happens to it and to the worker."""
        try:
            bounds = self.spec(request.spec).bounds
            self.names(request.spec, request.apart)
            answer = self._ask(request, bounds.test_wall + bounds.program_wall + bounds.grace)
        except UnreadableSuiteError as error:
            said = f"lit cannot read the suite: {error.detail}"
            return TestResult(request.name, Outcome.UNRESOLVED, 0.0, output=said)
        except _LostError as lost:
            return _result_of_lost(request.name, lost, bounds, self.stderr_tail())
        assert answer.result is not None
        return answer.result

    def names(self, path: str, apart: str) -> tuple[str, ...]:
        """Read a suite, so that its tests can run; return their names. Raises UnreadableSuiteError."""
        spec = self.spec(path)
        if self._apart != apart:
            if self._read:
                self.stop()
            self._apart = apart
        if path in self._read:
            return self._read[path]
        self.stderr_tail()
        try:
            answer = self._ask(WorkerRequest(path, "", apart), spec.bounds.reading_wall)
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

    def start(self) -> process.Child:
        """The process; starts it if it does not run."""
        if self._child is None:
            self._stderr_read = 0
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
            for chunk in self._chunks(child, begun + seconds):
                line += chunk
                if line.endswith(b"\n"):
                    return msgspec.json.decode(line, type=WorkerAnswer)
        except msgspec.DecodeError:
            self.stop()
            raise _LostError("wrote something that is not an answer") from None
        except _LostError as lost:
            lost.elapsed = time.monotonic() - begun
            self.stop()
            raise
        code = self.stop()
        raise _LostError(_describe_end(code), time.monotonic() - begun, spun=code == -signal.SIGXCPU)

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

    def stderr_tail(self) -> str:
        """The end of what the worker wrote to its standard error since the last call."""
        if not self._errors.exists():
            return ""
        text = self._errors.read_bytes()[self._stderr_read :]
        self._stderr_read += len(text)
        return text.decode("utf-8", "replace")[-2000:]

    def stop(self) -> int:
        """End the worker: ask first, so that it ends what it runs. Returns its status."""
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
    """A worker gave no answer. `why` says what it did instead.

    `late`: it reached a bound on time; `spun`: on processor time.
    """

    def __init__(self, why: str, elapsed: float = 0.0, *, late: bool = False, spun: bool = False) -> None:
        super().__init__(why)
        self.why = why
        self.elapsed = elapsed
        self.late = late or spun
        self.spun = spun


def _result_of_lost(name: str, lost: _LostError, bounds: Bounds, said: str) -> TestResult:
    """The result of a test whose worker gave no answer."""
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


def _describe_end(code: int) -> str:
    if code == -signal.SIGXCPU:
        return "used too much processor time"
    return f"died of {signal.Signals(-code).name}" if code < 0 else f"ended the process with status {code}"
