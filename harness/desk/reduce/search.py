"""The smallest case so far, and whether a smaller one still has the same failure.

Each candidate runs, and its signature is compared as `harness repro` does. `related` is no: a reduction that
takes it slides onto another bug. What is compared with is always the first run's signature.
"""

from __future__ import annotations

import itertools
import shutil
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from harness import process
from harness.desk.reduce.text import count_lines
from harness.desk.repro.observation import Behaviour, Ended, Observation, observe
from harness.desk.repro.run import Reproducer, run_once
from harness.llvm import Toolchain
from harness.progress import Progress
from harness.store import digest

# What hangs takes its limit each time it does, so a shorter one has to do; the last runs have the whole.
_HANGS_AFTER = 2
_HANGS_AFTER_WALL = 20.0


@dataclass(frozen=True, slots=True)
class Effort:
    """What a reduction may take: seconds in all, runs for each verification, and how many runs at once.

    `mir`: a case of llc may become machine IR.
    """

    seconds: float = 300
    times: int = 3
    jobs: int = 2
    mir: bool = False
    limits: process.Limits = process.TOOL_LIMITS


class ReductionSearch:
    """The best case so far, of an LLVM and a failure. `attempt` may be called from several threads.

    `save` gets each new best case. `tries` is how often a candidate runs before it is refused: more than once
    if the failure does not come every time. `control`, if there is one, is an LLVM on which the cases have to
    pass.
    """

    def __init__(
        self,
        case: Reproducer,
        toolchain: Toolchain,
        folder: Path,
        effort: Effort,
        progress: Progress,
        save: Callable[[Reproducer], None] = lambda _case: None,
    ) -> None:
        self.toolchain = toolchain
        self.folder = folder
        self.effort = effort
        self.best = case
        self.runs = 0
        self.tries = 1
        self.control: Toolchain | None = None
        self._until = time.monotonic() + effort.seconds
        self._limits = effort.limits
        self._progress = progress
        self._save = save
        self._lines = count_lines(case.text.decode("utf-8", "replace"))
        self._lock = threading.Lock()
        self._numbers = itertools.count()
        self._known: dict[str, bool] = {}

    @property
    def remaining(self) -> float:
        """Seconds that are left."""
        return max(0.0, self._until - time.monotonic())

    @property
    def text(self) -> str:
        """The best case's input."""
        return self.best.text.decode("utf-8", "replace")

    def holds(self, case: Reproducer) -> bool:
        """Whether a case has the same failure. When the time is up, none has."""
        key = digest(case.text, case.name, case.command)
        with self._lock:
            known = self._known.get(key)
        if known is not None:
            return known
        for _ in range(self.tries):
            if not self.remaining:
                return False
            if self.fails(case):
                passes = self.passes(case)
                if passes or self.remaining:
                    self._known[key] = passes
                return passes
        # Neither is what was killed when the time was up, or with the harness.
        if self.remaining:
            self._known[key] = False
        return False

    def fails(self, case: Reproducer) -> bool:
        """Whether one run of a case ends in the same failure."""
        return self.observe(case).behaviour is Behaviour.SAME

    def attempt(self, case: Reproducer) -> bool:
        """Whether a case has the same failure; it is the best one then, unless its text is longer."""
        found = self.holds(case)
        if found:
            with self._lock:
                self._adopt(case)
        return found

    def attempt_text(self, text: str) -> bool:
        """The same of the best case with another text."""
        return self.attempt(replace(self.best, text=text.encode()))

    def attempt_module(self, module: bytes) -> bool:
        """The same of the best case with a module that llvm-reduce made, without comments."""
        return self.attempt(replace(self.best, text=module))

    def list_finals(self, case: Reproducer) -> tuple[Reproducer, ...]:
        """What may be written of a case, the best first."""
        return with_command(case), case

    def _adopt(self, case: Reproducer) -> None:
        size = (count_lines(case.text.decode("utf-8", "replace")), len(case.text))
        if case.steps == self.best.steps and size > (self._lines, len(self.best.text)):
            return
        self.best, self._lines = case, size[0]
        self._save(case)
        what = f"{size[0]} lines, {size[1]} bytes"
        self._progress.tick(self.runs, self.runs, what)

    def passes(self, case: Reproducer) -> bool:
        """Whether a case passes on the LLVM of comparison, soon, or there is none."""
        if self.control is None:
            return True
        ended = self._run(case, _shorter(self.effort.limits), self.control)
        return observe([ended], None, case.name).behaviour is Behaviour.PASSES

    def hurry(self) -> None:
        """Let candidates run less long, as what hangs takes all of it."""
        self._limits = _shorter(self.effort.limits)

    def take_time(self) -> None:
        """Let candidates run as long as the first one again."""
        self._limits = self.effort.limits
        self._known.clear()

    def set_best(self, case: Reproducer) -> None:
        """Go on from this case, which is known to have the failure."""
        self.best = case
        self._lines = count_lines(self.text)
        self._save(case)

    def confirm(self, case: Reproducer) -> Observation:
        """As many full runs as were asked for, however late it is; one of what hangs."""
        seen = [self._run(case, self.effort.limits)]
        while not seen[0].limit and len(seen) < self.effort.times:
            seen.append(self._run(case, self.effort.limits))
        return observe(seen, case.expected, case.name)

    def observe(self, case: Reproducer) -> Observation:
        """One run of a case."""
        return observe([self._run(case, self._limits)], case.expected, case.name)

    def _run(self, case: Reproducer, limits: process.Limits, toolchain: Toolchain | None = None) -> Ended:
        with self._lock:
            self.runs += 1
        folder = self.folder / str(next(self._numbers))
        folder.mkdir()
        try:
            return run_once(case, toolchain or self.toolchain, folder, limits)
        finally:
            shutil.rmtree(folder, ignore_errors=True)


def with_command(case: Reproducer) -> Reproducer:
    """The case with its command as a RUN line, which is a comment."""
    mark = {"ll": ";", "mir": "#"}.get(case.name.rpartition(".")[2])
    if mark is None:
        return case
    return replace(case, text=f"{mark} RUN: {case.command}\n".encode() + case.text)


def _shorter(limits: process.Limits) -> process.Limits:
    return replace(limits, cpu=min(limits.cpu, _HANGS_AFTER), wall=min(limits.wall, _HANGS_AFTER_WALL))
