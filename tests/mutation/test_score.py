"""The fate of a mutant, the score of a suite, and how they are told."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Callable
from dataclasses import replace
from typing import Literal

import pytest
from rich.console import Console

from harness.errors import Failure
from harness.model import Claim, ClaimKind, ClaimResult, Comparison, Outcome, Red, TestVerdict, Verdict
from harness.mutation import score as mutation
from harness.mutation import text
from harness.mutation.score import Fate, MutantReport, MutationReport, trial_of
from harness.report.changes import SilentChange, SilentChanges
from tests.report.conftest import CAST, CRASH, FAIL, PASS, verdict

UNSUPPORTED, UNRESOLVED = Outcome.UNSUPPORTED, Outcome.UNRESOLVED

PASSES = verdict("a.ll", PASS, PASS, Verdict.PASSES)
STILL = verdict("b.ll", FAIL, FAIL, Verdict.STILL_FAILING)
REGRESSED = verdict("c.ll", PASS, CRASH, Verdict.REGRESSED, signature=CAST, output="x\n" * 300)
DIFFERENT = verdict("d.ll", FAIL, CRASH, Verdict.FAILS_DIFFERENTLY, signature=CAST)
FIXED = verdict("e.ll", FAIL, PASS, Verdict.FIXED)
FLAKY = verdict("f.ll", PASS, FAIL, Verdict.FLAKY, "patched: FAIL, PASS", red=Red.FLAKY)
LOST = verdict(
    *("g.ll", PASS, UNRESOLVED, Verdict.UNRESOLVED, "patched: the worker running it died"), red=Red.UNRESOLVED
)
ONE_SIDED = verdict(
    *("h.ll", PASS, UNSUPPORTED, Verdict.UNSUPPORTED, "not run on patched"), red=Red.ONE_SIDED
)
NOWHERE = verdict("i.ll", UNSUPPORTED, UNSUPPORTED, Verdict.UNSUPPORTED)
HELD = ClaimResult(Claim(ClaimKind.BREAKS, "c.ll"), True, ("c.ll",))
WRONG = ClaimResult(Claim(ClaimKind.BREAKS, "z.ll", "cast"), False, (), "no test of that name")
UNCHECKED = replace(WRONG, checked=False, why="not run (filtered out)")


def mutant(
    *verdicts: TestVerdict, claims: tuple[ClaimResult, ...] = (), equivalent: str = "", name: str = "m"
) -> MutantReport:
    trial = trial_of(Comparison(verdicts, claims, False, ()))
    return MutantReport(name, "Forget something", equivalent, trial, seconds=1.5)


@pytest.mark.parametrize(
    ("report", "fate", "reasons"),
    [
        (mutant(PASSES, REGRESSED), Fate.KILLED, ()),
        (mutant(PASSES, DIFFERENT), Fate.KILLED, ()),
        (
            mutant(PASSES, STILL, FIXED, NOWHERE),
            Fate.SURVIVED,
            ("none of 3 tests notices it: Forget something",),
        ),
        (mutant(PASSES, FLAKY), Fate.SURVIVED, ("none of 2 tests notices it: Forget something",)),
        (mutant(FLAKY, REGRESSED), Fate.KILLED, ()),
        (
            mutant(PASSES, LOST),
            Fate.UNRESOLVED,
            ("unresolved: g.ll (patched: the worker running it died)",),
        ),
        (mutant(PASSES, ONE_SIDED), Fate.UNRESOLVED, ("unresolved: h.ll (not run on patched)",)),
        (
            mutant(LOST, REGRESSED),
            Fate.KILLED,
            ("unresolved: g.ll (patched: the worker running it died)",),
        ),
        (mutant(NOWHERE), Fate.UNRESOLVED, ("no test ran on both sides",)),
        (mutant(PASSES, equivalent="Same bytes"), Fate.EQUIVALENT, ()),
        (mutant(PASSES, FLAKY, equivalent="Same bytes"), Fate.EQUIVALENT, ()),
        (
            mutant(REGRESSED, equivalent="Same bytes"),
            Fate.KILLED,
            ("not equivalent, tests can tell; its series.toml says: Same bytes",),
        ),
        (
            mutant(LOST, equivalent="Same bytes"),
            Fate.UNRESOLVED,
            ("no test ran on both sides", "unresolved: g.ll (patched: the worker running it died)"),
        ),
        (mutant(REGRESSED, DIFFERENT, claims=(HELD, UNCHECKED)), Fate.KILLED, ()),
        (
            mutant(REGRESSED, claims=(HELD, WRONG)),
            Fate.KILLED,
            ('claim does not hold: breaks z.ll with "cast": no test of that name',),
        ),
        (
            MutantReport("m", "t", error=Failure("m: hunk 1 does not apply\nnext: rebase it")),
            Fate.ERROR,
            ("m: hunk 1 does not apply", "next: rebase it"),
        ),
    ],
)
def test_fate(report: MutantReport, fate: Fate, reasons: tuple[str, ...]) -> None:
    assert (report.fate, report.reasons, report.ok) == (fate, reasons, not reasons)


def test_what_is_sure_may_be_kept() -> None:
    sure = [mutant(PASSES), mutant(PASSES, FLAKY), mutant(REGRESSED)]
    unsure = [mutant(PASSES, LOST), mutant(REGRESSED, ONE_SIDED), mutant(NOWHERE)]
    found = [one.trial.sure for one in (*sure, *unsure) if one.trial]
    assert found == [True] * 3 + [False] * 3


def test_a_trial_is_small() -> None:
    (broken,) = trial_of(Comparison((PASSES, REGRESSED), (), False, ())).broken
    assert (broken.name, broken.patched.signature) == ("c.ll", CAST)
    assert broken.patched.output.count("x") < 300


def score(*reports: MutantReport) -> str:
    return str(mutation.score(reports))


def test_score() -> None:
    killed, survived = mutant(REGRESSED), mutant(PASSES)
    equivalent, wrong = mutant(PASSES, equivalent="y"), mutant(REGRESSED, equivalent="n")
    lost, error = mutant(LOST), MutantReport("m", "t", "Same bytes", error=Failure("no"))
    assert score(*[killed] * 24, equivalent) == "24 of 24 mutants killed (100 %), 1 equivalent"
    assert score(*[killed] * 199, survived) == "199 of 200 mutants killed (99 %)"
    assert score(killed) == "1 of 1 mutant killed (100 %)"
    assert score(killed, wrong) == "2 of 2 mutants killed (100 %)"
    assert score(equivalent) == "0 of 0 mutants killed, 1 equivalent"
    assert score(killed, lost, error) == "1 of 3 mutants killed (33 %), 2 without a verdict"


@pytest.fixture
def mutated() -> MutationReport:
    """One of each fate, a wrong explanation and a wrong claim."""
    many = tuple(verdict(f"X86/{n}.ll", PASS, FAIL, Verdict.REGRESSED) for n in range(5))
    return MutationReport(
        tool_version="0.1.0",
        llvm_version="19.1.7",
        toolchain="debian-19",
        provenance="Debian packages llvm-19 1:19.1.7-3~deb12u1",
        mutants=(
            mutant(PASSES, *many, name="forget-the-nops"),
            mutant(PASSES, DIFFERENT, FLAKY, name="count-one-less"),
            mutant(PASSES, name="drop-an-unused-flag"),
            mutant(PASSES, equivalent="The same bytes either way", name="swap-two-sums"),
            mutant(PASSES, REGRESSED, equivalent="I thought so", name="swap-two-others"),
            mutant(REGRESSED, claims=(HELD, WRONG), name="claim-too-much"),
            mutant(PASSES, LOST, name="kill-the-worker"),
            MutantReport(
                "stale", "Of another LLVM", error=Failure("stale: hunk 1 does not apply\n  ...\nnext: mend")
            ),
        ),
        pattern="X86/",
        seconds=61.5,
    )


def text_of(report: MutationReport, *, colour: bool = False) -> str:
    stream = io.StringIO()
    system: Literal["standard"] | None = "standard" if colour else None
    text.write(report, Console(file=stream, force_terminal=colour, width=60, color_system=system))
    return stream.getvalue()


def test_golden(mutated: MutationReport, golden: Callable[[str, str], None]) -> None:
    golden("mutants.txt", text_of(mutated))
    golden("mutants.json", mutation.encode(mutated).decode())


def test_colour_does_not_change_the_words(mutated: MutationReport) -> None:
    coloured = text_of(mutated, colour=True)
    assert "\x1b[" in coloured
    assert re.sub(r"\x1b\[[0-9;]*m", "", coloured) == text_of(mutated)


def test_green_is_three_lines_more_than_the_table(mutated: MutationReport) -> None:
    green = replace(mutated, mutants=(mutated.mutants[0], mutated.mutants[3]), pattern="")
    assert (mutated.ok, green.ok, replace(green, mutants=()).ok) == (False, True, False)
    assert text_of(green) == (
        "LLVM 19.1.7, debian-19 (Debian packages llvm-19 1:19.1.7-3~deb12u1)\n"
        "\n"
        "mutant                       tests\n"
        "forget-the-nops  killed      5      X86/0.ll, X86/1.ll, X86/2.ll and 2 more\n"
        "swap-two-sums    equivalent         The same bytes either way\n"
        "\n"
        "OK in 61.5 s\n"
        "1 of 1 mutant killed (100 %), 1 equivalent\n"
    )


def test_the_json_says_the_fate_of_each(mutated: MutationReport) -> None:
    record = json.loads(mutation.encode(mutated))
    assert record["version"] == 1
    assert record["score"] == {"killed": 4, "of": 7, "equivalent": 1, "without_verdict": 2}
    assert record["fates"]["drop-an-unused-flag"] == "survived"
    assert [one["name"] for one in record["report"]["mutants"]] == [*record["fates"]]


def test_what_tools_write_differently_is_shown_of_a_mutant_that_survives(mutated: MutationReport) -> None:
    changes = tuple(
        SilentChange("a.ll", "llc", "stdout", f"f{n}", 1, (7, 8), diff="--- base\n+++ patched\n@@\n+\tnop")
        for n in range(5)
    )
    silent = SilentChanges(("a.ll",), unsteady=("b.ll",), changes=changes)
    trial = trial_of(Comparison((PASSES,), (), False, ()), silent)
    survived = MutantReport("drop-a-flag", "Forget something", trial=trial)
    said = text_of(replace(mutated, mutants=(survived,)))
    assert said.partition("drop-a-flag:\n")[2].partition("\n\n")[0].splitlines() == [
        "  none of 1 tests notices it: Forget something",
        "  1 test passes on both sides but the output differs",
        "  1 test whose output varies from run to run: not compared",
        *(
            line
            for n in range(3)
            for line in (
                f"  a.ll: f{n} (llc, stdout): 7 -> 8 instructions",
                *("    --- base", "    +++ patched", "    @@", "    +   nop"),
            )
        ),
        "  and 2 more",
    ]
    # A trial is kept as JSON; one of before has nothing of the kind.
    kept = json.loads(mutation.encode(replace(mutated, mutants=(survived,))))["report"]["mutants"][0]["trial"]
    assert (len(kept["silent"]["changes"]), kept["silent"]["more"]) == (3, 2)
