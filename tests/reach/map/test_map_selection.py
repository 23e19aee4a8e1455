"""Selection: against a naive model, no test that enters a changed function is ever dropped."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from harness.model import Outcome
from harness.reach.map.folder import Origin, WatchedTest
from harness.reach.map.format import read_map, write_map
from harness.reach.map.select import ReachMap, select
from harness.reach.map.table import FunctionTable
from harness.reach.names import FunctionName

# Those of the last unit, and some of the others, are in no tool.
KNOWN = [FunctionName(unit, f"f{n}") for unit in ("", "A.cpp", "B.cpp") for n in range(3)]
KNOWN += [FunctionName("B.cpp", "hidden")]
ABSENT = [FunctionName(unit, f"inlined{n}") for unit in ("", "A.cpp", "C.cpp") for n in range(3)]
TABLE = FunctionTable().grown(KNOWN)
NAMES = st.sampled_from(KNOWN + ABSENT)
SETS = st.frozensets(NAMES, max_size=4)
ENTERED = st.dictionaries(
    st.sampled_from(["llc", "opt"]), st.frozensets(st.integers(0, len(TABLE) - 1), max_size=5), max_size=2
)
FOLDERS = st.lists(
    st.dictionaries(st.sampled_from(["a.ll", "b.ll", "c.ll", "d.ll"]), st.tuples(ENTERED, st.booleans())),
    max_size=3,
)
Folders = list[dict[str, tuple[dict[str, frozenset[int]], bool]]]


def maps_of(folders: Folders) -> ReachMap:
    found = []
    for at, tests in enumerate(folders):
        origin = Origin("19.1.7", "release", f"upstream:{at}", "suite", "all", len(TABLE), TABLE.digest)
        watched = [
            WatchedTest(name, Outcome.PASS, entered, "runs clang" if unknown else "")
            for name, (entered, unknown) in tests.items()
        ]
        found.append(read_map(write_map(origin, watched), "map"))
    return ReachMap(TABLE, tuple(found))


def run_of(name: FunctionName, callers: dict[FunctionName, frozenset[FunctionName]]) -> set[FunctionName]:
    """The functions one of which runs whenever this one does: itself, or those it is inlined into."""
    found, pending = set[FunctionName](), {name}
    while pending:
        one = pending.pop()
        if one not in found:
            found.add(one)
            if one in ABSENT:
                pending |= callers.get(one, frozenset())
    return found


@settings(deadline=None)
@given(
    FOLDERS, SETS, st.dictionaries(st.sampled_from(["A.cpp", "C.cpp"]), SETS), st.dictionaries(NAMES, SETS)
)
def test_no_test_that_enters_a_change_is_dropped(
    folders: Folders,
    changed: frozenset[FunctionName],
    everything: dict[str, frozenset[FunctionName]],
    callers: dict[FunctionName, frozenset[FunctionName]],
) -> None:
    found = select(maps_of(folders), changed, everything, callers)
    wanted = set[FunctionName]().union(*(run_of(name, callers) for name in changed))
    blind = {name for name in wanted if name in ABSENT and not callers.get(name)}
    blind |= {name for name in changed if not run_of(name, callers).intersection(KNOWN)}
    for unit, defined in everything.items():
        its_names = {name.name for name in defined if not name.unit}
        of_unit = {n for n in KNOWN if n in defined or n.unit == unit or n.name in its_names}
        wanted |= of_unit
        blind |= set() if of_unit else {FunctionName(unit, "*")}
    global_names = {name.name for name in wanted if not name.unit}
    numbers = {at for at, name in enumerate(TABLE) if name in wanted or name.name in global_names}
    left = 0
    for at, tests in enumerate(folders):
        enters = {n for n, (entered, _) in tests.items() if any(numbers & e for e in entered.values())}
        unsure = {n for n, (_, unknown) in tests.items() if unknown or blind} - enters
        assert found.reached[f"upstream:{at}"] == enters
        assert found.unknown[f"upstream:{at}"] == unsure
        left += len(tests) - len(enters) - len(unsure)
    assert found.unreached == left
    assert found.unmapped == blind


def test_a_function_that_no_tool_has_is_not_unreached() -> None:
    maps = maps_of([{"a.ll": ({"llc": frozenset({0})}, False)}])
    found = select(maps, {ABSENT[0]})
    assert found.unknown == {"upstream:0": {"a.ll"}}
    assert found.unreached == 0
    assert found.unmapped == {ABSENT[0]}


def test_callers_that_call_each_other_end() -> None:
    maps = maps_of([{"a.ll": ({"llc": frozenset({0})}, False)}])
    loop = {ABSENT[0]: [ABSENT[1]], ABSENT[1]: [ABSENT[0]]}
    assert select(maps, {ABSENT[0]}, callers=loop).unknown == {"upstream:0": {"a.ll"}}


def test_no_change_reaches_nothing_but_what_is_unknown() -> None:
    tests = {"a.ll": ({"llc": frozenset({0})}, False), "b.ll": ({}, True)}
    found = select(maps_of([tests]), ())
    assert found.reached == {"upstream:0": frozenset()}
    assert found.unknown == {"upstream:0": {"b.ll"}}
    assert found.unreached == 1
