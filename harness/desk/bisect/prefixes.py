"""A series in steps: its first patches, or its first hunks. Each step is a series of its own (pure)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from harness.model import Series
from harness.patch import ChangeKind, FileDiff, Patch


@dataclass(frozen=True, slots=True)
class Prefix:
    """The series up to what `name` says; `name` is what the last step adds."""

    name: str
    series: Series


def list_patches(series: Series) -> tuple[Prefix, ...]:
    """The first patch, the first two, and so on."""
    return tuple(
        Prefix(name_of(patch), _named(series, series.patches[: number + 1], patch.name))
        for number, patch in enumerate(series.patches)
    )


def list_hunks(series: Series) -> tuple[Prefix, ...]:
    """The first hunk, the first two, and so on. A file that is added, deleted or renamed is one step."""
    return tuple(
        Prefix(name, _named(series, (*series.patches[:number], part), name))
        for number, patch in enumerate(series.patches)
        for name, part in _parts(patch)
    )


def name_of(patch: Patch) -> str:
    """A commit by its number and subject, as `git log --oneline` shows it; other patches by their name."""
    return f"{patch.commit[:12]} {patch.subject}" if patch.commit else patch.name


def _parts(patch: Patch) -> Iterator[tuple[str, Patch]]:
    """The beginnings of a patch, each a hunk longer, with what that hunk is called."""
    before: list[FileDiff] = []
    for diff in patch.diffs:
        if diff.kind is not ChangeKind.MODIFIED or not diff.hunks:
            before.append(diff)
            yield f"{name_of(patch)}: {diff.path}, {diff.kind.value}", replace(patch, diffs=tuple(before))
            continue
        for number, hunk in enumerate(diff.hunks, 1):
            part = replace(diff, hunks=diff.hunks[:number])
            where = f"{diff.path}:{hunk.old_start}, hunk {number} of {len(diff.hunks)}"
            name = f"{name_of(patch)}: {where}"
            yield name, replace(patch, diffs=(*before, part))
        before.append(diff)


def _named(series: Series, patches: tuple[Patch, ...], last: str) -> Series:
    return replace(series, name=f"{series.name} up to {last}", patches=patches, claims=())
