"""Compiling without a verdict: for an LLVM whose source can be had and whose archives cannot.

Each series is applied, and what it touches is compiled without and with it as an overlay's units are, with
the compiler and the settings of another LLVM; headers are made by a TableGen built from the source itself.
Nothing is linked and no test is run: that a series compiles is all that is said of it.
"""

from __future__ import annotations

import shutil
import time
from dataclasses import dataclass, replace
from pathlib import Path

from harness import __version__, faults
from harness.builders.graph import configure, graph_key
from harness.builders.overlay import Overlay
from harness.builders.plan import classify
from harness.builders.request import Options
from harness.check.prepare import Prepared, explain, prepare_or_fail
from harness.compile_only.record import CompilationReport, CompiledSeries
from harness.errors import Failure
from harness.llvm import Prebuilt, Release, SourceTree
from harness.model import Series
from harness.progress import Progress
from harness.store import Store

TBLGEN = "llvm-tblgen"


@dataclass(frozen=True, slots=True)
class CompileJob:
    """What is compiled with what: `like` is the LLVM whose compiler and settings are used."""

    store: Store
    source: SourceTree
    like: Prebuilt
    series: tuple[Series, ...]
    options: Options


def run(job: CompileJob, progress: Progress) -> CompilationReport:
    """What became of every series."""
    start = time.monotonic()
    release = _borrowed(job, progress)
    series = tuple(_compile(job, release, one, progress) for one in job.series)
    provenance = f"{job.source.provenance}; compiler and settings of {job.like.provenance}"
    seconds = time.monotonic() - start
    return CompilationReport(__version__, job.source.version, provenance, series, seconds)


def _compile(job: CompileJob, release: Release, series: Series, progress: Progress) -> CompiledSeries:
    applied = prepare_or_fail(job.store, job.source, series, progress)
    if isinstance(applied, Failure):
        return CompiledSeries(series.name, series.title, series.llvm, error=applied, remarks=series.remarks)
    remarks = (*series.remarks, *applied.notes)
    options = replace(job.options, all_readers=True)
    overlay = Overlay(job.store, release, applied.changes, options, progress)
    try:
        overlay.compile(applied.side, applied.content)
    except Exception as error:  # the other series are compiled all the same
        failure = Failure.of(explain(faults.explain_fault(error), applied))
        return CompiledSeries(series.name, series.title, series.llvm, error=failure, remarks=remarks)
    return CompiledSeries(series.name, series.title, series.llvm, _touched(applied), remarks=remarks)


def _borrowed(job: CompileJob, progress: Progress) -> Release:
    """The source, with the compiler and settings of another LLVM and a TableGen of its own: no archives."""
    source, identity = job.source, f"{job.like.identity} for its compiler alone"
    like = replace(job.like, version=source.version, tblgen=None, identity=identity)
    bare = Release(like, source)

    def build(aside: Path) -> None:
        job.store.require_whole("source", source.root)
        graph = configure(job.store, bare, job.options, progress)
        with graph as tree, tree.alone(progress):
            progress.step("building TableGen from the source")
            tree.make([TBLGEN], progress)
            shutil.copy2(tree.build / "bin" / TBLGEN, aside / TBLGEN)

    made = job.store.make("tblgen", graph_key(bare, job.options), build)
    return Release(replace(like, tblgen=made / TBLGEN), source)


def _touched(applied: Prepared) -> tuple[str, ...]:
    touched = classify(applied.changes)
    return (*touched.units, *touched.headers, *touched.tables)
