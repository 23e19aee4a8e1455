"""What a matrix of suites takes beyond the suites themselves, and a cell that is known."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from harness import resources
from harness.bench.spent import Spent, spend
from harness.cell import Cell
from harness.matrix.executors.local import Local
from harness.matrix.job import MatrixJob, run
from harness.matrix.kept import keep_run
from harness.process import scratch
from harness.progress import Silent
from harness.runner import runs
from harness.runner.runs import Suite
from harness.series.catalogue import Catalogue
from harness.store import Store
from harness.toolchain.registry import resolve_column


@dataclass(frozen=True, slots=True)
class MatrixSpent:
    """The suite on some LLVMs: one after the other, as a matrix, and as one that is known."""

    llvms: tuple[str, ...]
    apart: Spent
    together: Spent
    known: Spent

    def __str__(self) -> str:
        ratio = self.together.wall / self.apart.wall
        each = self.known.wall / len(self.llvms) * 1000
        return (
            f"{self.together}, {ratio:.2f} x the suites one by one ({self.apart.wall:.1f} s); "
            f"known: {each:.0f} ms a cell"
        )


def run_matrix(store: Store, jobs: int, llvms: Sequence[str]) -> MatrixSpent:
    """Measure with the LLVMs of these columns, which are in the store. Both ways use all `jobs`."""
    top = resources.find()
    suite = Suite(top / "lit-tests", jobs, expectations=True)
    toolchains = [resolve_column(store, name, print).toolchain() for name in llvms]
    apart = spend(lambda: [runs.run(toolchain, suite, Silent()) for toolchain in toolchains])
    cells = tuple(Cell(name) for name in llvms)
    executor = Local(store, jobs)
    with scratch.folder("bench") as folder, keep_run(Path(folder) / "history.sqlite") as kept:
        job = MatrixJob(store, "bench", cells, Catalogue(top / "patches"), suite.root, executor, kept)
        together = spend(lambda: run(replace(job, again=True), Silent()))
        known = spend(lambda: run(job, Silent()))
    return MatrixSpent(tuple(llvms), apart, together, known)
