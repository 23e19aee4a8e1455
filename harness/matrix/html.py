"""A matrix as one HTML page that needs nothing else: the grid, each cell's reason, the changes."""

from __future__ import annotations

from html import escape

from harness.matrix.grid import TEST_LEGEND, Grid, grid_of_cells, grid_of_tests, legend
from harness.matrix.record import MatrixReport
from harness.matrix.terminal import describe_change, remarks, summary
from harness.printable import one_line

_STYLE = """
body { font: 15px/1.5 sans-serif; margin: 2rem; max-width: 80rem; }
table { border-collapse: collapse; }
th, td { border: 1px solid #ccc; padding: .15rem .6rem; text-align: center; }
th:first-child { text-align: left; font-weight: normal; }
.red { background: #f8c9c4; } .green { background: #cdebcf; } .yellow { background: #f7e6a4; }
.cyan { background: #cfe8f3; }
"""


def write(report: MatrixReport) -> str:
    """The page as UTF-8 text; whatever others wrote in it is text."""
    title = _text(report.title)
    why = {(one.cell.row, one.cell.column): one.text for one in report.cells}
    parts = [
        f"<h1>{title}: {'OK' if report.ok else 'NOT OK'}</h1>",
        f"<p>{_text(summary(report))}</p>",
        _table(grid_of_cells(report.cells), why),
        f"<p>{_text(legend(report.cells))}</p>",
    ]
    tests = grid_of_tests(report.cells)
    if not tests.is_empty:
        reasons = {
            (test.name, one.cell.column): test.why or test.outcome.value
            for one in report.cells
            for test in one.tests
        }
        parts += ["<h2>Tests that are red in a suite alone</h2>", _table(tests, reasons)]
        parts.append(f"<p>{_text(TEST_LEGEND)}</p>")
    parts += [_list("Remarks", remarks(report))]
    if report.compared:
        changes = tuple(map(describe_change, report.changes)) or ("no change",)
        parts.append(_list(f"Changes since {report.compared}", changes))
    body = "\n".join(filter(None, parts))
    return (
        f'<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n<title>{title}</title>\n'
        f"<style>{_STYLE}</style>\n</head>\n<body>\n{body}\n</body>\n</html>\n"
    )


def _text(text: str) -> str:
    return escape(one_line(text))


def _table(grid: Grid, why: dict[tuple[str, str], str]) -> str:
    head = "".join(f"<th>{_text(column)}</th>" for column in grid.columns)
    lines = [f"<table>\n<tr><th></th>{head}</tr>"]
    for name, marks in grid.rows:
        cells = "".join(
            f'<td class="{_text(style)}" title="{_text(why.get((name, column), ""))}">{_text(mark)}</td>'
            for column, (mark, style) in zip(grid.columns, marks, strict=True)
        )
        lines.append(f"<tr><th>{_text(name)}</th>{cells}</tr>")
    return "\n".join([*lines, "</table>"])


def _list(title: str, lines: tuple[str, ...]) -> str:
    if not lines:
        return ""
    items = "\n".join(f"<li>{_text(line)}</li>" for line in lines)
    return f"<h2>{_text(title)}</h2>\n<ul>\n{items}\n</ul>"
