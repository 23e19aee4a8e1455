"""`harness matrix`: series and the suite on many LLVMs."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from harness import resources
from harness.cli import options, reports
from harness.console.say import say_report
from harness.errors import UsageError
from harness.history.run import history_place
from harness.store import Store

if TYPE_CHECKING:
    from harness.matrix.executors.executor import Executor
    from harness.matrix.recipe import MatrixRecipe

RECIPE = Path("ci/matrix.toml")


@click.command("matrix")
@click.argument("series", nargs=-1)
@click.option(
    "--recipe",
    type=click.Path(path_type=Path, dir_okay=False),
    help=f"Columns and rows [default: {RECIPE}].",
)
@click.option(
    "--only", multiple=True, metavar="GLOB", help="Only these rows, columns, targets or cells; repeatable."
)
@click.option("--again", is_flag=True, help="Evaluate also cells whose answer is known.")
@click.option("--timeout", type=options.Duration(), default=3600.0, show_default=True, metavar="SECONDS")
@options.jobs("Cells")
@click.option("--executor", type=click.Choice(["local", "dask"]), help="Where cells run [default: local].")
@click.option("--scheduler", metavar="tcp://HOST:PORT", help="The Dask scheduler of --executor dask.")
@options.history
@options.record
@click.option("--junit", "junit_file", type=options.FILE, help="Write JUnit XML.")
@click.option("--markdown", "markdown_file", type=options.FILE, help="Write a comment for a pull request.")
@click.option("--html", "html_file", type=options.FILE, help="Write a page.")
@options.quiet
@options.sandbox
@options.store
def command(  # noqa: PLR0913, PLR0917 - click passes one argument an option
    series: tuple[str, ...],
    recipe: Path | None,
    only: tuple[str, ...],
    again: bool,
    timeout: float,
    jobs: int | None,
    executor: str | None,
    scheduler: str | None,
    history: str | None,
    json_file: Path | None,
    junit_file: Path | None,
    markdown_file: Path | None,
    html_file: Path | None,
    quiet: bool,
    store_root: Path | None,
) -> None:
    """Evaluate the cells of a recipe, and print the grid and what changed since the last run.

    SERIES are series or patch files to judge instead of those of the recipe. A cell whose identities (its
    LLVM, source, suite, patches, and the harness) all ran before is not run again.
    """
    from harness.cli.progress import show_progress
    from harness.cli.series import open_catalogue
    from harness.matrix import html, junit, markdown, record, terminal
    from harness.matrix.job import MatrixJob, run
    from harness.matrix.kept import keep_run
    from harness.matrix.recipe import choose, read
    from harness.matrix.tasks import require_series

    files = {"--json": json_file, "--junit": junit_file, "--markdown": markdown_file, "--html": html_file}
    path = recipe or resources.find() / RECIPE
    reports.require(files, [path, *series])
    asked = _with_series(read(path), series)
    catalogue = open_catalogue()
    require_series(catalogue, str(path), [one.name for one in asked.series])
    store = options.open_enclosed(store_root)
    place = _open_executor(store, jobs, executor, scheduler)
    suite = resources.find() / "lit-tests"
    cells = choose(asked.cells(), only)
    kept = keep_run(history_place(history, store))
    with show_progress(quiet=quiet) as progress, kept as known:
        job = MatrixJob(store, asked.title, cells, catalogue, suite, place, known, again, timeout)
        report = run(job, progress)
        if known is not None:
            known.finish(report.exit_code)
    reports.deliver(
        lambda: say_report(lambda console: terminal.write(report, console)),
        [
            (json_file, lambda: record.encode(report)),
            (junit_file, lambda: junit.write(report)),
            (markdown_file, lambda: markdown.write(report)),
            (html_file, lambda: html.write(report)),
        ],
    )
    sys.exit(report.exit_code)


def _open_executor(store: Store, jobs: int | None, name: str | None, scheduler: str | None) -> Executor:
    """Where the cells run. Raises UsageError if options do not fit each other."""
    from harness.matrix.executors.local import Local

    if (name or "local") == "local":
        if scheduler:
            raise UsageError("--scheduler is of --executor dask", "give both, or none")
        return Local(store, jobs or options.default_jobs())
    from harness.matrix.executors.dask import Dask

    if not scheduler:
        raise UsageError("--executor dask: which scheduler?", "give --scheduler tcp://HOST:8786")
    return Dask(store, scheduler)


def _with_series(recipe: MatrixRecipe, names: tuple[str, ...]) -> MatrixRecipe:
    """The recipe with these series instead of its own, on all of its columns."""
    from harness.matrix.recipe import RowGroup

    if not names:
        return recipe
    return replace(recipe, series=tuple(RowGroup(name) for name in dict.fromkeys(names)))
