"""The unit of a local function: from the linker's map, since archives are stripped of their units' names."""

from __future__ import annotations

from harness.reach.watch.link_map import Piece, read_pieces, unit_of_symbols, units_of_pieces
from harness.reach.watch.program import Label

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
PIECES = (Piece(0x16C0, 0x16EE, ""), Piece(0x1730, 0x173B, "my unit.cpp.o"))


def test_the_maps_of_both_linkers_are_read() -> None:
    assert read_pieces(MOLD.splitlines(keepends=True)) == PIECES
    assert read_pieces(LLD.splitlines(keepends=True)) == PIECES
    assert read_pieces(["", "nonsense"]) == ()


def test_a_unit_is_the_members_or_the_symbols_own() -> None:
    unit = units_of_pieces(PIECES)

    def of(address: int, known: str = "Verifier.cpp") -> str:
        return unit(Label(address, 1, "f", known, local=True, function=True))

    assert (of(0x16C0), of(0x16ED), of(0x16C0, "")) == ("Verifier.cpp", "Verifier.cpp", "?")
    assert (of(0x1730), of(0x173A)) == ("my unit.cpp", "my unit.cpp")
    assert (of(0x16BF), of(0x16EE), of(0x173B)) == ("?", "?", "?")


def test_without_a_map_the_symbols_say_it() -> None:
    assert unit_of_symbols(Label(1, 1, "f", "a.c", local=True, function=True)) == "a.c"
    assert unit_of_symbols(Label(1, 1, "f", "", local=True, function=True)) == "?"
