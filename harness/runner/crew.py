"""The workers of one thread of a pool: a test runs in that of its toolchain, tree and configuration.

What tests leave in the jail of their worker, in files or in its memory, reaches only tests on the same tools
in the same tree: others have another process and another folder.
"""

from __future__ import annotations

import itertools
from collections import OrderedDict

from harness.model import TestResult
from harness.runner.discovery import WorkerRequest
from harness.runner.one_worker import Shared, Worker
from harness.runner.symbolizer import Symbolizers

# So many workers wait for their next test: a job goes from base to patch and back, in the suite, in LLVM's
# tests and in the copies of those that a series changes. Starting one takes a third of a second.
_KEPT = 6
# What a worker is for: whose configuration of lit it reads, the folder of its tools, the tree of its tests.
_Use = tuple[str, str, str]


class Crew:
    """Workers of which one works at a time. They start when first needed, and end when not for long."""

    def __init__(self, number: int, shared: Shared, symbolizers: Symbolizers) -> None:
        self._number = number
        self._shared = shared
        self._symbolizers = symbolizers
        self._count = itertools.count()
        self._free = self._new_worker()
        # The one that was used last comes last.
        self._workers: OrderedDict[_Use, Worker] = OrderedDict()

    def _new_worker(self) -> Worker:
        return Worker(f"worker-{self._number:03}-{next(self._count)}", self._shared, self._symbolizers)

    def start(self) -> None:
        """Start a process that nothing is known of yet."""
        self._free.start()

    def run(self, request: WorkerRequest) -> TestResult:
        """The result of a test, whatever happens to it and to its worker."""
        return self.worker(request.spec, request.apart).run(request)

    def worker(self, spec: str, apart: str) -> Worker:
        """The worker for the spec in this file; `apart` as in a WorkerRequest."""
        job = self._shared.any_spec(spec)
        use = (apart, job.params["toolchain_bin"], job.tree)
        # Another thread may stop them all at any moment: none is left out meanwhile.
        if use not in self._workers:
            self._workers[use] = self._free
            self._free = self._new_worker()
        self._workers.move_to_end(use)
        for unused in list(self._workers)[:-_KEPT]:
            self._workers[unused].stop()
            del self._workers[unused]
        return self._workers[use]

    def leave_apart(self) -> None:
        """End the workers that have run the Python of a patch: it may still do something."""
        for use in [use for use in self._workers if use[0]]:
            self._workers[use].stop()
            del self._workers[use]

    def stop(self) -> None:
        """End all of them, with all that they run."""
        for worker in (self._free, *list(self._workers.values())):
            worker.stop()
