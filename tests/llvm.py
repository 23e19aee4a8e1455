"""Debian's LLVM for tests that run one of its tools."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from harness import process
from harness.store import Store, default_root
from harness.toolchain.debian import emulators, packages


@dataclass(frozen=True)
class Llvm:
    """The tools of one LLVM, and the emulators there are."""

    major: int
    tools: Path
    emulators: tuple[Path, ...]

    def llc(self, ll: Path, options: Sequence[str]) -> Path:
        """Compile to an object beside the IR."""
        made = ll.with_suffix(".o")
        self.run("llc", "-filetype=obj", *options, "-o", made, ll)
        return made

    def run(self, tool: str, *args: str | Path) -> str:
        """Run a tool that must succeed; returns what it wrote."""
        done = process.run([self.tools / tool, *args], limits=process.Limits(wall=120, cpu=60))
        assert done.ok, f"{' '.join(done.argv)}: {done.returncode} {done.limit}\n{done.stderr.decode()}"
        return done.stdout.decode()


def llvm(major: int) -> Llvm:
    """Debian's LLVM of a version."""
    store = Store(default_root())
    # A store of before there were these, or so many of them, has the LLVM alone.
    emulators.fetch(store, lambda _text: None)
    toolchain = packages.toolchain(store, major, lambda _text: None)
    qemus = tuple(path for name, path in sorted(toolchain.tools.items()) if name.startswith("qemu-"))
    return Llvm(major, toolchain.tools["llc"].parent, qemus)


@pytest.fixture(scope="session")
def llvm19() -> Llvm:
    return llvm(19)


@pytest.fixture(scope="session")
def llvm14() -> Llvm:
    """The last that reads pointers with types."""
    return llvm(14)
