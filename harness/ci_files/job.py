"""The CI files of a recipe, written to a folder or compared with what is there."""

from __future__ import annotations

from pathlib import Path

from harness.cell import Depth
from harness.ci_files.render import CachedColumn, CiPlan, render
from harness.errors import EnvironmentLacksError, UsageError
from harness.matrix.recipe import MatrixRecipe

# What a cache's key begins with: of an LLVM that series are only applied to, and of one that judges them.
_CACHES = ("llvm-patch-ports", "llvm-patch-harness")


def find_versions(recipe: MatrixRecipe) -> tuple[str, ...]:
    """The versions of LLVM on which a pull request is judged: the columns with verdicts. Raises UsageError.

    A wheel, the system's LLVM and a snapshot are not the same on another machine, or not tomorrow.
    """
    judged = [column.name for column in recipe.columns if column.depth is Depth.VERDICT]
    versions = tuple(name for name in judged if name.isdigit())
    if not versions:
        raise UsageError(
            f"{recipe.name}: no released LLVM has the depth verdict, so a pull request has nothing to run on",
            'add one: [[llvm]] with name = "19"',
        )
    return versions


def find_columns(recipe: MatrixRecipe) -> tuple[CachedColumn, ...]:
    """The columns of the nightly matrix: all but the system's LLVM, which a container has not.

    Where a series is judged, the cache is that of pull requests. A wheel is in no cache.
    """
    return tuple(
        CachedColumn(one.name, "" if one.is_wheel else _CACHES[one.depth is Depth.VERDICT])
        for one in recipe.columns
        if not one.name.startswith("system")
    )


def write_files(recipe: MatrixRecipe, folder: Path, place: str = "") -> tuple[Path, ...]:
    """Write every file that differs, and return those. Raises EnvironmentLacksError if one cannot be.

    `place` is where the fork has the recipe, empty if it is the one of the harness.
    """
    written = []
    for path, text in find_drift(recipe, folder, place).items():
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        except OSError as error:
            raise EnvironmentLacksError(
                f"cannot write {path}: {(error.strerror or str(error)).lower()}",
                "name a folder that can be written with --out",
            ) from None
        written.append(path)
    return tuple(written)


def require_current(recipe: MatrixRecipe, folder: Path, place: str = "") -> None:
    """Raise UsageError if a file is not what the recipe makes."""
    if drift := find_drift(recipe, folder, place):
        raise UsageError(
            f"{', '.join(map(str, drift))}: not what 'harness ci-files' writes from {recipe.name}",
            "change the recipe or the templates in harness/ci_files, then run 'make ci-files'",
        )


def find_drift(recipe: MatrixRecipe, folder: Path, place: str = "") -> dict[Path, str]:
    """The files in a folder that are missing or differ, with the text that they should have."""
    plan = CiPlan(find_versions(recipe), find_columns(recipe), place)
    wanted = {folder / path: text for path, text in render(plan).items()}
    return {path: text for path, text in wanted.items() if not path.is_file() or path.read_text() != text}
