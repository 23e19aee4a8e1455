"""`harness ci-files`: CI for an LLVM fork, from the recipe of the matrix."""

from __future__ import annotations

from pathlib import Path

import click

from harness import resources
from harness.console.say import say


@click.command("ci-files")
@click.option(
    "--recipe",
    "recipe_file",
    type=click.Path(path_type=Path, dir_okay=False),
    help="The recipe, whose columns with verdicts a pull request is judged on [default: ci/matrix.toml].",
)
@click.option(
    "--out",
    "folder",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path(),
    show_default=True,
    help="The folder that action.yml and ci/ are written to.",
)
@click.option("--check", "only_check", is_flag=True, help="Write nothing; an error if a file differs.")
def command(recipe_file: Path | None, folder: Path, only_check: bool) -> None:
    """Write CI configurations for GitHub, GitLab and Buildkite, and a GitHub action."""
    from harness.ci_files.job import require_current, write_files
    from harness.matrix import recipe

    read = recipe.read(recipe_file or resources.find() / "ci/matrix.toml")
    place = _place(recipe_file, folder) if recipe_file else ""
    if only_check:
        require_current(read, folder, place)
        return
    for path in write_files(read, folder, place):
        say(f"wrote {path}")


def _place(recipe: Path, folder: Path) -> str:
    """Where a recipe is in the fork, whose top is `folder`; at the top if it comes from elsewhere."""
    whole, top = recipe.resolve(), folder.resolve()
    return str(whole.relative_to(top)) if whole.is_relative_to(top) else recipe.name
