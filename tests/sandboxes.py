"""The ways to enclose a child, each forced in turn: every machine of users has one of them."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from harness import process
from harness.process import TOOL_LIMITS, Completed, Jail, JailKind, Limits, sandbox
from harness.process.jail import python_paths
from harness.process.sandbox import VARIABLE, Mode

# An old Landlock knows of neither signals nor truncation, and takes other ways.
ENCLOSING = (Mode.BUBBLEWRAP.value, Mode.LANDLOCK.value, f"{Mode.LANDLOCK.value}:2")


def force(wanted: str, monkeypatch: pytest.MonkeyPatch) -> Mode:
    """Have this process, and what it starts, enclose children so."""
    monkeypatch.setenv(VARIABLE, wanted)
    return sandbox.current().mode


@pytest.fixture(params=ENCLOSING)
def enclosing(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Mode:
    """A mode that encloses, forced for this process and what it starts."""
    return force(request.param, monkeypatch)


@pytest.fixture(params=(*ENCLOSING, Mode.OFF.value))
def any_mode(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Mode:
    """Every mode, `off` among them: what is held off in the others has to succeed in that."""
    return force(request.param, monkeypatch)


@pytest.fixture
def unenclosed(monkeypatch: pytest.MonkeyPatch) -> None:
    """No jails: for programs that play one whose runs differ, which takes a note outside of their folder."""
    monkeypatch.setenv(VARIABLE, Mode.OFF.value)


SECRET = "the-secret-of-the-user"  # noqa: S105 - this is what must not be found
LIMITS = replace(TOOL_LIMITS, wall=20)


@dataclass(frozen=True, slots=True)
class Scene:
    """A user's machine: `home` with a secret, `other` (another worker's folder), and `out` to write to."""

    home: Path
    other: Path
    out: Path

    def run(
        self, code: str, *args: object, limits: Limits = LIMITS, kind: JailKind = JailKind.PROGRAM
    ) -> Completed:
        """Run Python code in a jail that may write `out`; it sees the arguments as sys.argv[1:]."""
        jail = Jail(kind, reads=python_paths(), writes=(self.out,))
        argv = [sys.executable, "-c", textwrap.dedent(code), *map(str, args)]
        return process.run(argv, cwd=self.out, jail=jail, limits=limits)


@pytest.fixture
def scene(tmp_path: Path) -> Scene:
    places = [tmp_path / name for name in ("home", "other", "out")]
    for place in places:
        place.mkdir()
    (places[0] / "token").write_text(SECRET)
    (places[0] / "token").chmod(0o600)
    return Scene(*places)


@pytest.fixture
def victim(monkeypatch: pytest.MonkeyPatch) -> Iterator[subprocess.Popen[bytes]]:
    """A process of the same user with a secret in its environment."""
    environment = {**os.environ, "TOKEN": SECRET}
    with subprocess.Popen(["sleep", "600"], env=environment) as started:
        yield started
        started.kill()
