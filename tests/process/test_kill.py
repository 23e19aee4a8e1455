"""Programs that die with the harness, even of SIGKILL: compilers, and cmake and ninja with all they start."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from harness import process
from harness.process.kill import bind_group_to_parent, bind_to_parent
from tests.process.test_children import eventually, gone, pids, python

NINJA = Path(sys.executable).with_name("ninja")


def test_a_compiler_dies_with_the_harness_even_of_sigkill(tmp_path: Path) -> None:
    script = (
        "import sys\nfrom harness import process\nfrom harness.process.kill import bind_to_parent\n"
        "process.run(bind_to_parent(['sh', '-c', 'echo $$ > pid; exec sleep 60']))\n"
    )
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    pid = tmp_path / "pid"
    with subprocess.Popen(python(script), cwd=tmp_path, env=environment) as parent:
        assert eventually(lambda: pid.exists() and pid.read_text().endswith("\n"))
        parent.kill()
    assert gone(pids(pid)[0])


def test_a_missing_program_raises_as_without_the_wrapper() -> None:
    for guarded in (bind_to_parent, bind_group_to_parent):
        with pytest.raises(FileNotFoundError):
            guarded(["no-such-program"])


def kill_harness_that_runs(argv: list[str], place: Path, pid: Path) -> None:
    """Start a harness that runs a command made to die with it, wait for `pid`, and kill the harness."""
    script = (
        "import sys\nfrom harness import process\nfrom harness.process.kill import bind_group_to_parent\n"
        f"process.stream(bind_group_to_parent({argv!r}), print)\n"
    )
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    with subprocess.Popen(python(script), cwd=place, env=environment) as parent:
        assert eventually(lambda: pid.exists() and pid.read_text().endswith("\n"))
        parent.kill()


def test_a_compiler_of_ninja_dies_with_the_harness(tmp_path: Path) -> None:
    """ninja gives each compiler a group of its own."""
    (tmp_path / "build.ninja").write_text(
        "rule compile\n  command = echo $$$$ > pid; exec sleep 60\nbuild unit.o: compile\n"
    )
    kill_harness_that_runs([str(NINJA)], tmp_path, tmp_path / "pid")
    assert gone(pids(tmp_path / "pid")[0])


def test_what_cmake_started_dies_with_the_harness(tmp_path: Path) -> None:
    """cmake's own children are in its group, and need not listen to SIGTERM."""
    (tmp_path / "deaf").write_text("trap '' TERM\necho $$ > pid\nwhile :; do sleep 1; done\n")
    kill_harness_that_runs(["sh", "-c", "sh deaf & wait"], tmp_path, tmp_path / "pid")
    assert gone(pids(tmp_path / "pid")[0])


@pytest.mark.parametrize("status", [0, 3])
def test_a_wrapped_command_ends_as_without_the_wrapper(status: int) -> None:
    done = process.run(bind_group_to_parent(["sh", "-c", f"echo said; echo wrong >&2; exit {status}"]))
    assert (done.returncode, done.stdout, done.stderr) == (status, b"said\n", b"wrong\n")
