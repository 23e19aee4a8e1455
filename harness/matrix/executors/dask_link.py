"""The connection to a Dask scheduler: the one module that imports Dask, and only when a cluster is used."""

from __future__ import annotations

import contextlib
import logging
import queue
import time
import uuid
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import TimeoutError as PoolTimeoutError
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from harness.errors import EnvironmentLacksError, UsageError
from harness.matrix.executors.dask_parcel import Parcel, Reply, pack_parcel, unpack_reply
from harness.matrix.executors.dask_worker import deliver

if TYPE_CHECKING:
    from distributed import Client, Future

# Seconds that the scheduler or a worker may take for a small answer, and at most to say goodbye.
_ANSWER, _GOODBYE = 30.0, 2.0
_FETCHERS = 4


@dataclass(frozen=True, slots=True)
class WorkerState:
    """A worker that the scheduler has: its threads, and when it said something, by this machine's clock."""

    threads: int
    heard: float


@dataclass(frozen=True, slots=True)
class Said:
    """A worker began with what it was sent under this number (an empty text), or says what it does."""

    number: int
    text: str


@dataclass(frozen=True, slots=True)
class TaskOver:
    """What was sent under a number is over: with a reply, or its worker `is_lost`, or a `fault` of it."""

    number: int
    reply: Reply | None = None
    is_lost: bool = False
    fault: str = ""


class Link:
    """One connection. `heard` gets what workers say and answer; None if the connection is lost.

    Raises EnvironmentLacksError if no scheduler answers within `patience` seconds. Its methods raise
    ConnectionError when the scheduler has gone.
    """

    def __init__(self, address: str, patience: float) -> None:
        self.address = address
        self.heard: queue.SimpleQueue[Said | TaskOver | None] = queue.SimpleQueue()
        self.topic = f"harness-{uuid.uuid4().hex[:12]}"
        self._futures: dict[int, Future[Any]] = {}
        self._seen: dict[str, tuple[object, float]] = {}
        self._client = _connect(address, patience)
        self._fetchers = ThreadPoolExecutor(_FETCHERS, thread_name_prefix="harness-dask")
        self._client.subscribe_topic(self.topic, self._event)
        try:
            self._id = self._identity()["id"]
        except ConnectionError as error:
            self.close()
            raise no_scheduler(address) from error

    def workers(self) -> dict[str, WorkerState]:
        """The workers that the scheduler has now, by their addresses."""
        identity = self._identity()
        if identity["id"] != self._id:
            raise ConnectionError("the scheduler was restarted")
        now = time.monotonic()
        found = {}
        for address, worker in identity["workers"].items():
            last = worker["last_seen"]
            if address not in self._seen or self._seen[address][0] != last:
                self._seen[address] = last, now
            found[address] = WorkerState(worker["nthreads"], self._seen[address][1])
        return found

    def send(self, number: int, parcel: Parcel, worker: str) -> None:
        """Have a worker answer a parcel; its end is `heard` under this number."""
        self._require_running()
        future = self._client.submit(
            deliver,
            pack_parcel(parcel),
            key=f"{self.topic}-{number}",
            workers=[worker],
            allow_other_workers=False,
            pure=False,
        )
        self._futures[number] = future
        future.add_done_callback(lambda done: self._over(number, done))

    def forget(self, number: int) -> None:
        """What was sent under a number no longer matters, and does not begin if it has not yet."""
        if (future := self._futures.pop(number, None)) is not None:
            with contextlib.suppress(Exception):  # the connection may be lost, and the task with it
                future.cancel()

    def close(self) -> None:
        """Cancel all that has not begun, and say goodbye."""
        for number in list(self._futures):
            self.forget(number)
        self._fetchers.shutdown(wait=False, cancel_futures=True)
        with contextlib.suppress(Exception):  # a scheduler that is gone cannot be told
            self._client.close(timeout=_GOODBYE)

    def _identity(self) -> dict[str, Any]:
        self._require_running()
        try:
            found: dict[str, Any] = self._fetchers.submit(self._client.scheduler_info, -1).result(_ANSWER)
        except (OSError, PoolTimeoutError, RuntimeError) as error:
            raise ConnectionError(str(error) or "the scheduler does not answer") from error
        self._require_running()  # else it was what the client remembers
        return found

    def _require_running(self) -> None:
        if self._client.status != "running":
            raise ConnectionError("the connection to the scheduler is lost")

    def _event(self, event: tuple[float, dict[str, Any]]) -> None:
        _, told = event
        self.heard.put(Said(told["number"], told["says"]))

    def _over(self, number: int, future: Future[Any]) -> None:
        """Fetch a result in another thread: this one calls back for all futures."""
        with contextlib.suppress(RuntimeError):  # closed meanwhile
            self._fetchers.submit(self._fetch, number, future)

    def _fetch(self, number: int, future: Future[Any]) -> None:
        if number not in self._futures:
            return
        ended: TaskOver | None
        try:
            ended = _ended(number, future)
        except Exception as error:
            ended = TaskOver(number, fault=f"{type(error).__name__}: {error}")
        if self._futures.pop(number, None) is not None:
            self.heard.put(ended)


def _ended(number: int, future: Future[Any]) -> TaskOver | None:
    """What became of a task of Dask's; None if the connection is lost."""
    from distributed.scheduler import KilledWorker

    if future.status == "cancelled":
        return None
    if future.status == "finished":
        try:
            return TaskOver(number, unpack_reply(future.result(timeout=_ANSWER)))
        except (OSError, TimeoutError):  # the worker was lost with the result
            return TaskOver(number, is_lost=True)
    error = future.exception(timeout=_ANSWER)
    return TaskOver(number, is_lost=isinstance(error, KilledWorker), fault=f"{type(error).__name__}: {error}")


def _connect(address: str, patience: float) -> Client:
    try:
        from distributed import Client
    except ImportError as error:
        raise EnvironmentLacksError(
            f"--executor dask: {error}", "pip install 'llvm-patch-harness[dask]'"
        ) from error
    # Its log says on standard error what the caller is told.
    logging.getLogger("distributed").setLevel(logging.CRITICAL)
    try:
        return Client(address, timeout=patience, set_as_default=False, name="harness")
    except ValueError as error:
        raise UsageError(
            f"--scheduler {address}: {error}", "give an address such as tcp://host:8786"
        ) from error
    except (OSError, TimeoutError) as error:
        raise no_scheduler(address) from error


def no_scheduler(address: str) -> EnvironmentLacksError:
    """The error where nobody answers."""
    return EnvironmentLacksError(
        f"no Dask scheduler answers at {address}",
        "start one with 'dask scheduler', check the address, or use --executor local",
    )
