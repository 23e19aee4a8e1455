"""The main job: a patch goes in, a verdict comes out.

    series -> patched copies -> build (base, patched) -> suite on both -> again what changed -> compare

Each step takes typed values and raises to stop. A series that does not apply or does not build ends with
its error in the report; the others go on.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeVar

from harness import __version__
from harness.build.overlay import Overlay
from harness.build.plan import classify
from harness.build.request import Change, NeedsFullBuildError, Options, Side
from harness.errors import EnvironmentLacksError, HarnessError, UsageError
from harness.evidence import failures
from harness.faults import explained
from harness.judge import Build, Judge, Patched, failed
from harness.model import PatchFile, Prebuilt, Series, Toolchain
from harness.progress import Progress
from harness.report.record import CheckReport, SeriesReport
from harness.series.apply import apply
from harness.series.diff import render
from harness.series.parse import read_patches
from harness.source import debian as debian_source
from harness.source import git as git_source
from harness.source import tarball
from harness.source.tree import COMPONENTS, SourceTree, link_tree
from harness.store import Store, digest, file_digest
from harness.suite import choice, lit_runner, upstream
from harness.suite.choice import Asked, Chosen
from harness.suite.lit_runner import Suite
from harness.suite.named import tools_named
from harness.suite.pool import Pool
from harness.toolchain.provider import Provider

T = TypeVar("T")
_BUILT_FROM = tuple(f"{component}/" for component in COMPONENTS)


@dataclass(frozen=True, slots=True)
class Job:
    """What `harness check` was asked: where LLVM comes from, what to build it with, which tests.

    `source` is a checkout or tarball, or None for what belongs to the provider; `revision` is the commit of
    a checkout that the series start from, `remarks` what to say of the input as a whole.
    """

    store: Store
    provider: Provider
    series: tuple[Series, ...]
    asked: Asked
    options: Options
    builder: str = "auto"
    source: Path | None = None
    revision: str = "HEAD"
    remarks: tuple[str, ...] = ()


def check_suite(job: Job, progress: Progress) -> CheckReport:
    """Run the job's one suite on its toolchain, expectations applied: green if nothing is red."""
    start = time.monotonic()
    with job.provider.running() as toolchain:
        suite, provenance = _suite_alone(job, toolchain, progress)
        progress.step(f"running the suite on {toolchain.name}")
        run = lit_runner.run(toolchain, replace(suite, expectations=True), progress)
    return CheckReport(
        tool_version=__version__,
        llvm_version=toolchain.version,
        toolchain=toolchain.name,
        provenance=provenance,
        builder="none",
        assertions="asserts" in lit_runner.toolchain_features(toolchain),
        suite=run,
        seconds=time.monotonic() - start,
        failures=failures(run, f"LLVM {toolchain.version}"),
    )


def _suite_alone(job: Job, toolchain: Toolchain, progress: Progress) -> tuple[Suite, str]:
    """The job's one suite, and where what is run comes from."""
    asked = job.asked
    if asked.suites:
        return replace(asked.suites[0], pattern=asked.pattern), toolchain.provenance
    source = find_source(job, toolchain.version, progress)
    return choice.folder_alone(asked, toolchain, source.root), f"{toolchain.provenance}; {source.provenance}"


def check(job: Job, progress: Progress) -> tuple[CheckReport, tuple[HarnessError, ...]]:
    """The verdict on every series of the job, and the errors of those that came to none."""
    start = time.monotonic()
    prebuilt = job.provider.prebuilt()
    toolchain = job.provider.toolchain()
    source = find_source(job, prebuilt.version, progress)
    errors: list[HarnessError] = []
    with Pool(job.asked.jobs) as pool:
        # The workers get ready while patches are applied and built.
        pool.start()
        chosen = choice.choose(job.asked, toolchain, source.root, source.identity, pool)
        job = naming(job, chosen)
        applied = [patched_copy(job.store, source, series, progress, errors) for series in job.series]
        builds = _Builds(
            job, prebuilt, source, [one for one in applied if isinstance(one, Patched)], progress
        )
        judge = Judge(
            job.store,
            toolchain,
            chosen,
            progress,
            lambda tasks: lit_runner.run_all(tasks, progress, pool),
            errors,
        )
        reports = [builds.report(judge, one) if isinstance(one, Patched) else one for one in applied]
    report = CheckReport(
        tool_version=__version__,
        llvm_version=source.version,
        toolchain=toolchain.name,
        provenance=f"{prebuilt.provenance}; {source.provenance}",
        builder="+".join(sorted(builds.used)) or "none",
        assertions=job.options.assertions,
        series=tuple(reports),
        seconds=time.monotonic() - start,
        whole=job.asked.whole,
        remarks=job.remarks,
    )
    return report, tuple(errors)


def naming(job: Job, chosen: Chosen) -> Job:
    """The job, its options with the tools that the chosen tests name."""
    return replace(job, options=replace(job.options, tools=job.options.tools | chosen.tools))


def both_sides(job: Job, progress: Progress) -> tuple[Toolchain, Toolchain]:
    """The tools without and with the job's one series. Raises what keeps either from being built."""
    (series,) = job.series
    prebuilt = job.provider.prebuilt()
    source = find_source(job, prebuilt.version, progress)
    errors: list[HarnessError] = []
    applied = patched_copy(job.store, source, series, progress, errors)
    if not isinstance(applied, Patched):
        raise errors[0]
    builds = _Builds(job, prebuilt, source, [applied], progress)
    judge = Judge(job.store, job.provider.toolchain(), Chosen(()), progress, lambda _tasks: [], errors)
    return builds.tools(judge, applied)


def find_source(job: Job, version: str, progress: Progress) -> SourceTree:
    """LLVM's source for the job. Raises if it cannot be had or is another version than the archives."""
    if job.source is None:
        found = debian_source.source(job.store, job.provider.major, progress.step)
    elif job.source.is_file():
        found = tarball.source(job.store, job.source, progress.step)
    else:
        found = git_source.source(job.store, job.source, job.revision, progress.step)
    if found.version != version:
        raise EnvironmentLacksError(
            f"the source is LLVM {found.version}, the libraries are LLVM {version}",
            "name a source of that version with --source, or libraries of the source's with --prefix",
        )
    return found


def patched_copy(
    store: Store, source: SourceTree, series: Series, progress: Progress, errors: list[HarnessError]
) -> Patched | SeriesReport:
    """A patched copy of the source; or the report that the series does not apply.

    Whatever goes wrong is the series': the others go on.
    """
    try:
        return _patched_copy(store, source, series, progress)
    except Exception as error:
        errors.append(explained(error))
        return failed(series, errors[-1])


def _patched_copy(store: Store, source: SourceTree, series: Series, progress: Progress) -> Patched:
    mine, left_out = ours(series)
    patches = [p for file in mine.patches for p in read_patches(file.name, file.data).patches]
    key = digest("2", source.identity, *(patch.canonical for patch in patches))

    def build(aside: Path) -> None:
        progress.step(f"applying {series.name}")
        store.require_whole("source", source.root)
        link_tree(
            source.root, aside, {p for patch in patches for d in patch.diffs for p in (d.path, d.source)}
        )
        done = apply(mine, aside)
        changes = [
            row
            for file in done.touched
            for row in (
                [[file.old_path, "deleted"], [file.path, "added"]]
                if file.change.value == "renamed"
                else [[file.path, file.change.value]]
            )
        ]
        content = {path: file_digest(aside / path) if kind != "deleted" else kind for path, kind in changes}
        record = {"changes": changes, "content": content, "notes": done.notes}
        (aside / "patched.json").write_text(json.dumps(record))

    if not patches:
        raise UsageError(
            f"{series.name}: touches nothing of {', '.join(COMPONENTS)}: there is nothing to judge",
            "give a patch to LLVM itself",
            "\n".join(left_out),
        )
    root = store.make("patched", key, build, lazily=["patched.json"])
    record = json.loads((root / "patched.json").read_text())
    changes = tuple(Change(path, kind) for path, kind in record["changes"])
    notes = (*record["notes"], *(f"{path}: no part of LLVM itself, left out" for path in left_out))
    texts = upstream.files_of_tests(source.root, root, (change.path for change in changes))
    tools = tools_named(texts)
    return Patched(series, Side(series.name, root, key), changes, record["content"], notes, tools)


def ours(series: Series) -> tuple[Series, tuple[str, ...]]:
    """The series without what it changes in other projects (clang, mlir), and the paths left out.

    Nothing of these is an input of llc or lli, and the source in the store does not hold them.
    """
    kept: list[PatchFile] = []
    left_out: list[str] = []
    for file in series.patches:
        diffs = [d for patch in read_patches(file.name, file.data).patches for d in patch.diffs]
        mine = [d for d in diffs if all(p.startswith(_BUILT_FROM) for p in (d.path, d.source))]
        left_out += [d.path for d in diffs if d not in mine]
        if mine:
            kept.append(PatchFile(file.name, render(mine)))
    return replace(series, patches=tuple(kept)), tuple(dict.fromkeys(left_out))


class _Builds:
    """Who builds which series: one overlay for all it can be exact for, a full build for the others."""

    def __init__(
        self,
        job: Job,
        prebuilt: Prebuilt,
        source: SourceTree,
        applied: Sequence[Patched],
        progress: Progress,
    ) -> None:
        self.job = job
        self.prebuilt = prebuilt
        self.base = Side("base", source.root, source.identity)
        self.progress = progress
        self.used: set[str] = set()
        self._shared = self._overlay([one for one in applied if classify(one.changes).shares])

    def report(self, judge: Judge, one: Patched) -> SeriesReport:
        """The verdict on one series, by the builder it needs."""
        try:
            return self._first(one, lambda build: judge.report(one, self.base, build))
        except Exception as error:
            # Whatever it is: the other series have a verdict to come, and all of them a report.
            judge.errors.append(explained(error))
            return failed(one.series, judge.errors[-1], remarks=one.notes)

    def tools(self, judge: Judge, one: Patched) -> tuple[Toolchain, Toolchain]:
        """The tools of both sides, by the builder the series needs."""
        return self._first(one, lambda build: judge.tools(one, self.base, build, []))

    def _first(self, one: Patched, use: Callable[[Build], T]) -> T:
        """What `use` makes of the first builder that is exact. Raises NeedsFullBuildError if none may be."""
        if self.job.builder == "full":
            return use(self._full(one))
        touched = classify(one.changes)
        ways = [] if touched.full else [self._overlay([one])]
        if touched.shares:
            ways.insert(0, self._shared)
        reason = NeedsFullBuildError(
            f"{one.series.name}: an overlay cannot be exact for it",
            "use --builder full",
            "\n".join(touched.full),
        )
        for overlay in ways:
            try:
                made = use(overlay.build)
            except NeedsFullBuildError as error:
                reason = error
                continue
            self.used.add("overlay")
            return made
        if self.job.builder == "overlay":
            raise reason
        self.progress.step(f"{one.series.name} needs a full build: {'; '.join(reason.detail.splitlines())}")
        return use(self._full(one))

    def _overlay(self, series: Sequence[Patched]) -> Overlay:
        changes = [change for one in series for change in one.changes]
        options = self._options(series)
        return Overlay(self.job.store, self.prebuilt, self.base, changes, options, self.progress)

    def _full(self, one: Patched) -> Build:
        from harness.build.full import Full

        self.used.add("full")
        options = self._options([one])
        full = Full(self.job.store, self.prebuilt, self.base, one.changes, options, self.progress)
        return full.build

    def _options(self, series: Sequence[Patched]) -> Options:
        """The job's, with the tools that the tests of these series need."""
        tools = self.job.options.tools.union(*(one.tools for one in series))
        return replace(self.job.options, tools=tools)
