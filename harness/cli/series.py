"""From the SERIES of a command line to series."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from harness import resources
from harness.errors import UsageError

if TYPE_CHECKING:
    from harness.model import Series
    from harness.progress import Progress
    from harness.series.catalogue import Catalogue


@dataclass(frozen=True, slots=True)
class GivenSeries:
    """What a command line names: series, the commit of the checkout they start from, remarks on the whole.

    Remarks on the input of one series are its own.
    """

    series: tuple[Series, ...]
    revision: str
    remarks: tuple[str, ...] = ()


def open_catalogue() -> Catalogue:
    """The series of the checkout, or those that are installed with the harness."""
    from harness.series.catalogue import Catalogue

    return Catalogue(resources.find() / "patches")


def load_given(names: tuple[str, ...], version: str, source: Path | None, progress: Progress) -> GivenSeries:
    """The series of these names, without names all of patches/ that are for the version."""
    catalogue = open_catalogue()
    if not names:
        return _load_all(catalogue, version, progress)
    checkout = source if source is not None and source.is_dir() else Path.cwd()
    read = tuple(_load(name, catalogue, version, checkout, progress) for name in names)
    return GivenSeries(read, _revision(names, catalogue, source))


def load_nearest(names: tuple[str, ...], version: str, progress: Progress) -> tuple[Series, ...]:
    """The series of these names, without names all of patches/; with the patches nearest to `version`."""
    from harness.series.catalogue import newest_version

    catalogue = open_catalogue()
    if names:
        return tuple(
            catalogue.entry(folder).nearest(version)
            if (folder := catalogue.find(name)) is not None
            else _load(name, catalogue, version, Path.cwd(), progress)
            for name in names
        )
    every = catalogue.entries(mutants=False)
    if not every:
        raise UsageError(
            f"{catalogue.root}: there is no series", "give a patch, a folder of patches or commits"
        )
    newest = newest_version(release for entry in every for release in entry.recipe.versions)
    found = []
    for entry in every:
        # What is only for older releases was fixed since.
        if version in entry.patches or newest in entry.patches:
            found.append(entry.nearest(version))
        else:
            progress.step(f"{entry.folder.name} has no patches for LLVM {version} or {newest}: left out")
    return tuple(found)


def _load_all(catalogue: Catalogue, version: str, progress: Progress) -> GivenSeries:
    from harness.series.load import load_all

    known = load_all(catalogue, version)
    lost = [one.name for one in known if not one.patches]
    remarks = tuple(f"{name} has no patches for LLVM {version}: left out" for name in lost)
    for remark in remarks:
        progress.step(remark)
    found = tuple(one for one in known if one.patches)
    if not found:
        raise UsageError(
            f"no series in {catalogue.root} is for LLVM {version}",
            "give a patch, or rebase a series and list the version in its series.toml",
        )
    return GivenSeries(found, "HEAD", remarks)


def _load(name: str, catalogue: Catalogue, version: str, checkout: Path, progress: Progress) -> Series:
    """One series, however it is named."""
    from harness.series.load import load
    from harness.series.parse import MAX_BYTES

    def stdin() -> bytes:
        return sys.stdin.buffer.read(MAX_BYTES + 1)

    one = load(name, catalogue=catalogue, version=version, repo=checkout, stdin=stdin)
    for remark in one.remarks:
        progress.step(remark)
    return one


def _revision(names: tuple[str, ...], catalogue: Catalogue, source: Path | None) -> str:
    """Where the series of a checkout start: the merge base of a range, the parent of a commit, or HEAD."""
    from harness import git

    if source is None or not source.is_dir():
        return "HEAD"
    starts = set()
    for name in names:
        if name == "-" or Path(name).exists() or catalogue.find(name):
            starts.add("HEAD")
        elif ".." in name or git.has_commit(source, name):
            starts.add(git.start(source, name))
    if len(starts) > 1:
        raise UsageError(
            f"the series start from different commits: {', '.join(sorted(starts))}", "check them one by one"
        )
    return starts.pop() if starts else "HEAD"
