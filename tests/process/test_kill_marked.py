"""Finding what a program left running, by a variable in its environment."""

from __future__ import annotations

import os
import signal
import subprocess

from harness.process.kill import kill_marked


def test_what_is_just_being_started_is_found() -> None:
    """Popen returns in the middle of execve, when the program has no environment yet."""
    for number in range(30):
        mark = f"HARNESS_TEST_MARK={os.getpid()}-{number}"
        name, _, value = mark.partition("=")
        with subprocess.Popen(["/bin/sh", "-c", "exec /bin/sleep 20"], env={name: value}) as process:
            kill_marked(mark)
            assert process.wait(10) == -signal.SIGKILL


def test_what_has_no_environment_is_not_waited_for() -> None:
    with subprocess.Popen(["/bin/sleep", "20"], env={}) as process:
        kill_marked("HARNESS_TEST_MARK=none")
        assert process.poll() is None
        process.kill()
