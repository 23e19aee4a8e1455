"""Where new namespaces are forbidden, as in Docker's default container and on many CI runners."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from harness.process.sandbox import VARIABLE
from tests.command import Harness

pytestmark = pytest.mark.slow

REPOSITORY = Path(__file__).parents[2]
CONTAINED = [sys.executable, "-m", "tests.process.unprivileged"]


def in_container(argv: list[str], **environment: str) -> subprocess.CompletedProcess[str]:
    """Run a program where unshare is forbidden."""
    env = {**os.environ, "PYTHONPATH": str(REPOSITORY), **environment}
    return subprocess.run(
        [*CONTAINED, *argv], capture_output=True, text=True, env=env, cwd=REPOSITORY, check=False
    )


def test_no_namespace_can_be_made_there() -> None:
    """Else what follows would say nothing."""
    assert in_container(["unshare", "-U", "true"]).returncode != 0
    assert subprocess.run(["unshare", "-U", "true"], check=False).returncode == 0
    assert in_container(["true"]).returncode == 0


def test_landlock_encloses_there(tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from harness import process\n"
        "from harness.process import Jail, JailKind, sandbox\n"
        "out = Path(sys.argv[1]) / 'out'; out.mkdir()\n"
        "print(sandbox.current().mode.value)\n"
        "jail = Jail(JailKind.PROGRAM, writes=(out,))\n"
        "process.run(['sh', '-c', 'echo x > in; echo x > ../outside'], cwd=out, jail=jail)\n"
    )
    done = in_container([sys.executable, "-c", code, str(tmp_path)], **{VARIABLE: "auto"})
    assert (done.stdout, done.stderr) == ("landlock\n", "")
    assert {path.name for path in tmp_path.rglob("*")} == {"out", "in"}


def test_bubblewrap_says_why_it_cannot() -> None:
    code = "from harness.process import sandbox; sandbox.current()"
    done = in_container([sys.executable, "-c", code], **{VARIABLE: "bubblewrap"})
    assert "nothing here can enclose what a patch runs" in done.stderr
    assert "No permissions to create" in done.stderr


@pytest.mark.needs_llvm
@pytest.mark.builds
@pytest.mark.xdist_group("contained")
def test_a_check_comes_to_its_verdict_there(harness: Harness) -> None:
    words = ("check", "-q", "--filter", "^X86/patchpoint-n", "--allow-unreached", "x86-undersized-patchpoint")
    done = in_container(harness.argv(*words), **{VARIABLE: "auto", "COLUMNS": "200"})
    there, here = done.stdout.splitlines(), harness(*words).out.splitlines()
    assert (done.returncode, done.stderr) == (0, "")
    assert any("enclosed by Landlock" in line for line in there)
    assert there[-1].startswith("OK in ")
    assert there[-3].split()[:5] == here[-3].split()[:5]
