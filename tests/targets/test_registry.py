"""One module and one line make a target: here it is the Motorola 68000, which no LLVM has stack maps for."""

from __future__ import annotations

import json
import platform
import re
import struct
from pathlib import Path

import pytest

from harness import targets
from harness.fuzz import targets as generated
from harness.litsite import execution
from harness.stackmaps import document, show
from harness.stackmaps.format import Function, Kind, LiveOut, Location, Record, StackMap
from harness.stackmaps.load import StackMapFile, from_bytes
from harness.stackmaps.roots import capture, stub
from harness.stackmaps.verify.ir import Callee, Intrinsic, Reservation
from harness.stackmaps.verify.verifier import promises, verify
from harness.targets import registry
from harness.targets.instructions import ByteOrder, CallOperand, Constants, Decoding, Relative, to_signed
from harness.targets.relocations import Action, Elf
from harness.targets.target import Bank, Generation, Runtime, StubSyntax, Target, numbered_names
from harness.toolchain.debian import emulators
from tests.stackmaps.objects.test_elf import elf

EM_68K = 4
RUNTIME = Runtime("m68k", "m68k-unknown-linux-gnu")


def _operand(_text: str, code: bytes, _order: ByteOrder) -> CallOperand:
    return Relative(2 + to_signed(int.from_bytes(code[2:4], "big"), 16))


M68K = Target(
    "m68k",
    ((0, 23),),
    stack_pointer=15,
    frame_pointers=(14,),
    names={**numbered_names("d", 0, 8), **numbered_names("a", 8, 8), **numbered_names("fp", 16, 8)},
    elf=Elf("EM_68K", data={1: (Action.SET, 8)}),
    length=None,
    decoding=Decoding(
        engine=lambda _order, _size: ("CS_ARCH_M68K", ("CS_MODE_BIG_ENDIAN", "CS_MODE_M68K_040")),
        calls=frozenset({"bsr.w"}),
        prepare=re.compile(r"movea\.l #.*, a0"),
        constants=Constants({}),
        operand=_operand,
        nop=re.compile("nop ?"),
    ),
    banks=(Bank(0, 16, 4),),
    stub=StubSyntax(
        general={0: "%d0", 1: "%d1"},
        saved={2: "%d2"},
        floats={},
        constant=lambda register, value: (f"move.l #{value & 0xFFFFFFFF:#x}, {register}",),
        before=(),
        float="",
        end="rts",
    ),
    runtime=RUNTIME,
    generation=Generation("m68k", RUNTIME, "m68k", call=8, unit=2, registers=8),
)
# nop; bsr.w to 4 + 16; nop; rts
CODE = bytes.fromhex("4e71 61000010 4e71 4e75")
LOCATIONS = (Location(Kind.REGISTER, 4, 0, 0), Location(Kind.REGISTER, 4, 40, 0))
RECORD = Record(7, 2, LOCATIONS, (LiveOut(1, 4),), 0)
MAP = StackMap(3, (Function(0, 8, 1, 0),), (), (RECORD,), (), 0, 0)


@pytest.fixture
def found(monkeypatch: pytest.MonkeyPatch) -> StackMapFile:
    """An object for the 68000, with that one line."""
    monkeypatch.setattr(registry, "TARGETS", (*registry.TARGETS, M68K))
    return from_bytes(elf(1, 0, MAP, CODE, EM_68K), "f.o", calls=True)


def said(found: StackMapFile, size: int, callee: str) -> list[str]:
    reserved = Reservation(Intrinsic.PATCHPOINT, 7, size, "f", Callee(callee))
    return [str(one) for one in verify(found, promises([reserved])).findings]


def test_its_objects_are_shown(found: StackMapFile) -> None:
    assert list(show.text(found)) == [
        "f.o: ELF m68k, 1 stack map",
        "  version 3: 1 function, 0 constants, 1 record",
        "  function f at 0x0, 10 bytes of code, stack size 8",
        "    record id 7, instruction offset 2",
        "      #0 Register R#0 d0, size 4",
        "      #1 Register R#40, size 4",
        "      live-outs: R#1 d1 (4 bytes)",
    ]
    shown = json.loads(document.encode(document.show(found)))
    assert shown["machine"] == "m68k"
    assert shown["maps"][0]["records"][0]["locations"][0]["name"] == "d0"


def test_its_objects_are_verified(found: StackMapFile) -> None:
    place = "function f: record 0 (id 7): "
    stranger = f"{place}location 1: R#40 is not a register of m68k"
    assert said(found, 6, "f") == [
        stranger,
        f"{place}the call at 2 leads to 0x14, not to @f",
    ]
    assert said(found, 8, "f") == [
        stranger,
        f"{place}`rts` at 8 in the 8 reserved bytes at 2 is neither part of a call nor a nop",
    ]
    assert said(found, 5, "f") == [
        stranger,
        f"{place}the 5 reserved bytes at 2 end at 7, inside an instruction",
    ]


def test_its_programs_are_run_and_captured(found: StackMapFile, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(platform, "machine", lambda: "x86_64")
    commands = dict(execution.machines(lambda name: name, lambda name: name))["m68k"]
    assert commands["as"] == ["llvm-mc", "-filetype=obj", "-triple=m68k-unknown-linux-gnu"]
    assert commands["run"] == ["qemu-m68k"]
    assert "m68k" in emulators._names()
    written = struct.pack(">8s4Q", capture.MAGIC, 1, 2, 3, 0) + bytes(range(64))
    (stop,) = capture.parse(written, "m68k", "big")
    assert stop.registers[15] == bytes([60, 61, 62, 63])
    assert "move.l #0x5a5a5a5a, %d0" in stub.assembly(found, 7, None)
    assert "%d1" not in stub.assembly(found, 7, None)  # it is live out


def test_the_emulators_in_the_store_keep_their_key(monkeypatch: pytest.MonkeyPatch) -> None:
    """Another list is another key, and everybody fetches them again."""
    monkeypatch.setattr(platform, "machine", lambda: "x86_64")
    assert emulators._names() == ["aarch64", "loongarch64", "ppc64le", "riscv64", "s390x"]


def test_functions_are_generated_for_it(found: StackMapFile) -> None:
    assert generated.names()[-1] == "m68k"
    assert generated.find("m68k").runtime.triple == "m68k-unknown-linux-gnu"


def test_every_module_is_registered() -> None:
    """A target module that is not listed would never be used."""
    modules = {path.stem: path.read_text() for path in Path(next(iter(targets.__path__))).glob("*.py")}
    makes = {name for name, text in modules.items() if re.search(r"^TARGET = ", text, re.M)}
    assert {re.search(rf"\b{name}\.TARGET\b", modules["registry"]) is not None for name in makes} == {True}
    assert len(makes) == len(registry.TARGETS)


def test_the_suite_has_a_runtime_for_every_machine() -> None:
    inputs = Path(__file__).parents[2] / "lit-tests/AOT/Inputs"
    machines = {one.runtime.machine for one in registry.TARGETS if one.runtime}
    assert {path.stem for path in inputs.glob("*.s")} >= machines
