"""The unit of a local function: from the linker's map, since archives are stripped of their units' names."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness import process
from harness.reach.names import FunctionName
from harness.reach.watch.link_map import Piece, read_pieces, read_sources, unit_of_symbols, units_of_pieces
from harness.reach.watch.make import watch
from harness.reach.watch.objects import OwnFunctions, read_own_functions
from harness.reach.watch.program import Label
from harness.reach.watch.values import Watched
from harness.store import Store, default_root
from harness.toolchain.debian import packages

# What mold 1.10 and lld 19 write; the long lines are cut.
MOLD = """\
               VMA       Size Align Out     In      Symbol
            0x16c0        144    16 .text
            0x16c0         46    16         own/Verifier.cpp.o:(.text.g)
            0x16c0          0     0                 g
            0x1724          0     4         lib/libLLVMCore.a(Pass.cpp.o):(.text)
            0x1730         11    16         lib x/libLLVMCore.a(my unit.cpp.o):(.text._Z1hv)
            0x2730         11    16         lib/libLLVMCore.a(Pass.cpp.o):(.rodata.str1.1)
"""
LLD = """\
             VMA              LMA     Size Align Out     In      Symbol
            174c             174c       d8     4 .text
            16c0             16c0       2e    16         own/Verifier.cpp.o:(.text.g)
            16c0             16c0        0     1                 g
            1730             1730        b    16         lib x/libLLVMCore.a(my unit.cpp.o):(.text._Z1hv)
"""
PIECES = (
    Piece(0x16C0, 0x16EE, "own/Verifier.cpp.o", ""),
    Piece(0x1730, 0x173B, "lib x/libLLVMCore.a", "my unit.cpp.o"),
)


def test_the_maps_of_both_linkers_are_read() -> None:
    assert read_pieces(MOLD.splitlines(keepends=True)) == PIECES
    assert read_pieces(LLD.splitlines(keepends=True)) == PIECES
    assert read_pieces(["", "nonsense"]) == ()


def label(address: int, name: str = "f", unit: str = "Other.cpp", *, local: bool = True) -> Label:
    return Label(address, 1, name, unit, local=local, function=True)


def test_a_unit_is_what_the_object_says() -> None:
    sources = {
        ("own/Verifier.cpp.o", ""): OwnFunctions("Verifier.cpp", frozenset({"f"})),
        ("lib x/libLLVMCore.a", "my unit.cpp.o"): OwnFunctions("my unit.cpp", frozenset({"f"})),
    }
    unit = units_of_pieces(PIECES, sources)
    assert [unit(label(at)) for at in (0x16C0, 0x16ED)] == ["Verifier.cpp"] * 2
    assert [unit(label(at)) for at in (0x1730, 0x173A)] == ["my unit.cpp"] * 2
    # mold calls it local, and its object does not.
    assert unit(label(0x1730, "main")) == ""
    assert [unit(label(at)) for at in (0x16BF, 0x16EE, 0x173B)] == ["?"] * 3


def test_what_cannot_be_read_leaves_the_unit_to_the_symbols() -> None:
    unit = units_of_pieces(PIECES, read_sources(PIECES))
    assert unit(label(0x16C0)) == "Other.cpp"
    assert unit(label(0x1730)) == "?"
    assert unit(label(0x1730, local=False)) == ""


def test_without_a_map_the_symbols_say_it() -> None:
    assert unit_of_symbols(label(1, unit="a.c")) == "a.c"
    assert unit_of_symbols(label(1, unit="")) == "?"
    assert unit_of_symbols(label(1, unit="a.c", local=False)) == ""


OWN = "static __attribute__((noinline, used)) int own(int x) { return x; }\n"
SOURCES = {
    "a.c": OWN + "int all(int x) { return own(x); }",
    "b.c": OWN + '__attribute__((visibility("hidden"))) int hid(int x) { return own(x); }',
    "main.c": OWN + "int all(int), hid(int); int main(int x, char **y) { return all(x) + hid(x) + own(x); }",
}


@pytest.fixture(scope="module")
def objects(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the object of a program, and an archive of two more as Debian strips it."""
    folder = tmp_path_factory.mktemp("objects")
    for name, text in SOURCES.items():
        (folder / name).write_text(text)
        flags = ("-O1", "-falign-functions=16", "-c", "-ffunction-sections")
        assert process.run(["cc", *flags, "-o", folder / f"{name}.o", folder / name]).ok
    members = (folder / "a.c.o", folder / "b.c.o")
    assert process.run(["strip", "--strip-debug", *members]).ok
    assert process.run(["ar", "rcD", folder / "libtest.a", *members]).ok
    return folder


@pytest.mark.builds
def test_an_archive_has_the_local_functions_of_each_member(objects: Path) -> None:
    assert read_own_functions(objects / "libtest.a") == {
        "a.c.o": OwnFunctions("a.c", frozenset({"own"})),
        "b.c.o": OwnFunctions("b.c", frozenset({"own"})),
    }
    assert read_own_functions(objects / "main.c.o") == {"": OwnFunctions("main.c", frozenset({"own"}))}


@pytest.mark.builds
@pytest.mark.needs_llvm
@pytest.mark.parametrize("linker", ["mold", "lld"])
def test_a_program_has_the_units_of_a_stripped_archive(objects: Path, tmp_path: Path, linker: str) -> None:
    prebuilt = packages.prebuilt(Store(default_root()), 19, lambda _: None)
    program, link_map = tmp_path / "program", tmp_path / "map"
    inputs = (objects / "main.c.o", objects / "libtest.a")
    flags = (f"-B{prebuilt.bin}", f"-fuse-ld={linker}", f"-Wl,-Map={link_map}")
    done = process.run([prebuilt.cc, *flags, "-o", program, *inputs])
    assert done.ok, done.text
    found = watch(Store(tmp_path), program, prebuilt.cc, link_map=link_map)
    assert isinstance(found, Watched)
    names = {name for one in found.functions for name in one.names}
    assert {name for name in names if name.name in {"own", "hid", "all", "main"}} == {
        *(FunctionName(unit, "own") for unit in SOURCES),
        *(FunctionName("", name) for name in ("hid", "all", "main")),
    }


@pytest.mark.parametrize("data", [b"nothing", b"!<arch>\nshort" + bytes(60), b"\x7fELF\x02\x01" + bytes(70)])
def test_what_is_neither_archive_nor_object_is_an_error(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "file").write_bytes(data)
    with pytest.raises(ValueError, match=r"is no archive|is damaged|invalid literal"):
        read_own_functions(tmp_path / "file")
