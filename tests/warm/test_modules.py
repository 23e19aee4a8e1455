"""Modules of the harness run by a server that has them loaded: as programs of their own, and as bounded."""

from __future__ import annotations

import ast
import importlib.util
import os
import signal
import socket
import sys
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from harness import process
from harness.stackmaps import command
from harness.warm.client import WARM
from harness.warm.server import start_on_channel

pytestmark = pytest.mark.slow

ROOT = str(Path(command.__file__).parents[2])
CLIENT = f"import sys; sys.path.insert(0, {ROOT!r}); from harness.warm.client import main; main()"
COMMAND = "harness.stackmaps.command"
# A module of ours that does what its first argument says.
ODD = """\
import os, sys, time
def main():
    does = {
        "cpu": lambda: [0 for _ in iter(int, 1)],
        "fill": lambda: open(sys.argv[2], "wb").write(b"x" * (3 << 20)),
        "hang": lambda: (print(os.getpid(), flush=True), time.sleep(600)),
        "none": lambda: None,
        "raise": lambda: 1 / 0,
        "said": lambda: sys.exit("said\\u2026"),
        "seen": lambda: print(sys.argv, sys.stdin.read(), os.getcwd(), os.environ["SEEN"]),
        "seven": lambda: sys.exit(7),
        "state": lambda: (print(len(STATE)), STATE.append(1)),
    }
    does[sys.argv[1]]()
STATE = []
"""


@pytest.fixture(scope="module")
def place() -> Iterator[socket.socket]:
    """The channel to a server."""
    child, channel = start_on_channel("harness.warm.modules", Path("/"))
    with channel:
        yield channel
    child.wait(timeout=30)


@pytest.fixture(scope="module")
def odd(tmp_path_factory: pytest.TempPathFactory) -> Iterator[socket.socket]:
    """The channel to the server of a harness that has one module more, `harness.odd`."""
    other = tmp_path_factory.mktemp("other")
    theirs, channel = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    (other / "odd.py").write_text(ODD)
    code = (
        f"import pathlib, sys; sys.path.insert(0, {ROOT!r}); import harness\n"
        f"harness.__path__.append({str(other)!r})\n"
        "from harness.warm.modules import serve; from harness.warm.server import ChannelListener\n"
        "serve(pathlib.Path('/'), ChannelListener(int(sys.argv[1])))"
    )
    end = theirs.fileno()
    command = [sys.executable, "-I", "-c", code, str(end)]
    unbounded = process.Limits(wall=0, cpu=0, memory=0, output=0)
    child = process.Child(command, unbounded, stdin=process.DEVNULL, stdout=process.PIPE, pass_fds=(end,))
    theirs.close()
    assert child.stdout is not None
    assert child.stdout.readline() == b"ready\n"
    child.stdout.close()
    with channel:
        yield channel
    child.wait(timeout=30)


def run(
    module: str,
    *arguments: str | Path,
    place: socket.socket | None = None,
    cwd: Path | None = None,
    stdin: bytes = b"",
    env: Mapping[str, str | None] | None = None,
    limits: process.Limits = process.TOOL_LIMITS,
) -> process.Completed:
    """Run a module, on the server in `place`; without one, as a program."""
    begun = time.monotonic()
    channels = {} if place is None else {WARM: str(place.fileno())}
    given = {**os.environ, **(env or {}), **channels}
    command = [sys.executable, "-IS", "-c", CLIENT, module, *map(str, arguments)]
    child = process.Child(
        command,
        limits,
        cwd=cwd,
        env={name: value for name, value in given.items() if value is not None},
        stdin=process.PIPE,
        stdout=process.PIPE,
        stderr=process.PIPE,
        pass_fds=() if place is None else (place.fileno(),),
    )
    out, err = child.communicate(stdin)
    took = time.monotonic() - begun
    return process.Completed(tuple(command), child.returncode, out, err, took, child.limit)


def seen(done: process.Completed) -> tuple[int, bytes, bytes]:
    return done.returncode, done.stdout, done.stderr


@pytest.mark.parametrize(
    "arguments",
    [
        ("--help",),
        ("show", "absent.o"),
        ("verify",),
        ("show", "--raw", "map"),
        ("verify", "--raw", "map", "\udce4"),
    ],
)
def test_the_oracle_says_the_same(place: socket.socket, tmp_path: Path, arguments: tuple[str, ...]) -> None:
    (tmp_path / "map").write_bytes(bytes([3]) + bytes(15))
    alone = run(COMMAND, *arguments, cwd=tmp_path)
    assert seen(run(COMMAND, *arguments, cwd=tmp_path, place=place)) == seen(alone)
    assert alone.stdout or alone.stderr


def test_a_program_gets_what_its_caller_has(odd: socket.socket, tmp_path: Path) -> None:
    given = {"SEEN": "here", "PATH": "/bin"}
    done = run("harness.odd", "seen", "a b", place=odd, cwd=tmp_path, stdin=b"text", env=given)
    assert done.returncode == 0, done.text
    said = done.stdout.decode()
    assert said == f"['-c', 'seen', 'a b'] text {tmp_path} here\n"
    assert done.stderr == b""


def test_a_program_ends_as_it_would_by_itself(odd: socket.socket) -> None:
    ends = {name: run("harness.odd", name, place=odd) for name in ("none", "raise", "said", "seven")}
    assert {name: end.returncode for name, end in ends.items()} == {
        "none": 0,
        "raise": 1,
        "said": 1,
        "seven": 7,
    }
    assert ends["said"].stderr == "said…\n".encode()
    assert ends["raise"].stderr.decode().endswith("ZeroDivisionError: division by zero\n")


def test_a_call_leaves_nothing_behind_for_the_next(odd: socket.socket) -> None:
    assert [run("harness.odd", "state", place=odd).stdout for _ in range(3)] == [b"0\n"] * 3


def test_what_cannot_be_imported_is_an_error_of_the_call(place: socket.socket) -> None:
    for module, why in (("harness.no_such", "No module named 'harness.no_such'"), ("json.tool.x", "is not")):
        done = run(module, place=place)
        assert done.returncode == 1
        assert why in done.stderr.decode()
    assert run(COMMAND, "--help", place=place).ok  # the server is still there


def test_the_bounds_of_the_caller_hold(odd: socket.socket, tmp_path: Path) -> None:
    limits = process.Limits(wall=300, cpu=1, output=1 << 20)
    assert run("harness.odd", "cpu", place=odd, limits=limits).limit == "used more than 1 s of processor time"
    done = run("harness.odd", "fill", tmp_path / "file", place=odd, limits=limits)
    assert "File too large" in done.stderr.decode()
    assert (tmp_path / "file").stat().st_size == 1 << 20


def test_a_hang_ends_with_its_caller(odd: socket.socket) -> None:
    done = run("harness.odd", "hang", place=odd, limits=process.Limits(wall=5))
    assert (done.limit, done.returncode) == ("ran longer than 5 s", -signal.SIGKILL)
    assert gone(int(done.stdout))


def test_a_server_ends_when_nobody_can_reach_it() -> None:
    child, channel = start_on_channel("harness.warm.modules", Path("/"))
    channel.close()
    assert child.wait(timeout=30) == 0


def test_what_is_no_client_harms_no_other(place: socket.socket, tmp_path: Path) -> None:
    with (tmp_path / "file").open("wb") as file:
        for sent in ([file.fileno()], [file.fileno()] * 40, []):
            socket.send_fds(place, [b"\0"], sent)
    assert run(COMMAND, "--help", place=place).ok


def test_a_number_that_is_no_channel_is_none(tmp_path: Path) -> None:
    alone = run(COMMAND, "--help")
    for said in ("0", "77", "-1", "x", "9" * 40):
        assert seen(run(COMMAND, "--help", env={WARM: said})) == seen(alone), said


def gone(pid: int) -> bool:
    """Whether a process ends soon."""
    for _ in range(250):
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return True
        time.sleep(0.02)
    return False


def inner_imports(path: Path) -> set[str]:
    """What the functions of a module import when they are called."""
    functions = [node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.FunctionDef)]
    nodes = [node for function in functions for node in ast.walk(function)]
    found = {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    for node in nodes:
        if isinstance(node, ast.ImportFrom):
            inner = {f"{node.module}.{alias.name}" for alias in node.names}
            found |= {
                name for name in inner if importlib.util.find_spec(str(node.module)) and is_module(name)
            }
            found.add(str(node.module))
    return found


def is_module(name: str) -> bool:
    """Whether it is a module, and not something in one."""
    try:
        return importlib.util.find_spec(name) is not None
    except ModuleNotFoundError:
        return False


def test_everything_that_the_oracle_uses_is_loaded_before() -> None:
    code = f"import sys; from {COMMAND} import warm_up; warm_up(); print(*sys.modules)"
    loaded = set(process.run([sys.executable, "-c", code], env={"PYTHONPATH": ROOT}).stdout.decode().split())
    used = {
        (name, one)
        for name in loaded
        if name.startswith(("harness.stackmaps.", "harness.console."))
        if (path := Path(ROOT, *name.split(".")).with_suffix(".py")).is_file()
        for one in inner_imports(path)
    }
    assert len(used) > 10
    # Of --json, and of what is shown on a terminal.
    assert {one for _, one in used if one not in loaded} == {"msgspec", "rich.console"}
