"""What giving cells to a cluster costs: `python -m tests.matrix.cluster_overhead CELLS SECONDS`.

Cells that only sleep so many seconds, on two workers with a thread each, against the time they sleep. And the
processor time of the client, the scheduler and the workers, for each cell. docs/scale.md has the figures.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory

from harness.cell import CellState
from harness.matrix.executors.dask import Dask
from harness.store import Store
from tests.clusters import Cluster
from tests.matrix.cluster_cells import PLAY
from tests.matrix.fake_cells import task


def main(cells: int, seconds: float) -> None:
    with TemporaryDirectory() as folder:
        cluster = Cluster(Path(folder))
        try:
            cluster.start("one", "two")
            states: list[CellState] = []
            dask = Dask(Store(Path(folder, "client")), cluster.address, work=PLAY)
            for asked in (2, cells):  # first until both are there
                while dask.at_once < 2:
                    time.sleep(0.2)
                tasks = [task(f"sleeps {seconds}", str(number)) for number in range(asked)]
                begun, used = time.monotonic(), time.process_time()
                dask.run(tasks, lambda _, result: states.append(result.state), lambda *_: None)
                wall, client = time.monotonic() - begun, time.process_time() - used
        finally:
            cluster.close()
        assert states == [CellState.OK] * (cells + 2)
        assert cluster.scheduler is not None
        ideal = cells * seconds / 2
        workers = sum(child.cpu for child in cluster.workers.values())
        print(f"{cells} cells of {seconds} s: {wall:.1f} s, {wall / ideal - 1:.1%} over {ideal:.1f} s")
        for who, cpu in (("client", client), ("scheduler", cluster.scheduler.cpu), ("workers", workers)):
            print(f"{who}: {1000 * cpu / cells:.1f} ms of processor time for each cell")


if __name__ == "__main__":
    main(int(sys.argv[1]), float(sys.argv[2]))
