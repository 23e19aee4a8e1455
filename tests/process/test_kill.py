"""Programs that die with the harness, even of SIGKILL: compilers, and cmake and ninja with all they start."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from harness import process
from harness.process.kill import bind_group_to_parent, bind_to_parent
from harness.process.sandbox import Mode
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


def kill_harness_that_builds(argv: list[str], place: Path) -> None:
    """Start a harness that runs a command as it does builds, wait for `alive` to be written, kill it."""
    script = (
        "import sys\nfrom pathlib import Path\nfrom harness import process\n"
        "from harness.process.jail import python_paths\n"
        "jail = process.Jail(process.JailKind.BUILD, python_paths(), (Path.cwd(),))\n"
        f"process.stream({argv!r}, print, jail=jail)\n"
    )
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    with subprocess.Popen(python(script), cwd=place, env=environment) as parent:
        assert eventually((place / "alive").exists)
        parent.kill()


def is_silent(place: Path) -> bool:
    """Whether nobody writes `alive` again: the name of a process in a jail means nothing out here."""
    (place / "alive").unlink(missing_ok=True)
    time.sleep(0.5)
    return not (place / "alive").exists()


def test_a_compiler_of_ninja_dies_with_the_harness(tmp_path: Path, any_mode: Mode) -> None:
    """ninja gives each compiler a group of its own."""
    beat = "while :; do : > alive; sleep 0.1; done"
    (tmp_path / "build.ninja").write_text(f"rule compile\n  command = {beat}\nbuild unit.o: compile\n")
    kill_harness_that_builds([str(NINJA)], tmp_path)
    assert eventually(lambda: is_silent(tmp_path))


def test_what_cmake_started_dies_with_the_harness(tmp_path: Path, any_mode: Mode) -> None:
    """cmake's own children are in its group, and need not listen to SIGTERM."""
    (tmp_path / "deaf").write_text("trap '' TERM\nwhile :; do : > alive; sleep 0.1; done\n")
    kill_harness_that_builds(["sh", "-c", "sh deaf & wait"], tmp_path)
    assert eventually(lambda: is_silent(tmp_path))


def test_a_build_reads_what_it_is_given(tmp_path: Path, any_mode: Mode) -> None:
    jail = process.Jail(process.JailKind.BUILD, writes=(tmp_path,))
    done = process.run(["cat"], stdin=b"given", cwd=tmp_path, jail=jail)
    assert (done.returncode, done.stdout) == (0, b"given")


@pytest.mark.parametrize("status", [0, 3])
def test_a_wrapped_command_ends_as_without_the_wrapper(status: int) -> None:
    done = process.run(bind_group_to_parent(["sh", "-c", f"echo said; echo wrong >&2; exit {status}"]))
    assert (done.returncode, done.stdout, done.stderr) == (status, b"said\n", b"wrong\n")
