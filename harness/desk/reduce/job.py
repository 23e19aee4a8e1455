"""The stages of a reduction: in their order, verified after each, kept for the next call."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from harness import faults
from harness.desk.reduce.search import ReductionSearch
from harness.desk.reduce.server import TOOL, reduce_with
from harness.desk.reduce.state import ReductionState
from harness.desk.reduce.text import count_lines
from harness.desk.repro.observation import Behaviour, Observation
from harness.desk.repro.run import LlvmPlace, Reproducer
from harness.progress import Progress


@dataclass(frozen=True, slots=True)
class Stage:
    """A stage by the name that progress calls it; `work` makes the best case smaller."""

    name: str
    work: Callable[[], object]


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


class ReductionJob:
    """The stages of a reduction, one after the other; `notes` is what is said of them."""

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

    def run(self, stages: Iterable[Stage]) -> Reduction:
        """Go through the stages that were not gone through before, then verify what is left."""
        complete = interrupted = False
        try:
            complete = self._go_through(stages)
        except KeyboardInterrupt:
            interrupted = True
        self._state.write()
        found, seen = self._verify()
        if complete:
            self._state.remove()
        runs, notes = self._search.runs, tuple(self.notes)
        return Reduction(self._before, found, seen, complete, runs, interrupted, notes)

    def _go_through(self, stages: Iterable[Stage]) -> bool:
        """Whether all stages came to their end."""
        for stage in stages:
            if stage.name in self._state.done:
                continue
            self._progress.step(f"reducing {self._size()}: {stage.name}")
            stage.work()
            if not self._search.remaining:
                return False
            self._reach_milestone()
            self._state.finish(stage.name)
        return True

    def use_llvm_reduce(self) -> None:
        """The stage of llvm-reduce: the first one that gets to its end."""
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
            for final in self._search.list_finals(one):
                seen = self._search.confirm(final)
                if seen.behaviour is Behaviour.SAME and self._search.passes(final):
                    return final, seen
        return None, seen

    def _size(self) -> str:
        text = self._search.text
        return f"{count_lines(text)} lines, {len(self._search.best.text)} bytes"
