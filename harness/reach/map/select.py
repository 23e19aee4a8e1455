"""Which tests can notice a change: those that enter a function that it changes. Pure.

The rule is kept on the safe side. A function that is not in the table is not one that no test enters: it may
have been inlined wherever it is used. Its callers stand for it; if these are not known, every test may enter
it.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from harness.reach.map.folder import FolderMap
from harness.reach.map.table import FunctionTable
from harness.reach.names import FunctionName

Callers = Mapping[FunctionName, Collection[FunctionName]]


@dataclass(frozen=True, slots=True)
class ReachMap:
    """The maps of a release's folders, and the functions that their numbers are of."""

    table: FunctionTable
    folders: tuple[FolderMap, ...]


@dataclass(frozen=True, slots=True)
class ReachedTests:
    """The tests that a change may reach, by folder. All other tests, `unreached` many, cannot notice it.

    `reached` enter a function that it changes. `unknown` are the others that have to run: those without a
    known reach, and all if a changed function is `unmapped`, neither in the table nor called by one that is.
    """

    reached: Mapping[str, frozenset[str]]
    unknown: Mapping[str, frozenset[str]]
    unreached: int
    unmapped: frozenset[FunctionName] = field(default=frozenset())


def select(
    maps: ReachMap,
    changed: Collection[FunctionName],
    everything: Mapping[str, Collection[FunctionName]] | None = None,
    callers: Callers | None = None,
) -> ReachedTests:
    """The tests that enter any of the functions `changed`, or anything of the units in `everything`.

    `everything` has for each such unit, by the name that local functions have it under, what its objects
    define. `callers` says who refers to a function; those of one that is in no tool stand for it. A function
    that may have been inlined into others while it is in a tool too is among `changed` with these others
    (harness/reach/changed/inlined.py).
    """
    found, unmapped = find_numbers(maps.table, changed, callers or {})
    for unit, defined in (everything or {}).items():
        known = maps.table.numbers({*defined, *maps.table.of_unit(unit)})
        found.update(*known.values())
        if not known:
            unmapped |= {FunctionName(unit, "*")}
    reached: dict[str, frozenset[str]] = {}
    unknown: dict[str, frozenset[str]] = {}
    unreached = 0
    for one in maps.folders:
        entering = one.entering(found)
        unsure = range(len(one.tests)) if unmapped else one.unknown
        rest = frozenset(unsure) - entering - one.gone
        reached[one.origin.folder] = frozenset(one.tests[at] for at in entering)
        unknown[one.origin.folder] = frozenset(one.tests[at] for at in rest)
        unreached += len(one.tests) - len(one.gone) - len(entering) - len(rest)
    return ReachedTests(reached, unknown, unreached, frozenset(unmapped))


def find_numbers(
    table: FunctionTable, changed: Collection[FunctionName], callers: Callers
) -> tuple[set[int], set[FunctionName]]:
    """The numbers of functions, or of those that call them; and the functions that nothing stands for."""
    known = table.numbers(changed)
    found, unmapped = set[int]().union(*known.values()), set[FunctionName]()
    for name in set(changed) - known.keys():
        pending, seen, standing = {name}, {name}, set[int]()
        while pending:
            above = {one: set(callers.get(one, ())) for one in pending}
            unmapped |= {one for one, its_callers in above.items() if not its_callers}
            new = set[FunctionName]().union(*above.values()) - seen
            seen |= new
            there = table.numbers(new)
            standing.update(*there.values())
            pending = new - there.keys()
        found |= standing
        if not standing:
            unmapped.add(name)
    return found, unmapped
