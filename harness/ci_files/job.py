"""The CI files of a recipe, written to a folder or compared with what is there."""

from __future__ import annotations

from pathlib import Path

from harness.cell import Depth
from harness.ci_files.render import render
from harness.errors import EnvironmentLacksError, UsageError
from harness.matrix.recipe import MatrixRecipe


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


def write_files(recipe: MatrixRecipe, folder: Path) -> tuple[Path, ...]:
    """Write every file that differs, and return those. Raises EnvironmentLacksError if one cannot be."""
    written = []
    for path, text in find_drift(recipe, folder).items():
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


def require_current(recipe: MatrixRecipe, folder: Path) -> None:
    """Raise UsageError if a file is not what the recipe makes."""
    if drift := find_drift(recipe, folder):
        raise UsageError(
            f"{', '.join(map(str, drift))}: not what 'harness ci-files' writes from {recipe.name}",
            "change the recipe or the templates in harness/ci_files, then run 'make ci-files'",
        )


def find_drift(recipe: MatrixRecipe, folder: Path) -> dict[Path, str]:
    """The files in a folder that are missing or differ, with the text that they should have."""
    wanted = {folder / path: text for path, text in render(find_versions(recipe)).items()}
    return {path: text for path, text in wanted.items() if not path.is_file() or path.read_text() != text}
