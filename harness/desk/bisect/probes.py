"""What is asked of each step of a bisection: whether a case fails there as it should, or a test passes."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Protocol

from harness.desk.bisect.search import Answer
from harness.desk.repro.observation import Behaviour
from harness.desk.repro.run import LlvmPlace, Reproducer, Runs, reproduce
from harness.llvm import Toolchain
from harness.model import Run, Signature
from harness.progress import Silent
from harness.runner.runs import Suite

# What looks at what a tool made: FileCheck, an oracle, a program that runs.
_CHECKS = re.compile(rb"^.*\bRUN:.*(?:\bFileCheck\b|%stackmap\b|%run-|%mcjit\b|%orc\b|\b(?:diff|cmp) )", re.M)
_ANSWERS = {
    Behaviour.SAME: Answer.WITH,
    Behaviour.CRASH: Answer.WITH,
    Behaviour.HANG: Answer.WITH,
    Behaviour.PASSES: Answer.WITHOUT,
    Behaviour.DIAGNOSED: Answer.WITHOUT,
}


@dataclass(frozen=True, slots=True)
class Seen:
    """What a step showed; `signature` is there if something crashed."""

    answer: Answer
    description: str
    signature: Signature | None = None


class Probe(Protocol):
    """Asks a step."""

    def ask(self, place: LlvmPlace) -> Seen:
        """What the step shows. What keeps it from being asked is an answer too: UNKNOWN."""


@dataclass(slots=True)
class CrashProbe:
    """Whether a case fails as expected; of one that names no failure, as the first step that fails.

    Another failure may hide this one, so it tells nothing.
    """

    case: Reproducer
    how: Runs = field(default_factory=Runs)

    def ask(self, place: LlvmPlace) -> Seen:
        """As of `Probe`."""
        (done,) = reproduce(self.case, [place], self.how, Silent())
        found = done.observation
        answer = _ANSWERS.get(found.behaviour, Answer.UNKNOWN)
        if answer is Answer.WITH and self.case.expected is None:
            self.case = replace(self.case, expected=found.signature)
        return Seen(answer, found.description, found.signature)


@dataclass(frozen=True, slots=True)
class TestProbe:
    """Whether a lit test passes, whatever lit expects of it. `run` runs a suite on a toolchain."""

    __test__ = False  # not a pytest class

    suite: Suite
    run: Callable[[Toolchain, Suite], Run]

    def ask(self, place: LlvmPlace) -> Seen:
        """As of `Probe`."""
        from harness.faults import explain_fault

        try:
            (result,) = self.run(place.find(), self.suite).results
        except Exception as error:
            return Seen(Answer.UNKNOWN, explain_fault(error).what)
        answers = {True: Answer.WITHOUT, False: Answer.WITH, None: Answer.UNKNOWN}
        return Seen(answers[result.outcome.passes], result.ending, result.signature)


def find_test(path: Path, text: bytes) -> Suite | None:
    """The suite of one lit test; None if the file is in no suite, or no RUN line of it checks anything."""
    if not _CHECKS.search(text):
        return None
    whole = path.absolute()
    root = next((folder for folder in whole.parents if (folder / "lit.cfg.py").is_file()), None)
    if root is None:
        return None
    return Suite(root, jobs=1, names=(whole.relative_to(root).as_posix(),))
