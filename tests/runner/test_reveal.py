"""What LLVM's tools write, as text: real objects and real bitcode, and how large their functions are."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from harness.runner.bounds import BOUNDS
from harness.runner.reveal import Revealer, assemble_instead, read_sizes

if TYPE_CHECKING:
    from tests.llvm import Llvm

IR = "define i64 @f(i64 %x) {\n  %y = add i64 %x, 1\n  ret i64 %y\n}\n"
LLC = ["llc", "-mtriple=x86_64-unknown-linux-gnu"]


@pytest.mark.parametrize(
    ("line", "made"),
    [
        ("llc -mtriple=x86_64 -O0", "llc -mtriple=x86_64 -O0 -filetype=obj -o -"),
        ("llc -o %t -filetype=asm a.ll", "llc a.ll -filetype=obj -o -"),
        ("llc --o=x -", "llc - -filetype=obj -o -"),
        ("llc -filetype=obj -o %t", ""),
        ("llc -stop-after=finalize-isel", ""),
        ("llc -print-after-all", ""),
    ],
)
def test_the_command_that_writes_an_object_instead(line: str, made: str) -> None:
    assert assemble_instead(line.split()) == made.split()


def test_the_sizes_of_functions() -> None:
    listing = (
        "0000000000000000 0000000000000011 T f\n0000000000000011 0000000000000002 t g h\n"
        "0000000000000000 0000000000000008 D data\n                 U callee\n"
        "0000000000000020 T without_size\n0000000000000030 0000000000000000 T empty\n"
    )
    assert read_sizes(listing) == {"f": 17, "g h": 2}


def started(llvm: Llvm, folder: Path, *, reads_pipe: bool = False) -> Any:
    """An llc that read the IR and has ended."""
    (folder / "a.ll").write_text(IR)
    return SimpleNamespace(
        path=str(llvm.tools / "llc"),
        words=[*LLC, "-o", "x.s"],
        folder=folder,
        environment={},
        source=str(folder / "a.ll"),
        reads_pipe=reads_pipe,
    )


def test_objects_and_bitcode_are_taken_apart(llvm19: Llvm, tmp_path: Path) -> None:
    program, revealer = started(llvm19, tmp_path), Revealer(llvm19.tools, frozenset(), BOUNDS)
    made = llvm19.llc(tmp_path / "a.ll", LLC[1:]).read_bytes()
    text, sizes = revealer.reveal("llc", program, "a.o", made)
    lines = [line.strip() for line in text.decode().splitlines()]
    assert lines == ["Disassembly of section .text:", "", "<f>:", "leaq\t0x1(%rdi), %rax", "retq"]
    assert sizes == {"f": 5}
    llvm19.run("llvm-as", "-o", tmp_path / "a.bc", tmp_path / "a.ll")
    text, sizes = revealer.reveal("llvm-as", program, "a.bc", (tmp_path / "a.bc").read_bytes())
    assert "  %y = add i64 %x, 1\n" in text.decode()
    assert sizes == {}
    assert revealer.reveal("llc", program, "a", b"a\0b") == (b"", {})


def test_the_bytes_of_assembly_are_those_of_the_object(llvm19: Llvm, tmp_path: Path) -> None:
    """Not where its input is gone."""
    revealer = Revealer(llvm19.tools, frozenset(), BOUNDS)
    assert revealer.reveal("llc", started(llvm19, tmp_path), "stdout", b"f:") == (b"f:", {"f": 5})
    piped = started(llvm19, tmp_path, reads_pipe=True)
    assert revealer.reveal("llc", piped, "stdout", b"f:") == (b"f:", {})
    assert revealer.reveal("opt", started(llvm19, tmp_path), "stdout", b"f:") == (b"f:", {})


def test_a_tool_that_is_not_built_with_the_patch_shows_nothing(llvm19: Llvm, tmp_path: Path) -> None:
    """Its stand-in would say that the test ran it (gate.py)."""
    program = started(llvm19, tmp_path)
    made = llvm19.llc(tmp_path / "a.ll", LLC[1:]).read_bytes()
    revealer = Revealer(llvm19.tools, frozenset({"llvm-objdump", "llvm-nm"}), BOUNDS)
    assert revealer.reveal("llc", program, "a.o", made) == (b"", {})
