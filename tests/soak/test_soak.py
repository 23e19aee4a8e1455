"""Checks that are killed at random moments: what they leave is found, and the harness leaves nothing."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from harness import process
from harness.errors import Failure
from harness.model import SeriesKind
from harness.process import Completed
from harness.process.sandbox import Mode
from harness.report.record import CheckReport, SeriesReport, encode
from tests.command import LIMITS
from tests.sandboxes import force
from tests.soak.small_llvm import make_small_llvm

# A soak adopts orphans: it is a process of its own.
SOAKS = """\
import random, sys
from pathlib import Path
from harness.soak.job import Soak
from harness.soak.rounds import SoakPlace
place = SoakPlace(Path(sys.argv[1]), sys.argv[2:], patience=1.0)
sys.exit(not Soak(place, 4, 2, random.Random(1)).run())
"""
# A check that takes half a second, and leaves what it is told to.
CHECK = """\
import fcntl, os, subprocess, sys, time
from pathlib import Path
here, does, file = Path(__file__).parent, sys.argv[1], sys.argv[3]
store, temporary = Path(os.environ["HARNESS_STORE"]), Path(os.environ["TMPDIR"])
calls = here / "calls"
number = int(calls.read_text()) + 1 if calls.exists() else 1
calls.write_text(str(number))
if does == "daemon":
    subprocess.Popen(["sleep", "300"], env={}, start_new_session=True, stdout=-3, stderr=-3)
elif does == "lock":
    (store / "locks").mkdir(exist_ok=True)
    held = open(store / "locks/object-a.lock", "w")
    fcntl.flock(held, fcntl.LOCK_EX)
    subprocess.Popen(["sleep", "3"], pass_fds=[held.fileno()], start_new_session=True, stdout=-3, stderr=-3)
elif does == "folder":
    (temporary / "harness-run-0123").mkdir(exist_ok=True)
elif does == "aside":
    (store / "object/a.tmp-1").mkdir(parents=True, exist_ok=True)
elif does == "run":
    (store / "locks/runs").mkdir(parents=True, exist_ok=True)
    (store / "locks/runs/1-a").write_text("")
time.sleep(0.5)
other = does == "verdict" and number > 6
Path(file).write_bytes((here / ("other.json" if other else "verdict.json")).read_bytes())
sys.exit(3 if does == "failure" and number > 6 else 0)
"""


def soak(folder: Path, does: str) -> Completed:
    """A soak of the check that does this."""
    (folder / "check.py").write_text(CHECK)
    series = SeriesReport("a", "A fix", SeriesKind.FIX, error=Failure("does not build"))
    for name, found in (("verdict", ()), ("other", (series,))):
        (folder / f"{name}.json").write_bytes(encode(CheckReport("1", "19", "a", "b", "none", True, found)))
    argv: list[str | Path] = [
        sys.executable,
        "-c",
        SOAKS,
        folder / "soak",
        sys.executable,
        folder / "check.py",
        does,
    ]
    return process.run(argv, limits=LIMITS)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("does", "found"),
    [
        ("daemon", "still runs: "),
        ("lock", "still locked: locks/object-a.lock"),
        ("folder", "left: TMPDIR/harness-run-0123"),
        ("aside", "left: object/a.tmp-1"),
        ("run", "left: locks/runs/1-a"),
        ("verdict", "the next check says "),
        ("failure", "the next check: the check ends with 3 and no verdict"),
    ],
)
def test_whatever_a_killed_check_leaves_is_found(tmp_path: Path, does: str, found: str) -> None:
    done = soak(tmp_path, does)
    assert done.returncode == 1, done.text
    assert found in done.text
    assert "nothing wrong" not in done.text


@pytest.mark.slow
def test_a_check_that_leaves_nothing_is_well(tmp_path: Path) -> None:
    done = soak(tmp_path, "nothing")
    assert (done.returncode, done.text.splitlines()[-1].endswith("2 verdicts after them: nothing wrong")) == (
        0,
        True,
    ), done.text


@pytest.mark.slow
@pytest.mark.builds
@pytest.mark.parametrize("mode", [Mode.BUBBLEWRAP, Mode.LANDLOCK], ids=lambda mode: mode.value)
def test_kills_leave_no_process_lock_or_folder(
    tmp_path: Path, mode: Mode, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`make soak`, short, on an LLVM that is built in seconds."""
    force(mode.value, monkeypatch)
    arguments = make_small_llvm(tmp_path).arguments
    soaked = ["--count", "4", "--every", "2", "--folder", str(tmp_path / "soak"), "--", *arguments]
    argv = [sys.executable, "-m", "harness.soak.job", *soaked]
    done = process.run(argv, env={"CC": "gcc", "CXX": "g++"}, limits=LIMITS)
    assert done.returncode == 0, done.text
    assert "2 verdicts after them: nothing wrong" in done.text
