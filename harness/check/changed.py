"""What a series changes, function by function: from the objects of its two sides."""

from __future__ import annotations

import mmap
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from harness.builders.link import archive_of, list_shipped_archives
from harness.builders.plan import UNIT_TESTS
from harness.builders.request import Built, BuiltObject, CompiledSide
from harness.llvm import Prebuilt
from harness.reach.changed.blocks import BlockGraph
from harness.reach.changed.cut import cut
from harness.reach.changed.elf import ObjectError, read_elf
from harness.reach.changed.inlined import find_inlined
from harness.reach.changed.outside import find_readers, members
from harness.reach.changed.unit import Changed, Undecided, find_changed, join, names_of
from harness.reach.map.select import find_numbers
from harness.reach.map.table import FunctionTable
from harness.reach.names import FunctionName

Archives = Mapping[str, mmap.mmap | bytes]
Objects = Built | CompiledSide
FindChange = Callable[[Objects, Objects], Changed]
"""What the second of two sides changes of the first."""


@dataclass(frozen=True, slots=True)
class MappedChange:
    """What a map of the release has of a change: the numbers of the functions that a test has to enter.

    Of those `unmapped` it has nothing, and nobody knows which tests enter them.
    """

    numbers: frozenset[int]
    unmapped: frozenset[FunctionName] = frozenset()


def find_mapped(table: FunctionTable, changed: Changed) -> MappedChange:
    """What a map of the release has of a change."""
    # A function that is new in these units may take the place of the same one from an archive.
    added = table.numbers(changed.added).keys()
    blind = {name.name for name in table.unwatched_names()}
    numbers, unmapped = find_numbers(table, changed.functions | changed.inlined | added, changed.references)
    hidden = {name for name in changed.added if name.name in blind}
    return MappedChange(frozenset(numbers), frozenset(unmapped | hidden))


@dataclass(slots=True)
class ChangeFinder:
    """Finds what series change over a release, each once: a FindChange."""

    prebuilt: Prebuilt
    _found: dict[tuple[BuiltObject, ...], Changed] = field(default_factory=dict)

    def __call__(self, base: Objects, patched: Objects) -> Changed:
        """What `patched` changes of `base`, both compiled by one overlay."""
        theirs = {one.output: one.path for one in base.objects}
        which = tuple(one for one in patched.objects if theirs.get(one.output) != one.path)
        if not which or which not in self._found:  # without objects nothing is known, with equal ones all is
            names = (name.rpartition("/")[2] for name in list_shipped_archives(self.prebuilt))
            archives = sorted(self.prebuilt.prefix / "lib" / name for name in names)
            self._found[which] = find_change(base, patched, archives)
        return self._found[which]


def list_functions(base: Objects, patched: Objects) -> frozenset[FunctionName]:
    """The functions of base's units that differ, without what comes from headers."""
    theirs = {one.output: one.path for one in patched.objects}
    found = set[FunctionName]()
    for one in base.objects:
        if theirs.get(one.output, one.path) != one.path:
            try:
                graph = cut(read_elf(one.path.read_bytes(), one.unit))
            except (ObjectError, OSError):
                continue
            blocks = [(n, block) for n, block in enumerate(graph.blocks) if block.is_code and not block.weak]
            found.update(name for n, _ in blocks for name in names_of(graph, n))
    return frozenset(found)


def find_change(base: Objects, patched: Objects, archives: Sequence[Path]) -> Changed:
    """What `patched` changes of `base`, both compiled by one overlay over the release's `archives`.

    In these, functions that may contain code of what changes are looked for, and readers of changed data. Of
    a side whose objects are not known, because it was built in full, everything changes.
    """
    if not patched.objects or not base.objects:
        return Changed(everything=(Undecided("", "a full build does not keep the objects of base"),))
    theirs = {one.output: one for one in base.objects}
    with ExitStack() as stack:
        content = {path.name: stack.enter_context(_mapped(path)) for path in archives}
        changed = join(
            _compare(theirs.get(mine.output), mine)
            for mine in patched.objects
            if not mine.unit.startswith(UNIT_TESTS)
        )
        if not changed.everything:
            try:
                changed = replace(changed, inlined=_find_inlined(changed.functions, base, content))
            except ObjectError as error:
                changed = replace(changed, everything=(Undecided("", error.what),))
        if not changed.exported:
            return changed
        replaced = {_member(one) for one in patched.objects}
        return join([changed, find_readers(content, changed.exported, replaced)])


def _compare(base: BuiltObject | None, patched: BuiltObject) -> Changed:
    """What differs of one unit."""
    if base is None:
        return Changed(everything=(Undecided(patched.unit, "base has no object of it"),))
    if base.path == patched.path:
        return Changed()
    try:
        return find_changed(patched.unit, base.path.read_bytes(), patched.path.read_bytes())
    except OSError as error:
        return Changed(everything=(Undecided(patched.unit, f"its object: {error.strerror}"),))


def _find_inlined(
    functions: frozenset[FunctionName], base: Objects, archives: Archives
) -> frozenset[FunctionName]:
    """Who may contain code of these in the release, in all units compiled of base.

    A unit that does not change counts as well: it has assertions, and the release's has not.
    """
    objects = [one for one in base.objects if not one.unit.startswith(UNIT_TESTS)]
    read: dict[str, tuple[BlockGraph, BlockGraph | None]] = {}
    found: frozenset[FunctionName] = frozenset()
    new = functions
    while new:
        known = functions | found
        for one in objects:
            content = one.path.read_bytes()
            if not any(name.name.encode("utf-8", "surrogateescape") in content for name in new):
                continue
            if one.output not in read:
                read[one.output] = cut(read_elf(content, one.unit)), _release(one, archives)
            ours, release = read[one.output]
            mine = [name for name in known if name.unit in {"", ours.unit}]
            found |= find_inlined(mine, ours, release)
        new = found - known
    return found - functions


def _release(one: BuiltObject, archives: Archives) -> BlockGraph | None:
    """The release's object of a unit; None if it is in no archive, or cannot be read."""
    archive, name = _member(one)
    for member, content in members(archives.get(archive, b"")):
        if member == name:
            try:
                return cut(read_elf(content, f"{archive}: {member}"))
            except ObjectError:
                return None
    return None


def _member(one: BuiltObject) -> tuple[str, str]:
    """What archive of the release has a unit's object, under which name."""
    return Path(archive_of(one.output)).name, Path(one.output).name


@contextmanager
def _mapped(path: Path) -> Iterator[mmap.mmap | bytes]:
    """The content of a file, read as it is asked for."""
    with path.open("rb") as file:
        if not path.stat().st_size:
            yield b""
            return
        with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
            yield content
