"""`harness compile`: what it says to bad input."""

from __future__ import annotations

import tarfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from harness.errors import EXIT_USAGE

if TYPE_CHECKING:
    from tests.command import Harness


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("debian:", "--source debian:: no version after debian:\nnext: write it as debian:23\n"),
        ("debian:sid", "--source debian:sid: no version after debian:\nnext: write it as debian:23\n"),
        (
            "no-such-place",
            "no-such-place: no such file\nnext: name a source tarball or an llvm-project checkout\n",
        ),
    ],
)
def test_a_source_that_is_none(harness: Harness, tmp_path: Path, source: str, message: str) -> None:
    said = harness("compile", "-q", "--source", source, "--store", tmp_path / "store", cwd=tmp_path)
    assert (said.code, said.out, said.err) == (EXIT_USAGE, "", f"harness: error: {message}")


def test_a_source_is_needed(harness: Harness) -> None:
    said = harness("compile")
    assert said.code == EXIT_USAGE
    assert said.err.endswith("Error: Missing option '--source'.\n")


@pytest.fixture
def tarball(tmp_path: Path) -> str:
    """One of LLVM 99, in the folder it is named from."""
    (tmp_path / "top/llvm").mkdir(parents=True)
    (tmp_path / "top/llvm/CMakeLists.txt").write_text("set(LLVM_VERSION_MAJOR 99)\n")
    with tarfile.open(tmp_path / "llvm.tar.gz", "w:gz") as archive:
        archive.add(tmp_path / "top", "top")
    return "llvm.tar.gz"


@pytest.mark.needs_llvm
@pytest.mark.builds
def test_a_checkout_without_series(harness: Harness, tmp_path: Path, tarball: str) -> None:
    for folder in ("lit-tests", "patches"):
        (tmp_path / folder).mkdir()
    (tmp_path / "lit-tests/lit.cfg.py").touch()
    said = harness("compile", "-q", "--source", tarball, cwd=tmp_path)
    assert (said.code, said.out, said.err) == (
        EXIT_USAGE,
        "",
        f"harness: error: {tmp_path}/patches: there is no series\n"
        "next: give a patch, a folder of patches or commits\n",
    )


def test_the_wheel_has_no_compiler(harness: Harness, tmp_path: Path, tarball: str) -> None:
    where = ("--source", tarball, "--store", "store", "--toolchain", "wheel")
    said = harness("compile", "-q", *where, cwd=tmp_path)
    assert (said.code, said.out, said.err) == (
        EXIT_USAGE,
        "",
        "harness: error: the wheel's LLVM is one shared library: no patch can be built into it\n"
        "next: use --toolchain debian; the wheel can only run the suite as it is\n",
    )
