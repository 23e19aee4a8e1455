"""The step that brings a failure, or mends it: of LLVM's versions, or of a series."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from harness.builders.choose import BuildFailure, Chooser
from harness.check.job import Job, build_setup, find_release
from harness.check.prepare import Prepared, explain, prepare
from harness.check.sides import make_sides
from harness.desk.bisect.prefixes import Prefix
from harness.desk.bisect.probes import Probe
from harness.desk.bisect.record import BisectReport, Tried
from harness.desk.bisect.search import Answer, search
from harness.desk.repro.run import LlvmPlace
from harness.errors import HarnessError
from harness.llvm import Release, Toolchain
from harness.model import Series
from harness.progress import Progress
from harness.runner.selection import Selection


def bisect(
    name: str, places: Sequence[LlvmPlace], probe: Probe, version: str, progress: Progress
) -> BisectReport:
    """Search the steps for the one that brings or mends what `probe` asks for, and ask again at the end."""
    tried: dict[int, Tried] = {}

    def ask(step: int) -> Answer:
        progress.step(f"asking {places[step].name}")
        tried[step] = _ask(places[step], probe)
        return tried[step].answer

    span = search(len(places), ask)
    found = tuple(tried[step] for step in sorted(tried))
    if span is None:
        return BisectReport(version, name, len(places), found)
    before, after = (_ask_again(places[step], probe, progress) for step in (span.before, span.after))
    agree = (before.answer, after.answer) == (tried[span.before].answer, tried[span.after].answer)
    unknown = tuple(places[step].name for step in span.unknown)
    return BisectReport(version, name, len(places), found, before, after, unknown, agree)


def _ask_again(place: LlvmPlace, probe: Probe, progress: Progress) -> Tried:
    progress.step(f"asking {place.name} again")
    return _ask(place, probe)


def _ask(place: LlvmPlace, probe: Probe) -> Tried:
    seen = probe.ask(place)
    return Tried(place.name, seen.answer, seen.description, seen.signature)


def list_places(job: Job, prefixes: Sequence[Prefix], progress: Progress) -> list[LlvmPlace]:
    """LLVM without the series, and with each of its beginnings; each is built when it is asked.

    All are built of the units that the whole series touches, so that all have the same assertions. A
    beginning that does not apply or compile says nothing.
    """
    release, toolchain = find_release(job, progress), job.provider.toolchain()
    applied = [_prepare(job, release, one.series, progress) for one in prefixes]
    mine = [one for one in applied if isinstance(one, Prepared)]
    if not mine:
        raise next(one for one in applied if isinstance(one, HarnessError))
    setup = build_setup(job, release, Selection(()))
    chooser = Chooser(setup, mine, progress)

    def build(one: Prepared | HarnessError, *, patched: bool = True) -> Toolchain:
        if isinstance(one, HarnessError):
            raise one
        pair = chooser.both(one)
        if isinstance(pair, BuildFailure):
            raise explain(pair.error, one)
        sides = make_sides(one, pair, setup.base, toolchain)
        return sides.patched if patched else sides.base

    base = LlvmPlace(f"LLVM {release.version}", partial(build, mine[-1], patched=False))
    named = zip(prefixes, applied, strict=True)
    return [base, *(LlvmPlace(prefix.name, partial(build, one)) for prefix, one in named)]


def _prepare(job: Job, release: Release, series: Series, progress: Progress) -> Prepared | HarnessError:
    try:
        return prepare(job.store, release.source, series, progress)
    except HarnessError as error:
        return error
