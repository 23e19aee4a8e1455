"""Worker processes that run lit tests; each request names the suite of its test.

Starting a worker takes longer than most tests, so one pool serves every suite and toolchain of a job.
"""

from __future__ import annotations

import contextlib
import queue
import shutil
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import TracebackType

from harness.llvm import Toolchain
from harness.model import TestResult
from harness.process import scratch
from harness.runner import discovery, enclosure
from harness.runner.crew import Crew
from harness.runner.discovery import WorkerRequest
from harness.runner.mirror import Mirrors
from harness.runner.one_worker import Shared
from harness.runner.symbolizer import Symbolizers


class Pool:
    """Crews of workers, `jobs` of them, each worker bounded and replaceable. Leaving the block ends them all.

    A worker ends with the thread that started it, so each crew has a thread that lives as long as the pool.
    All workers may read `home / "shared"`: what is made for them. Each writes to a folder of its own.
    """

    def __init__(self, jobs: int) -> None:
        self._folder = contextlib.ExitStack()
        self._home = self._folder.enter_context(scratch.folder("pool"))
        self._open = self._home / "shared"
        self._open.mkdir()
        self.mirrors = Mirrors(self._open / "mirrors")
        self._tools: dict[tuple[tuple[str, Path], ...], Path] = {}
        self._folders = 0
        shared = Shared(self._home, (*enclosure.usual_reads(), self._open))
        self._symbolizers = self._folder.enter_context(
            Symbolizers(self._open / "symbolizers", lambda: shared.reads)
        )
        self._shared = shared
        crews = (Crew(number, shared, self._symbolizers) for number in range(max(jobs, 1)))
        self._crews = [(ThreadPoolExecutor(1), crew) for crew in crews]

    def __enter__(self) -> Pool:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop()
        for thread, crew in self._crews:
            thread.shutdown()
            crew.stop()  # a worker may have been starting just now
        self._folder.close()

    def start(self) -> None:
        """Start a worker of every crew, so that they get ready during other work."""
        for thread, crew in self._crews:
            thread.submit(crew.start)

    def symbolizer(self, real: str) -> str:
        """What tools that die take for the llvm-symbolizer `real`, as long as there is this pool."""
        return self._symbolizers.client(real)

    def new_folder(self) -> Path:
        """A new folder that workers may read, as long as there is this pool."""
        self._folders += 1
        folder = self._open / f"run-{self._folders:04}"
        folder.mkdir()
        return folder

    @contextlib.contextmanager
    def folder(self) -> Iterator[Path]:
        """The same for the time of the block."""
        folder = self.new_folder()
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    def tools(self, toolchain: Toolchain) -> Path:
        """A folder with links to the tools of a toolchain, without stale ones, as long as there is this pool.

        Workers link to its links (gate.py).
        """
        tools = tuple((name, path) for name, path in toolchain.tools.items() if name not in toolchain.stale)
        if tools not in self._tools:
            folder = self._open / f"tools-{len(self._tools)}"
            folder.mkdir()
            for name, path in tools:
                (folder / name).symlink_to(path)
            self._tools[tools] = folder
        return self._tools[tools]

    def names(self, spec: Path, apart: str = "") -> tuple[str, ...]:
        """The sorted names of the tests of the spec in this file; `apart` as in a WorkerRequest.

        Raises UnreadableSuiteError if lit refuses the suite, NoTestsError if there are none.
        """
        path = str(spec)
        thread, crew = self._crews[0]
        worker = thread.submit(crew.worker, path, apart).result()
        found = thread.submit(worker.names, path).result()
        if not found:
            raise discovery.no_tests_error(self._shared.spec(path), worker.stderr_tail())
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

        def serve(crew: Crew) -> None:
            try:
                while not over.is_set():
                    request = waiting.get_nowait()
                    result = crew.run(request)
                    with handing:
                        done(request, result)
            except queue.Empty:
                pass
            except BaseException:
                over.set()
                raise

        serving = [thread.submit(serve, crew) for thread, crew in self._crews[: len(requests)]]
        try:
            for future in serving:
                future.result()
        except BaseException:
            over.set()
            self._stop()
            raise
        for thread, crew in self._crews:
            thread.submit(crew.leave_apart).result()

    def _stop(self) -> None:
        for _, crew in self._crews:
            crew.stop()
