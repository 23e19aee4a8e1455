"""From the cells of a recipe to tasks: with their series, and a key over all that their answers rest on."""

from __future__ import annotations

import os
import platform
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path

from harness.cell import Cell, CellResult, CellState
from harness.errors import UsageError
from harness.imports import fingerprint
from harness.matrix.columns import ReadyColumn
from harness.matrix.task import CELL_SECONDS, CellTask
from harness.model import Series
from harness.process.sandbox import VARIABLE
from harness.series.catalogue import Catalogue
from harness.series.load import load
from harness.store import digest, file_digest

_EVALUATION = ("harness.matrix.evaluate",)


@dataclass(frozen=True, slots=True)
class TaskMaker:
    """Makes the tasks of a matrix. `suite` is the folder of our suite, `seconds` what each cell may take."""

    catalogue: Catalogue
    suite: Path
    columns: Mapping[str, ReadyColumn]
    seconds: float = CELL_SECONDS
    _series: dict[tuple[str, str], tuple[tuple[Series, ...], bool]] = field(default_factory=dict)

    def make(self, cell: Cell) -> CellTask | CellResult:
        """The task of a cell; or its result, where nothing can be asked."""
        column = self.columns[cell.llvm]
        lacks = column.lacks_source if cell.series else column.lacks
        if lacks:
            state = CellState.SKIPPED if column.is_absent else CellState.NO_ANSWER
            return CellResult(cell, state, lacks, llvm_version=column.version)
        series, named = self._find_series(cell.series, column.version) if cell.series else ((), False)
        identities = {
            **dict(column.identities),
            "suite": suite_digest(self.suite),
            "harness": harness_digest(),
            "machine": platform.machine(),
        }
        if cell.series:
            identities["series"] = series_digest(series)
        else:
            for name in ("archives", "maps"):
                identities.pop(name, None)
            if not cell.suite.startswith("upstream:"):
                identities.pop("source", None)
        asked = (cell.suite, cell.target, cell.series, str(cell.assertions), cell.depth.value, str(named))
        key = digest(*asked, *(f"{name} {value}" for name, value in sorted(identities.items())))
        task = CellTask(cell, str(self.suite), series, named, key, identities, seconds=self.seconds)
        return replace(task, any_source=column.any_source, sandbox=os.environ.get(VARIABLE, ""))

    def _find_series(self, name: str, version: str) -> tuple[tuple[Series, ...], bool]:
        """The series with the patches to try on a version, nearest first, and whether it has some for it."""
        if (name, version) not in self._series:
            self._series[name, version] = self._load(name, version)
        return self._series[name, version]

    def _load(self, name: str, version: str) -> tuple[tuple[Series, ...], bool]:
        folder = self.catalogue.find(name)
        if folder is None:
            one = load(name, catalogue=self.catalogue, version=version, repo=Path.cwd(), stdin=_no_input)
            return (one,), one.llvm == version
        entry = self.catalogue.entry(folder)
        if version in entry.recipe.versions:
            return (entry.series(version, entry.patches[version], version),), True
        nearest = sorted(entry.patches, key=lambda made_for: (_distance(made_for, version), made_for))
        return tuple(entry.series(version, entry.patches[made_for], made_for) for made_for in nearest), False


def require_series(catalogue: Catalogue, recipe: str, names: Sequence[str]) -> None:
    """Raise UsageError unless every name is a series or a file."""
    for name in names:
        if catalogue.find(name) is None and not Path(name).exists():
            raise UsageError(
                f"{recipe}: {name} is not a series or a file",
                "name a series of patches/, or the path of a patch",
                f"series here: {', '.join(catalogue.names(mutants=False))}",
            )


def _no_input() -> bytes:
    raise UsageError("-: a matrix reads no standard input", "name a patch file")


def _distance(one: str, other: str) -> tuple[int, ...]:
    return tuple(abs(a - b) for a, b in zip(_numbers(one), _numbers(other), strict=False))


def _numbers(version: str) -> list[int]:
    return [int(part) for part in version.partition("~")[0].split(".") if part.isdigit()]


def series_digest(series: Sequence[Series]) -> str:
    """What changes with patches, claims and what else a series says of itself."""
    import msgspec

    return digest(*(msgspec.json.encode(one) for one in series))


@cache
def harness_digest() -> str:
    """What changes with the code that evaluates cells, and with the packages that it uses."""
    return digest(*fingerprint(*_EVALUATION))


@cache
def suite_digest(suite: Path) -> str:
    """What changes with the files of a suite."""
    files = sorted(path for path in suite.rglob("*") if path.is_file() and "__pycache__" not in path.parts)
    return digest(*(f"{path.relative_to(suite)} {file_digest(path)}" for path in files))
