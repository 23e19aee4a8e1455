"""What a series changes, function by function: from the objects of its two sides."""

from __future__ import annotations

import mmap
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path

from harness.builders.link import archive_of
from harness.builders.plan import UNIT_TESTS
from harness.builders.request import Built, BuiltObject
from harness.reach.changed.blocks import BlockGraph
from harness.reach.changed.cut import cut
from harness.reach.changed.elf import ObjectError, read_elf
from harness.reach.changed.inlined import find_inlined
from harness.reach.changed.outside import find_readers, members
from harness.reach.changed.unit import Changed, Undecided, find_changed, join

Archives = Mapping[str, mmap.mmap | bytes]


def find_change(base: Built, patched: Built, archives: Sequence[Path]) -> Changed:
    """What `patched` changes of `base`, both built by one overlay over the release's `archives`.

    In these, functions that may contain code of what changes are looked for, and readers of changed data. Of
    a side whose objects are not known, because it was built in full, everything changes.
    """
    if not patched.objects or not base.objects:
        return Changed(everything=(Undecided("", "a full build does not keep the objects of base"),))
    theirs = {one.output: one for one in base.objects}
    with ExitStack() as stack:
        content = {path.name: stack.enter_context(_mapped(path)) for path in archives}
        changed = join(
            _compare(theirs.get(mine.output), mine, content)
            for mine in patched.objects
            if not mine.unit.startswith(UNIT_TESTS)
        )
        if not changed.exported:
            return changed
        replaced = {_member(one) for one in patched.objects}
        return join([changed, find_readers(content, changed.exported, replaced)])


def _compare(base: BuiltObject | None, patched: BuiltObject, archives: Archives) -> Changed:
    """What differs of one unit, with who may contain code of that in the release."""
    if base is None:
        return Changed(everything=(Undecided(patched.unit, "base has no object of it"),))
    if base.path == patched.path:
        return Changed()
    try:
        ours = base.path.read_bytes()
        changed = find_changed(patched.unit, ours, patched.path.read_bytes())
    except OSError as error:
        return Changed(everything=(Undecided(patched.unit, f"its object: {error.strerror}"),))
    if not changed.functions or changed.everything:
        return changed
    graph = cut(read_elf(ours, patched.unit))
    return replace(changed, inlined=find_inlined(changed.functions, graph, _release(base, archives)))


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
