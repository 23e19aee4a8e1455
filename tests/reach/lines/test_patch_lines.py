"""What a series adds, joined with what tests executed."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from harness.coverage import AddedBranch, AddedLine, FileCoverage
from harness.reach.lines.counts import Condition, LineCounts
from harness.reach.lines.join import AddedText, join

TEXT = """\
int f(int x) {
  if (x > 3 &&
      x < 9) {
    return 1;
  }
  switch (x) {
  case 2: return 3;
  }
  return 2;
}
"""
LINES = {1: 5, 2: 5, 3: 5, 4: 0, 5: 5, 6: 5, 7: 5, 8: 5, 9: 5, 10: 5}


def test_lines_and_conditions_of_a_file() -> None:
    counts = LineCounts(
        LINES,
        (Condition(2, 7, 2, 12, 1, 4), Condition(3, 7, 3, 12, 0, 1), Condition(7, 3, 7, 9, 0, 5)),
    )
    added = {"llvm/lib/A.cpp": AddedText(TEXT, frozenset(range(2, 8)))}
    found = join(added, {"llvm/lib/A.cpp": counts}, ["llvm/lib/A.cpp"])
    assert found.files == (
        FileCoverage(
            "llvm/lib/A.cpp",
            (
                *(AddedLine(2, 5, ""), AddedLine(3, 5, ""), AddedLine(4, 0, "    return 1;")),
                *(AddedLine(6, 5, ""), AddedLine(7, 5, "")),
            ),
            (AddedBranch(2, "x > 3", 1, 4), AddedBranch(3, "x < 9", 0, 1)),
        ),
    )
    assert (found.covered, found.total, found.percent) == (4, 5, 80)
    assert [(path, line.number) for path, line in found.missed] == [("llvm/lib/A.cpp", 4)]
    assert [(one.number, one.lacking) for _, one in found.one_sided] == [(3, "true")]


def test_a_condition_over_several_lines_is_told_in_one() -> None:
    counts = LineCounts(LINES, (Condition(2, 7, 3, 12, 1, 0),))
    found = join({"a.cpp": AddedText(TEXT, frozenset([2]))}, {"a.cpp": counts}, ["a.cpp"])
    assert found.files[0].branches == (AddedBranch(2, "x > 3 && x < 9", 1, 0),)


def test_files_of_which_nothing_is_known() -> None:
    none = AddedText("int x;\n", frozenset([1]))
    added = {"llvm/lib/Windows.inc": none, "llvm/lib/X.td": none, "llvm/include/X.h": none}
    found = join(added, {}, ["llvm/include/X.h"])
    assert found.files == (FileCoverage("llvm/include/X.h", ()),)
    assert found.unknown == (
        "llvm/lib/Windows.inc: no unit that is compiled here reads it",
        "llvm/lib/X.td: TableGen's input is not counted",
    )
    assert found.percent is None


numbers = st.frozensets(st.integers(1, 10))
counts_of_lines = st.dictionaries(st.integers(1, 10), st.integers(0, 2))


@settings(deadline=None)
@given(numbers, numbers, counts_of_lines)
def test_lines_count_one_by_one(some: frozenset[int], others: frozenset[int], lines: dict[int, int]) -> None:
    """What a line says does not depend on what else is added, and only what is added is told."""

    def of(added: frozenset[int]) -> dict[int, int]:
        found = join({"a.cpp": AddedText(TEXT, added)}, {"a.cpp": LineCounts(lines)}, ["a.cpp"])
        return {line.number: line.count for line in found.files[0].lines}

    assert of(some | others) == of(some) | of(others)
    assert of(some).keys() <= some & lines.keys()
    assert all(count == lines[number] for number, count in of(some).items())
