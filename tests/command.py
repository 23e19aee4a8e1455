"""The installed command, run as a user does; and patches made against the source it builds from."""

from __future__ import annotations

import difflib
import os
import shutil
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from harness import process
from harness.process import Completed, Limits
from harness.store import Store, default_root
from harness.toolchain.debian import source as debian_source

REPOSITORY = Path(__file__).parents[1]
LIMITS = Limits(wall=900, cpu=0, memory=0, output=0)
LOWER = "llvm/lib/Target/X86/X86MCInstLower.cpp"
# The unit that compiles in a third of the time, and a line there that the pass comes to.
LIVENESS = "llvm/lib/CodeGen/StackMapLivenessAnalysis.cpp"
ADDS_LIVE_OUTS = "        addLiveOutSetToMI(MF, MI);\n"
# A line of LOWER that every patchpoint of x86-64 comes to.
LOWERS_PATCHPOINT = '  assert(Subtarget->is64Bit() && "Patchpoint currently only supports X86-64");\n'
# The configuration of a suite of .ll files.
SUITE_CONFIG = """\
import lit.formats, os
config.name = "own"
config.test_format = lit.formats.ShTest(execute_external=False)
config.suffixes = {".ll"}
config.test_source_root = os.path.dirname(__file__)
config.test_exec_root = lit_config.params["exec_root"]
config.environment["PATH"] = lit_config.params["toolchain_bin"] + ":/usr/bin:/bin"
"""


@dataclass(frozen=True)
class Said:
    """How a command ended."""

    code: int
    out: str
    err: str


@dataclass(frozen=True)
class Harness:
    """The command `harness`, without the settings of whoever runs the tests."""

    path: str

    def argv(self, *args: str | Path) -> list[str]:
        return [self.path, *map(str, args)]

    def __call__(
        self,
        *args: str | Path,
        cwd: Path = REPOSITORY,
        stdin: bytes = b"",
        env: Mapping[str, str | None] | None = None,
    ) -> Said:
        changes = {"CI": None, "COLUMNS": "200", "NO_COLOR": "1", **(env or {})}
        done: Completed = process.run(self.argv(*args), cwd=cwd, env=changes, stdin=stdin, limits=LIMITS)
        return Said(done.returncode, done.stdout.decode(), done.stderr.decode())


@pytest.fixture(scope="session")
def harness() -> Harness:
    found = shutil.which("harness", path=os.fspath(Path(sys.executable).parent))
    assert found, "install the harness: pip install -e ."
    return Harness(found)


@dataclass(frozen=True)
class Source:
    """LLVM's source as the store has it. Nothing here writes to it."""

    root: Path

    def diff(self, changes: Mapping[str, tuple[str, str]]) -> bytes:
        """A patch that replaces, in each file, the one place where a text is by another."""
        parts: list[str] = []
        for path, (old, new) in changes.items():
            text = (self.root / path).read_text()
            assert text.count(old) == 1, f"{path}: {old!r} is there {text.count(old)} times"
            before, after = text.splitlines(True), text.replace(old, new).splitlines(True)
            parts += difflib.unified_diff(before, after, f"a/{path}", f"b/{path}")
        return "".join(parts).encode()

    def line_of(self, path: str, text: str) -> int:
        """The number of the one line with this text."""
        lines = [n for n, line in enumerate((self.root / path).read_text().splitlines(), 1) if text in line]
        assert len(lines) == 1, f"{path}: {text!r} is in lines {lines}"
        return lines[0]


@pytest.fixture(scope="session")
def source() -> Source:
    """Tests that use it need the real overlay and belong to the group `overlay`."""
    return Source(debian_source.source(Store(default_root()), 19, lambda _text: None).root)
