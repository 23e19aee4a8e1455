"""Signatures compared over all pairs of real dumps: dumps/README.md says where they come from."""

from __future__ import annotations

import json
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path

import pytest

from harness.crash.signature import signature
from harness.crash.similar import Degree, compare_signatures
from harness.model import Signature

DUMPS = Path(__file__).parent / "dumps"


@dataclass(frozen=True)
class Dump:
    bug: str
    held_out: bool
    signature: Signature


@dataclass(frozen=True)
class Score:
    precision: float
    recall: float

    def __str__(self) -> str:
        return f"precision {self.precision:.3f}, recall {self.recall:.3f}"


@pytest.fixture(scope="module")
def dumps() -> list[Dump]:
    found = []
    for line in (DUMPS / "dumps.jsonl").read_text().splitlines():
        facts = json.loads(line)
        died = signature(facts["text"], facts["status"])
        assert died is not None, facts["how"]
        found.append(Dump(facts["bug"], facts["held_out"], died))
    return found


def _score(dumps: list[Dump]) -> Score:
    pairs = [
        (
            one.bug == other.bug,
            compare_signatures(one.signature, other.signature).degree is Degree.SAME,
        )
        for one, other in combinations(dumps, 2)
    ]
    both = sum(bug and said for bug, said in pairs)
    return Score(both / sum(said for _bug, said in pairs), both / sum(bug for bug, _said in pairs))


def test_there_are_many_dumps_of_many_bugs(dumps: list[Dump]) -> None:
    assert len(dumps) >= 400
    assert len({dump.bug for dump in dumps}) >= 150
    assert len({dump.bug for dump in dumps if dump.held_out}) >= 40
    # A bug is either in what the rules were made from, or held out.
    assert not {d.bug for d in dumps if d.held_out} & {d.bug for d in dumps if not d.held_out}


def test_the_same_bug_is_the_same_failure(dumps: list[Dump]) -> None:
    score = _score(dumps)
    print(f"all pairs: {score}")  # `pytest -s` shows the figures
    assert score.precision >= 0.99, score
    assert score.recall >= 0.95, score


def test_the_rules_hold_for_bugs_that_they_were_not_made_from(dumps: list[Dump]) -> None:
    score = _score([dump for dump in dumps if dump.held_out])
    print(f"held out: {score}")  # `pytest -s` shows the figures
    assert score.precision >= 0.99, score
    assert score.recall >= 0.95, score


def test_kind_and_message_alone_mix_bugs_up(dumps: list[Dump]) -> None:
    """What it was before: the dumps are hard enough to tell rules apart."""
    equal = [a.bug == b.bug for a, b in combinations(dumps, 2) if a.signature == b.signature]
    assert sum(equal) / len(equal) < 0.4
