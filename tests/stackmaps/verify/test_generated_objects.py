"""Random objects of real LLVMs: every map is what llvm-readobj prints, and only known defects are found.

More of them: `pytest tests/stackmaps/verify/test_generated_objects.py --objects 3000`; `--first-seed N` makes
others.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

from harness.stackmaps.format import Kind, Location, StackMap
from harness.stackmaps.load import StackMapFile, load
from harness.stackmaps.verify import ir
from harness.stackmaps.verify.findings import Finding, Unchecked
from harness.stackmaps.verify.verifier import promises, verify
from tests.llvm import Llvm, llvm
from tests.stackmaps import generate
from tests.stackmaps.generate import TRIPLES, Triple

MAJORS = (19, 22)

SCRATCH = r"R#\d+ \w+ is neither stack, frame nor base pointer of "
# What LLVM 19 and 22 get wrong on these objects; each is a defect of LLVM, not of the check.
KNOWN = {
    # getDwarfRegNum in StackMaps.cpp takes the first super-register with a number: for the 32-bit half of a
    # PowerPC register that is the one of the SPE extension (1200 and more), which no 64-bit PowerPC has.
    "powerpc64": r"^registers of the SPE extension, .* \(L19\): ((location|live-out)s? [\d, to]+(; )?)+$",
    # Slots beyond the reach of an instruction's displacement: eliminateFrameIndex puts an address into a
    # scratch register, which the call of the patch point may destroy.
    "s390x": SCRATCH + "s390x",
    # The same; and LowerSTACKMAP counts each following instruction as 4 bytes, compressed ones and pseudos
    # too: the shadow ends after the function.
    "riscv64": SCRATCH + r"riscv|bytes are reserved at \d+, the function ends at",
    # There the pseudo-instructions are those that describe the epilogue to Windows.
    "aarch64-pc-windows": r"bytes are reserved at \d+, the function ends at",
}


@cache
def tools(major: int) -> Llvm:
    return llvm(major)


@dataclass(frozen=True)
class Compiled:
    """An object with the IR it was made from."""

    ir: str
    path: Path


def compiled(major: int, triple: Triple, seeds: range, folder: Path) -> Iterator[Compiled]:
    for seed in seeds:
        module = generate.module(seed, triple)
        source = folder / f"{seed}.ll"
        source.write_text(module.text)
        yield Compiled(module.text, tools(major).llc(source, module.options))


def seeds_of(config: pytest.Config) -> range:
    """The seeds each pair of LLVM and target compiles."""
    first = config.getoption("--first-seed", 0)
    return range(first, first + max(config.getoption("--objects", 240) // len(CASES), 1))


CASES = [(major, triple) for major in MAJORS for triple in TRIPLES]
NAMES = [f"llvm-{major}-{triple.name}{'-rvc' * ('+c' in ''.join(triple.options))}" for major, triple in CASES]


def as_readobj(one: StackMap) -> Iterator[str]:
    """A map as llvm-readobj prints it: llvm/tools/llvm-readobj/StackMapPrinter.h."""
    yield f"LLVM StackMap Version: {one.version}"
    yield f"Num Functions: {len(one.functions)}"
    for function in one.functions:
        yield (
            f"  Function address: {function.address}, stack size: {function.stack_size},"
            f" callsite record count: {function.record_count}"
        )
    yield f"Num Constants: {len(one.constants)}"
    yield from (f"  #{index}: {constant % 2**64}" for index, constant in enumerate(one.constants, 1))
    yield f"Num Records: {len(one.records)}"
    for record in one.records:
        yield f"  Record ID: {record.id}, instruction offset: {record.offset}"
        yield f"    {len(record.locations)} locations:"
        for index, location in enumerate(record.locations, 1):
            yield f"      #{index}: {readobj_location(location, one)}, size: {location.size}"
        outs = "".join(f"R#{live.dwarf_register} ({live.size}-bytes) " for live in record.live_outs)
        yield f"    {len(record.live_outs)} live-outs: [ {outs}]"


def readobj_location(one: Location, map_: StackMap) -> str:
    if one.kind is Kind.CONSTANT:
        return f"Constant {one.offset % 2**32}"
    if one.kind is Kind.CONSTANT_INDEX:
        return f"ConstantIndex #{one.offset} ({map_.constants[one.offset] % 2**64})"
    place = {
        Kind.REGISTER: f"R#{one.dwarf_register}",
        Kind.DIRECT: f"R#{one.dwarf_register} + {one.offset}",
        Kind.INDIRECT: f"[R#{one.dwarf_register} + {one.offset}]",
    }
    return f"{one.kind.label} {place[one.kind]}"


def comparable(lines: Iterator[str], triple: Triple) -> list[str]:
    """The lines without what llvm-readobj gets wrong: it applies no relocation.

    Function addresses are relocated in every object, on RISC-V offsets too: a linker may shorten calls there,
    and branches may turn out too short for their targets.
    """
    fields = "Function address|instruction offset" if triple.name.startswith("riscv") else "Function address"
    return [re.sub(rf"({fields}): \d+", r"\1", line) for line in lines]


def readobj(major: int, objects: list[Compiled]) -> list[list[str]]:
    """What llvm-readobj prints for each object, without the lines about the file."""
    said = tools(major).run("llvm-readobj", "--stackmap", *(one.path for one in objects))
    parts = said.split("\nFile: ")[1:]
    return [part[part.index("LLVM StackMap Version") :].splitlines() for part in parts]


@pytest.mark.needs_llvm
@pytest.mark.parametrize(("major", "triple"), CASES, ids=NAMES)
def test_random_objects(major: int, triple: Triple, tmp_path: Path, pytestconfig: pytest.Config) -> None:
    objects = list(compiled(major, triple, seeds_of(pytestconfig), tmp_path))
    said = readobj(major, objects)
    assert len(said) == len(objects) >= 1
    records = 0
    for one, expected in zip(objects, said, strict=True):
        file = load(one.path, calls=True)
        (placed,) = file.maps
        assert comparable(as_readobj(placed.map), triple) == comparable(iter(expected), triple), one.path
        names_and_places(file)
        unexpected(one, file, triple)
        records += sum(len(function.records) for function in placed.functions)
    assert records >= 12 * len(objects)


def names_and_places(file: StackMapFile) -> None:
    """What relocations add: every function of the module has its name and a place of its own."""
    functions = list(file.functions())
    assert [one.name.removeprefix("_") for one in functions] == [f"f{n}" for n in range(12)]
    assert len({(one.section, one.start) for one in functions}) == 12
    for one, after in itertools.pairwise(functions):
        assert one.size is not None
        assert one.start is not None
        assert after.start is not None
        assert one.start + one.size <= after.start
    assert len(list(file.sites())) == sum(one.record_count or 0 for one in functions)


def unexpected(one: Compiled, file: StackMapFile, triple: Triple) -> None:
    """Fail for any finding but those of KNOWN; every reserved region was checked."""
    known = next((p for name, p in KNOWN.items() if triple.name.startswith(name)), r"(?!)")
    result = verify(file, promises(ir.reservations(one.ir)))
    found = [f for f in result.findings if not allowed(f, known)]
    assert [str(f) for f in found] == [], one.path


def allowed(finding: Finding, known: str) -> bool:
    if isinstance(finding, Unchecked):
        return finding.what == "slots inside the frame: its size is not fixed"
    return re.search(known, finding.text) is not None
