"""What tests executed on base's counting tools, kept test by test."""

from __future__ import annotations

from harness.check.lines import KIND, EnteringTests
from harness.model import Outcome
from tests.check.test_reach_of_lines import BASE, NEW, UNIT, Bench, bench, never, reached

__all__ = ["bench"]


def find(bench: Bench, names: str) -> list[str]:
    """Those of the tests that may get to a changed line."""
    those = EnteringTests(bench.suite, {f"{name}.ll": Outcome.PASS for name in names})
    (found,) = bench.finder().find(bench.series({UNIT: NEW}), BASE, [[those]], never)
    return sorted(found.reached[0])


def test_a_test_runs_once_whatever_others_enter_what_changes(bench: Bench) -> None:
    assert find(bench, "ab") == ["a.ll"]
    assert find(bench, "bcd") == ["c.ll"]
    assert find(bench, "acd") == ["a.ll", "c.ll"]
    assert (bench.ran, bench.links) == ([("a.ll", "b.ll"), ("c.ll", "d.ll")], 2)


def test_of_a_damaged_part_nothing_is_believed(bench: Bench) -> None:
    assert find(bench, "ab") == ["a.ll"]
    assert find(bench, "cd") == ["c.ll"]
    (profile,) = (one for one in bench.tmp.glob(f"store/{KIND}/*/*.profdata") if one.read_text() == "b.ll")
    profile.write_text("a.ll")
    assert bench.find() == reached("a.ll", "c.ll")
    assert bench.ran == [("a.ll", "b.ll"), ("c.ll", "d.ll"), ("a.ll", "b.ll")]


def test_how_a_test_ended_and_that_it_left_nothing_is_kept_too(bench: Bench) -> None:
    bench.outcomes["a.ll"] = Outcome.FAIL
    bench.silent = frozenset({"b.ll"})
    for _ in range(2):
        assert find(bench, "abd") == ["a.ll", "b.ll"]
    assert bench.find() == reached("a.ll", "b.ll", "c.ll", unsure=2)
    assert bench.ran == [("a.ll", "b.ll", "d.ll"), ("c.ll",)]
