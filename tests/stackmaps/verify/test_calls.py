"""Where calls lead: each way to load an address into a register, each relocation, and hidden callees."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pytest

from harness.stackmaps.format import Function, Record, StackMap
from harness.stackmaps.load import PlacedFunction, PlacedMap, StackMapFile
from harness.stackmaps.objects.image import Fixup, Image, Reference, Section, Symbol
from harness.stackmaps.verify.ir import Callee, Intrinsic, Reservation
from harness.stackmaps.verify.verifier import promises, verify
from harness.targets.instructions import ByteOrder
from harness.targets.relocations import FixupKind

EXT = Reference("ext", None, 0)
WHO = "function f: record 0 (id 7): "


def file(
    code: bytes,
    fixups: Mapping[int, Fixup] | None,
    machine: str = "x86-64",
    order: ByteOrder = "little",
    offset: int = 0,
) -> StackMapFile:
    """An object of one function `f` whose record is at an offset; `g` and `h` are functions beside it."""
    sections = (
        Section(".text", 0, code + bytes(32), fixups=fixups),
        Section(".other", 0, bytes(16), fixups={}),
    )
    length = len(code)
    symbols = (
        Symbol("f", 0, 0, length, True),
        Symbol("g", 0, length + 8, 8, True),
        Symbol("h", 1, 0, 8, True),
    )
    image = Image("ELF", machine, order, 8, True, sections, symbols)
    record = Record(7, offset, (), (), 40)
    function = Function(0, 8, 1, 16)
    placed = PlacedFunction("f", 0, 0, length, 0, 8, 1, (record,))
    one = StackMap(3, (function,), (), (record,), (), 0, 40)
    return StackMapFile("f.o", image, 40, (PlacedMap(one, (placed,), ()),))


def said(found: StackMapFile, *reserved: Reservation) -> list[str]:
    return [str(one) for one in verify(found, promises(reserved)).findings]


def patchpoint(size: int, callee: Callee | None) -> Reservation:
    return Reservation(Intrinsic.PATCHPOINT, 7, size, "f", callee)


ADDRESS = 0x1234_5678_9ABC
LOADS = [
    ("x86-64", "little", "49bbbc9a785634120000 41ffd3", ADDRESS),
    ("x86-64", "little", "49c7c3ffffffff 41ffd3", 2**64 - 1),
    # mov x16, #0x123400000000; movk lsl 16; movk; blr x16
    ("aarch64", "little", "9046c2d2 10cfaaf2 905793f2 00023fd6", ADDRESS),
    ("aarch64", "big", "9046c2d2 10cfaaf2 905793f2 00023fd6", ADDRESS),
    # li 12; rldic 12,12,32,16; oris; ori; mtctr 12; bctrl
    ("ppc64", "big", "39801234 798c040a 658c5678 618c9abc 7d8903a6 4e800421", ADDRESS),
    ("ppc64", "little", "34128039 0a048c79 78568c65 bc9a8c61 a603897d 2104804e", ADDRESS),
    # The same through a descriptor, with the table of contents saved and loaded.
    (
        "ppc64",
        "big",
        "39801234 798c040a 658c5678 618c9abc f8410028 e84c0008 e98c0000 7d8903a6 4e800421",
        ADDRESS,
    ),
    ("s390x", "big", "c01f56789abc c01800001234 0de1", ADDRESS),
    ("s390x", "big", "c01f56789abc 0de1", 0x5678_9ABC),
    # lui ra, 0x12; addiw ra, ra, 0x345; jalr ra
    ("riscv", "little", "b7200100 9b805034 e7800000", 0x12345),
    # lui t1, 0x24d3; addi t1, -0x56a..: built as LLVM does: lui; slli; addi; slli; addi
    ("riscv", "little", "b7309224 93902000 9380b0d4 93900001 9380705c e7800000", 160841111111111),
    ("riscv", "little", "9303f0ff 8293", 2**64 - 1),
]


@pytest.mark.parametrize(("machine", "order", "text", "address"), LOADS)
def test_an_address_in_a_register(machine: str, order: ByteOrder, text: str, address: int) -> None:
    code = bytes.fromhex(text)
    found = file(code, {}, machine, order)
    assert said(found, patchpoint(len(code), Callee(address=address))) == []
    other = patchpoint(len(code), Callee(address=address ^ 1))
    (line,) = said(found, other)
    assert line.endswith(f" leads to {address:#x}, not to {address ^ 1:#x}")
    (line,) = said(found, patchpoint(len(code), Callee("ext")))
    assert line.endswith(f" leads to {address:#x}, not to @ext")


RELOCATED = [
    ("x86-64", "little", "e800000000", 1, FixupKind.CALL),
    ("x86-64", "little", "ff1500000000", 2, FixupKind.SLOT),
    ("x86-64", "little", "49bb0000000000000000 41ffd3", 2, FixupKind.VALUE),
    ("aarch64", "little", "00000094", 0, FixupKind.CALL),
    # adrp x16, ext; add x16, x16, :lo12:ext or ldr x16, [x16, :got_lo12:ext]; blr x16
    ("aarch64", "little", "10000090 10020091 00023fd6", 4, FixupKind.VALUE),
    ("aarch64", "little", "10000090 100240f9 00023fd6", 4, FixupKind.SLOT),
    ("ppc64", "big", "48000001", 0, FixupKind.CALL),
    ("s390x", "big", "c0e500000000", 2, FixupKind.CALL),
    ("riscv", "little", "97000000 e7800000", 0, FixupKind.CALL),
    ("riscv", "little", "ef000000", 0, FixupKind.CALL),
]


@pytest.mark.parametrize(("machine", "order", "text", "place", "form"), RELOCATED)
def test_a_relocation_says_it(machine: str, order: ByteOrder, text: str, place: int, form: FixupKind) -> None:
    code = bytes.fromhex(text)
    promise = patchpoint(len(code), Callee("ext"))
    assert said(file(code, {place: Fixup(form, EXT)}, machine, order), promise) == []
    for goal, name in (
        (Reference("fun", None, 0), "fun"),
        (Reference("ext", None, 4), "ext + 4"),
        (Reference("", None, 0), "0x0"),
        (Reference("", 1, 0), "h"),
        (Reference("", 0, 1), "f + 1"),
    ):
        (line,) = said(file(code, {place: Fixup(form, goal)}, machine, order), promise)
        assert line.endswith(f" leads to {name}, not to @ext")
    (line,) = said(file(code, {place: Fixup(FixupKind.OTHER, EXT)}, machine, order), promise)
    assert f"{WHO}not checked: whether the call at " in line


# A distance to `g`, 8 bytes after the end of `f`.
NEAR = [
    ("x86-64", "little", "e808000000"),
    ("aarch64", "little", "03000094"),
    ("ppc64", "big", "4800000d"),
    ("s390x", "big", "c0e500000007"),
    ("riscv", "little", "97000000 e7800001"),
    ("riscv", "little", "ef00c000"),
]


@pytest.mark.parametrize(("machine", "order", "text"), NEAR)
def test_a_distance_in_the_same_section(machine: str, order: ByteOrder, text: str) -> None:
    code = bytes.fromhex(text)
    found = file(code, {}, machine, order)
    assert said(found, patchpoint(len(code), Callee("g"))) == []
    (line,) = said(found, patchpoint(len(code), Callee("ext")))
    assert line.endswith(" leads to g, not to @ext")
    # Among what has no name may be a function whose name the assembler drops: `private` in the IR.
    image = found.image
    assert image is not None
    nameless = replace(found, image=replace(image, symbols=image.symbols[:1]))
    (line,) = said(nameless, patchpoint(len(code), Callee("ext")))
    assert "not checked: whether the call at" in line
    assert line.endswith(f" leads to @ext: it leads to .text + {len(code) + 8}, which has no name")


def test_calls_back_are_read_with_their_sign() -> None:
    for machine, text in (
        ("x86-64", "9090 e8f9ffffff"),
        ("riscv", "0100 0100 eff0dfff"),
        ("s390x", "0700 c0e5ffffffff"),
    ):
        code = bytes.fromhex(text)
        order: ByteOrder = "big" if machine == "s390x" else "little"
        (line,) = said(file(code, {}, machine, order), patchpoint(len(code), Callee("g")))
        assert line.endswith(" leads to f, not to @g")


def test_a_part_of_a_register_is_the_register() -> None:
    """movabs r11; nop; call r11, and the same with mov r11d for the nop."""
    load, call = "49bbbc9a785634120000", "41ffd3"
    promise = patchpoint(14, Callee(address=ADDRESS))
    assert said(file(bytes.fromhex(load + "90" + call), {}), promise) == []
    assert said(file(bytes.fromhex(load + "41bb01000000" + call), {}), replace(promise, num_bytes=19)) == [
        f"{WHO}not checked: whether the call at 16 leads to {ADDRESS:#x}: it goes through r11"
    ]


def test_what_is_hidden() -> None:
    promise = patchpoint(2, Callee("ext"))
    assert said(file(bytes.fromhex("ffd0"), {}), promise) == [
        f"{WHO}not checked: whether the call at 0 leads to @ext: it goes through rax"
    ]
    assert said(file(bytes.fromhex("ff10"), {}), promise) == [
        f"{WHO}not checked: whether the call at 0 leads to @ext: it goes through memory, qword ptr [rax]"
    ]
    assert said(file(bytes.fromhex("ffd0"), None), promise) == [
        f"{WHO}not checked: the callee @ext: the relocations of the code were not read"
    ]


def test_a_thunk_calls_what_is_in_its_register() -> None:
    code = bytes.fromhex("49bb0000000000000000 e800000000")
    for name in ("__llvm_retpoline_r11", "__x86_indirect_thunk_r11", "__llvm_lvi_thunk_r11"):
        thunk = Fixup(FixupKind.CALL, Reference(name, None, 0))
        found = file(code, {2: Fixup(FixupKind.VALUE, EXT), 11: thunk})
        assert said(found, patchpoint(15, Callee("ext"))) == []
        (line,) = said(found, patchpoint(15, Callee("fun")))
        assert line.endswith(" leads to ext, not to @fun")
    assert said(file(code[10:], {1: thunk}), patchpoint(5, Callee("ext"))) == [
        f"{WHO}not checked: whether the call at 0 leads to @ext: it goes through r11"
    ]


def test_a_callee_that_is_null_and_one_that_is_not_called() -> None:
    call, nops = bytes.fromhex("e800000000"), b"\x90" * 5
    fixups = {1: Fixup(FixupKind.CALL, EXT)}
    assert said(file(nops, {}), patchpoint(5, Callee())) == []
    assert said(file(call, fixups), patchpoint(5, Callee())) == [
        f"{WHO}a call in the 5 reserved bytes at 0, but the callee is null: all of them are nops"
    ]
    assert said(file(nops, {}), patchpoint(5, Callee("ext"))) == [
        f"{WHO}no call of @ext in the 5 reserved bytes at 0"
    ]
    assert said(file(nops, {}), patchpoint(5, None)) == []


def test_the_call_before_a_statepoint() -> None:
    code = bytes.fromhex("e800000000 e800000000")
    fixups = {1: Fixup(FixupKind.CALL, EXT), 6: Fixup(FixupKind.CALL, Reference("", None, 0))}
    promise = Reservation(Intrinsic.STATEPOINT, 7, 0, "f", Callee("ext"))
    assert said(file(code, fixups, offset=5), promise) == []
    assert said(file(code, fixups, offset=10), promise) == [f"{WHO}the call at 5 leads to 0x0, not to @ext"]
    # Bytes that are reserved may be left to the runtime, which puts the call there.
    reserved = Reservation(Intrinsic.STATEPOINT, 7, 5, "f", Callee("ext"))
    assert said(file(b"\x90" * 5, {}, offset=5), reserved) == []
    assert said(file(code, fixups, offset=5), reserved) == []
    assert said(file(code, fixups, offset=10), reserved) == [f"{WHO}the call at 5 leads to 0x0, not to @ext"]


def test_all_candidates_of_an_id_say_why() -> None:
    found = file(bytes.fromhex("e800000000 90"), {1: Fixup(FixupKind.CALL, EXT)})
    several = [
        replace(patchpoint(5, Callee("fun")), function="elsewhere"),
        patchpoint(5, Callee("h")),
        patchpoint(4, Callee("ext")),
    ]
    assert said(found, *several) == [
        f"{WHO}no site with this id fits:"
        " the patchpoint of 5 bytes in f: the call at 0 leads to ext, not to @h;"
        " the patchpoint of 4 bytes in f: the 4 reserved bytes at 0 end at 4, inside an instruction;"
        " the patchpoint of 5 bytes in elsewhere: the call at 0 leads to ext, not to @fun"
    ]
    assert said(found, *several, patchpoint(6, Callee("ext"))) == []
    many = [patchpoint(5, Callee(f"f{n}")) for n in range(20)]
    (line,) = said(found, *many)
    assert line.endswith("; and 4 more")
    assert line.count("leads to") == 16
