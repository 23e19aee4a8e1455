"""A lit test made smaller that passes without a patch and fails with it, or the other way round.

Its checks are lines of it like others: whoever loses what fails passes on both sides. It fails in the same
way if the same check fails, or the same crash comes, and is then no test of something else.
"""

from __future__ import annotations

import re
import shutil
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from harness.crash.similar import Degree, compare_signatures
from harness.desk.reduce.job import Reduction, ReductionJob, Stage
from harness.desk.reduce.search import Effort, ReductionSearch
from harness.desk.reduce.server import TOOL
from harness.desk.reduce.state import ReductionState
from harness.desk.reduce.text import shorten
from harness.desk.repro.observation import Behaviour, Observation
from harness.desk.repro.run import LlvmPlace, Reproducer
from harness.llvm import Toolchain
from harness.model import Run, Signature, TestResult
from harness.process import scratch
from harness.progress import Progress
from harness.runner.runs import Suite

# What lit and FileCheck read: `; RUN:`, `; CHECK-NEXT:`, `; REQUIRES:`.
_DIRECTIVE = re.compile(rb"^\s*;.*\b[A-Z][\w-]*:.*\n?", re.M)
# `; ROOTS: 3: ...` is what the oracle expects of the record with this number.
_EXPECTATION = re.compile(r"^; ROOTS: (\d+):", re.M)
_DEFINED = re.compile(r"(@[\w.$-]+)\(")
# lit shows what a command wrote, a mark before each line.
_SAID = re.compile(r"^# \| (.*\S.*)$", re.M)
_PLACE = re.compile(r"\b(record|line|location|id|offset|stop) (?:0x[0-9a-f]+|\d+)")
_REASON = re.compile(r"\berror: (?!command failed)(?P<text>.+)$", re.M)


@dataclass(frozen=True, slots=True)
class LitEnd:
    """How a test failed: the check that did not match, or the crash; `others` are further complaints."""

    reason: str
    signature: Signature | None = None
    others: tuple[str, ...] = ()

    def is_same(self, other: LitEnd) -> bool:
        """Whether the other failure is in this one."""
        if self.signature is None or other.signature is None:
            return self.signature is other.signature and other.reason in {self.reason, *self.others}
        return compare_signatures(self.signature, other.signature).degree is Degree.SAME


def explain(result: TestResult) -> LitEnd | None:
    """How a test failed; None if it passed or could not run."""
    if result.outcome.passes is not False:
        return None
    found = _REASON.search(result.output)
    if found:
        return LitEnd(found["text"], result.signature)
    first, *others = _complaints(result.output) or [result.ending]
    return LitEnd(first, result.signature, tuple(others))


def _complaints(output: str) -> list[str]:
    """What the last command said, such as the suite's oracle, without what a smaller test changes."""
    said = _SAID.findall(output.rpartition("\n# .---command std")[2])
    return [_PLACE.sub(r"\1 N", one.strip()) for one in said]


@dataclass(frozen=True, slots=True)
class LitSides:
    """A suite with one test, two LLVMs of which it fails on one, and what runs it; who may reduce it."""

    suite: Suite
    failing: LlvmPlace
    passing: LlvmPlace
    run: Callable[[Toolchain, Suite], Run]
    reducers: Sequence[LlvmPlace] = ()


class LitSearch(ReductionSearch):
    """As its base. A case's text is the whole test, in a copy of its suite."""

    def __init__(
        self,
        case: Reproducer,
        sides: LitSides,
        folder: Path,
        effort: Effort,
        progress: Progress,
        save: Callable[[Reproducer], None],
    ) -> None:
        super().__init__(case, sides.failing.find(), folder, effort, progress, save)
        self.control = sides.passing.find()
        self._suite = replace(sides.suite, root=folder / "suite", jobs=1)
        self._run_suite = sides.run
        self._running = threading.Lock()
        self._end: LitEnd | None = None
        copy_suite(sides.suite, self._suite.root)

    def aim(self) -> bool:
        """Look for the failure that the case has; whether it has one, and passes on the other side."""
        self._end = self._try(self.best, self.toolchain)
        return self._end is not None and self.passes(self.best)

    def fails(self, case: Reproducer) -> bool:
        """As of its base."""
        end = self._try(case, self.toolchain)
        return end is not None and self._end is not None and end.is_same(self._end)

    def passes(self, case: Reproducer) -> bool:
        """As of its base."""
        assert self.control is not None
        return self._result(case, self.control).passed

    def confirm(self, case: Reproducer) -> Observation:
        """As of its base."""
        times = sum(self.fails(case) for _ in range(self.effort.times))
        end = self._end or LitEnd("passes")
        behaviour = Behaviour.SAME if times else Behaviour.PASSES
        return Observation(
            behaviour, times or self.effort.times, self.effort.times, end.signature, end.reason
        )

    def attempt_module(self, module: bytes) -> bool:
        """As of its base, with the directives of the test before it."""
        directives = b"".join(one[0] for one in _DIRECTIVE.finditer(self.best.text))
        return self.attempt(replace(self.best, text=directives + module))

    def list_finals(self, case: Reproducer) -> tuple[Reproducer, ...]:
        """As of its base: it has its command."""
        return (case,)

    def _try(self, case: Reproducer, toolchain: Toolchain) -> LitEnd | None:
        return explain(self._result(case, toolchain))

    def _result(self, case: Reproducer, toolchain: Toolchain) -> TestResult:
        with self._running:  # all are one file
            self.runs += 1
            (self._suite.root / self._suite.names[0]).write_bytes(case.text)
            (result,) = self._run_suite(toolchain, self._suite).results
            return result


def copy_suite(suite: Suite, copy: Path) -> None:
    """What the suite's one test may read: the files and the `Inputs` beside it and above it."""
    test = suite.root / suite.names[0]
    shutil.copytree(suite.root, copy, ignore=lambda folder, names: _list_others(Path(folder), names, test))


def _list_others(folder: Path, names: Sequence[str], test: Path) -> list[str]:
    if folder not in test.parents:  # in Inputs
        return []
    kept = [folder / "Inputs", *test.parents]
    return [name for name in names if (folder / name).is_dir() and folder / name not in kept]


def reduce_lit_test(
    case: Reproducer, sides: LitSides, effort: Effort, state: ReductionState, progress: Progress
) -> Reduction:
    """The smallest test, of which side of `sides` it fails on. Ctrl-C ends it as time does."""
    # The two sides of a run use one file.
    effort = replace(effort, jobs=1)
    saved = state.load()
    for chosen in (sides, replace(sides, failing=sides.passing, passing=sides.failing)):
        with scratch.folder("reduce") as folder:
            progress.step(f"running {case.name} on {chosen.failing.name}")
            search = LitSearch(case, chosen, folder, effort, progress, state.save)
            if not search.aim():
                continue
            job = ReductionJob(search, case, sides.reducers, state, progress)
            job.notes.append(f"it fails on {chosen.failing.name} and passes on {chosen.passing.name}")
            if saved is not None:
                search.set_best(replace(search.best, text=saved.text))
            return job.run(_plan(search, job))
    seen = Observation(Behaviour.PASSES, detail="it passes on both sides, or on none")
    return Reduction(case, None, seen, complete=True, runs=0)


def _plan(search: LitSearch, job: ReductionJob) -> Iterator[Stage]:
    yield Stage("expectations", lambda: _drop_expectations(search))
    # What an oracle expects is beside the IR, which llvm-reduce takes apart without it.
    if not _EXPECTATION.search(search.text):
        yield Stage(TOOL, job.use_llvm_reduce)
    yield Stage("text", lambda: shorten(search.text, search.attempt_text, words=False))


def _drop_expectations(search: LitSearch) -> None:
    """Leave out what the suite's oracle expects of a record, with the function of it and its calls.

    Each alone would be missed by the oracle, on both sides.
    """
    for found in _EXPECTATION.findall(search.text):
        lines = search.text.split("\n")
        name = next((one for one, body in _functions(lines) if _has_record(body, found)), "")
        if not name:
            continue
        kept, inside = [], False
        for line in lines:
            inside = inside or (line.startswith("define ") and f" {name}(" in line)
            expects = (match := _EXPECTATION.match(line)) is not None and match[1] == found
            if not (inside or expects or f" {name}(" in line):
                kept.append(line)
            inside = inside and line != "}"
        search.attempt_text("\n".join(kept))


def _functions(lines: Sequence[str]) -> Iterator[tuple[str, str]]:
    """The functions of a module by name, with their text."""
    for at, line in enumerate(lines):
        if line.startswith("define ") and (name := _DEFINED.search(line)):
            yield name[1], "\n".join(lines[at : lines.index("}", at) if "}" in lines[at:] else len(lines)])


def _has_record(body: str, number: str) -> bool:
    return re.search(rf"@llvm\.experimental\.\S+\(i64 {number},", body) is not None
