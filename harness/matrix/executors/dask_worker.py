"""What runs on a Dask worker: one cell, in a process of its own, with the worker's store.

Dask sends the function by its name, so that a worker runs the harness that is installed there. It says which
one that is, and does nothing for a client with another.
"""

from __future__ import annotations

import importlib
import os
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from harness.artifacts.pack import unpack
from harness.artifacts.place import ENDPOINT, URL
from harness.artifacts.settings import open_artifacts
from harness.cell import CellResult, CellState
from harness.faults import explain_fault
from harness.matrix.executors.dask_parcel import Parcel, Reply, pack_parcel, this_code, unpack_parcel
from harness.matrix.task import CellTask
from harness.process import scratch
from harness.store import Store, default_root

SUITE = "suite"
# What an error of the store or of a tool says where the disk of this machine is full.
_FULL = ("no space left", "no space is left", "disk quota")
_TAIL = 300


def deliver(data: bytes) -> bytes:
    """Answer a parcel. A cell has a result whatever it does, unless this process dies."""
    begun = time.monotonic()
    parcel = unpack_parcel(data)
    reply = Reply(this_code())
    if parcel.code == reply.code:
        store = Store(default_root(), open_artifacts(*_artifacts(parcel)))
        try:
            suite = _suite(parcel, store)
            if parcel.suite and suite is None:
                reply = replace(reply, lacks_suite=True)
            elif parcel.task is not None:
                reply = replace(reply, result=_evaluate(parcel, parcel.task, suite, store))
        except Exception as error:
            reply = _failed(parcel, reply, str(explain_fault(error).what))
    full = reply.result is not None and _is_full(reply.result)
    return pack_parcel(replace(reply, is_full=full, seconds=time.monotonic() - begun))


def _artifacts(parcel: Parcel) -> tuple[str, str]:
    """Where entries are shared: a worker may know that place by another name, or another place."""
    return os.environ.get(URL) or parcel.artifacts, os.environ.get(ENDPOINT) or parcel.endpoint


def _suite(parcel: Parcel, store: Store) -> Path | None:
    """The folder of the suite, from this store, the artifacts or the parcel."""
    if not parcel.suite:
        return None
    if (found := store.get(SUITE, parcel.suite)) is not None or not parcel.files:
        return found

    def write(aside: Path) -> None:
        with scratch.folder("suite") as folder:
            blob = folder / "suite"
            blob.write_bytes(parcel.files)
            unpack(blob, aside)

    return store.make(SUITE, parcel.suite, write)


def _evaluate(parcel: Parcel, task: CellTask, suite: Path | None, store: Store) -> CellResult:
    from distributed import get_worker

    worker = get_worker()

    def tell(text: str) -> None:
        if text:  # without one, it says that the cell begins
            worker.log_event(parcel.topic, {"number": parcel.number, "says": text})

    module, _, name = parcel.work.partition(":")
    work: Callable[[CellTask, Store, Callable[[str], None]], CellResult]
    work = getattr(importlib.import_module(module), name)
    worker.log_event(parcel.topic, {"number": parcel.number, "says": ""})
    jobs = max(1, (os.cpu_count() or 1) // worker.state.nthreads)
    # An entry of the store has a manifest, which no suite has: the suite is below it.
    given = replace(task, jobs=jobs, suite=str(suite / SUITE) if suite else task.suite)
    return replace(work(given, store, tell), worker=str(worker.name))


def _failed(parcel: Parcel, reply: Reply, why: str) -> Reply:
    """No answer, with the reason; nothing, if there was no cell."""
    if parcel.task is None:
        return reply
    task = parcel.task
    result = CellResult(task.cell, CellState.NO_ANSWER, why[:_TAIL], task.key, task.identities)
    return replace(reply, result=result)


def _is_full(result: CellResult) -> bool:
    said = result.reason.lower()
    return result.state is CellState.NO_ANSWER and any(text in said for text in _FULL)
