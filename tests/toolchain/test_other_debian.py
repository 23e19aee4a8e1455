"""An LLVM of a Debian with a newer C library than this machine's, for real: LLVM 18 of trixie."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from harness import apt, process
from harness.llvm import Toolchain
from harness.store import Store, default_root
from harness.toolchain.debian import packages
from harness.toolchain.registry import resolve_column

pytestmark = [
    pytest.mark.needs_llvm,
    pytest.mark.skipif(apt.codename() != "bookworm", reason="LLVM 18 comes from another suite elsewhere"),
]
# Issue 80294: LLVM 18 crashes on it, LLVM 19 does not.
CRASHES = Path(__file__).parents[2] / "lit-tests/X86/statepoint-relocate-undef.ll"
RETURNS = b"define i32 @main() {\n  ret i32 7\n}\n"


@pytest.fixture(scope="module")
def trixies() -> Toolchain:
    return resolve_column(Store(default_root()), "18", lambda _text: None).toolchain()


def test_it_says_where_it_is_from(trixies: Toolchain) -> None:
    assert (trixies.name, trixies.version) == ("debian-18", "18.1.8")
    assert trixies.provenance.endswith(" (trixie)")
    assert packages.read_offer(trixies.tools["llc"].parents[1], 18).suite.name == "trixie"


def test_its_tools_and_the_programs_it_compiles_run(trixies: Toolchain) -> None:
    said = process.run([trixies.tools["llc"], "--version"]).text
    assert "LLVM version 18.1.8" in said
    for jit in ("mcjit", "orc"):
        done = process.run([trixies.tools["lli"], f"-jit-kind={jit}"], stdin=RETURNS)
        assert done.returncode == 7, done.text


def test_a_crash_has_the_names_of_its_frames(trixies: Toolchain) -> None:
    """The symbolizer that the handler starts is of the same Debian, and is told the tool itself."""
    env = {**os.environ, "LLVM_SYMBOLIZER_PATH": str(trixies.tools["llvm-symbolizer"])}
    options = ("-mtriple=x86_64-unknown-linux-gnu", "-o", "/dev/null")
    done = process.run([trixies.tools["llc"], *options, CRASHES], env=env)
    assert done.returncode < 0
    assert "llvm::SelectionDAGISel::runOnMachineFunction(" in done.text
    assert f"{trixies.tools['llc'].resolve().parents[1]}/root/usr/lib/llvm-18/bin/llc" in done.text
    assert "GLIBC" not in done.text
