"""A matrix as GitHub Markdown, for a comment or a job's summary."""

from __future__ import annotations

from harness.matrix.grid import EMPTY, grid_of_cells, legend
from harness.matrix.record import MatrixReport
from harness.matrix.terminal import describe_change, remarks, summary
from harness.report.markdown import code, inline

_LISTED = 100


def write(report: MatrixReport) -> str:
    """The verdict, the grid, the cells that are not plainly well, the changes."""
    grid = grid_of_cells(report.cells)
    table = [
        f"| | {' | '.join(inline(column) for column in grid.columns)} |",
        f"|---|{':-:|' * len(grid.columns)}",
        *(
            f"| {inline(name)} | {' | '.join(code(mark) if mark != EMPTY else '' for mark, _ in marks)} |"
            for name, marks in grid.rows
        ),
    ]
    notable = [f"- {inline(f'{one.cell.name}: {one.text}')}" for one in report.notable]
    changes = [f"- {inline(describe_change(change))}" for change in report.changes]
    blocks = [
        f"## {inline(report.title)}: {'OK' if report.ok else 'NOT OK'}",
        "\n".join(table),
        inline(legend(report.cells)),
        _listed(notable),
        "\n".join(f"- {inline(remark)}" for remark in remarks(report)),
    ]
    if report.compared:
        said = (
            f"Changes since {inline(report.compared)}:"
            if changes
            else f"No change since {inline(report.compared)}."
        )
        blocks += [said, _listed(changes)]
    blocks.append(f"{inline(summary(report))}, {report.seconds:.1f} s")
    return "\n\n".join(block for block in blocks if block) + "\n"


def _listed(lines: list[str]) -> str:
    more = [f"- and {len(lines) - _LISTED} more"] if len(lines) > _LISTED else []
    return "\n".join([*lines[:_LISTED], *more])
