"""Work on several items at once."""

from __future__ import annotations

import threading

from harness.builders.workers import Workers
from harness.progress import Silent


def test_threads_that_share_workers_get_no_more_than_its_jobs() -> None:
    workers = Workers(2, Silent())
    lock, running, most = threading.Lock(), 0, 0
    both = threading.Barrier(2, timeout=20)

    def work(number: int) -> int:
        nonlocal running, most
        with lock:
            running += 1
            most = max(most, running)
        if number == 0:
            both.wait()  # two are at work together, in whichever thread
        with lock:
            running -= 1
        return number

    def ask() -> None:
        assert workers.each(work, [0, 2, 3, 4], str) == [0, 2, 3, 4]

    threads = [threading.Thread(target=ask) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most == 2
