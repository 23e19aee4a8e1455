"""The main job: a patch goes in, a verdict comes out.

    series -> patched copies -> build (base, patched) -> suite on both -> again what changed -> compare

Each step takes typed values and raises to stop. A series that does not apply or does not build ends with
its error in the report; the others go on.
"""

from __future__ import annotations

import json
import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeVar

from harness import __version__
from harness.builders.effect import effect
from harness.builders.request import Options, Side
from harness.check.builders import Builders, Given
from harness.check.evidence import failures
from harness.check.judge import Judge
from harness.check.prepare import Patched, failed
from harness.errors import HarnessError, UsageError
from harness.faults import explained
from harness.llvm import Release, SourceTree, Toolchain
from harness.model import Series
from harness.patch import Change, ChangeKind, Patch
from harness.progress import Progress
from harness.report.record import CheckReport, SeriesReport
from harness.runner import choice, llvm_tests, runs
from harness.runner.choice import Asked, Chosen
from harness.runner.pool import Pool
from harness.runner.runs import Suite
from harness.runner.tool_names import tools_in_texts
from harness.series.apply import apply
from harness.series.elsewhere import project_of
from harness.store import Store, digest, file_digest
from harness.toolchain import release as releases
from harness.toolchain.provider import Provider
from harness.toolchain.source.tree import COMPONENTS, link_tree

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
        run = runs.run(toolchain, replace(suite, expectations=True), progress)
    return CheckReport(
        tool_version=__version__,
        llvm_version=toolchain.version,
        toolchain=toolchain.name,
        provenance=provenance,
        builder="none",
        assertions="asserts" in runs.toolchain_features(toolchain),
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
    release = find_release(job, progress)
    toolchain, source = job.provider.toolchain(), release.source
    errors: list[HarnessError] = []
    with Pool(job.asked.jobs) as pool:
        # The workers get ready while patches are applied and built.
        pool.start()
        chosen = choice.choose(job.asked, toolchain, source.root, source.identity, pool)
        job = naming(job, chosen)
        applied = [patched_copy(job.store, source, series, progress, errors) for series in job.series]
        given = Given(job.store, release, job.options, job.builder)
        builders = Builders(given, [one for one in applied if isinstance(one, Patched)], progress)
        judge = Judge(
            job.store,
            toolchain,
            chosen,
            progress,
            lambda tasks: runs.run_all(tasks, progress, pool),
            errors,
        )
        reports = [builders.report(judge, one) if isinstance(one, Patched) else one for one in applied]
    report = CheckReport(
        tool_version=__version__,
        llvm_version=source.version,
        toolchain=toolchain.name,
        provenance=release.provenance,
        builder="+".join(sorted(builders.used)) or "none",
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
    release = find_release(job, progress)
    errors: list[HarnessError] = []
    applied = patched_copy(job.store, release.source, series, progress, errors)
    if not isinstance(applied, Patched):
        raise errors[0]
    given = Given(job.store, release, job.options, job.builder)
    judge = Judge(job.store, job.provider.toolchain(), Chosen(()), progress, lambda _tasks: [], errors)
    return Builders(given, [applied], progress).tools(judge, applied)


def find_release(job: Job, progress: Progress) -> Release:
    """What the job builds release. Raises if the source is another version than the archives."""
    return releases.find_release(job.store, job.provider, job.source, job.revision, progress.step)


def find_source(job: Job, version: str, progress: Progress) -> SourceTree:
    """LLVM's source of a version for the job."""
    return releases.find_source(job.store, job.provider, version, job.source, job.revision, progress.step)


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
    key = digest("4", source.identity, *(patch.canonical for patch in mine.patches))

    def build(aside: Path) -> None:
        progress.step(f"applying {series.name}")
        store.require_whole("source", source.root)
        named = {p for patch in mine.patches for d in patch.diffs for p in (d.path, d.source)}
        link_tree(source.root, aside, named)
        done = apply(mine, aside)
        changes = [[change.path, change.kind, change.source] for change in done.changes]
        content = {
            path: file_digest(aside / path) if kind != ChangeKind.DELETED else kind
            for path, kind, _ in changes
        }
        record = {"changes": changes, "content": content, "notes": done.notes, "written": done.written}
        (aside / "patched.json").write_text(json.dumps(record))

    if not mine.patches:
        raise UsageError(
            f"{series.name}: touches nothing of {', '.join(COMPONENTS)}: there is nothing to judge",
            "give a patch to LLVM itself",
            "\n".join(_whose(path) for path in left_out),
        )
    root = store.make("patched", key, build, lazily=["patched.json"])
    record = json.loads((root / "patched.json").read_text())
    changes = tuple(Change(path, ChangeKind(kind), *rest) for path, kind, *rest in record["changes"])
    texts = llvm_tests.files_of_tests(source.root, root, (change.path for change in changes))
    side, notes = Side(series.name, root, key), tuple(record["notes"])
    written, names = record["written"], tuple(patch.name for patch in mine.patches)
    found = effect(changes, left_out, source.root, root)
    return Patched(
        series, side, changes, record["content"], notes, tools_in_texts(texts), found, written, names
    )


def _whose(path: str) -> str:
    """A path that is left out, and of which project it is if the path does not say so."""
    project = project_of(path)
    return f"{path}: {project}'s" if project else path


def ours(series: Series) -> tuple[Series, tuple[str, ...]]:
    """The series without what it changes in other projects (clang, mlir), and the paths left out.

    Nothing of these is an input of llc or lli, and the source in the store does not hold them.
    """
    kept: list[Patch] = []
    left_out: list[str] = []
    for patch in series.patches:
        mine = tuple(d for d in patch.diffs if all(p.startswith(_BUILT_FROM) for p in (d.path, d.source)))
        left_out += [d.path for d in patch.diffs if d not in mine]
        if mine:
            kept.append(replace(patch, diffs=mine))
    return replace(series, patches=tuple(kept)), tuple(dict.fromkeys(left_out))
