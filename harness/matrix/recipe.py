"""`ci/matrix.toml`: the columns and rows of a matrix (pure).

[matrix]
title = "one line"
[[llvm]]                        # a column each
name = "19"                     # as for --llvm: 19, trunk, wheel, wheel:0.47, system
depth = "verdict"               # optional, how far series go there: ports, compiles or verdict
assertions = [true, false]      # optional, builds of series: with assertions enabled, as released
[[suite]]                       # rows: a suite alone
name = "lit-tests"              # as for --suite of `harness check`
targets = ["X86"]               # optional: only the tests of these folders, a row each
llvm = ["19", "22"]             # optional: only these columns
[[series]]                      # rows: a series, on base and patched
name = "x86-undersized-patchpoint"
targets = []                    # optional, as for a suite
llvm = ["19"]                   # optional, as for a suite
[[may-fail]]                    # cells that may be red; globs
row = "suite"                   # the name of a suite's or a series' row
llvm = "9"
why = "LLVM 9 crashes on tests of what was mended since"
"""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

import msgspec

from harness.cell import Cell, Depth
from harness.errors import UsageError
from harness.toml_text import TomlText
from harness.toolchain.registry import read_column

_ONE_LINE = re.compile(r"\S(.*\S)?")


class _Matrix(msgspec.Struct, forbid_unknown_fields=True):
    title: str


class Column(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """An LLVM, how far series are taken there, and the builds that they are judged in."""

    name: str
    depth: Depth = Depth.VERDICT
    assertions: tuple[bool, ...] = (True,)

    @property
    def is_wheel(self) -> bool:
        """Whether no patch can be built into it."""
        return self.name.partition(":")[0] == "wheel"


class RowGroup(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """A suite or a series: a row for all of its tests, or one for each target; `llvm` empty: every column."""

    name: str
    targets: tuple[str, ...] = ()
    llvm: tuple[str, ...] = ()


class Allowance(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """Cells that may be red, by globs over rows and columns, and why."""

    row: str
    llvm: str
    why: str


class _Shape(msgspec.Struct, forbid_unknown_fields=True):
    matrix: _Matrix
    llvm: list[Column]
    suite: list[RowGroup] = []
    series: list[RowGroup] = []
    may_fail: list[Allowance] = msgspec.field(name="may-fail", default=[])


@dataclass(frozen=True, slots=True)
class MatrixRecipe:
    """The checked contents of a matrix's recipe. `name` is its path."""

    name: str
    title: str
    columns: tuple[Column, ...]
    suites: tuple[RowGroup, ...] = ()
    series: tuple[RowGroup, ...] = ()
    may_fail: tuple[Allowance, ...] = field(default=())

    def cells(self) -> tuple[Cell, ...]:
        """Every cell, row by row: suites first, then series; no series on an LLVM that cannot be built."""
        found = [
            self._allowed(Cell(column.name, suite.name, target))
            for suite in self.suites
            for target in suite.targets or ("",)
            for column in _those(self.columns, suite)
        ]
        found += [
            self._allowed(Cell(column.name, "lit-tests", target, series.name, assertions, column.depth))
            for series in self.series
            for target in series.targets or ("",)
            for column in _those(self.columns, series)
            if not column.is_wheel
            for assertions in column.assertions
        ]
        return tuple(found)

    def _allowed(self, cell: Cell) -> Cell:
        for one in self.may_fail:
            if fnmatch.fnmatchcase(cell.row, one.row) and fnmatch.fnmatchcase(cell.llvm, one.llvm):
                return replace(cell, may_fail=one.why)
        return cell


def _those(columns: tuple[Column, ...], group: RowGroup) -> list[Column]:
    return [column for column in columns if not group.llvm or column.name in group.llvm]


def read(path: Path) -> MatrixRecipe:
    """The recipe in a file. Raises UsageError naming the file, the line and the key."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise UsageError(
            f"{path}: cannot be read: {error.strerror}", "name a recipe with --recipe; see ci/matrix.toml"
        ) from None
    return parse(str(path), data)


def parse(name: str, data: bytes) -> MatrixRecipe:
    """The recipe in a text; `name` is its path. Raises UsageError naming the line and the key."""
    text = TomlText(name, data)
    shape = text.read(_Shape)
    if not _ONE_LINE.fullmatch(shape.matrix.title):
        text.refuse("matrix.title", "matrix.title must be one line of text", "say what the matrix is for")
    if not shape.llvm:
        text.refuse("", "has no [[llvm]], so no column", 'add one: [[llvm]] with name = "19"')
    if not shape.suite and not shape.series:
        text.refuse("", "has neither [[suite]] nor [[series]], so no row", "add one")
    _check_columns(text, shape)
    for kind, groups in (("suite", shape.suite), ("series", shape.series)):
        _check_groups(text, kind, groups, {column.name for column in shape.llvm})
    recipe = MatrixRecipe(
        name,
        shape.matrix.title,
        tuple(shape.llvm),
        tuple(shape.suite),
        tuple(shape.series),
        tuple(shape.may_fail),
    )
    _check_allowances(text, recipe)
    return recipe


def _check_columns(text: TomlText, shape: _Shape) -> None:
    seen = set[str]()
    for index, column in enumerate(shape.llvm):
        key = f"llvm[{index}]"
        try:
            read_column(column.name)
        except UsageError as error:
            text.refuse(f"{key}.name", f"{key}.name: {error.what}", error.next_step)
        if column.name in seen:
            text.refuse(f"{key}.name", f"{key}.name: LLVM {column.name} is there twice", "remove one of them")
        seen.add(column.name)
        if not column.assertions or len(set(column.assertions)) < len(column.assertions):
            what = f"{key}.assertions must name a build, and none twice"
            text.refuse(f"{key}.assertions", what, "write [true], [false] or [true, false]")


def _check_groups(text: TomlText, kind: str, groups: list[RowGroup], columns: set[str]) -> None:
    seen = set[tuple[str, str]]()
    for index, group in enumerate(groups):
        key = f"{kind}[{index}]"
        if not _ONE_LINE.fullmatch(group.name):
            text.refuse(f"{key}.name", f"{key}.name is empty or has several lines", f"name a {kind}")
        for name in group.llvm:
            if name not in columns:
                what = f"{key}.llvm: {name!r} is no column"
                text.refuse(f"{key}.llvm", what, f"use one of {', '.join(sorted(columns))}, or add [[llvm]]")
        for target in group.targets or ("",):
            if target and not re.fullmatch(r"\w[\w/.-]*", target):
                what = f"{key}.targets: {target!r} is not a folder of tests"
                text.refuse(f"{key}.targets", what, 'write it as "X86"')
            if (group.name, target) in seen:
                text.refuse(f"{key}.name", f"{key}: repeats a row before it", "remove one of them")
            seen.add((group.name, target))


def _check_allowances(text: TomlText, recipe: MatrixRecipe) -> None:
    cells = recipe.cells()
    for index, one in enumerate(recipe.may_fail):
        key = f"may-fail[{index}]"
        if not _ONE_LINE.fullmatch(one.why):
            text.refuse(f"{key}.why", f"{key}.why must be one line of text", "say why the cell may be red")
        if not any(
            fnmatch.fnmatchcase(cell.row, one.row) and fnmatch.fnmatchcase(cell.llvm, one.llvm)
            for cell in cells
        ):
            what = f"{key}: no cell is {one.row!r} on {one.llvm!r}"
            text.refuse(key, what, "name a row and a column of this recipe, or remove it")


def choose(cells: tuple[Cell, ...], words: tuple[str, ...]) -> tuple[Cell, ...]:
    """The cells that the words of `--only` name: globs over rows, columns, targets or whole names of cells.

    Words of one kind add up, and words of different kinds narrow: `19`, `22` and `x86-*` are the rows
    `x86-*` on 19 and 22. Raises UsageError for a word that names nothing.
    """
    asked: dict[str, set[Cell]] = {}
    for word in words:
        for kind, names in _NAMES.items():
            if found := {
                cell
                for cell in cells
                if any(word == name or fnmatch.fnmatchcase(name, word) for name in names(cell))
            }:
                asked.setdefault(kind, set()).update(found)
                break
        else:
            known = ", ".join(dict.fromkeys(name for cell in cells for name in (cell.row, cell.column)))
            raise UsageError(f"--only {word}: is no row, column or cell", "use a glob over these", known)
    return tuple(cell for cell in cells if all(cell in found for found in asked.values()))


_NAMES: dict[str, Callable[[Cell], tuple[str, ...]]] = {
    "column": lambda cell: (cell.column, cell.llvm),
    "row": lambda cell: (cell.row, cell.series or cell.suite),
    "target": lambda cell: (cell.target,),
    "cell": lambda cell: (cell.name,),
}
