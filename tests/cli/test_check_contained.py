"""`harness check` of a hostile patch with a hostile suite, on real LLVM 19: nothing gets out, in each mode.

The acts (acts.py) come from the patched llc, from a RUN line and from the Python of a lit.local.cfg.
"""

from __future__ import annotations

import contextlib
import json
import os
import shlex
import socket
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from harness.process.sandbox import VARIABLE, Mode
from harness.store import default_root
from tests.cli.test_check_reach import CALL, TEST
from tests.command import LOWER, LOWERS_PATCHPOINT, REPOSITORY, SUITE_CONFIG, Harness, Said, Source
from tests.process.test_children import alive
from tests.sandboxes import ENCLOSING, SECRET

pytestmark = [
    pytest.mark.needs_llvm,
    pytest.mark.builds,
    pytest.mark.slow,
    pytest.mark.xdist_group("contained"),
]

# Runs acts.sh from the folder of the input: the text of the patch is the same in every run of the tests.
ACTS_IN_LLC = """\
  std::string Place = MF->getFunction().getParent()->getModuleIdentifier();
  (void)!::system(("sh '" + Place.substr(0, Place.rfind('/')) + "/acts.sh' llc 1>&2").c_str());
"""
LIES = ACTS_IN_LLC + "  std::exit(1);\n"
LOCAL_CONFIG = """\
import os, subprocess
subprocess.run(["sh", os.path.join(os.path.dirname(__file__), "acts.sh"), "config"])
"""
WHO = ("llc", "run", "config")


@dataclass
class HostileScene:
    """The victims outside, and what has happened to them."""

    suite: Path
    home: Path
    victim: subprocess.Popen[bytes]
    servers: list[socket.socket]
    mark: str = field(default_factory=lambda: f"pwned-{uuid.uuid4().hex}")
    daemon: str = field(default_factory=lambda: f"{600 + uuid.uuid4().int % 10**6 / 10**6:.6f}")

    @property
    def folders(self) -> list[Path]:
        """What is written to: HOME, /tmp, the checkout with the package, the store."""
        checkout = (REPOSITORY, REPOSITORY / "harness", REPOSITORY / "lit-tests")
        return [self.home, Path(tempfile.gettempdir()), *checkout, default_root()]

    @property
    def precious(self) -> Path:
        """A file that somebody tries to remove."""
        return self.home.with_name("precious")

    def prepare(self, forged: str) -> None:
        """Write the suite, with the acts in it."""
        scene = {
            "folders": [str(folder) for folder in self.folders],
            "secrets": [str(self.home / "token"), "/etc/shadow"],
            "secret": SECRET,
            "servers": [(int(one.family), int(one.type), _address(one)) for one in self.servers],
            "precious": str(self.precious),
            "victim": self.victim.pid,
            "test": os.getpid(),
            "mark": self.mark,
            "daemon": self.daemon,
            "forged": forged,
        }
        acts = (REPOSITORY / "tests/cli/acts.py").read_text()
        (self.suite / "acts.py").write_text(acts)
        words = [sys.executable, "-I", str(self.suite / "acts.py")]
        (self.suite / "acts.sh").write_text(
            f'exec {shlex.join(words)} "$1" {shlex.quote(json.dumps(scene))}\n'
        )
        (self.suite / "lit.cfg.py").write_text(SUITE_CONFIG)
        (self.suite / "lit.local.cfg").write_text(LOCAL_CONFIG)
        run = "; RUN: sh %S/acts.sh run\n"
        (self.suite / "lives.ll").write_text(run + TEST.format(name="lives", run="", call=CALL))

    def written(self) -> set[str]:
        """Who has written where."""
        return {
            f"{path.name.removeprefix(self.mark + '-')} in {folder.name}"
            for folder in self.folders
            for path in folder.glob(f"{self.mark}-*")
        }

    def heard(self) -> set[str]:
        """The servers that somebody has connected to."""
        found = set()
        for server in self.servers:
            server.setblocking(False)
            with contextlib.suppress(BlockingIOError):
                if server.type == socket.SOCK_DGRAM:
                    server.recv(1)
                else:
                    server.accept()[0].close()
                found.add(f"{server.family.name} {server.type.name}")
        return found

    def daemons(self) -> int:
        """How many that were left are still running."""
        found = 0
        for path in Path("/proc").glob("[0-9]*/cmdline"):
            with contextlib.suppress(OSError):
                found += self.daemon.encode() in path.read_bytes() and b"acts" not in path.read_bytes()
        return found

    def clear(self) -> None:
        for folder in self.folders:
            for path in folder.glob(f"{self.mark}-*"):
                path.unlink()
        subprocess.run(["pkill", "-KILL", "-f", f"sleep {self.daemon}"], check=False)


def _address(server: socket.socket) -> object:
    name = server.getsockname()
    return name.decode() if isinstance(name, bytes) else name


@pytest.fixture
def hostile(tmp_path: Path) -> Iterator[HostileScene]:
    with contextlib.ExitStack() as stack:
        servers = []
        for family, kind, address in (
            (socket.AF_INET, socket.SOCK_STREAM, ("127.0.0.1", 0)),
            (socket.AF_INET, socket.SOCK_DGRAM, ("127.0.0.1", 0)),
            (socket.AF_UNIX, socket.SOCK_STREAM, f"\0harness-{os.getpid()}"),
            (socket.AF_UNIX, socket.SOCK_STREAM, str(tmp_path / "bus")),
        ):
            server = stack.enter_context(socket.socket(family, kind))
            server.bind(address)
            if kind == socket.SOCK_STREAM:
                server.listen(64)
            servers.append(server)
        victim = stack.enter_context(subprocess.Popen(["sleep", "3000"]))
        stack.callback(victim.kill)
        suite, home = tmp_path / "suite", tmp_path / "home"
        suite.mkdir()
        home.mkdir()
        (home / "token").write_text(SECRET)
        (tmp_path / "precious").touch()
        scene = HostileScene(suite, home, victim, servers)
        stack.callback(scene.clear)
        yield scene


def check(harness: Harness, source: Source, scene: HostileScene, mode: str, added: str) -> tuple[Said, str]:
    """Check the patch with the suite; returns what it said, with all of its record."""
    patch, record = scene.suite.parent / "my.patch", scene.suite.parent / "json"
    patch.write_bytes(source.diff({LOWER: (LOWERS_PATCHPOINT, LOWERS_PATCHPOINT + added)}))
    environment = {
        VARIABLE: mode,
        "TOKEN": SECRET,
        "HOME": str(scene.home),
        "HARNESS_STORE": str(default_root()),
    }
    options = ("--suite", scene.suite, "--all", "--quiet", "--json", record)
    said = harness("check", patch, *options, env=environment)
    return said, said.out + said.err + record.read_text()


@pytest.mark.parametrize("mode", ENCLOSING)
def test_nothing_gets_out(harness: Harness, source: Source, hostile: HostileScene, mode: str) -> None:
    hostile.prepare("")
    said, everything = check(harness, source, hostile, mode, ACTS_IN_LLC)
    assert said.code == 0, said.out + said.err
    assert hostile.written() == set()
    assert hostile.heard() == set()
    assert hostile.precious.exists()
    assert alive(hostile.victim.pid)
    assert SECRET not in everything
    time.sleep(0.5)
    assert hostile.daemons() == 0


def test_without_a_jail_everything_gets_out(harness: Harness, source: Source, hostile: HostileScene) -> None:
    """Else the test above would say nothing."""
    hostile.prepare("")
    said, _everything = check(harness, source, hostile, Mode.OFF.value, ACTS_IN_LLC)
    assert said.code == 0, said.out + said.err
    assert {who.split()[0] for who in hostile.written()} >= set(WHO)
    assert {where.split()[-1] for where in hostile.written()} == {one.name for one in hostile.folders}
    assert hostile.heard() == {"AF_INET SOCK_STREAM", "AF_INET SOCK_DGRAM", "AF_UNIX SOCK_STREAM"}
    assert not hostile.precious.exists()
    assert not alive(hostile.victim.pid)


@pytest.mark.parametrize("mode", ENCLOSING)
def test_a_verdict_cannot_be_forged(
    harness: Harness, source: Source, hostile: HostileScene, mode: str
) -> None:
    """llc says into every pipe above it that the test has passed, and ends with 1."""
    result = {"name": "lives.ll", "outcome": "PASS", "elapsed": 0.1}
    hostile.prepare(json.dumps({"result": result}))
    said, everything = check(harness, source, hostile, mode, LIES)
    assert said.code == 1, said.out + said.err
    (series,) = json.loads((hostile.suite.parent / "json").read_text())["report"]["series"]
    assert [one["verdict"] for one in series["comparison"]["verdicts"]] == ["regressed"]
    assert SECRET not in everything
