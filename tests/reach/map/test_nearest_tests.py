"""Which test is nearest to a function."""

from __future__ import annotations

from harness.model import Outcome
from harness.reach.map.folder import Origin, WatchedTest
from harness.reach.map.format import read_map, write_map
from harness.reach.map.nearest import EnteringTest, entering, find_nearest, find_telling
from harness.reach.map.select import ReachMap
from harness.reach.map.table import FunctionTable
from harness.reach.names import FunctionName

NAMES = [FunctionName("", f"f{n}") for n in range(5)]
TABLE = FunctionTable().grown(NAMES)


def folder(name: str, *tests: WatchedTest) -> bytes:
    return write_map(Origin("19.1.7", "r", name, "s", "m", len(TABLE), TABLE.digest), tests)


def watched(name: str, *numbers: int, outcome: Outcome = Outcome.PASS) -> WatchedTest:
    return WatchedTest(name, outcome, {"llc": frozenset(numbers)})


def maps() -> ReachMap:
    x86 = folder(
        "upstream:CodeGen/X86",
        watched("llvm/test/CodeGen/X86/all.ll", 0, 1, 2, 3, 4),
        watched("llvm/test/CodeGen/X86/one.ll", 0, 1, 2),
        watched("llvm/test/CodeGen/X86/other.ll", 2),
        watched("llvm/test/CodeGen/X86/red.ll", 1, outcome=Outcome.FAIL),
    )
    own = folder("lit-tests", watched("ARM/a.ll", 1), watched("X86/b.ll", 0, 1, 2, 3))
    return ReachMap(TABLE, (read_map(x86, "x86"), read_map(own, "own")))


def named(path: str) -> list[str]:
    return [test.name.rpartition("/")[2] for test in entering(maps(), [NAMES[1]], path)]


def test_the_test_that_enters_least_is_nearest_and_one_that_fails_farthest() -> None:
    assert named("") == ["a.ll", "one.ll", "b.ll", "all.ll", "red.ll"]


def test_tests_of_the_sources_part_of_llvm_are_nearer() -> None:
    assert named("llvm/lib/Target/X86/X86MCInstLower.cpp") == ["one.ll", "b.ll", "all.ll", "a.ll", "red.ll"]


def test_a_folder_that_the_sources_name_begins_with_is_its_part_of_llvm() -> None:
    tests = [
        watched("llvm/test/Transforms/LoopIdiom/a.ll", 0, 1),
        watched("llvm/test/Transforms/LICM/b.ll", 1),
    ]
    idiom = ReachMap(TABLE, (read_map(folder("upstream:Transforms", *tests), "map"),))
    source = "llvm/lib/Transforms/Scalar/LoopIdiomRecognize.cpp"
    found = find_nearest(idiom, {TABLE.places(NAMES)[NAMES[1]]}, ["llvm/lib/IR/Core.cpp", source])
    assert [test.name.rpartition("/")[2] for test in found] == ["a.ll", "b.ll"]


def test_a_test_is_told_with_its_folder_outcome_and_size() -> None:
    assert entering(maps(), [NAMES[1]])[0] == EnteringTest("lit-tests", "ARM/a.ll", Outcome.PASS, 1)
    assert entering(maps(), [FunctionName("", "absent")]) == []


def test_what_most_of_the_tests_enter_tells_nothing_of_one() -> None:
    """Of the six, one enters function 4, two function 3, three function 0; five enter function 1."""
    numbers = TABLE.places(NAMES)
    found = find_telling(maps(), numbers.values())
    assert found == {numbers[NAMES[at]] for at in (0, 3, 4)}
    assert find_telling(maps(), [numbers[NAMES[1]]]) == {numbers[NAMES[1]]}
    assert find_telling(maps(), []) == frozenset()
