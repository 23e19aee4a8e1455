"""How many mistakes the suite notices (pure): what became of each mutant, and the score.

A mutant is `killed` by every test it breaks: one that ends `regressed` or `fails-differently`, run again
too. A test that is flaky kills nothing. One without an answer is an error, whatever others say.
"""

from __future__ import annotations

import enum
from collections.abc import Sequence
from dataclasses import dataclass, replace

from harness.errors import NO_FAILURE, Failure, exit_code_of
from harness.model import ClaimResult, Comparison, TestVerdict, Verdict
from harness.report import wire
from harness.report.changes import SilentChanges
from harness.report.record import describe_claim, shorten

_CHANGES_KEPT = 3


class Fate(enum.Enum):
    """What became of a mutant."""

    KILLED = "killed"
    SURVIVED = "survived"
    EQUIVALENT = "equivalent"
    UNRESOLVED = "unresolved"
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class Trial:
    """The suite on one mutant: the tests on both sides, those it broke, and those that say nothing for sure.

    Its claims are held against it too. Nothing of how the mutant is called or explained is in it. `silent` is
    what tools write differently in tests that pass as before, of a mutant that breaks none: there a check is
    missing.
    """

    tests: int
    broken: tuple[TestVerdict, ...]
    doubtful: tuple[TestVerdict, ...]
    claims: tuple[ClaimResult, ...]
    silent: SilentChanges | None = None

    @property
    def sure(self) -> bool:
        """Whether every test gave an answer, so that running it again would say the same."""
        return bool(self.tests) and not self.unresolved

    @property
    def unresolved(self) -> tuple[TestVerdict, ...]:
        """The tests without an answer."""
        return tuple(v for v in self.doubtful if v.verdict is not Verdict.FLAKY)

    @property
    def flaky(self) -> tuple[TestVerdict, ...]:
        """The tests that did something else when they were run again."""
        return tuple(v for v in self.doubtful if v.verdict is Verdict.FLAKY)


def trial_of(comparison: Comparison, silent: SilentChanges | None = None) -> Trial:
    """What a comparison says about a mutant, with the smallest of the changes that no test notices."""
    if silent is not None:
        shown = silent.changes[:_CHANGES_KEPT]
        silent = replace(silent, changes=shown, more=silent.left_of(len(shown)))
    return Trial(
        tests=sum(v.base.outcome.ran and v.patched.outcome.ran for v in comparison.verdicts),
        broken=tuple(shorten(v) for v in comparison.verdicts if v.is_broken),
        doubtful=tuple(shorten(v) for v in comparison.verdicts if v.red is not None and v.red.no_answer),
        claims=comparison.claims,
        silent=silent,
    )


@dataclass(frozen=True, slots=True)
class MutantReport:
    """One mutant. `trial` is None if it was not built; `error` then says why.

    `equivalent` says why no test can tell it, if none can. `known`: tried before, nothing was run for it now.
    """

    name: str
    title: str
    equivalent: str = ""
    trial: Trial | None = None
    error: Failure = NO_FAILURE
    seconds: float = 0.0
    known: bool = False

    @property
    def fate(self) -> Fate:
        """What became of it."""
        if self.trial is None:
            return Fate.ERROR
        if self.trial.broken:
            return Fate.KILLED
        if self.trial.unresolved or not self.trial.tests:
            return Fate.UNRESOLVED
        return Fate.EQUIVALENT if self.equivalent else Fate.SURVIVED

    @property
    def reasons(self) -> tuple[str, ...]:
        """Why it is red, one line each; none if it is killed, or equivalent and explained."""
        if self.trial is None:
            return tuple(self.error.splitlines())
        found = []
        if self.fate is Fate.SURVIVED:
            found.append(f"none of {self.trial.tests} tests notices it: {self.title}")
        if self.fate is Fate.KILLED and self.equivalent:
            found.append(f"not equivalent, tests can tell; its series.toml says: {self.equivalent}")
        if not self.trial.tests:
            found.append("no test ran on both sides")
        found += [f"unresolved: {v.name} ({v.note})" for v in self.trial.unresolved]
        for result in self.trial.claims:
            if result.checked and not result.held:
                found.append(f"claim does not hold: {describe_claim(result.claim)}: {result.why}")
        return tuple(found)

    @property
    def ok(self) -> bool:
        """Whether the suite notices it, or no test can."""
        return not self.reasons


@dataclass(frozen=True, slots=True)
class Score:
    """How many mutants were killed, `of` how many that are not equivalent."""

    killed: int
    of: int
    equivalent: int
    without_verdict: int

    def __str__(self) -> str:
        """`24 of 24 mutants killed (100 %), 1 equivalent`; the share is rounded down."""
        share = f" ({self.killed * 100 // self.of} %)" if self.of else ""
        parts = [f"{self.killed} of {self.of} mutant{'' if self.of == 1 else 's'} killed{share}"]
        if self.equivalent:
            parts.append(f"{self.equivalent} equivalent")
        if self.without_verdict:
            parts.append(f"{self.without_verdict} without a verdict")
        return ", ".join(parts)


def score(mutants: Sequence[MutantReport]) -> Score:
    """The score. What was not built, or has no answer, counts as not killed."""
    fates = [mutant.fate for mutant in mutants]
    equivalent = fates.count(Fate.EQUIVALENT)
    return Score(
        killed=fates.count(Fate.KILLED),
        of=len(fates) - equivalent,
        equivalent=equivalent,
        without_verdict=fates.count(Fate.UNRESOLVED) + fates.count(Fate.ERROR),
    )


@dataclass(frozen=True, slots=True)
class MutationReport:
    """One call of `harness mutants`. `pattern` is what --filter left of the suite, empty for all of it."""

    tool_version: str
    llvm_version: str
    toolchain: str
    provenance: str
    mutants: tuple[MutantReport, ...]
    pattern: str = ""
    seconds: float = 0.0

    @property
    def ok(self) -> bool:
        """Whether every mutant is killed or explained."""
        return bool(self.mutants) and all(mutant.ok for mutant in self.mutants)

    @property
    def exit_code(self) -> int:
        """What the command ends with: that of the worst failure, else of the score."""
        return exit_code_of((mutant.error for mutant in self.mutants), ok=self.ok)

    @property
    def score(self) -> Score:
        """The score of the suite."""
        return score(self.mutants)


@dataclass(frozen=True, slots=True)
class _Record:
    """`score` and `fates` are for readers of the JSON alone."""

    version: int
    score: Score
    fates: dict[str, Fate]
    report: MutationReport


def encode(report: MutationReport) -> bytes:
    """The report as indented JSON with a final newline."""
    fates = {mutant.name: mutant.fate for mutant in report.mutants}
    return wire.encode(_Record(wire.VERSION, report.score, fates, report))
