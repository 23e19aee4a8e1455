"""What a child in a jail can do to other programs, to the network and to the machine's memory and processes.

Every act succeeds without a jail, and is held off in each mode. The victims are the test's own.
"""

from __future__ import annotations

import fcntl
import os
import signal
import socket
import subprocess
import sys
import textwrap
from dataclasses import replace
from pathlib import Path

import pytest

from harness.process import MIB, JailKind
from harness.process.sandbox import Mode
from tests.process.test_children import alive, eventually, gone
from tests.sandboxes import LIMITS, Scene, force

pytestmark = pytest.mark.slow


# -- other processes


@pytest.mark.parametrize("file", ["environ", "mem", "maps", "fd/0", "root/etc/hostname", "cwd"])
def test_other_processes_are_closed(
    scene: Scene, any_mode: Mode, victim: subprocess.Popen[bytes], file: str
) -> None:
    act = "os.listdir(path)" if file == "cwd" else "open(path, 'rb')"
    done = scene.run(f"import os, sys\npath = sys.argv[1]\n{act}", f"/proc/{victim.pid}/{file}")
    assert done.ok is (any_mode is Mode.OFF), done.text


def test_other_processes_get_no_signal(scene: Scene, any_mode: Mode, victim: subprocess.Popen[bytes]) -> None:
    scene.run("import os, sys; os.kill(int(sys.argv[1]), 9)", victim.pid)
    assert gone(victim.pid, within=1) is (any_mode is Mode.OFF)


def test_a_signal_to_all_stays_inside(scene: Scene, enclosing: Mode, victim: subprocess.Popen[bytes]) -> None:
    scene.run("import os; os.kill(-1, 9)")
    assert alive(victim.pid)


def test_the_keeper_cannot_be_killed(scene: Scene, enclosing: Mode) -> None:
    """Who ends the jail is out of reach: nothing that was started outlives the child."""
    code = """
        import os, signal, subprocess, sys
        left = subprocess.Popen(["sleep", "600"], start_new_session=True)
        print(left.pid, flush=True)
        for pid in {os.getppid(), 1}:
            try:
                os.kill(pid, signal.SIGKILL)
            except OSError:
                print("refused")
    """
    before = sleepers()
    done = scene.run(code)
    assert done.ok, done.text
    assert eventually(lambda: sleepers() <= before)


def sleepers() -> set[str]:
    """The processes that run `sleep 600`, as seen from outside."""
    found = set()
    for path in Path("/proc").glob("[0-9]*"):
        try:
            if (path / "cmdline").read_bytes() == b"sleep\x00600\x00":
                found.add(path.name)
        except OSError:  # it has ended
            continue
    return found


def test_the_keeper_of_a_worker_is_closed(scene: Scene, enclosing: Mode) -> None:
    """It has the pipe that results go through."""
    code = """
        import os
        for name in os.listdir("/proc"):
            if name.isdigit() and int(name) != os.getpid():
                try:
                    open(f"/proc/{name}/fd/1", "wb", buffering=0).write(b"forged")
                except OSError:
                    pass
    """
    done = scene.run(code, kind=JailKind.WORKER)
    assert (done.ok, done.text) == (True, "")


@pytest.mark.parametrize("call", ["attach", "process_vm_readv", "pidfd_getfd"])
def test_other_processes_are_not_traced(
    scene: Scene, any_mode: Mode, victim: subprocess.Popen[bytes], call: str
) -> None:
    code = """
        import ctypes, os, sys
        call, pid = sys.argv[1], int(sys.argv[2])
        libc = ctypes.CDLL(None, use_errno=True)
        if call == "attach":
            bad = libc.ptrace(16, pid, None, None)
        elif call == "pidfd_getfd":
            bad = libc.syscall(438, os.pidfd_open(pid), 0, 0)
        else:
            there = int(next(line for line in open(f"/proc/{pid}/maps")).split("-")[0], 16)
            buffer = ctypes.create_string_buffer(8)
            mine = (ctypes.c_size_t * 2)(ctypes.addressof(buffer), 8)
            theirs = (ctypes.c_size_t * 2)(there, 8)
            bad = libc.process_vm_readv(pid, mine, 1, theirs, 1, 0)
        sys.exit(bad < 0)
    """
    done = scene.run(code, call, victim.pid)
    assert done.ok is (any_mode is Mode.OFF), done.text


# -- the network, and sockets of other programs


@pytest.mark.parametrize("kind", ["tcp", "udp", "abstract", "path"])
def test_no_server_hears_a_jail(scene: Scene, any_mode: Mode, kind: str) -> None:
    """The path stands for D-Bus and a container engine's socket."""
    family = socket.AF_INET if kind in {"tcp", "udp"} else socket.AF_UNIX
    with socket.socket(family, socket.SOCK_DGRAM if kind == "udp" else socket.SOCK_STREAM) as server:
        server.settimeout(0.5)
        place = {"abstract": f"\0harness-{os.getpid()}", "path": str(scene.home / "bus")}
        server.bind(place.get(kind, ("127.0.0.1", 0)))
        address = server.getsockname()
        if kind != "udp":
            server.listen()
        code = """
            import socket, sys
            family, kind, address = eval(sys.argv[1])
            client = socket.socket(family, kind)
            client.settimeout(5)
            client.connect(address)
            client.send(b"x")
        """
        scene.run(code, repr((int(family), int(server.type), address)))
        try:
            if kind == "udp":
                server.recv(1)
            else:
                server.accept()[0].close()
            heard = True
        except TimeoutError:
            heard = False
    assert heard is (any_mode is Mode.OFF)


def test_sockets_that_filters_and_rules_do_not_know_are_closed(scene: Scene, enclosing: Mode) -> None:
    """Raw, packet and netlink sockets, and io_uring, which makes sockets past every filter."""
    code = """
        import ctypes, socket, sys
        made = []
        for family, kind in ((socket.AF_INET, socket.SOCK_RAW), (socket.AF_PACKET, socket.SOCK_RAW)):
            try:
                made.append(socket.socket(family, kind, 1))
            except OSError:
                pass
        sys.exit(len(made))
    """
    assert scene.run(code).ok
    if enclosing is Mode.LANDLOCK:
        ring = "ctypes.CDLL(None).syscall(425, 1, ctypes.create_string_buffer(120))"
        assert scene.run(f"import ctypes, sys; sys.exit({ring} >= 0)").ok


# -- bounds, and what is left running


def test_memory_is_bounded(scene: Scene, enclosing: Mode) -> None:
    done = scene.run("x = bytearray(30 << 30); print(len(x))")
    assert not done.ok
    assert "MemoryError" in done.text


def test_memory_in_all_is_bounded(scene: Scene, enclosing: Mode) -> None:
    code = """
        import os, time
        for _ in range(6):
            if os.fork() == 0:
                x = b"x" * (60 << 20)
                time.sleep(600)
        time.sleep(600)
    """
    done = scene.run(code, limits=replace(LIMITS, resident=200 * MIB))
    assert done.limit == "took more than 200 MiB of memory in all"


def test_who_ignores_the_bound_on_processor_time_is_named(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    """bubblewrap waits for its program only. The other modes wait for it as for any child."""
    force(Mode.BUBBLEWRAP.value, monkeypatch)
    code = "import signal; signal.signal(signal.SIGXCPU, signal.SIG_IGN)\nwhile True: pass"
    done = scene.run(code, limits=replace(LIMITS, wall=60, cpu=1))
    assert (done.returncode, done.limit) == (-signal.SIGKILL, "used more than 1 s of processor time")


def test_a_large_file_is_bounded(scene: Scene, enclosing: Mode) -> None:
    done = scene.run("f = open('big', 'wb'); f.truncate(30 << 30)")
    assert not done.ok
    assert (scene.out / "big").stat().st_size == 0


def test_a_fork_bomb_ends(scene: Scene, enclosing: Mode) -> None:
    """Each process starts two others, up to a number that the machine of the test survives."""
    code = """
        import os, time
        for _ in range(11):
            if os.fork() == 0:
                os.setsid()
        time.sleep(601)
    """
    before = bombs()
    done = scene.run(code)
    assert done.limit == "started 256 processes or more"
    assert eventually(lambda: bombs() <= before, within=20)


def bombs() -> int:
    return sum(b"time.sleep(601)" in _command(path) for path in Path("/proc").glob("[0-9]*"))


def _command(path: Path) -> bytes:
    try:
        return (path / "cmdline").read_bytes()
    except OSError:  # it has ended
        return b""


@pytest.mark.parametrize(
    "escape",
    [
        "start(); ",
        "os.setsid(); start(); ",
        "os.setsid(); start(); os._exit(0)",
        "signal.signal(signal.SIGTERM, signal.SIG_IGN); start()",
    ],
)
def test_nothing_is_left_running(scene: Scene, enclosing: Mode, escape: str) -> None:
    code = f"""
        import os, signal, subprocess, sys
        def start():
            if os.fork() == 0:
                os.setsid()
                if os.fork() == 0:
                    signal.signal(signal.SIGTERM, signal.SIG_IGN)
                    os.execvp("sleep", ["sleep", "600"])
                os._exit(0)
        {escape}
    """
    before = sleepers()
    scene.run(code)
    assert eventually(lambda: sleepers() <= before)


def test_a_chain_of_processes_ends(scene: Scene, any_mode: Mode) -> None:
    """Each starts the next and ends at once: whoever looks for them one by one comes too late."""
    code = """
        import os, time
        if os.fork() == 0:
            os.closerange(0, 3)
            for n in range(2000):
                if os.fork() != 0:
                    os._exit(0)
                os.setsid()
                with open("mark", "a") as mark:
                    mark.write("x")
            os._exit(0)
        while not os.path.exists("mark") or os.path.getsize("mark") < 10:
            time.sleep(0.01)
    """
    assert scene.run(code).ok
    mark = scene.out / "mark"
    was = mark.stat().st_size
    goes_on = eventually(lambda: mark.stat().st_size > was, within=0.3)
    assert goes_on is (any_mode is Mode.OFF)


def test_a_jail_has_ended_when_its_child_has(scene: Scene, any_mode: Mode) -> None:
    """Who leaves a jail's folder to the caller has nothing in it that goes on: here one who ends slowly.

    The kernel gives its memory back before it closes its files, and so drops the lock.
    """
    code = """
        import fcntl, mmap, os, time
        ready, said = os.pipe()
        if os.fork() == 0:
            os.setsid()
            os.closerange(0, 3)
            lock = open("lock", "wb")
            fcntl.flock(lock, fcntl.LOCK_EX)
            memory = mmap.mmap(-1, 300 << 20)
            for place in range(0, len(memory), 4096):
                memory[place] = 1
            os.write(said, b".")
            time.sleep(20)
            os._exit(0)
        os.read(ready, 1)
    """
    assert scene.run(code).ok
    with (scene.out / "lock").open() as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            held = False
        except BlockingIOError:
            held = True
    assert held is (any_mode is Mode.OFF)


def test_a_jail_ends_with_the_harness_even_of_sigkill(scene: Scene, enclosing: Mode) -> None:
    code = textwrap.dedent(f"""
        from pathlib import Path
        from harness import process
        from harness.process import Jail, JailKind
        out = Path({str(scene.out)!r})
        jail = Jail(JailKind.PROGRAM, writes=(out,))
        process.run(["sh", "-c", "setsid sleep 600 & touch ready; sleep 600"], cwd=out, jail=jail)
    """)
    before = sleepers()
    with subprocess.Popen([sys.executable, "-c", code], cwd=Path(__file__).parents[2]) as harness:
        assert eventually((scene.out / "ready").exists)
        harness.kill()
    assert eventually(lambda: sleepers() <= before)


def test_files_in_all_are_bounded(scene: Scene, enclosing: Mode) -> None:
    """Each is below the bound on one file, and nothing says when it is enough."""
    code = """
        import os
        for number in range(2000):
            with open(f"part-{number}", "wb") as part:
                part.write(os.urandom(1 << 20))
    """
    done = scene.run(code, limits=replace(LIMITS, files=100 * MIB))
    assert done.limit == "wrote more than 100 MiB of files in all"
    assert sum(path.stat().st_size for path in scene.out.iterdir()) < 2000 * MIB
