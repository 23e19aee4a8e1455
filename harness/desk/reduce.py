"""A case made as small as it gets on one LLVM, with the same failure."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from harness import faults, process
from harness.crash.similar import Degree, compare_signatures
from harness.desk.dialects import translate
from harness.desk.observation import Behaviour, Observation, is_endless
from harness.desk.reduce_command import drop_options, isolate_pass, isolate_step
from harness.desk.reduce_search import Effort, ReductionSearch
from harness.desk.reduce_server import TOOL, reduce_with
from harness.desk.reduce_state import ReductionState
from harness.desk.reduce_text import count_lines, shorten
from harness.desk.repro import LlvmPlace, Reproducer
from harness.errors import EnvironmentLacksError
from harness.llvm import Toolchain
from harness.process import scratch
from harness.progress import Progress

SYMBOLIZER = "llvm-symbolizer"
_DISASSEMBLER = "llvm-dis"


@dataclass(frozen=True, slots=True)
class Reduction:
    """What became of a case: `before` and the smallest `case`, verified by the runs of `observation`.

    If the failure was not there, or did not come again, `case` is None and `observation` says what was.
    `complete` says that nothing was left to try; `runs` counts the runs of the command.
    """

    before: Reproducer
    case: Reproducer | None
    observation: Observation
    complete: bool
    runs: int
    interrupted: bool = False
    notes: tuple[str, ...] = ()


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
    from harness.runner.symbolizer import Symbolizers

    with scratch.folder("reduce") as folder, Symbolizers() as symbolizers:
        toolchain = tools.toolchain
        if real := toolchain.tools.get(SYMBOLIZER):
            warm = Path(symbolizers.client(str(real)))
            toolchain = replace(toolchain, tools={**toolchain.tools, SYMBOLIZER: warm})
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
        job = _Job(search, replace(readable, name=case.name), tools.reducers, state, progress)
        if tools.control is not None:
            job.notes.append(_compare_with(search, tools.control))
        if saved is not None:
            search.set_best(replace(search.best, text=saved.text, steps=saved.steps))
        return job.run()


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


class _Job:
    def __init__(
        self,
        search: ReductionSearch,
        before: Reproducer,
        reducers: Sequence[LlvmPlace],
        state: ReductionState,
        progress: Progress,
    ) -> None:
        self._search = search
        self._before = before
        self._reducers = reducers
        self._state = state
        self._progress = progress
        self.notes: list[str] = []
        # What is known to hold on full runs, the last one last.
        self._milestones = [search.best]

    def run(self) -> Reduction:
        complete = interrupted = False
        try:
            complete = self._stages()
        except KeyboardInterrupt:
            interrupted = True
        self._state.write()
        found, seen = self._verify()
        if complete:
            self._state.remove()
        runs, notes = self._search.runs, tuple(self.notes)
        return Reduction(self._before, found, seen, complete, runs, interrupted, notes)

    def _stages(self) -> bool:
        """Whether all stages came to their end."""
        for name, stage in self._plan():
            if name in self._state.done:
                continue
            self._progress.step(f"reducing {self._size()}: {name}")
            stage()
            if not self._search.remaining:
                return False
            self._reach_milestone()
            self._state.finish(name)
        return True

    def _plan(self) -> Iterator[tuple[str, Callable[[], object]]]:
        search = self._search
        yield "the failing step", lambda: isolate_step(search)
        yield "the failing pass", lambda: isolate_pass(search)
        yield "options", lambda: drop_options(search)
        yield TOOL, self._llvm_reduce
        yield "text", lambda: shorten(search.text, search.attempt_text)
        yield "options again", lambda: drop_options(search)

    def _llvm_reduce(self) -> None:
        if not self._search.best.name.endswith((".ll", ".mir")):
            return
        for place in self._reducers:
            try:
                reducer = place.find()
            except Exception as error:
                self.notes.append(f"{place.name}: {faults.explain_fault(error).what}")
                continue
            if TOOL not in reducer.tools:
                continue
            why = reduce_with(self._search, reducer)
            if not why:
                return
            self.notes.append(f"{place.name}: {why}")
        self.notes.append(f"no {TOOL} went through it: only its text was cut")

    def _reach_milestone(self) -> None:
        """Go back to the last one if what the stage found does not hold on full runs."""
        best = self._search.best
        if best is self._milestones[-1]:
            return
        if self._search.confirm(best).behaviour is Behaviour.SAME and self._search.passes(best):
            self._milestones.append(best)
        else:
            self._search.take_time()
            self._search.set_best(self._milestones[-1])

    def _verify(self) -> tuple[Reproducer | None, Observation]:
        """The smallest case that has the failure on full runs, and how these ended."""
        for one in (self._search.best, *reversed(self._milestones)):
            for final in (with_command(one), one):
                seen = self._search.confirm(final)
                if seen.behaviour is Behaviour.SAME and self._search.passes(final):
                    return final, seen
        return None, seen

    def _size(self) -> str:
        text = self._search.text
        return f"{count_lines(text)} lines, {len(self._search.best.text)} bytes"


def with_command(case: Reproducer) -> Reproducer:
    """The case with its command as a RUN line, which is a comment."""
    mark = {"ll": ";", "mir": "#"}.get(case.name.rpartition(".")[2])
    if mark is None:
        return case
    return replace(case, text=f"{mark} RUN: {case.command}\n".encode() + case.text)


def _as_text(case: Reproducer, toolchain: Toolchain) -> Reproducer:
    """Bitcode as text, of which lines can be left out, if there is who reads it."""
    if not case.name.endswith(".bc") or _DISASSEMBLER not in toolchain.tools:
        return case
    with scratch.folder("reduce") as folder:
        (folder / case.name).write_bytes(case.text)
        done = process.run([toolchain.tools[_DISASSEMBLER], case.name, "-o", "-"], cwd=folder)
    name = case.name.removesuffix(".bc") + ".ll"
    return replace(case, name=name, text=done.stdout) if done.ok else case


def _as_older(case: Reproducer, toolchain: Toolchain) -> Reproducer:
    """The case in words that this LLVM reads, if they are known."""
    other = translate(case.text, toolchain.major)
    if other is None:
        return case
    steps = tuple(replace(step, options=(*other.options, *step.options)) for step in case.steps)
    return replace(case, text=other.text, steps=steps)
