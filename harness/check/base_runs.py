"""What the suite did on a base that it ran on before: kept, so that it does not run there again.

Only what is certain is kept, such as a PASS. A failure may be the machine's fault (it was a full disk once),
and then a patched side that fails as well seems to lose nothing: it runs again, once for all series of one
call.
"""

from __future__ import annotations

import os
import re
import resource
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import msgspec

from harness.imports import fingerprint
from harness.llvm import Toolchain
from harness.model import Outcome, Run
from harness.runner.lit_internals import environment_of_tests
from harness.runner.runs import Suite
from harness.runner.sources import SourceWatch
from harness.store import Store, digest, file_digest

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
class SureRun:
    """The outcomes of a run that are sure; `unsure` are the names of its other tests."""

    run: Run
    unsure: tuple[str, ...]


@dataclass(slots=True)
class BaseRuns:
    """What the suite did on builds without a patch: in this call, and what the store has of earlier ones.

    A TIMEOUT is what the test did alone too, and is known for the rest of the call. Nothing is kept of runs
    that changed a source: `watch` is asked before.
    """

    store: Store
    watch: SourceWatch = field(default_factory=SourceWatch)
    _seen: dict[str, SureRun] = field(default_factory=dict)

    def known(self, toolchain: Toolchain, suite: Suite) -> SureRun | None:
        """What of a run is known, or None. Its `elapsed` is what it took then."""
        if suite.site and not suite.identity:
            return None
        return self._seen.get(key(toolchain, suite)) or load_kept(self.store, toolchain, suite)

    def learn(self, toolchain: Toolchain, suite: Suite, known: SureRun | None, fresh: Run | None) -> Run:
        """The whole run: what was known of it, and what was run now, which is known from here on."""
        runs = [run for run in (known.run if known else None, fresh) if run is not None]
        results = tuple(result for run in runs for result in run.results)
        joined = Run(runs[0].toolchain, results, sum(run.elapsed for run in runs))
        if suite.site and not suite.identity:
            return joined
        if suite.site and fresh is not None:
            self.watch.require_unchanged()
        if known is None:
            keep(self.store, toolchain, suite, joined)
        answered = tuple(result for result in results if result.outcome is not Outcome.UNRESOLVED)
        names = {result.name for result in answered}
        asked = (*(result.name for result in results), *(known.unsure if known else ()))
        unsure = tuple(name for name in dict.fromkeys(asked) if name not in names)
        self._seen[key(toolchain, suite)] = SureRun(replace(joined, results=answered), unsure)
        return joined


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


def load_kept(store: Store, toolchain: Toolchain, suite: Suite) -> SureRun | None:
    """The run as it was, or None. Its `elapsed` is what it took then.

    Of a suite with a pattern it may be a part of the whole suite's.
    """
    if suite.site and not suite.identity:
        return None
    for one in (suite, replace(suite, pattern="")) if suite.pattern else (suite,):
        if entry := store.get("outcomes", key(toolchain, one)):
            found = msgspec.json.decode((entry / _RECORD).read_bytes(), type=SureRun)
            return found if one is suite else _part(found, suite.pattern)
    return None


def _part(found: SureRun, pattern: str) -> SureRun:
    results = tuple(result for result in found.run.results if re.search(pattern, result.name))
    unsure = tuple(name for name in found.unsure if re.search(pattern, name))
    return SureRun(replace(found.run, results=results, elapsed=sum(r.elapsed for r in results)), unsure)


def keep(store: Store, toolchain: Toolchain, suite: Suite, run: Run) -> None:
    """Keep what is certain about a run, unless it is unknown what was run."""
    if suite.site and not suite.identity:
        return
    sure = tuple(result for result in run.results if result.outcome in _SURE)
    unsure = tuple(result.name for result in run.results if result.outcome not in _SURE)
    if not sure:
        return

    def write(aside: Path) -> None:
        (aside / _RECORD).write_bytes(msgspec.json.encode(SureRun(replace(run, results=sure), unsure)))

    store.make("outcomes", key(toolchain, suite), write)
