"""In which functions of a release the code of another may be: where its compiler inlined it.

A release is compiled with more inlining than an overlay. A test that runs code of a function only where it
was inlined does not enter that function, so whoever may contain the code has to count, too. How often a
function refers to another is compared: where the release's does so less often than ours, calls were inlined.
Or there are none: an overlay has assertions enabled, and what only these call is entered there alone.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable

from harness.reach.changed.blocks import BlockGraph
from harness.reach.changed.unit import names_of
from harness.reach.names import FunctionName


def find_inlined(
    names: Iterable[FunctionName], ours: BlockGraph, release: BlockGraph | None
) -> frozenset[FunctionName]:
    """The functions of our object that may contain code of `names` in the release's, directly or not.

    Names may be of other units, to which ours refers. Without the release's object (a tool's own units are in
    no archive, and compiled by us whatever is asked) all callers may contain code of their own unit.
    """
    callers: dict[int | str, Counter[int]] = defaultdict(Counter)
    for number, block in enumerate(ours.blocks):
        if block.is_code:
            for target in _functions(ours, number):
                callers[target][number] += 1
    counts = _count(release) if release is not None else {}
    wanted = {name.name for name in names}
    pending: list[int | str] = [
        n for n, block in enumerate(ours.blocks) if block.is_code and wanted & _plain(ours, n)
    ]
    if release is not None:
        pending += sorted(wanted - ours.defined.keys())
    seen = set(pending)
    found: set[int] = set()
    while pending:
        callee = pending.pop()
        for caller, calls in callers.get(callee, Counter()).items():
            if caller not in seen and _may_contain(counts, _plain(ours, caller), _plain(ours, callee), calls):
                seen.add(caller)
                found.add(caller)
                pending.append(caller)
    return frozenset(name for number in found for name in names_of(ours, number))


def _may_contain(counts: dict[str, Counter[str]], caller: set[str], callee: set[str], calls: int) -> bool:
    """Whether the release's `caller` may have code of `callee`, to which ours refers `calls` times."""
    there = [counts[name] for name in caller if name in counts]
    return not there or sum(there[0][name] for name in callee) < calls


def _plain(graph: BlockGraph, number: int | str) -> set[str]:
    if isinstance(number, str):
        return {number}
    block = graph.blocks[number]
    return {*block.names, *block.own}


def _functions(graph: BlockGraph, number: int) -> list[int | str]:
    """The functions of the unit that a function refers to, and names of others, each as often as it does."""
    found: list[int | str] = []
    for _, _, target, _ in graph.blocks[number].edges:
        to = graph.defined.get(target, target) if isinstance(target, str) else target
        if isinstance(to, str) or (isinstance(to, int) and graph.blocks[to].is_code and to != number):
            found.append(to)
    return found


def _count(graph: BlockGraph) -> dict[str, Counter[str]]:
    """How often each function of an object refers to which name. Parts of one (`f.cold`) count with it."""
    found: dict[str, Counter[str]] = defaultdict(Counter)
    for number, block in enumerate(graph.blocks):
        if not block.is_code:
            continue
        mine = {_whole(name) for name in _plain(graph, number)}
        for _, _, target, _ in block.edges:
            if isinstance(target, str):
                called = {_whole(target)}
            elif isinstance(target, int) and graph.blocks[target].is_code:
                called = {_whole(name) for name in _plain(graph, target)}
            else:
                continue
            for name in mine:
                found[name].update(called)
        for name in mine:
            found.setdefault(name, Counter())
    return found


def _whole(name: str) -> str:
    """A function's name without what a compiler adds to that of a part or copy: `f.cold`, `f.isra.0`."""
    return name.partition(".")[0] if name.startswith("_Z") else name
