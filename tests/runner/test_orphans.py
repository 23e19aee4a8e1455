"""What a test leaves running in a session of its own ends with the test."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from harness import process

# A worker, as `main` makes it, after a test; a thread of ours may be the one that started the program.
AFTER_A_TEST = """
import ctypes, os, sys
from harness import process
from harness.process import background
from harness.runner.worker import _PR_SET_CHILD_SUBREAPER, _end_orphans
ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1)
_end_orphans()
script = "setsid sh -c 'echo $$ > $0.new; mv $0.new $0; exec sleep 60' $0 >/dev/null 2>&1 & "
script += "while [ ! -e $0 ]; do sleep 0.01; done"
run = lambda: process.run(["sh", "-c", script, sys.argv[1]])
run() if sys.argv[2] == "here" else background.start(run).wait(30)
pid = int(open(sys.argv[1]).read())
os.kill(pid, 0)
_end_orphans()
try:
    os.kill(pid, 0)
except ProcessLookupError:
    print("gone")
_end_orphans()
"""


@pytest.mark.slow
@pytest.mark.parametrize("thread", ["here", "other"])
def test_what_is_left_in_a_session_of_its_own_is_killed(tmp_path: Path, thread: str) -> None:
    root = {"PYTHONPATH": str(Path(__file__).parents[2])}
    done = process.run([sys.executable, "-c", AFTER_A_TEST, str(tmp_path / "pid"), thread], env=root)
    assert (done.stdout, done.stderr) == (b"gone\n", b"")
