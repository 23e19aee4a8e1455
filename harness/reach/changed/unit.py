"""What a patch changes in one unit: from its two objects to names of functions."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Container, Iterable
from dataclasses import dataclass, field

from harness.reach.changed.blocks import BlockGraph
from harness.reach.changed.cut import cut
from harness.reach.changed.elf import ObjectError, SectionFlag, read_elf
from harness.reach.changed.initialisers import LISTS_OPTIONS, compare_started
from harness.reach.changed.pairs import ObjectComparison
from harness.reach.names import FunctionName

References = dict[FunctionName, frozenset[FunctionName]]


@dataclass(frozen=True, slots=True)
class Undecided:
    """A unit of which all counts as changed, and why: every test of a tool that contains it is reached."""

    unit: str
    why: str


@dataclass(frozen=True, slots=True)
class Changed:
    """What a patch changes.

    `functions` are base's: another one on the patched side, or gone, or a reader of data that is. `added` are
    those that base has not. `everything`: units of which all counts; their functions are among `functions`.
    `exported` are changed data that other units may read, too. `inlined` are functions that may contain code
    of those that change in the release, which inlines more. `references` says of a function of base's who
    refers to it, directly or through data; `total` is how many base has in these units.
    """

    functions: frozenset[FunctionName] = frozenset()
    added: frozenset[FunctionName] = frozenset()
    everything: tuple[Undecided, ...] = ()
    exported: frozenset[str] = frozenset()
    inlined: frozenset[FunctionName] = frozenset()
    references: References = field(default_factory=dict)
    total: int = 0

    def reached_through(self, known: Container[FunctionName]) -> frozenset[FunctionName]:
        """Of `known` functions those to watch for: what changes, and who refers to what is not known.

        A function that was inlined wherever it is used has no name in a tool: whoever refers to it stands for
        it.
        """
        found: set[FunctionName] = set()
        seen = {*self.functions, *self.inlined}
        pending = list(seen)
        while pending:
            one = pending.pop()
            if one in known:
                found.add(one)
                continue
            further = self.references.get(one, frozenset()) - seen
            seen |= further
            pending += further
        return frozenset(found)


def find_changed(unit: str, base: bytes, patched: bytes) -> Changed:
    """What differs between the two objects of a unit."""
    if base == patched:
        return Changed()
    try:
        ours, theirs = (cut(read_elf(data, f"{unit}: its object")) for data in (base, patched))
    except ObjectError as error:
        return Changed(everything=(Undecided(unit, error.what),))
    comparison = ObjectComparison(ours, theirs)
    comparison.run()
    functions = [n for n, block in enumerate(ours.blocks) if block.is_code]
    changed = {n for n in functions if comparison.is_changed(n)}
    started = compare_started(comparison)
    changed = (changed - started.initialisers) | started.readers
    reasons = [*started.reasons, *_explain_data(comparison)]
    if any(not ours.blocks[n].has_identity for n in changed):
        reasons.append("code without a name differs")
    everything = tuple(Undecided(unit, why) for why in reasons)
    names = _names(ours, functions)
    return Changed(
        functions=(names if everything else _names(ours, changed))
        | (LISTS_OPTIONS if started.listed else set()),
        added=_names(theirs, [n for n, block in enumerate(theirs.blocks) if block.is_code]) - names,
        everything=everything,
        exported=frozenset(_exported(comparison)),
        references=find_references(ours),
        total=len(functions),
    )


def join(parts: Iterable[Changed]) -> Changed:
    """What several units change together."""
    parts = tuple(parts)
    references: dict[FunctionName, set[FunctionName]] = defaultdict(set)
    for part in parts:
        for name, referrers in part.references.items():
            references[name] |= referrers
    return Changed(
        functions=frozenset().union(*(part.functions for part in parts)),
        added=frozenset().union(*(part.added for part in parts)),
        everything=tuple(one for part in parts for one in part.everything),
        exported=frozenset().union(*(part.exported for part in parts)),
        inlined=frozenset().union(*(part.inlined for part in parts)),
        references={name: frozenset(referrers) for name, referrers in references.items()},
        total=sum(part.total for part in parts),
    )


def _names(graph: BlockGraph, numbers: Iterable[int]) -> frozenset[FunctionName]:
    return frozenset(name for n in numbers for name in names_of(graph, n))


def names_of(graph: BlockGraph, number: int) -> tuple[FunctionName, ...]:
    """All names of a function."""
    block = graph.blocks[number]
    return (
        *(FunctionName("", name) for name in block.names),
        *(FunctionName(graph.unit, name) for name in block.own),
    )


def _explain_data(comparison: ObjectComparison) -> list[str]:
    """What differs of the data that the linker hands out by section, to whoever asks."""
    ours = comparison.base
    differing = {ours.blocks[n].section for n in ours.kept if comparison.is_changed(n)}
    if len(ours.kept) != len(comparison.patched.kept):
        differing |= {graph.blocks[n].section for graph in (ours, comparison.patched) for n in graph.kept}
    return [f"the section {name} differs, which others find by its name" for name in sorted(differing)]


def _exported(comparison: ObjectComparison) -> Iterable[str]:
    """Changed data with a global name, but for what each unit that uses it has a copy of."""
    for number, block in enumerate(comparison.base.blocks):
        is_mine = block.names and not block.is_code and not block.flags & SectionFlag.GROUP
        if is_mine and comparison.is_changed(number):
            yield from block.names


def find_references(graph: BlockGraph) -> References:
    """Who refers to each function, directly or through data."""
    found: dict[FunctionName, set[FunctionName]] = defaultdict(set)
    through: dict[int, frozenset[int | str]] = {}
    for number, block in enumerate(graph.blocks):
        if not block.is_code:
            continue
        mine = names_of(graph, number)
        for target in _functions_from(graph, number, through):
            names = (FunctionName("", target),) if isinstance(target, str) else names_of(graph, target)
            for name in names:
                found[name].update(mine)
    return {name: frozenset(referrers) for name, referrers in found.items()}


def _functions_from(
    graph: BlockGraph, number: int, through: dict[int, frozenset[int | str]]
) -> Iterable[int | str]:
    """The functions that a block's edges lead to, through any data. `through` keeps what data lead to."""
    for target in _targets(graph, number):
        if isinstance(target, str) or graph.blocks[target].is_code:
            yield target
            continue
        if target not in through:
            reached, pending = {target}, [target]
            ends: set[int | str] = set()
            while pending:
                for one in _targets(graph, pending.pop()):
                    if isinstance(one, str) or graph.blocks[one].is_code:
                        ends.add(one)
                    elif one not in reached:
                        reached.add(one)
                        pending.append(one)
            through[target] = frozenset(ends)
        yield from through[target]


def _targets(graph: BlockGraph, number: int) -> set[int | str]:
    """What a block refers to: blocks of its own, or names of others."""
    found: set[int | str] = set()
    for _, _, target, _ in graph.blocks[number].edges:
        if isinstance(target, str):
            found.add(graph.defined.get(target, target))
        elif isinstance(target, int):
            found.add(target)
    return found
