"""The series of a `patches/` folder: `<series>/series.toml` and `<series>/<version>/NNNN-*.patch`.

Mutants have a folder of their own in it, `patches/mutants/`. A name is there once, in either.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
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
    """One folder with a series.toml: its recipe, and its patches by LLVM version (every one it lists).

    Those for a version in `recipe.compiled` are there to be applied and compiled, not to be judged.
    """

    folder: Path
    recipe: Recipe
    patches: dict[str, tuple[Patch, ...]]

    def nearest(self, version: str) -> Series:
        """The series with the patches for `version`, or without such with those of the newest it has."""
        made_for = version if version in self.patches else newest_version(self.recipe.versions)
        return self.series(version, self.patches[made_for], made_for)

    def series(self, version: str, patches: tuple[Patch, ...], made_for: str) -> Series:
        """The series with these patches, made for LLVM `made_for`, and the claims it has on `version`."""
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
    """A file or pipe, not more of it than a patch may have. Raises UsageError if it cannot be read."""
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


def find(patches_root: Path, name: str) -> Path | None:
    """The folder of the series or mutant of this name. Raises UsageError if both have it."""
    places = [place / name for place in (patches_root, patches_root / MUTANTS) if is_entry(place / name)]
    if "/" in name or not places:
        return None
    if len(places) > 1:
        raise _twice(places[1], places[0])
    return places[0]


def holds_mutant(patches_root: Path, folder: Path) -> bool:
    """Whether a folder with a series is one of the mutants of `patches_root`."""
    place = patches_root / MUTANTS
    return place.is_dir() and folder.resolve().parent.samefile(place)


def names(patches_root: Path, *, mutants: bool) -> tuple[str, ...]:
    """The names of all series, or of all mutants, sorted."""
    return tuple(folder.name for folder in _folders(patches_root, mutants=mutants) if is_entry(folder))


def root_of(folder: Path) -> Path:
    """The `patches/` that a series, or a mutant, is in."""
    return folder.parent.parent if folder.parent.name == MUTANTS else folder.parent


def entries(patches_root: Path, *, mutants: bool) -> tuple[Entry, ...]:
    """Every series of `patches_root`, or every mutant, sorted by name.

    Raises UsageError for a folder without a series.toml, for one in the wrong place, or a name in both.
    """
    found = tuple(read_entry(folder) for folder in _folders(patches_root, mutants=mutants))
    for entry in found:
        place = patches_root / (entry.folder.name if mutants else f"{MUTANTS}/{entry.folder.name}")
        if is_entry(place):
            raise _twice(*((entry.folder, place) if mutants else (place, entry.folder)))
        kind = entry.recipe.kind
        if (kind is SeriesKind.MUTANT) is not mutants:
            what = "no mutant" if mutants else "a mutant"
            raise UsageError(
                f"{entry.folder}: is {what} (its kind is {kind.value}), and {entry.folder.parent} is for "
                f"{'mutants' if mutants else 'fixes and features'}",
                f"git mv {entry.folder} {place}, or correct its kind",
            )
    return found


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
                f"{path}: is not named NNNN-*.patch, its place is unknown", "rename it to 0001-....patch"
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
