"""A program is given another loader and search path, and is otherwise the same, byte for byte."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest
from elftools.elf.elffile import ELFFile

from harness.toolchain.debian import elf


@pytest.fixture
def program(tmp_path: Path) -> Path:
    copy = tmp_path / "program"
    shutil.copy("/bin/cat", copy)
    return copy


def test_a_loader_is_set_and_set_again(program: Path, tmp_path: Path) -> None:
    before = program.read_bytes()
    assert elf.read_loader(program).startswith("/lib")
    loader = tmp_path / ("long" * 40) / "ld.so"
    loader.parent.mkdir()
    loader.symlink_to(elf.read_loader(program))
    elf.set_loader(program, tmp_path / ("longer" * 50) / "no.so")
    elf.set_loader(program, loader)
    assert elf.read_loader(program) == str(loader)
    after = program.read_bytes()
    assert len(after) == len(before) + len(str(loader)) + 1
    changed = [place for place in range(len(before)) if before[place] != after[place]]
    assert changed
    assert changed[-1] - changed[0] < 40  # one program header
    ran = subprocess.run([program, "/proc/self/maps"], capture_output=True, text=True, check=True)
    assert str(loader.resolve()) in ran.stdout
    with program.open("rb") as stream:
        (found,) = ELFFile(stream).iter_segments("PT_INTERP")
        assert found.data() == f"{loader}\0".encode()


@pytest.mark.parametrize("text", [b"", b"#!/bin/sh\n", b"\x7fELF\x02\x01", b"\x7fELF\x02\x01" + b"\xff" * 58])
def test_what_is_no_program_has_no_loader(tmp_path: Path, text: bytes) -> None:
    path = tmp_path / "x"
    path.write_bytes(text)
    assert elf.read_loader(path) == ""
    assert not elf.has_search_path(path)
    elf.inherit_search_path(path)
    assert path.read_bytes() == text
