"""pytest-xdist's scheduler by groups, with our chunks as groups. Imported only where xdist is."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from xdist.scheduler import LoadGroupScheduling
from xdist.workermanage import WorkerController

from harness.pytest_plugin.chunks import split_in_chunks


class ChunkScheduling(LoadGroupScheduling):  # type: ignore[misc]  # xdist ships no types
    """Hands out chunks; to a worker, those of the LLVM it has open first, then of one that no other has."""

    def __init__(self, config: Any, log: Any, columns: Sequence[str]) -> None:
        super().__init__(config, log)
        self._columns = columns
        self._chunks: dict[str, str] | None = None

    def _split_scope(self, nodeid: str) -> str:
        """The chunk of an item of ours; of others, what xdist says."""
        if self._chunks is None:
            self._chunks = split_in_chunks(self.collection or (), self._columns, self.numnodes)
        return self._chunks.get(nodeid) or super()._split_scope(nodeid)

    def _assign_work_unit(self, node: WorkerController) -> None:
        """Move the chunk that suits the worker best to where xdist takes the next one from."""
        mine = _last_column(self.assigned_work.get(node, {}))
        others = {_last_column(work) for one, work in self.assigned_work.items() if one is not node}
        best = min(self.workqueue, key=lambda scope: _rank(_column(scope), mine, others))
        self.workqueue.move_to_end(best, last=False)
        super()._assign_work_unit(node)

    def _reschedule(self, node: WorkerController) -> None:
        """Give a worker two tests, or tell it that there is no other: it keeps one until it knows the next.

        xdist does so at the beginning, but not for a worker that replaces one, which waits forever then.
        """
        super()._reschedule(node)
        while self.workqueue and not node.shutting_down and self._pending_of(self.assigned_work[node]) < 2:
            self._assign_work_unit(node)
        if not self.workqueue and not node.shutting_down:
            node.shutdown()

    def remove_node(self, node: WorkerController) -> str | None:
        """A worker is gone: the test that it ran has failed, and only the others go to another worker.

        xdist would hand out that test again, to end the next worker.
        """
        lost: str | None = None
        for unit in self.assigned_work[node].values():
            lost = next((test for test, done in unit.items() if not done), None)
            if lost is not None:
                unit[lost] = True
                break
        super().remove_node(node)
        return lost


def _column(scope: str) -> str:
    return scope.rpartition(" ")[0]


def _last_column(scopes: Iterable[str]) -> str:
    return next((_column(scope) for scope in reversed(list(scopes))), "")


def _rank(column: str, mine: str, others: set[str]) -> tuple[bool, bool]:
    return column != mine, column in others
