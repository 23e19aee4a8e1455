"""Items over the workers of pytest-xdist: each stays with the LLVM that it has open, as long as it can.

Chunks of tests of one LLVM go to a worker together; it gets further ones of the same LLVM first. Many tests
of one LLVM still use all workers.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from harness.process import scratch
from harness.pytest_plugin import WORKER_INPUT

if TYPE_CHECKING:
    from xdist.scheduler import Scheduling
    from xdist.workermanage import WorkerController


class Distribution:
    """The hooks of pytest-xdist's controller. `shared` is the folder of all workers; None in one process."""

    def __init__(self, columns: Sequence[str], given: str = "") -> None:
        """`given` is the shared folder, in a worker."""
        self._columns = columns
        self._stack = ExitStack()
        self.shared: Path | None = Path(given) if given else None

    @pytest.hookimpl(optionalhook=True)
    def pytest_configure_node(self, node: WorkerController) -> None:
        """Tell a worker that the run is ours, and where all of them leave what they share."""
        if self.shared is None:
            self.shared = self._stack.enter_context(scratch.folder("pytest"))
        node.workerinput[WORKER_INPUT] = str(self.shared)

    @pytest.hookimpl(optionalhook=True)
    def pytest_xdist_make_scheduler(self, config: pytest.Config, log: Any) -> Scheduling | None:
        """Ours, unless the user wants another way than by load."""
        if config.getoption("dist") not in {"load", "loadgroup"}:
            return None
        if not self._columns:
            from xdist.scheduler import WorkStealingScheduling

            # A cell takes minutes: none waits behind one while another worker has nothing to do.
            return WorkStealingScheduling(config, log)
        from harness.pytest_plugin.scheduler import ChunkScheduling

        return ChunkScheduling(config, log, self._columns)

    def pytest_unconfigure(self) -> None:
        """Remove what the workers shared."""
        self._stack.close()
