"""Which functions a test has to enter to notice a series; no tool is needed."""

from __future__ import annotations

from pathlib import Path

from harness.check.reach import find_watched
from harness.check.watched_base import WatchedBase
from harness.llvm import Toolchain
from harness.reach.changed.unit import Changed
from harness.reach.map.table import FunctionTable
from harness.reach.names import FunctionName

MAIN, HELPER, HIDDEN, NEW, DEAD = (
    FunctionName("", "_Z4mainv"),
    FunctionName("A.cpp", "_ZL6helperv"),
    FunctionName("", "_Z6hiddenv"),
    FunctionName("", "_Z3newv"),
    FunctionName("", "_Z4deadv"),
)
HIDDEN_IN_TOOL = FunctionName("Type.cpp", HIDDEN.name)


def watched(*functions: FunctionName, unwatched: dict[FunctionName, str] | None = None) -> WatchedBase:
    tools = Toolchain("base", "19.1.7", {"llc": Path("/bin/llc")}, "made up", "b")
    return WatchedBase(tools, {}, FunctionTable().grown(functions), {}, unwatched or {})


def test_a_function_of_the_tool_is_looked_for_itself() -> None:
    changed = Changed(frozenset({HELPER}), references={HELPER: frozenset({MAIN})})
    assert find_watched(changed, watched(MAIN, HELPER)) == frozenset({HELPER})


def test_one_that_is_in_no_tool_is_looked_for_by_who_refers_to_it() -> None:
    changed = Changed(frozenset({HELPER}), references={HELPER: frozenset({MAIN})})
    assert find_watched(changed, watched(MAIN)) == frozenset({MAIN})


def test_one_that_the_linker_made_local_is_found_under_its_name() -> None:
    changed = Changed(frozenset({HIDDEN}), references={HIDDEN: frozenset({MAIN})})
    assert find_watched(changed, watched(MAIN, HIDDEN_IN_TOOL)) == frozenset({HIDDEN_IN_TOOL})


def test_a_local_function_is_not_one_of_another_unit() -> None:
    changed = Changed(frozenset({HELPER}))
    assert find_watched(changed, watched(FunctionName("B.cpp", HELPER.name))) == frozenset()


def test_a_new_function_may_stand_in_for_one_of_an_archive() -> None:
    changed = Changed(frozenset({MAIN}), added=frozenset({NEW, DEAD}))
    assert find_watched(changed, watched(MAIN, NEW)) == frozenset({MAIN, NEW})


def test_a_function_that_cannot_be_watched_leaves_it_unknown() -> None:
    tools = watched(MAIN, unwatched={HELPER: "it is shorter than a call"})
    assert find_watched(Changed(frozenset({MAIN})), tools) == frozenset({MAIN})
    assert find_watched(Changed(frozenset({HELPER})), tools) == (
        "A.cpp:_ZL6helperv cannot be watched: it is shorter than a call"
    )
