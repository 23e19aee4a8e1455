"""A case made as small as it gets on one LLVM, with the same failure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from harness import process
from harness.crash.similar import Degree, compare_signatures
from harness.desk.dialects import translate
from harness.desk.reduce.command import drop_options, isolate_pass, isolate_step
from harness.desk.reduce.job import Reduction, ReductionJob, Stage
from harness.desk.reduce.machine import MACHINE_IR, isolate_machine_pass
from harness.desk.reduce.search import Effort, ReductionSearch
from harness.desk.reduce.server import TOOL
from harness.desk.reduce.state import ReductionState
from harness.desk.reduce.text import shorten
from harness.desk.repro.observation import Behaviour, Observation, is_endless
from harness.desk.repro.run import LlvmPlace, Reproducer
from harness.errors import EnvironmentLacksError
from harness.llvm import Toolchain
from harness.process import scratch
from harness.progress import Progress

_DISASSEMBLER = "llvm-dis"


@dataclass(frozen=True, slots=True)
class ReductionTools:
    """The LLVM that fails; those whose llvm-reduce may be taken, the best first; one that passes, maybe.

    If the case passes on `control`, the smaller ones have to pass there, too.
    """

    toolchain: Toolchain
    reducers: Sequence[LlvmPlace] = ()
    control: LlvmPlace | None = None


def reduce(
    case: Reproducer, tools: ReductionTools, effort: Effort, state: ReductionState, progress: Progress
) -> Reduction:
    """The smallest case. Ctrl-C ends it as time does.

    Raises EnvironmentLacksError if nothing tells the failure from others.
    """
    with scratch.folder("reduce") as folder:
        toolchain = tools.toolchain
        saved = state.load()
        readable = _as_text(case, toolchain)
        search = ReductionSearch(readable, toolchain, folder, effort, progress, state.save)
        progress.step(f"running {case.command}")
        first = search.confirm(search.best)
        if first.behaviour is Behaviour.UNREADABLE:
            search.set_best(_as_older(search.best, toolchain))
            first = search.confirm(search.best)
        if not first.behaviour.reproduces or first.signature is None:
            return Reduction(case, None, first, complete=True, runs=search.runs)
        _aim(search, first)
        before = replace(readable, name=case.name)
        job = ReductionJob(search, before, tools.reducers, state, progress)
        if tools.control is not None:
            job.notes.append(_compare_with(search, tools.control))
        if saved is not None:
            name = saved.name or search.best.name
            search.set_best(replace(search.best, text=saved.text, steps=saved.steps, name=name))
        return job.run(_plan(search, job))


def _plan(search: ReductionSearch, job: ReductionJob) -> Iterator[Stage]:
    yield Stage("the failing step", lambda: isolate_step(search))
    yield Stage("the failing pass", lambda: isolate_pass(search))
    yield Stage("options", lambda: drop_options(search))
    yield Stage(TOOL, job.use_llvm_reduce)
    words = not search.best.name.endswith(".mir")  # YAML of which each word has a meaning
    yield Stage("text", lambda: shorten(search.text, search.attempt_text, words=words))
    yield Stage("options again", lambda: drop_options(search))
    if search.effort.mir:
        yield Stage("machine IR", lambda: isolate_machine_pass(search))
        if search.best.name.endswith(MACHINE_IR):
            yield Stage(f"{TOOL} of machine IR", job.use_llvm_reduce)
            yield Stage("text of machine IR", lambda: shorten(search.text, search.attempt_text))
            yield Stage("options of machine IR", lambda: drop_options(search))
        else:
            job.notes.append("llc does not fail from machine IR on: the case stays IR")


def _aim(search: ReductionSearch, first: Observation) -> None:
    """Aim at the failure of the first runs."""
    assert first.signature is not None
    endless = is_endless(first.signature)
    if not endless and compare_signatures(first.signature, first.signature).degree is not Degree.SAME:
        raise EnvironmentLacksError(
            f"{first.signature.description}: nothing tells this failure from others",
            "use an LLVM that has symbols and an llvm-symbolizer, or assertions enabled",
        )
    if endless:
        search.hurry()
    if first.times < first.runs:
        search.tries = search.effort.times
    search.set_best(replace(search.best, expected=first.signature))


def _compare_with(search: ReductionSearch, control: LlvmPlace) -> str:
    """Let cases have to pass on `control`, if this one does. Says which it is."""
    search.control = control.find()
    if search.passes(search.best):
        return f"it passes on {control.name}"
    search.control = None
    return f"it does not pass on {control.name} either, so what it does there does not count"


def _as_text(case: Reproducer, toolchain: Toolchain) -> Reproducer:
    """Bitcode as text, of which lines can be left out, if there is who reads it."""
    if not case.name.endswith(".bc") or _DISASSEMBLER not in toolchain.tools:
        return case
    with scratch.folder("reduce") as folder:
        (folder / case.name).write_bytes(case.text)
        argv: list[str | Path] = [toolchain.tools[_DISASSEMBLER], case.name, "-o", "-"]
        done = process.run_enclosed(argv, folder, toolchain.reads)
    name = case.name.removesuffix(".bc") + ".ll"
    return replace(case, name=name, text=done.stdout) if done.ok else case


def _as_older(case: Reproducer, toolchain: Toolchain) -> Reproducer:
    """The case in words that this LLVM reads, if they are known."""
    other = translate(case.text, toolchain.major)
    if other is None:
        return case
    steps = tuple(replace(step, options=(*other.options, *step.options)) for step in case.steps)
    return replace(case, text=other.text, steps=steps)
