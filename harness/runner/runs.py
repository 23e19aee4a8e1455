"""Running lit suites on toolchains: what a suite is, its job spec for the workers, results in order."""

from __future__ import annotations

import contextlib
import itertools
import re
import shutil
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath

import msgspec

from harness import process
from harness.errors import EnvironmentLacksError, UsageError
from harness.litsite.features import OPTIONAL_TOOLS, UnknownVersionError, suite_features
from harness.llvm import Toolchain
from harness.model import Outcome, Run, TestResult
from harness.process import Completed
from harness.process.jail import python_paths
from harness.progress import Progress
from harness.runner.bounds import BOUNDS, Bounds
from harness.runner.discovery import JobSpec, WorkerRequest
from harness.runner.enclosure import needed_reads
from harness.runner.mirror import Mirror, Mirrors
from harness.runner.pool import Pool
from harness.runner.recording import Recording
from harness.runner.sources import SourceWatch


@dataclass(frozen=True, slots=True)
class Suite:
    """What to run. `root`: the folder with lit.cfg.py; `names`: of tests, empty for all; `jobs`: at once.

    `filecheck` is `pypi` (in process), `llvm` (the toolchain's own) or `both`; `expectations`: XFAIL counts.
    `params` are further lit parameters. `inputs`: folders and files below the root to look for tests in,
    empty for all; `site`: the text of a configuration to read instead of the root's lit.cfg.py; `prefix`:
    what every test's name begins with; `identity`: changes with the suite's files, empty if they have to be
    read for it (these four are for suites that are not ours). A suite with a `site` runs in a copy of its
    folders. `captures`: keep the input of LLVM's FileCheck, which is a lot for a folder (that of PyPI's is
    always kept); `outputs`: keep all that LLVM's tools write. `apart`: its configuration comes from a patch,
    so it is Python of unknown intent: its workers run nothing else. `bounds` are those of its tests.
    `recording`: what their programs leave behind.
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
    identity: str = ""
    captures: bool = False
    outputs: bool = False
    apart: bool = False
    bounds: Bounds = BOUNDS
    recording: Recording | None = None

    @property
    def tree(self) -> Path:
        """The tree that `root` is in, and that the tests' names are paths of."""
        return self.root.parents[len(PurePosixPath(self.prefix).parts) - 1] if self.prefix else self.root

    def holds(self, name: str) -> bool:
        """Whether a test of this name belongs to this suite."""
        return name.startswith(self.prefix) and (self.root / name.removeprefix(self.prefix)).is_file()


@dataclass(eq=False)
class DoesNotStartError(EnvironmentLacksError):
    """A tool of the toolchain with this identity does not print its version; `end` is what it did instead."""

    identity: str = ""
    tool: str = ""
    end: Completed | None = None


_features: dict[tuple[str, str], frozenset[str]] = {}


def toolchain_features(toolchain: Toolchain) -> frozenset[str]:
    """lit's features of a toolchain, from what its tools are and its llc and lli print."""
    key = (toolchain.identity, str(toolchain.tools.get("llc")))
    if key not in _features:
        _features[key] = _probe_features(toolchain)
    return _features[key]


def _probe_features(toolchain: Toolchain) -> frozenset[str]:
    ends: dict[str, Completed] = {}
    for tool in ("llc", "lli"):
        if tool in toolchain.tools:
            # Tools of ours are Python programs; where they run on tests, they read this Python too.
            reads = (*toolchain.reads, *python_paths())
            ends[tool] = process.ask([toolchain.tools[tool], "--version"], reads)
    if "llc" not in ends:
        raise EnvironmentLacksError(
            f"{toolchain.name} has no llc", "name an LLVM that has one, or use --toolchain wheel"
        )
    try:
        lli = ends["lli"].text if "lli" in ends else None
        return suite_features(ends["llc"].text, lli, frozenset(toolchain.tools) & OPTIONAL_TOOLS)
    except UnknownVersionError as error:
        raise DoesNotStartError(
            f"{toolchain.tools[error.tool]} does not run: {error}",
            "check that it runs by itself",
            identity=toolchain.identity,
            tool=error.tool,
            end=ends[error.tool],
        ) from error


def run(toolchain: Toolchain, suite: Suite, progress: Progress, pool: Pool | None = None) -> Run:
    """Run the suite on a toolchain. Tests that could not run are UNRESOLVED, never missing."""
    return run_all([(toolchain, suite)], progress, pool)[0]


def run_all(
    tasks: Sequence[tuple[Toolchain, Suite]],
    progress: Progress,
    pool: Pool | None = None,
    watch: SourceWatch | None = None,
) -> list[Run]:
    """Run suites on toolchains, at most the first suite's `jobs` tests at a time; one run for each task.

    Without a pool, the call makes one. Whoever gives a `watch` asks it before anything rests on the runs;
    else the call raises SourceChangedError if a test changed a source.
    """
    with contextlib.ExitStack() as stack:
        used = pool or stack.enter_context(Pool(tasks[0][1].jobs if tasks else 1))
        if pool is None:
            used.start()  # while it is seen what the toolchains can do
        folder = stack.enter_context(used.folder())
        parts = [_Part(*task, folder / f"{number:02}", used) for number, task in enumerate(tasks)]
        mirrors = [mirror for part in parts if (mirror := part.move_to_copy(used.mirrors)) is not None]
        by_spec = {str(part.spec): part for part in parts}
        requests = [WorkerRequest(str(part.spec), name, part.apart) for part in parts for name in part.names]
        requests.sort(key=lambda request: request.apart)
        counter = itertools.count(1)
        late: list[WorkerRequest] = []

        def done(request: WorkerRequest, result: TestResult) -> None:
            part = by_spec[request.spec]
            part.take(result)
            if result.outcome is Outcome.TIMEOUT:
                late.append(request)
            progress.tick(next(counter), len(requests), f"{part.toolchain}: {request.name}")

        def again(request: WorkerRequest, result: TestResult) -> None:
            by_spec[request.spec].take(result)

        sources = watch or SourceWatch()
        for part in parts:
            if part.tree is not None:
                sources.begin([part.tree], part.naming)
        used.run(requests, done)
        # With nothing beside it: what else ran may have been the reason. If very many are late, it was not.
        for request in late[: max((suite.bounds.alone for _, suite in tasks), default=0)]:
            used.run([request], again)
        if watch is None:
            sources.require_unchanged()
        used.mirrors.give_back(mirrors)
        return [part.run() for part in parts]


def names(toolchain: Toolchain, suite: Suite, pool: Pool | None = None) -> tuple[str, ...]:
    """The sorted names of the suite's tests, whether its pattern matches or not; runs none.

    Without a pool, the call makes one. Raises UsageError if lit refuses the suite, NoTestsError if it has no
    tests.
    """
    everything = replace(suite, names=(), pattern="")
    with contextlib.ExitStack() as stack:
        used = pool or stack.enter_context(Pool(1))
        folder = stack.enter_context(used.folder())
        return _Part(toolchain, everything, folder / "0", used).names


class OpenSuite:
    """A suite on a toolchain that is read once and whose tests then run one by one, as long as the pool is.

    `run_all` is for many tests at once: it has all workers of a pool read the suite anew in each call.
    """

    def __init__(self, toolchain: Toolchain, suite: Suite, pool: Pool) -> None:
        """Raises as `names` does."""
        self.toolchain = toolchain
        self._part = _Part(toolchain, suite, pool.new_folder() / "0", pool)
        self._pool = pool
        self._bounds = suite.bounds
        self._watch = SourceWatch()
        self._moved = False

    @property
    def names(self) -> tuple[str, ...]:
        """The sorted names of its tests."""
        return self._part.names

    def run(self, name: str) -> TestResult:
        """Run one of its tests; once more if it is late, as what else ran may have been the reason."""
        if not self._moved:
            self._moved = True
            if self._part.tree is not None:
                self._watch.begin([self._part.tree], self._part.naming)
            self._part.move_to_copy(self._pool.mirrors)
        results: list[TestResult] = []
        request = WorkerRequest(str(self._part.spec), name, self._part.apart)
        self._pool.run([request], lambda _request, result: results.append(result))
        if results[-1].outcome is Outcome.TIMEOUT and self._bounds.alone:
            self._pool.run([request], lambda _request, result: results.append(result))
        return results[-1]

    def require_unchanged(self) -> None:
        """Raise SourceChangedError if one of its tests has changed LLVM's source."""
        self._watch.require_unchanged()


class _Part:
    """One suite on one toolchain: what to run, and the results so far."""

    def __init__(self, toolchain: Toolchain, suite: Suite, scratch: Path, pool: Pool) -> None:
        self.toolchain = toolchain.name
        self.apart = str(scratch) if suite.apart else ""
        self.spec = scratch / "spec.json"
        scratch.mkdir()
        spec = _make_spec(toolchain, suite, scratch, pool.tools(toolchain))
        self._spec = msgspec.structs.replace(spec, symbolizer=pool.symbolizer(spec.symbolizer))
        self.spec.write_bytes(msgspec.json.encode(self._spec))
        self.names = suite.names or _matching(suite, pool.names(self.spec, self.apart))
        self._results: dict[str, TestResult] = {}
        self._begun = self._ended = 0.0

    def move_to_copy(self, mirrors: Mirrors) -> Mirror | None:
        """Have LLVM's own tests run in a copy of their folders, where what they write beside them stays."""
        spec = self._spec
        if not spec.site:
            return None
        mirror = mirrors.take(Path(spec.tree), self.names)
        root = mirror.root / Path(spec.root).relative_to(spec.tree)
        params = {**spec.params, "source": str(mirror.root)}
        self._spec = msgspec.structs.replace(spec, root=str(root), params=params, copy=str(mirror.root))
        self.spec = self.spec.with_name("run.json")
        self.spec.write_bytes(msgspec.json.encode(self._spec))
        return mirror

    @property
    def tree(self) -> Path | None:
        """The source that the tests run in a copy of."""
        return Path(self._spec.tree) if self._spec.site else None

    def naming(self, file: str) -> Iterator[str]:
        """The tests that have the name of a file in their text."""
        for name in self.names if self.tree is not None else ():
            path = Path(self._spec.tree) / name
            if path.is_file() and file.encode() in path.read_bytes():
                yield name

    def take(self, result: TestResult) -> None:
        self._ended = time.monotonic()
        self._begun = self._begun or self._ended - result.elapsed
        self._results[result.name] = result

    def run(self) -> Run:
        """The run. Its time is from the start of its first test to the end of its last."""
        results = sorted(self._results.values(), key=lambda result: result.name)
        return Run(self.toolchain, tuple(results), self._ended - self._begun)


def _matching(suite: Suite, names: Sequence[str]) -> tuple[str, ...]:
    found = tuple(name for name in names if re.search(suite.pattern, name))
    if not found:
        raise no_match_error(suite.pattern, len(names))
    return found


def no_match_error(pattern: str, tests: int) -> UsageError:
    """The error that a filter matches none of so many tests."""
    return UsageError(f"--filter {pattern}: none of {tests} tests matches", "try a part of a test's path")


def _make_spec(toolchain: Toolchain, suite: Suite, scratch: Path, tools: Path) -> JobSpec:
    """The job spec for the workers; puts the files that it names into `scratch`. `tools`: their folder."""
    features = toolchain_features(toolchain)
    params = {"toolchain_bin": str(tools), "features": ",".join(sorted(features)), "bounded": "1"}
    if suite.filecheck == "llvm":
        params["filecheck"] = "llvm"
    site = scratch / "lit.site.cfg.py"
    if suite.site:
        site.write_text(suite.site)
        params["source"] = str(suite.tree)
    symbolizer = str(toolchain.tools.get("llvm-symbolizer") or shutil.which("llvm-symbolizer") or "")
    return JobSpec(
        root=str(suite.root),
        exec_root="",
        params={**params, **dict(suite.params)},
        filecheck=suite.filecheck,
        expectations=suite.expectations,
        inputs=suite.inputs,
        site=str(site) if suite.site else "",
        prefix=suite.prefix,
        captures=suite.captures,
        outputs=suite.outputs,
        tree=str(suite.tree) if suite.site else "",
        stale=tuple(sorted(toolchain.stale)),
        symbolizer=symbolizer,
        bounds=suite.bounds,
        recording=suite.recording,
        # A suite of LLVM's runs nothing of ours.
        warm=not suite.site,
        server=toolchain.server,
        reads=tuple(map(str, needed_reads(toolchain, suite.root, suite.tree))),
    )
