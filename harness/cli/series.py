"""From the SERIES of a command line to series."""

from __future__ import annotations

import sys
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from harness import resources
from harness.errors import UsageError

if TYPE_CHECKING:
    from harness.model import Series
    from harness.progress import Progress


@dataclass(frozen=True, slots=True)
class Given:
    """What a command line names: series, the commit of the checkout they start from, remarks on the whole.

    What there is to say about one series' input is among its own remarks.
    """

    series: tuple[Series, ...]
    revision: str
    remarks: tuple[str, ...] = ()


def loaded(names: tuple[str, ...], version: str, source: Path | None, progress: Progress) -> Given:
    """The series of these names; of none: all of patches/ that are for the version."""
    from harness.series.load import all_series

    patches = _patches_root()
    if not names:
        known = all_series(patches, version)
        lost = [one.name for one in known if not one.patches]
        remarks = tuple(f"{name} has no patches for LLVM {version}: left out" for name in lost)
        for remark in remarks:
            progress.step(remark)
        found = tuple(listed for listed in known if listed.patches)
        if not found:
            raise UsageError(
                f"no series in {patches} is for LLVM {version}",
                "give a patch, or rebase a series and list the version in its series.toml",
            )
        return Given(found, "HEAD", remarks)
    checkout = source if source is not None and source.is_dir() else Path.cwd()
    read = tuple(_read(name, version, checkout, progress) for name in names)
    return Given(read, _revision(names, source))


def nearest(names: tuple[str, ...], version: str, progress: Progress) -> tuple[Series, ...]:
    """The series of these names, of none: all of patches/; with the patches nearest to `version`."""
    from harness.series.catalogue import entries, find, newest_version, read_entry

    patches = _patches_root()
    if names:
        return tuple(
            read_entry(folder).nearest(version)
            if (folder := find(patches, name)) is not None
            else _read(name, version, Path.cwd(), progress)
            for name in names
        )
    every = entries(patches, mutants=False)
    if not every:
        raise UsageError(f"{patches}: there is no series", "give a patch, a folder of patches or commits")
    newest = newest_version(release for entry in every for release in entry.recipe.versions)
    found = []
    for entry in every:
        # What is only for older releases was mended since.
        if version in entry.patches or newest in entry.patches:
            found.append(entry.nearest(version))
        else:
            progress.step(f"{entry.folder.name} has no patches for LLVM {version} or {newest}: left out")
    return tuple(found)


def _read(name: str, version: str, checkout: Path, progress: Progress) -> Series:
    """One series, however it is named, with what there is to say about its input."""
    from harness.series.load import load
    from harness.series.parse import MAX_BYTES

    def stdin() -> bytes:
        return sys.stdin.buffer.read(MAX_BYTES + 1)

    one = load(name, patches_root=_patches_root(), version=version, repo=checkout, stdin=stdin)
    for note in one.notes:
        progress.step(note)
    return replace(one.series, remarks=one.notes)


def _revision(names: tuple[str, ...], source: Path | None) -> str:
    """Where the series of a checkout start: the merge base of a range, the parent of a commit, or HEAD."""
    from harness import git
    from harness.series.catalogue import find

    if source is None or not source.is_dir():
        return "HEAD"
    starts = set()
    for name in names:
        if name == "-" or Path(name).exists() or find(_patches_root(), name):
            starts.add("HEAD")
        elif ".." in name or git.has_commit(source, name):
            starts.add(git.start(source, name))
    if len(starts) > 1:
        raise UsageError(
            f"the series start from different commits: {', '.join(sorted(starts))}", "check them one by one"
        )
    return starts.pop() if starts else "HEAD"


def _patches_root() -> Path:
    return resources.find() / "patches"
