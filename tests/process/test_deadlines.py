"""The wall limits of all children, watched by one thread."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from dataclasses import replace
from functools import partial
from pathlib import Path
from queue import SimpleQueue

import pytest

from harness.process import DEVNULL, PIPE, TOOL_LIMITS, Child, background, child, deadlines
from harness.process.deadlines import cancel, set_deadline
from harness.process.kill import kill_tree


def sleeper(wall: float) -> Child:
    return Child(["sleep", "90"], replace(TOOL_LIMITS, wall=wall), stdin=DEVNULL, stdout=PIPE)


def watchers() -> int:
    return sum(thread.name == "deadlines" for thread in threading.enumerate())


def test_what_is_due_is_done_once_and_what_is_cancelled_is_not() -> None:
    done: SimpleQueue[float] = SimpleQueue()
    kept = [set_deadline(wall, partial(done.put, wall)) for wall in (0.3, 0.05, 0.15)]
    dropped = set_deadline(0.1, partial(done.put, 0.1))
    cancel(dropped)
    cancel(dropped)
    assert sorted(done.get(timeout=10) for _ in kept) == [0.05, 0.15, 0.3]
    time.sleep(0.1)
    assert done.empty()
    assert deadlines._watcher.pending.isdisjoint([*kept, dropped])


def test_an_earlier_deadline_wakes_the_thread_and_a_later_one_does_not() -> None:
    far = set_deadline(1000, lambda: None)
    try:
        time.sleep(0.1)
        until = deadlines._watcher.until
        assert until <= far.at
        later = set_deadline(2000, lambda: None)
        assert deadlines._watcher.wake.empty()
        cancel(later)
        near = threading.Event()
        start = time.monotonic()
        set_deadline(0.1, near.set)
        assert near.wait(10)
        assert 0.1 <= time.monotonic() - start < 5
    finally:
        cancel(far)


def test_a_deadline_does_not_wait_for_what_another_does() -> None:
    go, near = threading.Event(), threading.Event()
    try:
        set_deadline(0, lambda: go.wait(30))
        set_deadline(0.05, near.set)
        assert near.wait(10)
    finally:
        go.set()


def test_where_no_thread_can_be_started_a_deadline_is_kept_all_the_same(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def refuse(_work: object) -> None:
        raise RuntimeError("can't start new thread")

    set_deadline(0, lambda: None)  # the thread that watches is there
    monkeypatch.setattr(background, "start", refuse)
    for _ in range(2):
        done = threading.Event()
        set_deadline(0, done.set)
        assert done.wait(10)


def test_a_wait_longer_than_the_machine_can_wait_is_no_error() -> None:
    far = set_deadline(threading.TIMEOUT_MAX * 2, lambda: None)
    try:
        time.sleep(0.05)
        near = threading.Event()
        set_deadline(0.05, near.set)
        assert near.wait(10)
    finally:
        cancel(far)


@pytest.mark.slow
def test_children_with_limits_of_their_own_end_at_them() -> None:
    start = time.monotonic()
    late, endless = sleeper(60), sleeper(0)
    walls = (0.7, 0.2)
    children = [sleeper(wall) for wall in walls]
    ended = {}
    for wall, one in sorted(zip(walls, children, strict=True)):
        one.communicate()
        ended[wall] = (one.limit, one.returncode, wall <= time.monotonic() - start < 30)
    assert ended == {wall: (f"ran longer than {wall:g} s", -9, True) for wall in walls}
    assert endless._deadline is None
    for one in (late, endless):
        assert one.poll() is None
        one.kill()
        one.communicate()
        assert one.limit == ""


@pytest.mark.slow
def test_a_limit_is_kept_while_another_child_is_being_killed(monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = sleeper(0.1), sleeper(0.3)
    busy = threading.Event()

    def slow_kill(pid: int) -> None:
        if pid == first.pid:
            busy.wait(30)
        kill_tree(pid)

    monkeypatch.setattr(child, "kill_tree", slow_kill)
    start = time.monotonic()
    second.communicate()
    assert (second.limit, time.monotonic() - start < 20) == ("ran longer than 0.3 s", True)
    assert first.returncode is None
    busy.set()
    first.communicate()
    assert first.limit == "ran longer than 0.1 s"


def test_many_children_leave_no_thread_and_no_deadline() -> None:
    Child(["true"]).wait()
    threads, pending = set(threading.enumerate()), len(deadlines._watcher.pending)
    for _ in range(20):
        Child(["true"]).wait()
    children = [Child(["true"]) for _ in range(20)]
    assert set(threading.enumerate()) <= threads
    assert len(deadlines._watcher.pending) == pending + 20
    for one in children:
        one.wait()
    assert len(deadlines._watcher.pending) == pending
    assert watchers() == 1


AFTER_A_FORK = """
import os, sys, time
from dataclasses import replace
from harness.process import TOOL_LIMITS, Child, deadlines
limits = replace(TOOL_LIMITS, wall=0.5)
parents = Child(["sleep", "60"], replace(limits, wall=1))
# A thread of the parent may hold the lock just then.
deadlines._watcher.lock.acquire()
pid = os.fork()
if pid == 0:
    own = Child(["sleep", "60"], limits)
    own.wait()
    print(own.limit, flush=True)
    time.sleep(1)
    os._exit(0)
deadlines._watcher.lock.release()
os.waitpid(pid, 0)
parents.wait()
print(parents.limit, flush=True)
Child(["sleep", "0.1"])
"""


@pytest.mark.slow
def test_a_limit_is_kept_after_a_fork_and_the_process_ends() -> None:
    """As the children of the server of programs start programs (harness/warm)."""
    done = subprocess.run(
        [sys.executable, "-c", AFTER_A_FORK],
        cwd=Path(__file__).parents[2],
        capture_output=True,
        timeout=30,
        text=True,
        check=False,
    )
    assert done.stdout == "ran longer than 0.5 s\nran longer than 1 s\n"
    assert (done.stderr, done.returncode) == ("", 0)
