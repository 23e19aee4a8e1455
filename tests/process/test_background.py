"""Work in threads that stay: as many as work at once, and none that keeps the process from ending."""

from __future__ import annotations

import subprocess
import sys
import threading
import weakref
from pathlib import Path
from queue import SimpleQueue

import pytest

from harness.process import background


def count() -> int:
    return sum(thread.name == "background" for thread in threading.enumerate())


def do() -> None:
    assert background.start(lambda: None).wait(10)


def test_work_after_work_is_done_by_one_thread() -> None:
    do()
    before = count()
    seen: set[int] = set()
    for _ in range(200):
        assert background.start(lambda: seen.add(threading.get_ident())).wait(10)
    assert (len(seen), count()) == (1, before)


def test_a_stuck_thread_is_left_and_another_made() -> None:
    go = threading.Event()
    try:
        stuck = [background.start(go.wait) for _ in range(5)]
        do()
        assert not any(one.is_set() for one in stuck)
    finally:
        go.set()
    assert all(one.wait(10) for one in stuck)
    before = count()
    assert before >= 6
    assert all(one.wait(10) for one in [background.start(lambda: None) for _ in range(5)])
    assert count() == before


class Held:
    def work(self) -> None:
        """Nothing; whoever has this method has its object."""


def test_an_idle_thread_holds_nothing_of_what_it_did() -> None:
    held = Held()
    gone = threading.Event()
    finalizer = weakref.finalize(held, gone.set)
    assert background.start(held.work).wait(10)
    del held
    assert gone.wait(10)
    assert not finalizer.alive


def test_what_raises_is_reported_and_the_next_has_a_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    reported: SimpleQueue[str] = SimpleQueue()
    monkeypatch.setattr(threading, "excepthook", lambda raised: reported.put(str(raised.exc_value)))

    def fail() -> None:
        raise ValueError("what it raised")

    assert background.start(fail).wait(10)
    do()
    assert reported.get(timeout=10) == "what it raised"


@pytest.mark.slow
def test_a_stuck_thread_does_not_keep_the_process_and_a_fork_has_its_own() -> None:
    code = (
        "import os, threading\n"
        "from harness.process import background\n"
        "assert background.start(lambda: None).wait(10)\n"
        "if (pid := os.fork()) == 0:\n"
        "    os._exit(7 if background.start(lambda: None).wait(10) else 8)\n"
        "assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 7\n"
        "background.start(threading.Event().wait)\n"
        "print('end')"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=Path(__file__).parents[2],
        capture_output=True,
        timeout=30,
        check=False,
    )
    assert (done.stdout, done.stderr, done.returncode) == (b"end\n", b"", 0)
