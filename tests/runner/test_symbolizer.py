"""Frames named by an llvm-symbolizer that stays: the same text as from one of its own, whatever tests do."""

from __future__ import annotations

import os
import socket
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from harness import process
from harness.process.jail import python_paths
from harness.process.sandbox import VARIABLE, Mode
from harness.runner import enclosure, symbolizer
from harness.runner.symbolizer import Symbolizers
from harness.runner.symbolizer_client import CHANNEL, LENGTH_BYTES, PATIENCE
from tests.llvm import Llvm

pytestmark = pytest.mark.slow


@pytest.fixture
def mode(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the fake one may write down that it was started. What jails change is tried below."""
    monkeypatch.setenv(VARIABLE, Mode.OFF.value)


CALL = ("--functions=linkage", "--inlining", "--demangle")
# Names a frame by the text of its file, which it reads once. A text may tell it to hang or to die.
FAKE = f"""\
#!{sys.executable} -S
import os, sys, time
with open(os.path.dirname(__file__) + "/started", "a") as log:
    print(os.getpid(), file=log)
read = {{}}
for line in sys.stdin:
    module, offset = line.split()[-2:]
    if line.startswith("DATA"):
        answer = "??\\n0 0\\n??:?\\n"
    else:
        read[module] = does = read.get(module) or open(module).read()
        if does == "hang":
            time.sleep(600)
        if does == "die":
            sys.exit(3)
        options = os.environ.get("LLVM_SYMBOLIZER_OPTS")
        answer = f"{{does}} {{offset}} {{sys.argv[1:]}} {{options}}\\nf.cpp:1:2\\n"
    print(answer, flush=True)
"""


@dataclass
class Place:
    """A folder with a tool that died, an llvm-symbolizer, and what stands in for it."""

    folder: Path
    real: Path
    client: str
    symbolizers: Symbolizers
    channel: socket.socket

    @classmethod
    def of(cls, folder: Path, real: Path, symbolizers: Symbolizers) -> Place:
        return cls(folder, real, symbolizers.client(str(real)), symbolizers, symbolizers.open_channel())

    def tool(self, text: str, name: str = "tool") -> Path:
        path = self.folder / name
        path.write_text(text)
        return path

    def name(self, asked: str, program: str = "", call: tuple[str, ...] = CALL, **env: str) -> str:
        """What a program (the client, if it is not said) writes on these frames, and its status if not 0."""
        given, out = self.folder / "in", self.folder / "out"
        given.write_text(asked)
        script = f'cd /; exec "$0" "$@" < {given} > {out}'
        child = process.Child(
            ["sh", "-c", script, program or self.client, *call],
            env={**os.environ, CHANNEL: str(self.channel.fileno()), **env},
            pass_fds=(self.channel.fileno(),),
        )
        status = child.wait()
        return out.read_text() + (f"status {status}" if status else "")

    @property
    def started(self) -> list[int]:
        """The process of each start of the symbolizer."""
        log = self.folder / "started"
        return [int(line) for line in log.read_text().split()] if log.exists() else []


@pytest.fixture
def place(tmp_path: Path, mode: None) -> Iterator[Place]:
    real = tmp_path / "llvm-symbolizer"
    real.write_text(FAKE)
    real.chmod(0o755)
    with Symbolizers(tmp_path / "clients", lambda: (tmp_path,)) as symbolizers:
        place = Place.of(tmp_path, real, symbolizers)
        with place.channel:
            yield place


def runs(pid: int, within: float = 5.0) -> bool:
    """Whether a process still runs after some time."""
    end = time.monotonic() + within
    while time.monotonic() < end:
        try:
            if Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] in "ZX":
                return False
        except OSError:
            return False
        time.sleep(0.02)
    return True


def test_one_symbolizer_names_the_frames_of_all_crashes(place: Place) -> None:
    one, two = place.tool("one", "one"), place.tool("two", "two")
    for asked in (f"{one} 0x10\n", f"{one} 0x20\n{two} 0x30\n{one} 0x40\n", f"{two} 0x50\n"):
        alone = place.name(asked, str(place.real))
        assert alone.count("f.cpp:1:2\n\n") == asked.count("\n")
        assert place.name(asked) == alone
    assert len(place.started) == 3 + 1  # one for each crash alone


def test_a_tool_that_changed_is_read_again(place: Place) -> None:
    tool = place.tool("before")
    assert place.name(f"{tool} 0x10\n").startswith("before 0x10 ")
    place.tool("after")
    assert place.name(f"{tool} 0x10\n").startswith("after 0x10 ")
    place.tool("other", "new").replace(tool)
    assert place.name(f"{tool} 0x10\n").startswith("other 0x10 ")
    assert len(place.started) == 3


@pytest.mark.parametrize(
    ("call", "env"),
    [
        (("--functions=linkage", "--inlining"), {}),
        (("--obj=/bin/true", *CALL), {}),
        (CALL, {"LLVM_SYMBOLIZER_OPTS": "--basenames"}),
    ],
)
def test_what_llvm_does_not_ask_is_left_to_the_real_one(
    place: Place, call: tuple[str, ...], env: dict[str, str]
) -> None:
    asked = f"{place.tool('one')} 0x10\n"
    assert place.name(asked) == place.name(asked, str(place.real))
    assert place.name(asked, "", call, **env) == place.name(asked, str(place.real), call, **env)
    assert len(place.started) == 1 + 3  # and one that was not asked a second time


@pytest.mark.parametrize(
    "frame",
    ["DATA {} 0x10", "{} 16", "bin/tool 0x10", "{}.absent 0x10", "", '"{}" 0x10', "{} 0x10\n\n{} 0x20"],
)
def test_a_line_that_is_no_frame_is_left_to_the_real_one(place: Place, frame: str) -> None:
    asked = (
        "\n".join([f"{place.tool('one')} 0x10", frame.replace("{}", str(place.tool("two", "two")))]) + "\n"
    )
    assert place.name(asked) == place.name(asked, str(place.real))
    assert len(place.started) == 2


def test_a_symbolizer_that_dies_or_hangs_is_replaced(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    good, bad = place.tool("good"), place.tool("die", "bad")
    assert place.name(f"{bad} 0x10\n") == "status 3"  # as it does alone
    assert place.name(f"{good} 0x10\n").startswith("good 0x10 ")
    killed = place.started[-1]
    os.kill(killed, 9)
    assert not runs(killed)
    assert place.name(f"{good} 0x20\n").startswith("good 0x20 ")  # by the real one
    count = len(place.started)
    assert place.name(f"{good} 0x30\n").startswith("good 0x30 ")
    assert len(place.started) == count + 1  # the new one
    monkeypatch.setattr(symbolizer, "_ANSWERING", 0.2)
    place.tool("hang", "bad")
    live = place.started[-1]
    assert ask(place, f"{bad} 0x10\n".encode()) == b""
    assert not runs(live)


def connect(place: Place, real: str = "") -> socket.socket:
    """A client of the one that runs."""
    ours, theirs = socket.socketpair()
    with theirs:
        socket.send_fds(place.channel, [os.fsencode(real or place.real)], [theirs.fileno()])
    return ours


def ask(place: Place, request: bytes) -> bytes:
    """What the one that runs answers, without the real one behind it."""
    with connect(place) as connection:
        connection.sendall(request)
        connection.shutdown(socket.SHUT_WR)
        answer = b""
        while part := connection.recv(1 << 16):
            answer += part
    assert int.from_bytes(answer[:LENGTH_BYTES], sys.byteorder) == len(answer) - LENGTH_BYTES
    return answer[LENGTH_BYTES:]


def test_clients_that_say_nothing_do_not_keep_others_waiting(place: Place) -> None:
    tool = place.tool("one")
    held = []
    for count in (1, 40):  # one beside us; more than there is room for
        held += [connect(place) for _ in range(count)]
        begun = time.monotonic()
        assert place.name(f"{tool} 0x10\n").startswith("one 0x10 ")
        assert time.monotonic() - begun < PATIENCE  # it did not wait until it gave up
    for one in held:
        one.close()


def test_it_ends_with_its_pool_and_the_client_does_without_it(place: Place) -> None:
    tool = place.tool("one")
    place.name(f"{tool} 0x10\n")
    (live,) = place.started
    keep = place.folder / "client"
    keep.write_text(Path(place.client).read_text())
    keep.chmod(0o755)
    place.symbolizers.__exit__(None, None, None)
    assert not runs(live)
    assert place.name(f"{tool} 0x20\n", str(keep)).startswith("one 0x20 ")


def test_it_ends_with_a_harness_that_is_killed(place: Place) -> None:
    tool = place.tool("one")
    (place.folder / "frames").write_text(f"{tool} 0x10\n")
    code = (
        "import os, pathlib, sys\n"
        "from harness.runner.symbolizer import Live\n"
        "live = Live(sys.argv[1], lambda: (pathlib.Path(sys.argv[1]).parent,))\n"
        "assert live.answer(open(sys.argv[2], 'rb').read())\n"
        "os.kill(os.getpid(), 9)\n"
    )
    done = process.run([sys.executable, "-c", code, place.real, place.folder / "frames"])
    assert done.returncode == -9, done.text
    (live,) = place.started
    assert not runs(live)


def test_a_symbolizer_of_another_kind_is_not_asked_twice(place: Place) -> None:
    place.real.write_text(f'#!/bin/sh\necho $$ >> {place.folder}/started\necho "??"\n')
    asked = f"{place.tool('one')} 0x10\n"
    for starts in (2, 3):
        assert place.name(asked) == "??\n"
        assert len(place.started) == starts


def test_it_reads_nothing_but_what_it_is_shown(tmp_path: Path, enclosing: Mode) -> None:
    """It reads the work of patches; and what asks it may be one."""
    shown, secret = tmp_path / "shown", tmp_path / "secret"
    shown.mkdir()
    secret.write_text("secret")
    tool, real = shown / "tool", shown / "llvm-symbolizer"
    tool.write_text("tool")
    real.write_text(
        f"#!{sys.executable} -S\nimport sys\n"
        "for line in sys.stdin:\n"
        "    if line.startswith('DATA'):\n"
        "        print('??\\n0 0\\n??:?\\n', flush=True)\n"
        "        continue\n"
        "    try:\n"
        f"        said = open({str(secret)!r}).read()\n"
        "    except OSError as error:\n"
        "        said = type(error).__name__\n"
        "    print(f'{open(line.split()[0]).read()} {said}\\nf.cpp:1:2\\n', flush=True)\n"
    )
    real.chmod(0o755)
    with Symbolizers(tmp_path / "clients", lambda: (shown, *python_paths())) as symbolizers:
        place = Place.of(tmp_path, real, symbolizers)
        with place.channel:
            said = ask(place, f"{tool} 0x10\n".encode()).decode().split()
            others = [ask(place, f"{other} 0x10\n".encode()) for other in (secret, shown / "../secret")]
    refused = "FileNotFoundError" if enclosing is Mode.BUBBLEWRAP else "PermissionError"
    assert said[:2] == ["tool", refused]
    assert others == [b"", b""]


def test_what_is_no_client_harms_no_other(place: Place) -> None:
    with (place.folder / "in").open("wb") as file:
        for sent in ([file.fileno()], [file.fileno()] * 40, []):
            socket.send_fds(place.channel, [os.fsencode(place.real)], sent)
    connect(place, "/another").close()
    asked = f"{place.tool('one')} 0x10\n"
    assert ask(place, asked.encode()).startswith(b"one 0x10 ")


def test_there_is_none_without_a_symbolizer() -> None:
    with Symbolizers(Path("/nonexistent"), lambda: ()) as symbolizers:
        assert symbolizers.client("") == ""


def test_the_frames_of_llc_are_the_same(llvm19: Llvm, tmp_path: Path) -> None:
    real, frames = llvm19.tools / "llvm-symbolizer", tmp_path / "frames"
    note = tmp_path / "note"
    note.write_text(f"#!/bin/sh\ncat > {frames}\nexit 1\n")
    note.chmod(0o755)
    died = process.run(
        [llvm19.tools / "llc", "-stop-after=no-such-pass"], env={"LLVM_SYMBOLIZER_PATH": str(note)}
    )
    assert died.returncode < 0
    reads = (tmp_path, *enclosure.usual_reads())
    with Symbolizers(tmp_path / "clients", lambda: reads) as symbolizers:
        place = Place.of(tmp_path, real, symbolizers)
        for asked in (frames.read_text(), frames.read_text() * 10):
            alone = place.name(asked, str(real))
            assert "llvm::" in alone
            assert place.name(asked) == alone
            assert ask(place, asked.encode()) == alone.encode()
        place.channel.close()
