"""What tests did on a base that they ran on before: kept test by test, so that they do not run there again.

Series and edits select different tests of one suite, and share what each of them did. Only what is certain is
kept, such as a PASS. A failure may be the machine's fault (it was a full disk once), and then a patched side
that fails as well seems to lose nothing: it runs again, once for all series of one call.
"""

from __future__ import annotations

import os
import re
import resource
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import msgspec

from harness.imports import fingerprint
from harness.llvm import Toolchain
from harness.model import Outcome, Run, TestResult
from harness.runner.lit_internals import environment_of_tests
from harness.runner.runs import Suite
from harness.runner.selection import Portion
from harness.runner.sources import SourceWatch
from harness.store import Store, digest, file_digest

KIND = "outcomes"
_RECORD = "run.json"
_SURE = {Outcome.PASS, Outcome.UNSUPPORTED}
# What runs tests, and what the configuration and the tests of lit-tests/ start (lit-tests/lit.cfg.py).
_CODE = (
    "harness.runner.worker",
    "harness.runner.runs",
    "harness.litsite.execution",
    "harness.litsite.records",
    "harness.litsite.typed",
    "harness.stackmaps.command",
)
# Each run has a temporary folder of its own, wherever it is.
_PLACES = frozenset({"TMP", "TMPDIR", "TEMP", "TEMPDIR"})


@dataclass(frozen=True, slots=True)
class WholeSelection:
    """The names of all tests that a suite selects by its pattern and its inputs."""

    pattern: str
    inputs: tuple[str, ...]
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class LearnedResults:
    """What some tests of one run did. `elapsed` is what the run took for them.

    `selection` is there if the run was of all that a suite selects.
    """

    results: tuple[TestResult, ...]
    elapsed: float
    selection: WholeSelection | None = None


@dataclass(slots=True)
class _KnownTests:
    """What is known of tests that share a key: results, what a run took for each, and whole selections."""

    results: dict[str, TestResult] = field(default_factory=dict)
    times: dict[str, float] = field(default_factory=dict)
    selections: dict[tuple[str, tuple[str, ...]], tuple[str, ...]] = field(default_factory=dict)

    def add(self, some: LearnedResults) -> None:
        """Know these results too."""
        self.results |= {result.name: result for result in some.results}
        self.times |= _share_time(some.results, some.elapsed)
        if (one := some.selection) is not None:
            self.selections[one.pattern, one.inputs] = one.names

    def names(self, suite: Suite) -> tuple[str, ...] | None:
        """The tests of a suite, if they are known."""
        if suite.names:
            return suite.names
        if (names := self.selections.get((suite.pattern, suite.inputs))) is not None:
            return names
        names = self.selections.get(("", suite.inputs))
        return None if names is None else tuple(name for name in names if re.search(suite.pattern, name))


@dataclass(frozen=True, slots=True)
class _Asked:
    """What is known of a portion, and what of it has yet to run. Its tests have this key, empty for none."""

    key: str
    known: Run | None
    missing: Suite | None


@dataclass(slots=True)
class BaseRuns:
    """What tests did on builds without a patch: in this call, and what the store has of earlier ones.

    A TIMEOUT is what the test did alone too, and is known for the rest of the call. Nothing is kept of runs
    that changed a source: `watch` is asked before.
    """

    store: Store
    watch: SourceWatch = field(default_factory=SourceWatch)
    _seen: dict[str, _KnownTests] = field(default_factory=dict)

    def complete(
        self, toolchain: Toolchain, portions: Sequence[Portion], run: Callable[[list[Suite]], Sequence[Run]]
    ) -> list[Run]:
        """The whole runs of portions. `run` runs those tests that count and are not known, if there are any.

        `elapsed` of what is known is what it took then.
        """
        asked = [self._ask(toolchain, portion) for portion in portions]
        fresh = iter(run([one.missing for one in asked if one.missing is not None]))
        found = []
        for one in asked:
            runs = [] if one.known is None else [one.known]
            if one.missing is not None:
                runs.append(next(fresh))
                self._learn(toolchain, one.missing, one.key, runs[-1])
            results = sorted((result for each in runs for result in each.results), key=lambda r: r.name)
            found.append(Run(toolchain.name, tuple(results), sum(each.elapsed for each in runs)))
        return found

    def _ask(self, toolchain: Toolchain, portion: Portion) -> _Asked:
        suite = portion.whole
        if suite.site and not suite.identity:  # nothing names the suite's files
            return _Asked("", None, suite)
        key = key_of_tests(toolchain, suite)
        tests = self._tests(key)
        names = tests.names(suite)
        if names is None:
            return _Asked(key, None, suite)
        results = tuple(tests.results[name] for name in dict.fromkeys(names) if name in tests.results)
        missing = tuple(name for name in names if name not in tests.results and portion.counts(name))
        known = Run(toolchain.name, results, sum(tests.times[result.name] for result in results))
        return _Asked(key, known, replace(suite, names=missing) if missing else None)

    def _tests(self, key: str) -> _KnownTests:
        """What is known of the tests with a key; the store is read once for it."""
        if key not in self._seen:
            self._seen[key] = _KnownTests()
            for some in _load(self.store, key):
                self._seen[key].add(some)
        return self._seen[key]

    def _learn(self, toolchain: Toolchain, suite: Suite, key: str, run: Run) -> None:
        """Know what tests did for the rest of the call, and for others what of it is certain.

        If a file of the suite changed meanwhile, nobody knows what ran.
        """
        if not key:
            return
        selection = None
        if not suite.names:
            selection = WholeSelection(suite.pattern, suite.inputs, tuple(one.name for one in run.results))
        times = _share_time(run.results, run.elapsed)

        def choose(is_chosen: Callable[[Outcome], bool]) -> LearnedResults:
            results = tuple(result for result in run.results if is_chosen(result.outcome))
            return LearnedResults(results, sum(times[result.name] for result in results), selection)

        sure = choose(lambda outcome: outcome in _SURE)
        # Whoever judges asks the watch again, before a verdict rests on what only this call knows.
        if suite.site and sure.results:
            self.watch.require_unchanged()
        if key_of_tests(toolchain, suite) != key:
            return
        self._tests(key).add(choose(lambda outcome: outcome is not Outcome.UNRESOLVED))
        if sure.results:
            _keep(self.store, key, sure)


def _share_time(results: Sequence[TestResult], elapsed: float) -> dict[str, float]:
    """What a run took for each of its tests: many run at once, so it took less than they did one by one."""
    total = sum(result.elapsed for result in results)
    if not total:
        return {result.name: elapsed / len(results) for result in results}
    return {result.name: elapsed * result.elapsed / total for result in results}


def _load(store: Store, key: str) -> Iterator[LearnedResults]:
    """What the store has of tests with a key, without what cannot be read."""
    for entry in store.find(KIND, key):
        try:
            yield msgspec.json.decode((entry / _RECORD).read_bytes(), type=LearnedResults)
        except OSError:  # another call has just removed it
            continue
        except msgspec.DecodeError:
            store.drop(KIND, entry.name)


def _keep(store: Store, key: str, sure: LearnedResults) -> None:
    """Add to what the store has of tests with a key: an entry of its own, whatever others add meanwhile."""
    data = msgspec.json.encode(sure)

    def write(aside: Path) -> None:
        (aside / _RECORD).write_bytes(data)

    store.make(KIND, f"{key}.{digest(data)}", write)


def key_of_tests(toolchain: Toolchain, suite: Suite) -> str:
    """Names all that what one test of a suite does depends on, whichever others are selected.

    `inputs` do not count either: lit makes the same of a test by its own path and in a folder
    (lit/discovery.py, getTestsInSuite). In a folder that a configuration excludes it is found by its path
    alone, so whoever asks for it names its path.
    """
    return digest("tests 1", key(toolchain, replace(suite, names=(), pattern="", inputs=())))


def key(toolchain: Toolchain, suite: Suite) -> str:
    """Names the tools, every file of the suite, how it is run, the code that runs it, and what tests see.

    The suite's files count with their places, which tests see. Where the code is does not matter.
    """
    files = () if suite.identity else sorted(set(_files_below(suite.root)))
    texts = (f"{path} {file_digest(path)}" for path in files)
    # Each checkout has a Python of its own, whose version counts. LLVM's site configuration names its path.
    site = suite.site.replace(sys.executable, "python")
    which = f"{suite.names} {suite.pattern!r} {suite.inputs} {suite.prefix} {site!r} {suite.identity}"
    how = f"5 {suite.filecheck} {suite.expectations} {suite.params} {suite.bounds} {which}"
    # Emulators come and go without the LLVM, and tests with them.
    tools = sorted(toolchain.tools)
    code = fingerprint(*_CODE)
    return digest(toolchain.identity, toolchain.version, how, *tools, *code, *_seen_by_tests(), *texts)


def _seen_by_tests() -> Iterator[str]:
    """What tests see of the environment: the variables that lit passes on, and limits on resources."""
    for name, value in sorted(environment_of_tests().items()):
        if name not in _PLACES:
            yield f"{name}={value}"
    for name in sorted(vars(resource)):
        if name.startswith("RLIMIT_"):
            yield f"{name} {resource.getrlimit(getattr(resource, name))[0]}"


def _files_below(root: Path) -> Iterator[Path]:
    """The files of a folder and of those it has links to: lit looks there too."""
    been: set[tuple[int, int]] = set()
    for folder, folders, names in os.walk(root, followlinks=True):
        here = os.stat(folder)  # noqa: PTH116 - os.walk gives no Path
        if "__pycache__" in Path(folder).parts or (here.st_dev, here.st_ino) in been:
            folders.clear()
            continue
        been.add((here.st_dev, here.st_ino))
        yield from (path for name in names if (path := Path(folder, name)).is_file())
