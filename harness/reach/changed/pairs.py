"""Which blocks of two objects are the same: each pair of blocks, and what both refer to, is compared.

Two blocks are the same if their bytes are, and each edge of one leads to what the edge of the other at this
place leads to. Pairs that refer to each other are the same unless something else differs (the greatest fixed
point): what differs is spread to what depends on it.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field

from harness.reach.changed.blocks import Block, BlockGraph, Edge, Target
from harness.reach.changed.lines import is_place, without_text

Pair = tuple[int, int]


@dataclass(slots=True)
class ObjectComparison:
    """Compares base's blocks with patched's. `different` are the pairs that turn out to be."""

    base: BlockGraph
    patched: BlockGraph
    different: set[Pair] = field(default_factory=set)
    # What is different if this pair is.
    _dependents: dict[Pair, list[Pair]] = field(default_factory=lambda: defaultdict(list))
    _partners: dict[int, set[int]] = field(default_factory=lambda: defaultdict(set))
    _seen: set[Pair] = field(default_factory=set)
    # Local data that has an identity, as pairs of functions refer to it.
    _twins: set[Pair] = field(default_factory=set)

    def run(self) -> None:
        """Compare everything that both sides have by name, and what that leads to.

        Local functions are paired by who refers to them: their names may be numbered, and a new lambda shifts
        the numbers of those behind it. Only those that no pair leads to are paired by name.
        """
        named = self.base.defined.keys() & self.patched.defined.keys()
        self._visit([(self.base.defined[name], self.patched.defined[name]) for name in sorted(named)])
        self._visit(_in_order(self.base, self.patched))
        for name in sorted(self.base.local.keys() & self.patched.local.keys()):
            ours, theirs = self.base.local[name], self.patched.local[name]
            if len(ours) == len(theirs):
                self._visit([p for p in zip(ours, theirs, strict=True) if p[0] not in self._partners])
        self._tell_twins_apart()
        self._spread()

    def is_changed(self, number: int) -> bool:
        """Whether a block of base's is another on the patched side, or gone."""
        partners = self._partners.get(number)
        if not partners or self.base.blocks[number].names != self._kept_names(number):
            return True
        return any((number, one) in self.different for one in partners)

    def partners(self, number: int) -> frozenset[int]:
        """What a block of base's was compared with."""
        return frozenset(self._partners.get(number, ()))

    def _kept_names(self, number: int) -> tuple[str, ...]:
        return tuple(name for name in self.base.blocks[number].names if name in self.patched.defined)

    def _visit(self, pending: list[Pair]) -> None:
        while pending:
            pair = pending.pop()
            if pair in self._seen:
                continue
            self._seen.add(pair)
            self._partners[pair[0]].add(pair[1])
            ours, theirs = self.base.blocks[pair[0]], self.patched.blocks[pair[1]]
            if is_place(ours) and is_place(theirs):
                continue
            found = self._compare(pair, ours, theirs)
            if found is None:
                self.different.add(pair)
            else:
                pending += found

    def _compare(self, pair: Pair, ours: Block, theirs: Block) -> list[Pair] | None:
        """The pairs that two blocks lead to if they look the same, else None."""
        if (ours.flags, ours.size, ours.content) != (theirs.flags, theirs.size, theirs.content):
            return None
        if len(ours.edges) != len(theirs.edges) or _weak(ours, theirs) != _weak(theirs, ours):
            return None
        found: list[Pair] = []
        needed: list[Pair] = []
        for edge, other in zip(ours.edges, theirs.edges, strict=True):
            leads = self._match(edge, other)
            if leads is None:
                return None
            if leads:
                found.append(leads[0])
                if leads[1]:
                    needed.append(leads[0])
        for one in needed:
            self._dependents[one].append(pair)
        self._twins.update(one for one in found if self._is_own_data(one))
        return found

    def _match(self, edge: Edge, other: Edge) -> tuple[Pair, bool] | tuple[()] | None:
        """The pair that two edges lead to, and whether what refers to it depends on it. None: they differ.

        A function that is called by the same name is compared on its own: its callers stay as they are.
        """
        if (edge[0], edge[1], edge[3]) != (other[0], other[1], other[3]):
            return None
        ours, theirs = edge[2], other[2]
        if isinstance(ours, bytes) or isinstance(theirs, bytes):
            return () if _same_constants(ours, theirs) else None
        is_named = bool(self._names(self.base, ours) & self._names(self.patched, theirs))
        if not is_named and (isinstance(ours, str) or isinstance(theirs, str)):
            return None
        return self._lead(_number(self.base, ours), _number(self.patched, theirs), is_named)

    def _lead(
        self, one: int | None, other: int | None, is_named: bool
    ) -> tuple[Pair, bool] | tuple[()] | None:
        """The same of two blocks, or of what another unit has."""
        mine = self.base.blocks[one] if one is not None else None
        his = self.patched.blocks[other] if other is not None else None
        if one is not None and other is not None and mine and his:
            return (one, other), not (is_named and mine.is_code and his.is_code)
        here = mine or his
        # It moves to another unit, or comes from one: a function is found there; of data, who knows.
        return () if here is None or here.is_code else None

    def _names(self, graph: BlockGraph, target: Target) -> frozenset[str]:
        if isinstance(target, str):
            return frozenset({target})
        block = graph.blocks[target] if isinstance(target, int) else None
        return frozenset((*block.names, *block.own)) if block else frozenset()

    def _is_own_data(self, pair: Pair) -> bool:
        block = self.base.blocks[pair[0]]
        return not block.is_code and not block.names and block.has_identity

    def _tell_twins_apart(self) -> None:
        """Two variables of one content are two: each of base's has to stay one and the same."""
        ours: dict[int, set[int]] = defaultdict(set)
        theirs: dict[int, set[int]] = defaultdict(set)
        for one, other in self._twins:
            ours[one].add(other)
            theirs[other].add(one)
        for one, other in self._twins:
            alone = len(ours[one]) == 1 and len(theirs[other]) == 1
            if not alone and self.base.blocks[one].own != self.patched.blocks[other].own:
                self.different.add((one, other))

    def _spread(self) -> None:
        pending = list(self.different)
        while pending:
            for one in self._dependents.get(pending.pop(), ()):
                if one not in self.different:
                    self.different.add(one)
                    pending.append(one)


def _same_constants(one: Target, other: Target) -> bool:
    if isinstance(one, bytes) and isinstance(other, bytes):
        return without_text(one) == without_text(other)
    return False


def _weak(one: Block, other: Block) -> frozenset[str]:
    """The weak names of a block, of those that both have: another definition may take their place."""
    return one.weak.intersection(other.names)


def _number(graph: BlockGraph, target: Target) -> int | None:
    if isinstance(target, str):
        return graph.defined.get(target)
    return target if isinstance(target, int) else None


def _in_order(base: BlockGraph, patched: BlockGraph) -> list[Pair]:
    """What has no name and is found by its section: initialisers, and data that the linker lists."""
    if len(base.started) != len(patched.started) or len(base.kept) != len(patched.kept):
        return []
    ours, theirs = (
        (*(n for _, n in base.started), *base.kept),
        (*(n for _, n in patched.started), *patched.kept),
    )
    return list(zip(ours, theirs, strict=True))
