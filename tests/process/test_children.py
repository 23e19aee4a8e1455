"""Children are bounded and gone when the call returns, whatever they do. Real processes throughout."""

from __future__ import annotations

import os
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness import process
from harness.process import MIB, Limits, running

pytestmark = pytest.mark.slow

SHORT = Limits(wall=1, cpu=5, memory=1024 * MIB, output=MIB)


def python(code: str, *args: str) -> list[str]:
    return [sys.executable, "-c", code, *args]


def alive(pid: int) -> bool:
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return False
    return stat.rpartition(")")[2].split()[0] not in "ZX"


def gone(pid: int, within: float = 3.0) -> bool:
    """Whether the process ends soon: init may take a moment to reap it."""
    return eventually(lambda: not alive(pid), within)


def eventually(true: Callable[[], bool], within: float = 10.0) -> bool:
    end = time.monotonic() + within
    while not true():
        if time.monotonic() > end:
            return False
        time.sleep(0.02)
    return True


def pids(file: Path) -> list[int]:
    return [int(word) for word in file.read_text().split()]


# -- what ends by itself


def test_a_child_gets_its_input_and_its_output_is_read() -> None:
    done = process.run(
        python(
            "import sys; d = sys.stdin.buffer.read(); sys.stdout.buffer.write(d[::-1]); sys.stderr.write('e')"
        ),
        stdin=b"abc",
    )
    assert (done.ok, done.returncode, done.stdout, done.stderr, done.limit) == (True, 0, b"cba", b"e", "")
    assert done.text == "cbae"


@settings(max_examples=10, deadline=None)
@given(st.binary(min_size=1, max_size=400), st.integers(1, 2000))
def test_large_input_and_output_do_not_deadlock(block: bytes, times: int) -> None:
    assert process.run(["cat"], stdin=block * times).stdout == block * times


def test_a_child_that_reads_none_of_its_input_is_not_an_error() -> None:
    assert process.run(["true"], stdin=b"x" * MIB).ok


def test_environment_is_added_to_and_taken_from(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KEPT", "1")
    monkeypatch.setenv("TAKEN", "1")
    done = process.run(["env"], env={"TAKEN": None, "GIVEN": "2"})
    lines = done.stdout.decode().splitlines()
    assert "KEPT=1" in lines
    assert "GIVEN=2" in lines
    assert not [line for line in lines if line.startswith("TAKEN=")]


def test_a_missing_program_and_a_file_that_is_not_a_program(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        process.run([tmp_path / "none"])
    (tmp_path / "text").write_text("no program")
    with pytest.raises(PermissionError):
        process.run([tmp_path / "text"])


def test_a_signal_is_a_negative_code() -> None:
    done = process.run(["sh", "-c", "kill -SEGV $$"])
    assert (done.returncode, done.limit, done.ok) == (-signal.SIGSEGV, "", False)


# -- hostile children


@pytest.mark.parametrize(
    ("code", "limits", "limit"),
    [
        ("import time; time.sleep(99)", SHORT, "ran longer than 1 s"),
        ("import time; time.sleep(99)", replace(SHORT, wall=0.5), "ran longer than 0.5 s"),
        (
            "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(99)",
            SHORT,
            "ran longer than 1 s",
        ),
        ("import os, time; os.close(1); os.close(2); time.sleep(99)", SHORT, "ran longer than 1 s"),
        ("while True: print('x' * 4096)", replace(SHORT, wall=20), "wrote more than 1 MiB of output"),
        (
            "import sys\nwhile True: sys.stderr.write('x' * 4096)",
            replace(SHORT, wall=20),
            "wrote more than 1 MiB of output",
        ),
        ("while True: pass", replace(SHORT, wall=20, cpu=1), "used more than 1 s of processor time"),
    ],
    ids=["hang", "half", "ignores-term", "closes-pipes", "floods-stdout", "floods-stderr", "spins"],
)
def test_a_hostile_child_is_stopped_and_the_bound_named(code: str, limits: Limits, limit: str) -> None:
    done = process.run(python(code), limits=limits)
    assert done.limit == limit
    assert not done.ok
    assert done.elapsed < max(5, limits.wall)
    assert len(done.stdout) <= MIB
    assert len(done.stderr) <= MIB


def test_a_spinning_child_that_ignores_the_signal_is_still_named() -> None:
    code = "import signal; signal.signal(signal.SIGXCPU, signal.SIG_IGN)\nwhile True: pass"
    done = process.run(python(code), limits=replace(SHORT, wall=60, cpu=1))
    assert (done.returncode, done.limit) == (-signal.SIGKILL, "used more than 1 s of processor time")


def test_a_file_that_grows_too_large_is_stopped(tmp_path: Path) -> None:
    # sh leaves SIGXFSZ as it is; Python would turn it into an OSError. The bound is there a moment after
    # the start, in which cat can write more than it.
    argv = ["sh", "-c", "sleep 0.3; exec cat /dev/zero > big"]
    done = process.run(argv, cwd=tmp_path, limits=replace(SHORT, wall=20))
    assert done.limit == "wrote a file of more than 1 MiB"
    assert (tmp_path / "big").stat().st_size <= MIB


def test_memory_is_bounded() -> None:
    code = "b = []\nwhile True: b.append(bytearray(16 << 20))"
    done = process.run(python(code), limits=replace(SHORT, wall=20, memory=256 * MIB))
    assert not done.ok
    assert b"MemoryError" in done.stderr


def test_grandchildren_do_not_outlive_the_call(tmp_path: Path) -> None:
    note = tmp_path / "pids"
    done = process.run(["sh", "-c", f"sleep 99 >/dev/null 2>&1 & echo $! > {note}; exit 3"], limits=SHORT)
    assert (done.returncode, done.limit) == (3, "")
    assert all(gone(pid) for pid in pids(note))


def test_a_grandchild_that_holds_the_pipe_is_bounded(tmp_path: Path) -> None:
    note = tmp_path / "pids"
    done = process.run(["sh", "-c", f"sleep 99 & echo $! > {note}; echo said"], limits=SHORT)
    assert (done.limit, done.stdout) == ("ran longer than 1 s", b"said\n")
    assert all(gone(pid) for pid in pids(note))


def test_grandchildren_in_groups_of_their_own_die_with_a_killed_child(tmp_path: Path) -> None:
    """As ninja starts compilers: killing its group alone leaves them running."""
    note = tmp_path / "pids"
    code = (
        "import subprocess, sys, time\n"
        "child = subprocess.Popen(['sh', '-c', 'sleep 99 & echo $! $$ > $0; wait', sys.argv[1]],"
        " start_new_session=True)\ntime.sleep(99)"
    )
    done = process.run(python(code, str(note)), limits=SHORT)
    assert done.limit == "ran longer than 1 s"
    assert len(pids(note)) == 2
    assert all(gone(pid) for pid in pids(note))


def test_a_child_that_leaves_its_parents_cannot_block_the_call(tmp_path: Path) -> None:
    """A daemon has left the process tree and holds the pipe open; the call returns all the same."""
    note = tmp_path / "pids"
    code = (
        "import os, sys, time\n"
        "if os.fork() == 0:\n  os.setsid()\n  if os.fork() == 0:\n"
        "    open(sys.argv[1], 'w').write(str(os.getpid()))\n    time.sleep(30)\n  os._exit(0)\n"
        "os.wait()\nprint('said')"
    )
    done = process.run(python(code, str(note)), limits=SHORT)
    for pid in pids(note):
        os.kill(pid, signal.SIGKILL)
    assert (done.limit, done.stdout) == ("ran longer than 1 s", b"said\n")
    assert done.elapsed < 5


def test_a_bound_that_the_machine_has_set_is_kept(tmp_path: Path) -> None:
    """Without root a bound cannot be raised; trying would have left a traceback and a child."""
    code = (
        "import os, resource\n"
        "from harness import process\n"  # first: another user may not be allowed to read it
        "resource.setrlimit(resource.RLIMIT_AS, (2 << 30, 2 << 30))\n"
        "if os.getuid() == 0: os.setuid(65534)\n"
        "print(process.run(['sh', '-c', 'sleep .2; ulimit -v']).text.strip())"
    )
    done = process.run(python(code), env={"PYTHONPATH": str(Path(__file__).parents[2])}, cwd=tmp_path)
    assert done.text == f"{2 << 20}\n"


def test_children_have_no_core_dumps() -> None:
    code = "import resource, time; time.sleep(.2); print(resource.getrlimit(resource.RLIMIT_CORE))"
    assert process.run(python(code)).text == "(0, 0)\n"
    assert resource.getrlimit(resource.RLIMIT_CORE)  # this process keeps its own


# -- streams


def test_a_stream_gives_lines_as_they_come() -> None:
    lines: list[str] = []
    done = process.stream(["sh", "-c", "echo a; echo b >&2; printf '\\377c'; exit 2"], lines.append)
    assert lines == ["a", "b", "\ufffdc"]
    assert (done.returncode, done.stdout) == (2, b"a\nb\n\xffc")


def test_a_stream_keeps_the_end_and_splits_endless_lines() -> None:
    sizes: list[int] = []
    code = "import sys\nfor _ in range(64): sys.stdout.write('x' * 65536)\nprint('end')"
    done = process.stream(python(code), lambda line: sizes.append(len(line)))
    assert max(sizes) <= 2 * 65536
    assert sum(sizes) == 64 * 65536 + 3
    assert len(done.stdout) == 65536
    assert done.stdout.endswith(b"xend\n")


def test_an_error_while_streaming_leaves_no_child(tmp_path: Path) -> None:
    note = tmp_path / "pids"

    def refuse(line: str) -> None:
        raise RuntimeError(line)

    with pytest.raises(RuntimeError, match="go"):
        process.stream(["sh", "-c", f"echo $$ > {note}; echo go; exec sleep 99"], refuse)
    assert all(gone(pid) for pid in pids(note))


# -- the harness itself is stopped

RUNS = """
import signal, sys
from harness import process
from harness.process.kill import bind_to_parent
signal.signal(signal.SIGHUP, signal.SIG_DFL)  # whoever runs the tests may have said nohup
if sys.argv[2] == "handled":
    process.exit_on_sigterm()
try:
    process.run(["sh", "-c", "setsid -w sleep 99 & sleep 99 & echo $$ $! > " + sys.argv[1] + "; wait"])
except KeyboardInterrupt as stopped:
    print("stopped by", *stopped.args)
    raise SystemExit(7)
"""


@pytest.mark.parametrize(
    ("signum", "handled", "said"),
    [
        (signal.SIGINT, "plain", "stopped by\n"),
        (signal.SIGINT, "handled", "stopped by SIGINT\n"),
        (signal.SIGTERM, "handled", "stopped by SIGTERM\n"),
        (signal.SIGHUP, "handled", "stopped by SIGHUP\n"),
    ],
)
def test_a_signal_to_the_harness_leaves_no_child(
    tmp_path: Path, signum: signal.Signals, handled: str, said: str
) -> None:
    note = tmp_path / "pids"
    with subprocess.Popen(
        python(RUNS, str(note), handled), cwd=Path(__file__).parents[2], stdout=subprocess.PIPE
    ) as harness:
        assert eventually(lambda: note.exists() and len(note.read_text().split()) == 2)
        below = descendants(harness.pid)
        assert len(below) == 3
        harness.send_signal(signum)
        assert harness.communicate(timeout=10)[0].decode() == said
        assert harness.returncode == 7
    assert all(gone(pid) for pid in below)


def test_what_nohup_ignores_stays_ignored() -> None:
    code = "import os, signal; from harness import process; process.exit_on_sigterm()\n"
    code += "os.kill(os.getpid(), signal.SIGHUP); print('alive')"
    argv = ["nohup", *python(code)]
    done = subprocess.run(argv, cwd=Path(__file__).parents[2], capture_output=True, check=False)
    assert done.stdout == b"alive\n"


def descendants(pid: int) -> list[int]:
    found: list[int] = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                parent = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
            except OSError:
                continue
            if parent == pid:
                found += [int(entry.name), *descendants(int(entry.name))]
    return found


BUSY = """
import os, sys
from harness import process
from harness.process.kill import bind_to_parent
process.exit_on_sigterm()
try:
    print("ready", flush=True)
    while True:
        process.run(["sleep", "0.004"])
        child = process.Child(["sleep", sys.argv[1]])
        child.kill()
        child.wait()
except KeyboardInterrupt:
    # Not at exit: nothing may be left already when the exception arrives.
    left = os.popen("pgrep -f '^sleep " + sys.argv[1] + "$'").read()
    print("left:", left, flush=True)
    os._exit(0)
"""


@pytest.mark.parametrize("delay", [0.001, 0.007, 0.013, 0.022, 0.037, 0.05])
def test_a_signal_while_a_child_is_being_started(delay: float) -> None:
    length = f"{900 + delay}{os.getpid()}"  # to be found among all sleeps of the machine
    with subprocess.Popen(
        python(BUSY, length), cwd=Path(__file__).parents[2], stdout=subprocess.PIPE, text=True
    ) as harness:
        assert harness.stdout is not None
        assert harness.stdout.readline() == "ready\n"
        time.sleep(delay)
        harness.send_signal(signal.SIGINT)
        try:
            assert harness.communicate(timeout=10)[0] == "left: \n"
        finally:
            harness.kill()


def test_a_signal_during_the_start_waits_for_the_child(monkeypatch: pytest.MonkeyPatch) -> None:
    """The moment between fork and registration, held open."""
    born: list[int] = []

    class Born(set[int]):
        def add(self, pid: int) -> None:
            os.kill(os.getpid(), signal.SIGHUP)
            born.append(pid)
            super().add(pid)

    kept = {s: signal.getsignal(s) for s in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)}
    try:
        signal.signal(signal.SIGHUP, signal.SIG_DFL)
        process.exit_on_sigterm()
        monkeypatch.setattr(running, "_live", Born())
        with pytest.raises(KeyboardInterrupt, match="SIGHUP"):
            process.run(["sleep", "99"])
    finally:
        for signum, handler in kept.items():
            signal.signal(signum, handler)
    assert len(born) == 1
    assert gone(born[0])
