"""Running a lit suite on one toolchain: workers, each bounded and replaceable; results in order."""

from __future__ import annotations

import contextlib
import queue
import re
import signal
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec

from harness import process
from harness.errors import EnvironmentLacksError, UsageError
from harness.model import Outcome, Run, TestResult, Toolchain
from harness.progress import Progress
from harness.suite import discovery
from harness.suite.discovery import Orders
from harness.suite.features import OPTIONAL_TOOLS, UnknownVersionError, suite_features

WORKER_LIMITS = process.Limits(wall=0, cpu=0, memory=0, output=0)


@dataclass(frozen=True, slots=True)
class Suite:
    """What to run. `root`: the folder with lit.cfg.py; `names`: of tests, empty for all; `jobs`: at once.

    `filecheck` is `pypi` (in process) or `llvm` (the toolchain's own); `expectations`: XFAIL counts.
    `params` are further lit parameters. `inputs`: folders and files below the root to look for tests in,
    empty for all; `site`: the text of a configuration to read instead of the root's lit.cfg.py; `prefix`:
    what every test's name begins with (these three are for suites that are not ours).
    """

    root: Path
    jobs: int
    filecheck: str = "pypi"
    expectations: bool = False
    names: tuple[str, ...] = ()
    params: tuple[tuple[str, str], ...] = ()
    pattern: str = ""
    inputs: tuple[str, ...] = ()
    site: str = ""
    prefix: str = ""

    def holds(self, name: str) -> bool:
        """Whether a test of this name belongs to this suite."""
        return (self.root / name.removeprefix(self.prefix)).is_file()


_known_features: dict[tuple[str, str], frozenset[str]] = {}


def toolchain_features(toolchain: Toolchain) -> frozenset[str]:
    """lit's features of a toolchain, from what its llc and lli say of themselves, and its own."""
    key = (toolchain.identity, str(toolchain.tools.get("llc")))
    if key not in _known_features:
        _known_features[key] = _asked_features(toolchain)
    return _known_features[key]


def _asked_features(toolchain: Toolchain) -> frozenset[str]:
    texts: dict[str, str] = {}
    for tool in ("llc", "lli"):
        if tool in toolchain.tools:
            result = process.run([toolchain.tools[tool], "--version"])
            texts[tool] = result.text
    if "llc" not in texts:
        raise EnvironmentLacksError(
            f"{toolchain.name} has no llc", "name an LLVM that has one, or use --toolchain wheel"
        )
    try:
        found = suite_features(texts["llc"], texts.get("lli"), frozenset(toolchain.tools) & OPTIONAL_TOOLS)
    except UnknownVersionError as error:
        raise EnvironmentLacksError(
            f"{toolchain.tools['llc']} does not run: {error}", "check that it runs by itself"
        ) from error
    return found | toolchain.features


def run(toolchain: Toolchain, suite: Suite, progress: Progress) -> Run:
    """Run the suite on a toolchain. Tests that could not be run are UNRESOLVED, never missing."""
    start = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="harness-run-") as folder:
        orders = _orders(toolchain, suite, Path(folder))
        names = suite.names or _matching(suite, _names(orders))
        results = _run_all(names, orders, Path(folder), suite.jobs, toolchain.name, progress)
    return Run(toolchain.name, tuple(sorted(results, key=lambda r: r.name)), time.monotonic() - start)


def _matching(suite: Suite, names: Sequence[str]) -> tuple[str, ...]:
    found = tuple(name for name in names if re.search(suite.pattern, name))
    if not found:
        raise UsageError(
            f"--filter {suite.pattern}: none of {len(names)} tests matches", "try a part of a test's path"
        )
    return found


def names(toolchain: Toolchain, suite: Suite) -> tuple[str, ...]:
    """The names of the suite's tests, sorted; none is run. Raises UsageError if there are none."""
    with tempfile.TemporaryDirectory(prefix="harness-run-") as folder:
        return _names(_orders(toolchain, suite, Path(folder)))


def _names(orders: Orders) -> tuple[str, ...]:
    """Ours are found here, which is faster; another's configuration starts programs, so a worker reads it."""
    if not orders.site:
        return discovery.names(orders)
    worker = _Worker(orders, Path(orders.exec_root))
    try:
        return worker.names()
    finally:
        worker.stop()


def _orders(toolchain: Toolchain, suite: Suite, scratch: Path) -> Orders:
    """What the workers are told, and in `scratch` what they need for it."""
    features = toolchain_features(toolchain)
    tools = scratch / "bin"
    tools.mkdir()
    for name, path in toolchain.tools.items():
        (tools / name).symlink_to(path)
    params = {"toolchain_bin": str(tools), "features": ",".join(sorted(features)), "bounded": "1"}
    if suite.filecheck == "llvm":
        params["filecheck"] = "llvm"
    site = scratch / "lit.site.cfg.py"
    if suite.site:
        site.write_text(suite.site)
    return Orders(
        root=str(suite.root),
        exec_root=str(scratch / "discovery"),
        params={**params, **dict(suite.params)},
        in_process=suite.filecheck != "llvm",
        expectations=suite.expectations,
        inputs=suite.inputs,
        site=str(site) if suite.site else "",
        prefix=suite.prefix,
    )


class _Worker:
    """One worker process, started when first needed and again when it died."""

    def __init__(self, orders: Orders, exec_root: Path) -> None:
        self._own = msgspec.structs.replace(orders, exec_root=str(exec_root))
        self._errors = exec_root.with_suffix(".stderr")
        self._child: process.Child | None = None

    def run(self, name: str) -> TestResult:
        line = self._ask(name)
        if not line.endswith(b"\n"):
            self.stop()
            return TestResult(
                name, Outcome.UNRESOLVED, 0.0, output=f"the worker running it died\n{self._said()}"
            )
        return msgspec.json.decode(line, type=TestResult)

    def names(self) -> tuple[str, ...]:
        line = self._ask(None)
        if not line.endswith(b"\n"):
            raise discovery.unreadable(self._own, self._said())
        found = msgspec.json.decode(line, type=tuple[str, ...])
        if not found:
            raise discovery.no_tests(self._own, self._said())
        return found

    def _ask(self, what: str | None) -> bytes:
        """One line of answer; without its end if the worker died."""
        child = self._child or self._start()
        assert child.stdin is not None
        assert child.stdout is not None
        try:
            child.stdin.write(msgspec.json.encode(what) + b"\n")
            child.stdin.flush()
            return bytes(child.stdout.readline())
        except BrokenPipeError:
            return b""

    def _said(self) -> str:
        return self._errors.read_text(errors="replace")[-2000:]

    def _start(self) -> process.Child:
        with self._errors.open("wb") as errors:
            self._child = process.Child(
                [sys.executable, "-m", "harness.worker", msgspec.json.encode(self._own).decode()],
                WORKER_LIMITS,
                stdin=process.PIPE,
                stdout=process.PIPE,
                stderr=errors,
                cwd=Path(__file__).parents[2],
            )
        return self._child

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


def _run_all(
    names: Sequence[str],
    orders: Orders,
    scratch: Path,
    jobs: int,
    toolchain: str,
    progress: Progress,
) -> list[TestResult]:
    waiting: queue.SimpleQueue[str] = queue.SimpleQueue()
    for name in names:
        waiting.put(name)
    results: list[TestResult] = []
    failures: list[BaseException] = []
    workers = [_Worker(orders, scratch / f"worker-{n}") for n in range(min(jobs, len(names)))]

    def serve(worker: _Worker) -> None:
        try:
            while not failures:
                name = waiting.get_nowait()
                results.append(worker.run(name))
                progress.tick(len(results), len(names), f"{toolchain}: {name}")
        except queue.Empty:
            pass
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=serve, args=(worker,), daemon=True) for worker in workers]
    try:
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    finally:
        for worker in workers:
            worker.stop()
    if failures:
        raise failures[0]
    return results
