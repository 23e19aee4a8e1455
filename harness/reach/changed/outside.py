"""Who reads data of a unit in other units: looked for in static archives. Pure, over their bytes."""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Mapping
from dataclasses import replace
from mmap import mmap

from harness.reach.changed.blocks import BlockGraph
from harness.reach.changed.cut import cut
from harness.reach.changed.elf import ObjectError, read_elf
from harness.reach.changed.unit import Changed, Undecided, names_of

_MAGIC = b"!<arch>\n"
_HEADER, _SIZE = 60, slice(48, 58)
_TABLES = (b"/", b"//", b"/SYM64/")


def find_readers(
    archives: Mapping[str, bytes | mmap], names: Iterable[str], replaced: Container[tuple[str, str]]
) -> Changed:
    """The functions of archives that read data called `names`, directly or through data.

    `replaced` are members that are not linked, each with its archive: the units were compiled again.
    """
    graphs: list[BlockGraph] = []
    undecided: list[Undecided] = []
    wanted = frozenset(names)
    known: frozenset[str] = frozenset()
    kept = {name: data for name, data in archives.items() if data[: len(_MAGIC)] == _MAGIC}
    while wanted - known:
        known, new = wanted, wanted - known
        sought = [name.encode("utf-8", "surrogateescape") for name in new]
        for archive, data in kept.items():
            if all(data.find(name) < 0 for name in sought):
                continue
            for member, content in members(data):
                if (archive, member) in replaced or all(name not in content for name in sought):
                    continue
                try:
                    graph = cut(read_elf(content, f"{archive}: {member}"))
                except ObjectError as error:
                    undecided.append(Undecided(member, error.what))
                else:
                    # Debian strips archives of the names of sources.
                    graphs.append(replace(graph, unit=graph.unit or member.removesuffix(".o")))
        wanted = known.union(*(_tables_reading(graph, known) for graph in graphs))
    functions = frozenset(
        name
        for graph in graphs
        for number in _readers(graph, known)
        if graph.blocks[number].is_code
        for name in names_of(graph, number)
    )
    return Changed(functions=functions, everything=tuple(dict.fromkeys(undecided)))


def members(data: bytes | mmap) -> Iterator[tuple[str, bytes]]:
    """The members of an archive of the GNU kind, with their names; a damaged one ends where it is damaged."""
    long_names = b""
    at = len(_MAGIC)
    while at + _HEADER <= len(data):
        header = data[at : at + _HEADER]
        label, digits = header[:16].rstrip(), header[_SIZE].strip()
        if not digits.isdigit():
            return
        start, size = at + _HEADER, int(digits)
        content = data[start : start + size]
        if label == b"//":
            long_names = content
        elif label not in _TABLES:
            yield _name(label, long_names), content
        at = start + size + size % 2


def _name(label: bytes, long_names: bytes) -> str:
    if label.startswith(b"/") and label[1:].isdigit():
        label = long_names[int(label[1:]) :].partition(b"\n")[0]
    return label.removesuffix(b"/").decode("utf-8", "surrogateescape")


def _readers(graph: BlockGraph, names: frozenset[str]) -> frozenset[int]:
    """The blocks that lead to data called `names`, through data of their own."""
    referrers: dict[int | str, set[int]] = {}
    for number, block in enumerate(graph.blocks):
        for _, _, target, _ in block.edges:
            if not isinstance(target, bytes):
                referrers.setdefault(target, set()).add(number)
    found: set[int] = set()
    pending: list[int | str] = list(names)
    while pending:
        for number in referrers.get(pending.pop(), ()):
            if number not in found:
                found.add(number)
                if not graph.blocks[number].is_code:
                    pending += [number, *graph.blocks[number].names]
    return frozenset(found)


def _tables_reading(graph: BlockGraph, names: frozenset[str]) -> frozenset[str]:
    """Data that lead to these and that other units may read in turn."""
    readers = (graph.blocks[number] for number in _readers(graph, names))
    return frozenset(name for block in readers if not block.is_code for name in block.names)
