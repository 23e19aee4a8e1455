"""Work in threads that stay: starting a thread takes longer than most of what one does here.

The threads are daemons. One may wait for a process that will not end, and must not keep the harness from
ending; those of concurrent.futures are joined at exit. There are never more than ever worked at once: one
that is stuck is left alone.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from queue import SimpleQueue

_Work = tuple[Callable[[], object], threading.Event]

# What hands work to each thread that has none, the last that became idle at the end.
_idle: list[SimpleQueue[_Work]] = []
# A child of os.fork has none of these threads.
os.register_at_fork(after_in_child=_idle.clear)


def start(work: Callable[[], object]) -> threading.Event:
    """Do this in a thread. The event is set when it is done, or has raised.

    Raises RuntimeError if the machine has no room for another thread. As with any thread, what `work` raises
    is given to threading.excepthook.
    """
    done = threading.Event()
    try:
        queue = _idle.pop()
    except IndexError:
        queue = SimpleQueue()
        threading.Thread(target=_serve, args=(queue,), name="background", daemon=True).start()
    queue.put((work, done))
    return done


def _serve(queue: SimpleQueue[_Work]) -> None:
    while True:
        _do(queue, *queue.get())


def _do(queue: SimpleQueue[_Work], work: Callable[[], object], done: threading.Event) -> None:
    """Do one piece of work; nothing of it is held when that returns."""
    try:
        work()
        _idle.append(queue)  # before `done`: whoever waits for that finds this thread idle
    finally:
        done.set()
