"""The series of a `patches/` folder: `<series>/series.toml` and `<series>/<version>/NNNN-*.patch`."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from pathlib import Path

from harness.errors import UsageError
from harness.model import PatchFile, Series
from harness.series.parse import MAX_BYTES, PatchFacts, read_patches
from harness.series.recipe import VERSION, Recipe, parse_recipe

RECIPE = "series.toml"
_NUMBERED = re.compile(r"(\d{4})-.+\.patch")
_LIKE_PATCH = (".patch", ".diff", ".mbox", ".eml")


@dataclass(frozen=True, slots=True)
class Entry:
    """One folder with a series.toml: its recipe, and its patches by LLVM version (every one it lists)."""

    folder: Path
    recipe: Recipe
    patches: dict[str, tuple[PatchFacts, ...]]

    def series(self, version: str, patches: tuple[PatchFacts, ...], made_for: str) -> Series:
        """The series with these patches, made for LLVM `made_for`, and the claims it has on `version`."""
        return Series(
            name=self.folder.name,
            title=self.recipe.title,
            kind=self.recipe.kind,
            patches=tuple(PatchFile(p.name, p.canonical) for p in patches),
            llvm=made_for,
            upstream=self.recipe.upstream,
            claims=self.recipe.claims_for(version or made_for),
        )


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


def entries(patches_root: Path) -> tuple[Entry, ...]:
    """Every series of `patches_root`, sorted by name. A folder without a series.toml is an error."""
    if not patches_root.is_dir():
        return ()
    folders = sorted(p for p in patches_root.iterdir() if p.is_dir() and not p.name.startswith("."))
    return tuple(read_entry(folder) for folder in folders)


def read_entry(folder: Path) -> Entry:
    """Read one series. Raises UsageError for its recipe, the folders of its versions, or a patch."""
    recipe_path = folder / RECIPE
    if not recipe_path.is_file():
        raise UsageError(f"{folder}: has no {RECIPE}", f"write {recipe_path}, or move the folder elsewhere")
    recipe = parse_recipe(str(recipe_path), read_bytes(recipe_path))
    for path in sorted(folder.iterdir()):
        if path.is_dir() and VERSION.fullmatch(path.name) and path.name not in recipe.versions:
            raise UsageError(
                f"{recipe_path}: llvm.versions does not list {path.name}, which has a folder",
                f"add {path.name} to llvm.versions, or remove {path}",
            )
    return Entry(folder, recipe, {v: _version(recipe_path, folder / v) for v in recipe.versions})


def _version(recipe_path: Path, folder: Path) -> tuple[PatchFacts, ...]:
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
