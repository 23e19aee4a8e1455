"""Every invariant: violations are reported in these words, and so are checks that cannot be made."""

from __future__ import annotations

from dataclasses import replace

import pytest

from harness.stackmaps.format import DYNAMIC, Function, Kind, LiveOut, Location, Record, Reserved, StackMap
from harness.stackmaps.load import PlacedFunction, PlacedMap, StackMapFile
from harness.stackmaps.objects.image import Image, Section
from harness.stackmaps.verify.findings import lines
from harness.stackmaps.verify.ir import Intrinsic, Reservation
from harness.stackmaps.verify.verifier import promises, verify
from harness.targets.instructions import ByteOrder

# push rbx; movabs r11, 0x123456789a; call r11; nop dword; pop rbx; ret
CALL = bytes.fromhex("49bb9a78563412000000 41ffd3")
CODE = bytes.fromhex("53") + CALL + bytes.fromhex("0f1f00 5b c3")
REGISTER = Location(Kind.REGISTER, 8, 3, 0)


def record(*locations: Location, id: int = 7, offset: int = 1, live: tuple[LiveOut, ...] = ()) -> Record:
    return Record(id, offset, locations, live, 40)


def file(
    *records: Record,
    code: bytes = CODE,
    machine: str = "x86-64",
    order: ByteOrder = "little",
    stack_size: int = 24,
    constants: tuple[int, ...] = (),
    format: str = "ELF",
) -> StackMapFile:
    """A file of one function `f`."""
    image = Image(format, machine, order, 8, True, (Section(".text", 0, code),), ())
    function = Function(0, stack_size, len(records), 16)
    placed = PlacedFunction("f", 0, 0, len(code), 0, stack_size, len(records), records)
    one = StackMap(3, (function,), constants, records, (), 0, 40)
    return StackMapFile("f.o", image, 40, (PlacedMap(one, (placed,), ()),))


def said(found: StackMapFile, *reserved: Reservation) -> list[str]:
    """The findings, without the one about ids without a reservation."""
    result = verify(found, promises(reserved))
    return [str(finding) for finding in result.findings if "no size is given" not in str(finding)]


def patchpoint(size: int, id: int = 7) -> Reservation:
    return Reservation(Intrinsic.PATCHPOINT, id, size)


def test_nothing_is_wrong() -> None:
    live = (LiveOut(0, 8), LiveOut(3, 8), LiveOut(17, 16))
    locations = (
        REGISTER,
        Location(Kind.REGISTER, 1, 0, 8),
        Location(Kind.DIRECT, 8, 7, 24),
        Location(Kind.INDIRECT, 8, 7, 16),
        Location(Kind.INDIRECT, 8, 7, 32),
        Location(Kind.INDIRECT, 4, 7, -128),
        Location(Kind.INDIRECT, 8, 6, -16),
        Location(Kind.CONSTANT, 8, 0, -1),
        Location(Kind.CONSTANT_INDEX, 8, 0, 0),
    )
    assert said(file(record(*locations, live=live), constants=(2**40,)), patchpoint(16)) == []


# -- locations and live-outs


@pytest.mark.parametrize(
    ("location", "what"),
    [
        (Location(Kind.REGISTER, 0, 3, 0), "its size is 0"),
        (Location(Kind.REGISTER, 8, 56, 0), "R#56 is not a register of x86-64"),
        (Location(Kind.REGISTER, 8, 65535, 0), "R#65535 is not a register of x86-64"),
        (Location(Kind.REGISTER, 65, 17, 0), "65 bytes in R#17 xmm0, more than any register has"),
        (Location(Kind.REGISTER, 8, 3, -8), "-8 bits into R#3 rbx"),
        (Location(Kind.DIRECT, 8, 0, 8), "R#0 rax is neither stack, frame nor base pointer of x86-64"),
        (Location(Kind.INDIRECT, 8, 12, 8), "R#12 r12 is neither stack, frame nor base pointer of x86-64"),
        (Location(Kind.INDIRECT, 8, 99, 8), "R#99 is not a register of x86-64"),
        (Location(Kind.DIRECT, 4, 7, 8), "an address of 4 bytes, not 8"),
        (Location(Kind.INDIRECT, 8, 7, -129), "R#7 rsp + -129 is below the frame of 24 bytes"),
        (Location(Kind.INDIRECT, 8, 7, 20), "bytes 20 to 28 from R#7 rsp cross the end of the frame at 24"),
        (Location(Kind.INDIRECT, 8, 7, 24), "bytes 24 to 32 from R#7 rsp cross the end of the frame at 24"),
        (Location(Kind.INDIRECT, 8, 6, 4), "bytes 4 to 12 from R#6 rbp cross the end of the frame at 8"),
        (Location(Kind.INDIRECT, 8, 6, -145), "R#6 rbp + -145 is below the frame of 24 bytes"),
        (Location(Kind.CONSTANT, 4, 0, 1), "a constant of 4 bytes, not 8"),
        (Location(Kind.CONSTANT, 8, 3, 1), "a constant with register R#3"),
        (Location(Kind.CONSTANT_INDEX, 8, 0, 1), "constant 1 of 1"),
        (Location(Kind.CONSTANT_INDEX, 8, 0, -1), "constant -1 of 1"),
    ],
)
def test_a_location_is_wrong(location: Location, what: str) -> None:
    found = said(file(record(REGISTER, location), constants=(2**40,)))
    assert found == [f"function f: record 0 (id 7): location 1: {what}"]


@pytest.mark.parametrize(
    ("machine", "base", "offset"),
    [("aarch64", 29, -25 - 128), ("ppc64", 31, -25 - 288), ("s390x", 11, -25), ("riscv", 8, -25)],
)
def test_a_slot_is_below_the_frame(machine: str, base: int, offset: int) -> None:
    (found,) = said(file(record(Location(Kind.INDIRECT, 1, base, offset), offset=0), machine=machine))
    assert found.endswith(" is below the frame of 24 bytes")
    assert said(file(record(Location(Kind.INDIRECT, 1, base, offset + 1), offset=0), machine=machine)) == []


def test_on_windows_the_frame_pointer_may_be_anywhere_in_the_frame() -> None:
    location = Location(Kind.INDIRECT, 8, 6, 4)
    assert said(file(record(location), format="COFF")) == []
    assert len(said(file(record(location)))) == 1


def test_a_frame_of_no_fixed_size_has_no_bounds() -> None:
    found = said(file(record(Location(Kind.INDIRECT, 8, 7, -99999)), stack_size=DYNAMIC))
    assert found == ["function f: not checked: slots inside the frame: its size is not fixed"]
    assert said(file(record(REGISTER), stack_size=DYNAMIC)) == []


@pytest.mark.parametrize(
    ("live", "what"),
    [
        ((LiveOut(3, 8), LiveOut(3, 8)), "live-out 1: R#3 twice"),
        ((LiveOut(3, 8), LiveOut(0, 8)), "live-out 1: R#0 after R#3, not sorted"),
        ((LiveOut(3, 0),), "live-out 0: 0 bytes of R#3"),
        ((LiveOut(3, 65),), "live-out 0: 65 bytes of R#3"),
        ((LiveOut(3, 8), LiveOut(65535, 8)), "live-out 1: R#65535 is not a register of x86-64"),
    ],
)
def test_a_live_out_is_wrong(live: tuple[LiveOut, ...], what: str) -> None:
    assert said(file(record(live=live))) == [f"function f: record 0 (id 7): {what}"]


def test_registers_of_another_processor_are_said_once_for_a_record() -> None:
    """r3's lower half is recorded as s3 of the SPE extension."""
    strange = [Location(Kind.REGISTER, 4, number, 0) for number in (1200, 1231)]
    live = (LiveOut(3, 8), *(LiveOut(number, 4) for number in (1201, 1202, 1203, 1205)))
    one = record(strange[0], Location(Kind.REGISTER, 8, 3, 0), *strange, offset=0, live=live)
    assert said(file(one, machine="ppc64")) == [
        "function f: record 0 (id 7): registers of the SPE extension, which no 64-bit PowerPC has (L19):"
        " locations 0, 2 to 3; live-outs 1 to 4"
    ]
    # What else is wrong with them is said, and no other number is theirs, and no slot is.
    wrong = (
        Location(Kind.REGISTER, 4, 1199, 0),
        Location(Kind.REGISTER, 4, 1232, 0),
        Location(Kind.INDIRECT, 4, 1203, 8),
        Location(Kind.CONSTANT, 8, 1203, 8),
        Location(Kind.REGISTER, 0, 1203, 0),
    )
    assert said(file(record(*wrong, offset=0), machine="ppc64")) == [
        f"function f: record 0 (id 7): {what}"
        for what in (
            "location 0: R#1199 is not a register of ppc64",
            "location 1: R#1232 is not a register of ppc64",
            "location 2: R#1203 s3 is not a register of ppc64",
            "location 3: a constant with register R#1203",
            "location 4: its size is 0",
            "registers of the SPE extension, which no 64-bit PowerPC has (L19): location 4",
        )
    ]


def test_a_known_defect_of_many_records_is_one_line() -> None:
    strange = Location(Kind.REGISTER, 4, 1203, 0)
    some = [record(*[strange] * (number % 2), offset=0, id=number) for number in range(20)]
    findings = verify(file(*some, machine="ppc64"), {}).findings
    first, second = lines(findings)
    assert first == "not checked: the reserved bytes of 20 of 20 records: no size is given for their ids"
    named = "; ".join(f"function f: record {n} (id {n}): location 0" for n in range(1, 17, 2))
    known = "registers of the SPE extension, which no 64-bit PowerPC has (L19)"
    assert second == f"{known}, in 10 records: {named}; and 2 more"
    assert list(lines(findings[:2])) == [str(one) for one in findings[:2]]


# -- the section and its counts


def changed(map_: StackMap) -> StackMapFile:
    """A good file with this map in it."""
    good = file(record(REGISTER))
    return replace(good, maps=(replace(good.maps[0], map=map_),))


def test_the_section() -> None:
    good = file(record(REGISTER)).maps[0].map
    assert said(replace(file(record()), size=56)) == ["16 bytes after the last map"]
    assert said(changed(replace(good, position=4))) == ["a map starts at byte 4, not at a multiple of 8"]
    odd = replace(good, reserved=(Reserved(2, "header", 9),))
    assert said(changed(odd)) == ["header at byte 2 is 9, not 0"]
    misplaced = replace(good, records=(replace(record(REGISTER), position=44),))
    assert said(changed(misplaced)) == ["record 44 bytes into the section: not aligned to 8"]


def test_the_counts() -> None:
    more = replace(file(record(REGISTER)).maps[0].map, records=(record(REGISTER), record(REGISTER)))
    assert said(changed(more)) == ["the functions count 1 records, the header 2"]
    good = file(record(REGISTER))
    (placed,) = good.maps
    empty = replace(placed.functions[0], name="g", section=None, records=(), record_count=0)
    map_ = replace(placed.map, functions=(*placed.map.functions, Function(0, 8, 0, 0)))
    found = said(replace(good, maps=(PlacedMap(map_, (*placed.functions, empty), ()),)))
    assert found == [
        "function g: it has no records",
        "function g: not checked: code: the file does not say where the function is or ends",
    ]


def test_a_function_twice() -> None:
    good = file(record(REGISTER))
    (placed,) = good.maps
    map_ = replace(placed.map, functions=placed.map.functions * 2, records=placed.map.records * 2)
    twice = replace(good, maps=(PlacedMap(map_, placed.functions * 2, ()),))
    assert said(twice) == ["function f: it is in the map 2 times"]


def test_records_of_no_function() -> None:
    good = file(record(REGISTER))
    (placed,) = good.maps
    stray = record(Location(Kind.REGISTER, 0, 3, 0), id=9)
    map_ = replace(placed.map, version=1)
    found = said(replace(good, maps=(PlacedMap(map_, placed.functions, (stray,)),)))
    assert found == [
        "record 1 (id 9): location 0: its size is 0",
        "record 1 (id 9): not checked: offset and slots: the format does not say in which function",
    ]


def test_an_unknown_target() -> None:
    found = said(file(record(Location(Kind.REGISTER, 8, 65535, 0), offset=3), machine="EM_VAX"))
    assert found == ["not checked: registers, slots and code: nothing is known about EM_VAX"]


def test_ids_without_a_size_are_counted() -> None:
    result = verify(file(record(id=1), record(id=2), record(id=2)), promises([patchpoint(13, id=1)]))
    assert [str(finding) for finding in result.findings] == [
        "not checked: the reserved bytes of 2 of 3 records: no size is given for their ids"
    ]


# -- code: offsets and reserved bytes


@pytest.mark.parametrize(
    ("offset", "what"),
    [
        (2, "offset 2 is inside an instruction"),
        (15, "offset 15 is inside an instruction"),
        (20, "offset 20 is after the function's 19 bytes"),
        (2**32 - 1, "offset 4294967295 is after the function's 19 bytes"),
    ],
)
def test_an_offset_is_wrong(offset: int, what: str) -> None:
    assert said(file(record(offset=offset))) == [f"function f: record 0 (id 7): {what}"]


def test_an_offset_at_the_end_is_right() -> None:
    assert said(file(record(offset=len(CODE)))) == []


REGION = "function f: record 0 (id 7): "


@pytest.mark.parametrize(
    ("size", "what"),
    [
        (13, []),
        (16, []),
        (0, []),
        (12, [f"{REGION}the 12 reserved bytes at 1 end at 13, inside an instruction"]),
        (10, [f"{REGION}a call without its last instruction in the 10 reserved bytes at 1"]),
        (17, [f"{REGION}`pop rbx` at 17 in the 17 reserved bytes at 1 is neither part of a call nor a nop"]),
        (19, [f"{REGION}19 bytes are reserved at 1, the function ends at 19"]),
    ],
)
def test_reserved_bytes_of_a_patch_point(size: int, what: list[str]) -> None:
    assert said(file(record()), patchpoint(size)) == what


def test_two_calls_are_not_one() -> None:
    assert said(file(record(), code=b"\x53" + CALL + CALL), patchpoint(26)) == [
        f"{REGION}2 calls in the 26 reserved bytes at 1"
    ]


def test_a_region_that_begins_inside_of_an_instruction() -> None:
    assert said(file(record(offset=2)), patchpoint(12)) == [
        f"{REGION}offset 2 is inside an instruction",
        f"{REGION}the 12 reserved bytes at 2 begin inside an instruction",
    ]


def test_one_of_several_promises_holds() -> None:
    several = (patchpoint(12), patchpoint(13), patchpoint(10))
    assert said(file(record()), *several) == []


def test_of_promises_that_all_fail_the_functions_own_is_told_first() -> None:
    elsewhere, here = replace(patchpoint(12), function="g"), replace(patchpoint(10), function="f")
    assert said(file(record()), elsewhere, here) == [
        f"{REGION}no site with this id fits:"
        " the patchpoint of 10 bytes in f: a call without its last instruction in the 10 reserved bytes at 1;"
        " the patchpoint of 12 bytes in g: the 12 reserved bytes at 1 end at 13, inside an instruction"
    ]


def statepoint(size: int) -> Reservation:
    return Reservation(Intrinsic.STATEPOINT, 7, size)


@pytest.mark.parametrize(
    ("offset", "size", "what"),
    [
        (14, 0, []),
        (17, 3, []),
        (17, 0, [f"{REGION}`nop dword ptr [rax]` before 17 is not a call"]),
        (
            18,
            4,
            [f"{REGION}`pop rbx` at 17 in the 4 reserved bytes at 14 is neither part of a call nor a nop"],
        ),
        (14, 15, [f"{REGION}15 bytes are reserved before 14, the function's start"]),
    ],
)
def test_a_statepoint_is_behind_its_call(offset: int, size: int, what: list[str]) -> None:
    assert said(file(record(offset=offset)), statepoint(size)) == what


def test_the_shadow_of_a_stack_map_is_code_of_its_function() -> None:
    shadow = Reservation(Intrinsic.STACKMAP, 7, 5)
    assert said(file(record(offset=14)), shadow) == []
    assert said(file(record(offset=17)), shadow) == [
        f"{REGION}5 bytes are reserved at 17, the function ends at 19"
    ]


@pytest.mark.parametrize(
    ("machine", "order", "call", "foreign", "text"),
    [
        ("aarch64", "little", "300080d2 00023fd6 1f2003d5", "fd7bbfa9", "stp x29, x30, [sp, #-0x10]!"),
        ("aarch64", "big", "300080d2 00023fd6 1f2003d5", "fd7bbfa9", "stp x29, x30, [sp, #-0x10]!"),
        ("ppc64", "big", "48000001 60000000", "7c0802a6", "mflr r0"),
        ("ppc64", "little", "01000048 00000060", "a602087c", "mflr r0"),
        ("s390x", "big", "c01f12345678 0de1 0700 47000000 c00400000000", "07fe", "br %r14"),
        ("riscv", "little", "97000000 e7800000 13000000 0100", "8280", "c.jr ra"),
    ],
)
def test_calls_and_nops_of_the_other_targets(
    machine: str, order: ByteOrder, call: str, foreign: str, text: str
) -> None:
    code = bytes.fromhex(call)
    region = len(code)
    good = file(record(offset=0), code=code + bytes.fromhex(foreign), machine=machine, order=order)
    assert said(good, patchpoint(region)) == []
    longer = patchpoint(region + len(bytes.fromhex(foreign)))
    assert said(good, longer) == [
        f"{REGION}`{text}` at {region} in the {longer.num_bytes} reserved bytes at 0"
        " is neither part of a call nor a nop"
    ]


def test_what_capstone_does_not_know_is_said() -> None:
    """LoongArch: instructions have four bytes, but cannot be decoded."""
    found = file(record(offset=0), record(offset=6, id=8), code=bytes(16), machine="loongarch")
    assert said(found, patchpoint(8)) == [
        f"{REGION}not checked: the 8 reserved bytes at 0: capstone does not know loongarch",
        "function f: record 1 (id 8): offset 6 is inside an instruction",
    ]


def test_an_unknown_instruction_ends_the_check() -> None:
    found = file(record(offset=4), code=b"\x90\x90\xd6\xff\xff\xff\xff\xff")
    assert said(found) == [
        "function f: record 0 (id 7): not checked: offset 4 at an instruction: capstone does not know the"
        " instruction at +0x2"
    ]
    prefixed = bytes.fromhex("07000006")  # the prefix of pld, Power ISA 3.1, and what follows it
    unknown = file(record(offset=0), code=prefixed[::-1] + b"\x39\x00\x00\x00", machine="ppc64", order="big")
    (one,) = said(unknown, patchpoint(8))
    assert one.startswith(f"{REGION}not checked: the 8 reserved bytes at 0: capstone does not know ")


def test_a_prefixed_instruction_of_powerpc_has_eight_bytes() -> None:
    code = bytes.fromhex("06000000 38600001 4e800020")
    assert said(file(record(offset=4), code=code, machine="ppc64", order="big")) == [
        "function f: record 0 (id 7): offset 4 is inside an instruction"
    ]
    assert said(file(record(offset=8), code=code, machine="ppc64", order="big")) == []
