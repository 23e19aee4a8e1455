"""Properties of the comparison, on graphs that no compiler has to make."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from harness.reach.changed.blocks import Block, BlockGraph, Edge
from harness.reach.changed.elf import SectionFlag
from harness.reach.changed.pairs import ObjectComparison

CODE = SectionFlag.ALLOC | SectionFlag.CODE
DATA = SectionFlag.ALLOC
VARIABLE = SectionFlag.ALLOC | SectionFlag.WRITE
GLOBAL, LOCAL, PRIVATE = range(3)


def graph(blocks: list[Block]) -> BlockGraph:
    defined = {name: n for n, block in enumerate(blocks) for name in block.names}
    local: dict[str, tuple[int, ...]] = {name: (n,) for n, block in enumerate(blocks) for name in block.own}
    return BlockGraph("U.cpp", tuple(blocks), defined, local)


@st.composite
def graphs(draw: st.DrawFn) -> list[Block]:
    """Blocks that refer to each other in any way, cycles included. Functions have names."""
    count = draw(st.integers(1, 9))
    made: list[Block] = []
    for number in range(count):
        flags = draw(st.sampled_from([CODE, DATA, VARIABLE]))
        kind = draw(st.sampled_from([GLOBAL, LOCAL, PRIVATE] if flags == DATA else [GLOBAL, LOCAL]))
        content = draw(st.binary(min_size=1, max_size=2))
        name = (f"b{number}",)
        block = Block(".x", flags, 0, len(content), content)
        block = replace(block, names=name if kind == GLOBAL else (), own=name if kind == LOCAL else ())
        made.append(block)
    for block in made:
        for at, to in enumerate(draw(st.lists(st.integers(0, count), max_size=4))):
            target = "other" if to == count else (made[to].names[0] if made[to].names else to)
            block.edges.append((at, 2, target, 0))
    return made


def shuffled(blocks: list[Block], order: list[int]) -> list[Block]:
    """The same blocks in another order, renumbered."""
    where = {old: new for new, old in enumerate(order)}

    def moved(edge: Edge) -> Edge:
        return (*edge[:2], where[edge[2]] if isinstance(edge[2], int) else edge[2], edge[3])

    return [replace(blocks[old], edges=[moved(edge) for edge in blocks[old].edges]) for old in order]


def changed(base: list[Block], patched: list[Block]) -> set[int]:
    comparison = ObjectComparison(graph(base), graph(patched))
    comparison.run()
    return {n for n, block in enumerate(base) if block.is_code and comparison.is_changed(n)}


def readers(blocks: list[Block], of: int) -> set[int]:
    """The functions that lead to a block through nothing but data."""
    numbers = graph(blocks).defined

    def leads(number: int, seen: frozenset[int]) -> bool:
        for _, _, target, _ in blocks[number].edges:
            to = numbers.get(target) if isinstance(target, str) else target
            if not isinstance(to, int) or blocks[to].is_code or to in seen:
                continue
            if to == of or leads(to, seen | {to}):
                return True
        return False

    return {n for n, block in enumerate(blocks) if block.is_code and leads(n, frozenset())}


@given(graphs(), st.data())
def test_the_order_of_an_object_means_nothing(blocks: list[Block], data: st.DataObject) -> None:
    order = data.draw(st.permutations(range(len(blocks))))
    assert changed(blocks, shuffled(blocks, order)) == set()


@given(graphs(), st.data())
def test_a_block_that_differs_changes_itself_and_its_readers(
    blocks: list[Block], data: st.DataObject
) -> None:
    number = data.draw(st.integers(0, len(blocks) - 1))
    other = [replace(block, edges=list(block.edges)) for block in blocks]
    other[number].content = b"another"
    other[number].size = 7
    order = data.draw(st.permutations(range(len(blocks))))
    expected = {number} if blocks[number].is_code else readers(blocks, number)
    assert changed(blocks, shuffled(other, order)) == expected


@given(graphs(), st.data())
def test_nothing_is_missed_where_a_name_goes_away(blocks: list[Block], data: st.DataObject) -> None:
    """Whatever refers to it by name stays as it is if it is a function, and counts if it is data."""
    number = data.draw(st.integers(0, len(blocks) - 1))
    block = blocks[number]
    if not block.names:
        return
    other = [replace(one, edges=list(one.edges)) for one in blocks]
    other[number].names = ()
    expected = {number} if block.is_code else readers(blocks, number)
    assert changed(blocks, other) >= expected
