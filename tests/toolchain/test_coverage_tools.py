"""What measures coverage beside a clang of this machine."""

from __future__ import annotations

import platform
from dataclasses import replace
from pathlib import Path

import pytest

from harness.errors import EnvironmentLacksError
from harness.llvm import Prebuilt
from harness.toolchain.tree import coverage

LIBRARY = f"libclang_rt.profile-{platform.machine()}.a"
INSTEAD = "next: use --toolchain debian, which fetches what it needs, or run without coverage"


def program(path: Path, text: str = "") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)
    return path


@pytest.fixture
def prebuilt(tmp_path: Path) -> Prebuilt:
    """A clang by its link in another folder, as /usr/bin/clang++ is one."""
    clang = program(tmp_path / "llvm/bin/clang-19", f'echo "{tmp_path}/llvm/lib/clang/19"')
    for tool in ("llvm-profdata", "llvm-cov"):
        program(tmp_path / "llvm/bin" / tool)
    link = tmp_path / "clang++"
    link.symlink_to(clang)
    none = Path("/dev/null")
    return Prebuilt(none, "19.1.7", link, link, None, none, None, None, "", False, "p", "")


@pytest.mark.parametrize("place", [f"linux/{LIBRARY}", "x86_64-pc-linux-gnu/libclang_rt.profile.a"])
def test_the_library_and_the_tools_are_those_of_the_compiler(
    prebuilt: Prebuilt, tmp_path: Path, place: str
) -> None:
    library = tmp_path / "llvm/lib/clang/19/lib" / place
    library.parent.mkdir(parents=True)
    library.write_text("it")
    found = coverage.find(prebuilt)
    assert (found.runtime, found.profdata, found.cov) == (
        library,
        tmp_path / "llvm/bin/llvm-profdata",
        tmp_path / "llvm/bin/llvm-cov",
    )
    library.write_text("another")
    assert coverage.find(prebuilt).identity != found.identity


def test_what_may_be_missing(prebuilt: Prebuilt, tmp_path: Path) -> None:
    def error(compiler: Path) -> str:
        with pytest.raises(EnvironmentLacksError) as caught:
            coverage.find(replace(prebuilt, cxx=compiler))
        return str(caught.value)

    gcc = program(tmp_path / "g++", "echo unknown >&2; exit 1")
    assert error(gcc) == f"{gcc} is not clang, which alone counts what code executes\n{INSTEAD}"
    place = tmp_path / "llvm/lib/clang/19"
    assert error(prebuilt.cxx) == (
        f"{place} has no {LIBRARY}\n"
        "next: install compiler-rt for this clang (Debian: libclang-rt-N-dev), or run without coverage"
    )
    (place / "lib/linux").mkdir(parents=True)
    (place / "lib/linux" / LIBRARY).write_text("")
    (tmp_path / "llvm/bin/llvm-cov").unlink()
    assert error(prebuilt.cxx) == f"{tmp_path}/llvm/bin has no llvm-cov\n{INSTEAD}"
