"""Dask clusters on loopback: a scheduler and workers, each a process of its own."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from harness import process

REPOSITORY = Path(__file__).parents[1]
LIMITS = process.Limits(wall=300, cpu=0, memory=0, output=0)


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
        return port


def wait_for_server(port: int) -> None:
    """Return when something answers there."""
    for _ in range(600):
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1.0):
            return
        time.sleep(0.1)
    pytest.fail("the server does not start")


class Cluster:
    """A scheduler, and workers that are added to it; the store of each is a folder of its name."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = free_port()
        self.address = f"tcp://127.0.0.1:{self.port}"
        self.scheduler: process.Child | None = None
        self.workers: dict[str, process.Child] = {}

    def start(self, *names: str, threads: int = 1, env: dict[str, str] | None = None) -> None:
        """Start the scheduler, if it does not run, and workers, which take a second to be there."""
        if self.scheduler is None:
            self.scheduler = self._run("scheduler", "--host", "127.0.0.1", "--port", str(self.port))
            wait_for_server(self.port)
        for name in names:
            self.workers[name] = self._run(
                *("worker", self.address, "--name", name, "--nthreads", str(threads), "--no-nanny"),
                *("--local-directory", str(self.folder / f"dask-{name}"), "--death-timeout", "60"),
                env={"HARNESS_STORE": str(self.folder / name), **(env or {})},
            )

    def kill(self, name: str) -> None:
        """As the kernel does where memory is short."""
        child = self.workers.pop(name)
        os.kill(child.pid, signal.SIGKILL)
        child.wait()

    def stop_scheduler(self) -> None:
        assert self.scheduler is not None
        self.scheduler.kill()
        self.scheduler.wait()
        self.scheduler = None

    def close(self) -> None:
        with ExitStack() as stack:
            for child in (*self.workers.values(), *filter(None, [self.scheduler])):
                stack.callback(child.wait)
                stack.callback(child.kill)

    def _run(self, *words: str, env: dict[str, str] | None = None) -> process.Child:
        log = self.folder / f"log-{words[0]}-{len(self.workers)}-{time.monotonic_ns()}"
        paths = [str(REPOSITORY), os.environ.get("PYTHONPATH", "")]
        both = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, paths)), **(env or {})}
        with log.open("wb") as out:
            return process.Child(
                [sys.executable, "-m", "dask", *words, "--no-dashboard"],
                LIMITS, env=both, cwd=self.folder, stdin=process.DEVNULL, stdout=out, stderr=process.STDOUT,
            )  # fmt: skip


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[Cluster]:
    """A cluster that only this test uses; nothing runs yet."""
    made = Cluster(tmp_path)
    yield made
    made.close()


@pytest.fixture(scope="module")
def calm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """Two workers that nothing happens to, `one` and `two`."""
    made = Cluster(tmp_path_factory.mktemp("calm"))
    made.start("one", "two")
    yield made
    made.close()
