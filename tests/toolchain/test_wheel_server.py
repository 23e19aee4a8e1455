"""The server of the wheel's tools: its limits, its folder, and that nothing outlives it."""

from __future__ import annotations

import os
import signal
import socket
import struct
import subprocess
import sys
import time
from pathlib import Path

import pytest

from harness.process import TOOL_LIMITS, Child, Limits, run
from harness.toolchain.wheel import library
from harness.toolchain.wheel.client import BESIDE
from harness.warm.client import SOCKET
from tests.toolchain.programs import HANG, OK, gone, write

pytestmark = pytest.mark.needs_llvm


def test_limits_hold_in_the_server(served: dict[str, Path], tmp_path: Path) -> None:
    big = TOOL_LIMITS.memory + 1
    text = (
        "declare ptr @malloc(i64)\ndefine i32 @main() {\n"
        f"  %p = call ptr @malloc(i64 {big})\n  %z = icmp eq ptr %p, null\n"
        "  %r = select i1 %z, i32 33, i32 0\n  ret i32 %r\n}\n"
    )
    assert run([served["lli"], "-jit-kind=mcjit"], stdin=text.encode()).returncode == 33
    flood = (
        "declare i64 @write(i32, ptr, i64)\n@b = global [1048576 x i8] zeroinitializer\n"
        "define i32 @main() {\n  br label %l\nl:\n"
        "  %n = call i64 @write(i32 1, ptr @b, i64 1048576)\n  br label %l\n}\n"
    )
    write(tmp_path, "flood.ll", flood)
    with (tmp_path / "out").open("wb") as out:
        child = Child(
            [str(served["lli"]), "-jit-kind=mcjit", "flood.ll"], TOOL_LIMITS, cwd=tmp_path, stdout=out
        )
        assert child.wait() == -signal.SIGXFSZ
    assert child.limit == f"wrote a file of more than {TOOL_LIMITS.output >> 20} MiB"
    assert (tmp_path / "out").stat().st_size == TOOL_LIMITS.output


def test_a_hang_ends_with_its_client(served: dict[str, Path], tmp_path: Path) -> None:
    write(tmp_path, "hang.ll", HANG)
    done = run([served["lli"], "-jit-kind=mcjit", "hang.ll"], cwd=tmp_path, limits=Limits(wall=2))
    assert (done.limit, done.returncode) == ("ran longer than 2 s", -signal.SIGKILL)
    assert gone(int(done.stdout))


@pytest.mark.parametrize("killed", [False, True])
def test_the_server_and_its_children_end_together(tmp_path: Path, killed: bool) -> None:
    write(tmp_path, "hang.ll", HANG)
    with library.serve(tmp_path / "bin") as tools:
        child = Child(
            [str(tools["lli"]), "-jit-kind=mcjit", str(tmp_path / "hang.ll")],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        assert child.stdout is not None
        pid = int(child.stdout.readline())
        if killed:
            os.kill(_server_of(tmp_path / f"bin{BESIDE}"), signal.SIGKILL)
            assert gone(pid)
    assert gone(pid)
    _, said = child.communicate()
    assert said == b"lli: error: the tool server ended before the tool did\n"
    assert child.returncode == 70
    assert not (tmp_path / f"bin{BESIDE}" / SOCKET).exists()


def _server_of(folder: Path) -> int:
    with socket.socket(socket.AF_UNIX) as probe:
        probe.connect(str(folder / SOCKET))
        credentials = probe.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("3i"))
    pid: int = struct.unpack("3i", credentials)[0]
    return pid


def test_a_server_does_not_outlive_its_parent_or_its_folder(tmp_path: Path) -> None:
    code = (
        "import sys, time, pathlib, os\n"
        "from harness.warm.server import run_server\n"
        "with run_server('harness.toolchain.wheel.server', *map(pathlib.Path, sys.argv[1:])):\n"
        "    os.kill(os.getpid(), 9)\n"
    )
    place = tmp_path / f"one{BESIDE}"
    place.mkdir()
    root = str(Path(library.__file__).parents[3])
    done = run([sys.executable, "-c", code, tmp_path / "one", place], env={"PYTHONPATH": root})
    assert done.returncode == -signal.SIGKILL
    tools = library.write_tools(tmp_path / "one")
    assert _refuses_connections(place)
    assert run([tools["llc"], "-filetype=null"], stdin=OK.encode()).ok  # without a server, by itself


def _refuses_connections(folder: Path) -> bool:
    for _ in range(100):
        with socket.socket(socket.AF_UNIX) as probe:
            try:
                probe.connect(str(folder / SOCKET))
            except (ConnectionRefusedError, FileNotFoundError):
                return True
        time.sleep(0.05)
    return False


def test_a_folder_with_a_long_path(tmp_path: Path) -> None:
    deep = tmp_path / ("d" * 100) / ("e" * 100)
    with library.serve(deep) as tools:
        assert run([tools["llc"], "-filetype=null"], stdin=OK.encode()).ok
