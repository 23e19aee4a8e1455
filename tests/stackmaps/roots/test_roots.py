"""The roots oracle on real programs: it accepts LLVM's stack maps, and refuses each that is slightly wrong.

Objects, programs and captures are those of `lit-tests/AOT`, made with LLVM 19.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from harness import process
from harness.errors import UsageError
from harness.litsite.execution import machines
from harness.stackmaps.format import Kind, LiveOut, Location
from harness.stackmaps.load import PlacedRecord, StackMapFile, load
from harness.stackmaps.roots import capture, stub
from harness.stackmaps.roots import compare as roots
from harness.stackmaps.roots.directives import ExpectedStop, directives
from harness.targets import registry
from tests.command import Harness
from tests.llvm import Llvm

pytestmark = pytest.mark.needs_llvm

AOT = Path(__file__).parents[3] / "lit-tests/AOT"
# LLVM 19 knows no patchpoints on LoongArch.
TRIPLES = {one.runtime.machine: one.runtime.triple for one in registry.TARGETS if one.runtime}
MACHINES = sorted(TRIPLES.keys() - {"loongarch64"})
OPTIONS = {"riscv64": ("-mattr=+m,+d", "-target-abi=lp64d", "-frame-pointer=all")}


@dataclass(frozen=True)
class Ran:
    """A program that ran, and what it captured."""

    program: Path
    found: StackMapFile
    stops: tuple[capture.CapturedStop, ...]
    expected: tuple[ExpectedStop, ...]

    def check(self, **changed: Any) -> list[str]:
        """The violations with something changed, as texts."""
        new = replace(self, **changed)
        return [str(one) for one in roots.compare_stops(new.found, new.stops, new.expected).violations]


class Workshop:
    """Makes programs of a machine and runs them."""

    def __init__(self, llvm: Llvm, machine: str, commands: Mapping[str, list[str]], folder: Path) -> None:
        self.llvm = llvm
        self.machine = machine
        self.commands = commands
        self.folder = folder

    def compile(self, source: Path) -> Path:
        copy = self.folder / source.name
        copy.write_text(source.read_text())
        triple = f"-mtriple={TRIPLES[self.machine].replace('powerpc64le', 'ppc64le')}"
        return self.llvm.llc(copy, (triple, *OPTIONS.get(self.machine, ())))

    def run(self, source: Path) -> Ran:
        objects = [self.compile(source), self.folder / "run.o"]
        self._do("as", "-o", objects[1], AOT / f"Inputs/{self.machine}.s")
        program = self.folder / "program"
        self._do("ld", "--section-start=.capture=0x20000000", "-o", program, *objects)
        data = self._do("run", program)
        found = load(program)
        assert found.image is not None
        stops = capture.parse(data, found.image.machine, found.image.order)
        return Ran(program, found, stops, directives(source.read_text(), source.name))

    def _do(self, what: str, *arguments: str | Path) -> bytes:
        done = process.run([*self.commands[what], *arguments])
        assert done.ok, done.text
        return done.stdout


@pytest.fixture(scope="session")
def workshop(llvm19: Llvm, tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Workshop]:
    """A workshop for a machine."""

    def find(name: str) -> str | None:
        path = llvm19.tools / name
        return str(path) if path.exists() else None

    emulators = {path.name: str(path) for path in llvm19.emulators}
    known = dict(machines(find, lambda name: find(name) or emulators.get(name)))

    def make(machine: str) -> Workshop:
        return Workshop(llvm19, machine, known[machine], tmp_path_factory.mktemp(machine))

    return make


@pytest.fixture(scope="session")
def x86(workshop: Callable[[str], Workshop]) -> Ran:
    return workshop("x86_64").run(AOT / "X86/roots.ll")


def test_every_root_is_found(x86: Ran) -> None:
    result = roots.compare_stops(x86.found, x86.stops, x86.expected)
    assert (result.stops, result.compared, result.violations) == (5, 23, ())


@pytest.mark.parametrize("machine", MACHINES)
@pytest.mark.parametrize("source", ["roots.ll", "roots-many.ll"])
def test_every_root_that_changes_is_missed(
    machine: str, source: str, workshop: Callable[[str], Workshop]
) -> None:
    """Each location in a register or in memory, with one captured bit changed."""
    ran = workshop(machine).run(AOT / "Inputs" / source)
    before = ran.check()
    if (machine, source) == ("riscv64", "roots-many.ll"):
        # L5: the call destroys ra, and LLVM keeps a value there.
        (only,) = before
        assert "(Register R#1 ra, size 8)" in only
    else:
        assert before == []
    changes = 0
    for number, stop in enumerate(ran.stops):
        site = at(ran.found, stop)
        for index, location in enumerate(site.record.locations):
            if (changed := flipped(ran.found, stop, location)) is None:
                continue
            changes += 1
            stops = (*ran.stops[:number], changed, *ran.stops[number + 1 :])
            assert any(f"location {index} (" in line for line in ran.check(stops=stops)), (index, location)
    assert changes >= 8


# Floating point registers, and the first byte of a number in one that is neither rounded away nor left out: a
# float of PowerPC has the form of a double, one of SystemZ is in the leftmost bytes.
_FLOATS = {"ppc64": range(32, 64), "s390x": range(16, 32)}
_HIGHEST = {"ppc64": 7, "s390x": 0}


def at(found: StackMapFile, stop: capture.CapturedStop) -> PlacedRecord:
    """The record of a stop, found by another rule than the oracle's: the nearest one before it."""
    before = [site for site in found.sites() if site.address <= stop.return_address]
    return max(before, key=lambda site: site.address)


def flipped(
    found: StackMapFile, stop: capture.CapturedStop, location: Location
) -> capture.CapturedStop | None:
    """The stop with the lowest bit of a location's value changed; None for a constant."""
    assert found.image is not None
    order = found.image.order
    if location.kind in {Kind.CONSTANT, Kind.CONSTANT_INDEX}:
        return None
    register = stop.registers[location.dwarf_register]
    if location.kind is Kind.REGISTER:
        # An integer is at the low end; the highest byte of a floating point number belongs to it in any case.
        place = 0 if order == "little" else len(register) - 1
        if location.dwarf_register in _FLOATS.get(found.image.machine, ()):
            place = _HIGHEST[found.image.machine]
        value = bytearray(register)
        value[place] ^= 1
        registers = {**stop.registers, location.dwarf_register: bytes(value)}
        return replace(stop, registers=registers)
    address = int.from_bytes(register, order) + location.offset
    if location.kind is Kind.DIRECT:
        place = address - stop.start  # the first byte of what is there
    else:
        place = address - stop.start + (0 if order == "little" else location.size - 1)
    memory = bytearray(stop.memory)
    memory[place] ^= 1
    return replace(stop, memory=bytes(memory))


def test_stops_and_directives_belong_together(x86: Ran) -> None:
    first, *rest = x86.expected
    last = x86.stops[-1]
    assert x86.check(stops=x86.stops[:-1]) == [
        f"line {x86.expected[-1].line}: the program never stopped at id 5"
    ]
    assert x86.check(expected=tuple(rest)) == [
        "function integers: record 0 (id 1): stop 0: no directive says what is live there"
    ]
    assert x86.check(stops=(*x86.stops, last)) == [
        "function spilled: record 1 (id 5): stop 5: no directive says what is live there"
    ]
    lost = replace(last, return_address=16)
    assert "stop 5: it returns to 0x10, to no record of a stack map" in x86.check(stops=(*x86.stops, lost))
    short = replace(first, values=first.values[:-1])
    assert x86.check(expected=(short, *rest)) == [
        f"function integers: record 0 (id 1): line {first.line}: 4 values, 5 locations"
    ]


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (
            "i32 -1985229329",
            "i32 5",
            r"Register R#4 rsi, size 4\): expected i32 5 \(0x5\), found 0x89abcdef$",
        ),
        ("i8 -77", "i32 179", r"Register R#2 rcx, size 1\): expected i32 179, which is longer$"),
        ("ptr @global", "ptr @gone", r": expected ptr @gone, but the file has no symbol gone$"),
        ("ptr 0 in Constant", "ptr 0 in Direct", r"\(Constant 0\): expected ptr 0 in Direct$"),
        (
            "i64 0x1122334455667788",
            "ptr to i8 1",
            r": expected ptr to i8 1, but it is not among what was captured$",
        ),
        (
            "ptr to i32 77777",
            "ptr to i32 7",
            r"Direct R#6 rbp - \d+, size 8\): expected ptr to i32 7 in Direct \(0x7\), found",
        ),
    ],
)
def test_what_is_said_of_a_wrong_value(x86: Ran, old: str, new: str, said: str) -> None:
    text = (AOT / "X86/roots.ll").read_text()
    assert old in text
    (only,) = x86.check(expected=directives(text.replace(old, new, 1), "roots.ll"))
    assert re.search(said, only), only


def test_the_command(x86: Ran, harness: Harness, tmp_path: Path) -> None:
    test = AOT / "X86/roots.ll"
    taken = tmp_path / "capture"
    taken.write_bytes(process.run([x86.program]).stdout)
    said = harness("stackmap", "roots", "--capture", taken, "--expect", test, x86.program)
    assert (said.code, said.out) == (0, "program: OK: 5 stops, 23 values compared\n")
    wrong = tmp_path / "wrong.ll"
    wrong.write_text(test.read_text().replace("i64 65536", "i64 65537", 1))
    said = harness("stackmap", "roots", "--capture", taken, "--expect", wrong, x86.program)
    assert said.code == 1
    assert said.out.endswith("program: NOT OK: 5 stops, 23 values compared\n")
    taken.write_bytes(b"nothing")
    said = harness("stackmap", "roots", "--capture", taken, "--expect", test, x86.program)
    assert (said.code, said.err.splitlines()[0]) == (
        2,
        f"harness: error: {taken}: byte 0: a stop takes 424 bytes or more, 7 are left",
    )
    object_file = x86.program.with_name("roots.o")
    said = harness("stackmap", "roots", "--capture", taken, "--expect", test, object_file)
    assert said.err == f"harness: error: {object_file}: not a linked program\nnext: name what was run\n"


# The callee that destroys


@pytest.mark.parametrize("machine", MACHINES)
def test_a_stub_spares_the_live_outs_and_nothing_else(
    machine: str, workshop: Callable[[str], Workshop]
) -> None:
    found = load(workshop(machine).compile(AOT / "Inputs/anyregcc.ll"))
    known = found.target.stub if found.target else None
    assert known is not None
    (site,) = found.sites()
    live = {one.dwarf_register for one in site.record.live_outs}
    body = list(stub._body(known, site.record, None))
    for number, name in known.general.items():
        written = any(line in body for line in known.constant(name, stub._POISON))
        assert written == (number not in live), name
    for number, name in known.floats.items():
        assert (known.float.format(name) in body) == (number not in live), name
    spared = replace(site.record, live_outs=tuple(LiveOut(n, 8) for n in (*known.general, *known.floats)))
    assert list(stub._body(known, spared, None)) == [*known.before, known.end]


def test_a_stub_that_cannot_be_made(x86: Ran) -> None:
    for number, result, message in (
        (9, None, "0 records with id 9\nnext: name one: harness stackmap show"),
        (
            3,
            1,
            "record 3: its first location is not a register that a callee may write\n"
            "next: leave out --result, or give the site a result and the convention anyregcc",
        ),
    ):
        with pytest.raises(UsageError) as caught:
            stub.assembly(x86.found, number, result)
        assert str(caught.value).endswith(message)


def test_the_stub_command(x86: Ran, harness: Harness, tmp_path: Path) -> None:
    output = tmp_path / "stub.s"
    assert harness("stackmap", "stub", "--id", "1", "-o", output, x86.program).code == 0
    assert output.read_text().startswith('    .section .callee,"ax",%progbits\n    .globl stub\n    stub:\n')
    said = harness("stackmap", "stub", "--id", "1", "-o", tmp_path / "no/stub.s", x86.program)
    assert said.err == (
        f"harness: error: -o {tmp_path}/no/stub.s: No such file or directory\n"
        "next: name a file that can be written\n"
    )
