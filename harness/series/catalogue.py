"""The series of a `patches/` folder: `<series>/series.toml` and `<series>/<version>/NNNN-*.patch`.

Mutants have their own folder in it, `patches/mutants/`. No series and mutant share a name.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from harness.errors import UsageError
from harness.model import Series, SeriesKind
from harness.patch import Patch
from harness.series.parse import MAX_BYTES, read_patches
from harness.series.recipe import VERSION, Recipe, parse_recipe

RECIPE = "series.toml"
MUTANTS = "mutants"
_NUMBERED = re.compile(r"(\d{4})-.+\.patch")
_LIKE_PATCH = (".patch", ".diff", ".mbox", ".eml")


@dataclass(frozen=True, slots=True)
class Entry:
    """One folder with a series.toml: its recipe, and the patches for each LLVM version that it lists.

    Patches for a version in `recipe.compiled` are only applied and compiled, not judged.
    """

    folder: Path
    recipe: Recipe
    patches: dict[str, tuple[Patch, ...]]

    def nearest(self, version: str) -> Series:
        """The series with its patches for `version`, or else for the newest version it has."""
        made_for = version if version in self.patches else newest_version(self.recipe.versions)
        return self.series(version, self.patches[made_for], made_for)

    def series(self, version: str, patches: tuple[Patch, ...], made_for: str) -> Series:
        """The series with these patches, made for LLVM `made_for`, and its claims on `version`."""
        return Series(
            name=self.folder.name,
            title=self.recipe.title,
            kind=self.recipe.kind,
            patches=patches,
            llvm=made_for,
            upstream=self.recipe.upstream,
            claims=self.recipe.claims_for(version or made_for),
            equivalent=self.recipe.equivalent,
        )


def newest_version(versions: Iterable[str]) -> str:
    """The highest of some LLVM versions."""
    return max(versions, key=lambda version: [int(part) for part in version.split(".")])


def read_bytes(path: Path) -> bytes:
    """The bytes of a file or pipe, at most one more than a patch may have. Raises UsageError."""
    try:
        with path.open("rb") as file:
            return file.read(MAX_BYTES + 1)
    except OSError as error:
        raise UsageError(
            f"{path}: cannot be read: {error.strerror}", "check the path and its permissions"
        ) from None


def is_entry(folder: Path) -> bool:
    """Whether a folder holds a series."""
    return (folder / RECIPE).is_file()


class Catalogue:
    """All series and mutants of a `patches/` folder; each is read once, when it is first needed.

    Somebody may be writing one, so that it cannot be read: an error for a request for that one or for all.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        self._read: dict[Path, Entry | UsageError] = {}

    def find(self, name: str) -> Path | None:
        """The folder of the series or mutant of this name. Raises UsageError if both have it."""
        places = [place / name for place in (self.root, self.root / MUTANTS) if is_entry(place / name)]
        if "/" in name or not places:
            return None
        if len(places) > 1:
            raise _twice(places[1], places[0])
        return places[0]

    def names(self, *, mutants: bool) -> tuple[str, ...]:
        """The names of all series, or of all mutants, sorted."""
        return tuple(folder.name for folder in _folders(self.root, mutants=mutants) if is_entry(folder))

    def holds_mutant(self, folder: Path) -> bool:
        """Whether a folder with a series is one of the mutants here."""
        place = self.root / MUTANTS
        return place.is_dir() and folder.resolve().parent.samefile(place)

    def entry(self, folder: Path) -> Entry:
        """The series of a folder, be it here or elsewhere. Raises UsageError if it cannot be read."""
        if folder not in self._read:
            try:
                self._read[folder] = read_entry(folder)
            except UsageError as error:
                self._read[folder] = error
        found = self._read[folder]
        if isinstance(found, UsageError):
            raise found
        return found

    def entries_or_errors(self, *, mutants: bool) -> Iterator[Entry | UsageError]:
        """Every series, or every mutant, sorted by name; the error for one that cannot be read."""
        for folder in _folders(self.root, mutants=mutants):
            try:
                entry = self.entry(folder)
                self._check_place(entry, mutants=mutants)
            except UsageError as error:
                yield error
            else:
                yield entry

    def entries(self, *, mutants: bool) -> tuple[Entry, ...]:
        """Every series, or every mutant, sorted by name.

        Raises UsageError for one that cannot be read or is in the wrong place, and for a name in both.
        """
        found = []
        for one in self.entries_or_errors(mutants=mutants):
            if isinstance(one, UsageError):
                raise one
            found.append(one)
        return tuple(found)

    def _check_place(self, entry: Entry, *, mutants: bool) -> None:
        name, kind = entry.folder.name, entry.recipe.kind
        place = self.root / (name if mutants else f"{MUTANTS}/{name}")
        if is_entry(place):
            raise _twice(*((entry.folder, place) if mutants else (place, entry.folder)))
        if (kind is SeriesKind.MUTANT) is not mutants:
            what = "not a mutant" if mutants else "a mutant"
            raise UsageError(
                f"{entry.folder}: is {what} (its kind is {kind.value}), and {entry.folder.parent} is for "
                f"{'mutants' if mutants else 'fixes and features'}",
                f"git mv {entry.folder} {place}, or correct its kind",
            )


def root_of(folder: Path) -> Path:
    """The `patches/` that a series, or a mutant, is in."""
    return folder.parent.parent if folder.parent.name == MUTANTS else folder.parent


def _folders(patches_root: Path, *, mutants: bool) -> list[Path]:
    place = patches_root / MUTANTS if mutants else patches_root
    if not place.is_dir():
        return []
    inside = (p for p in place.iterdir() if p.is_dir() and not p.name.startswith("."))
    return sorted(p for p in inside if mutants or p.name != MUTANTS)


def _twice(mutant: Path, series: Path) -> UsageError:
    return UsageError(f"{mutant}: {series} has that name too", "rename one of them")


def read_entry(folder: Path) -> Entry:
    """Read one series. Raises UsageError for its recipe, the folders of its versions, or a patch."""
    recipe_path = folder / RECIPE
    if not recipe_path.is_file():
        raise UsageError(f"{folder}: has no {RECIPE}", f"write {recipe_path}, or move the folder elsewhere")
    recipe = parse_recipe(str(recipe_path), read_bytes(recipe_path))
    listed = (*recipe.versions, *recipe.compiled)
    for path in sorted(folder.iterdir()):
        if path.is_dir() and VERSION.fullmatch(path.name) and path.name not in listed:
            raise UsageError(
                f"{recipe_path}: llvm.versions does not list {path.name}, which has a folder",
                f"add {path.name} to llvm.versions, or remove {path}",
            )
    return Entry(folder, recipe, {v: _version(recipe_path, folder / v) for v in listed})


def _version(recipe_path: Path, folder: Path) -> tuple[Patch, ...]:
    if not folder.is_dir():
        raise UsageError(
            f"{recipe_path}: llvm.versions lists {folder.name}, but there is no folder {folder}",
            f"put its patches there with `git format-patch -o {folder}`, or remove the version",
        )
    numbers: dict[str, str] = {}
    for path in sorted(folder.iterdir()):
        match = _NUMBERED.fullmatch(path.name)
        if match is None and path.suffix in _LIKE_PATCH:
            raise UsageError(
                f"{path}: is not named NNNN-*.patch, so its place is unknown",
                "rename it to 0001-....patch",
            )
        if match and match[1] in numbers:
            raise UsageError(f"{path}: has the same number as {numbers[match[1]]}", "rename one of them")
        if match:
            numbers[match[1]] = path.name
    if not numbers:
        raise UsageError(
            f"{folder}: has no NNNN-*.patch",
            f"put them there with `git format-patch -o {folder}`, or remove the version",
        )
    found = tuple(
        replace(patch, name=patch.name.removeprefix(f"{folder}/"))
        for path in (folder / name for name in numbers.values())
        for patch in read_patches(str(path), read_bytes(path)).patches
    )
    if not found:
        raise UsageError(f"{folder}: has a cover letter and no patch", "put the patches beside it")
    return found
