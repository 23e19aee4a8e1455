"""One module through one LLVM: compile, verify the stack maps, link, run, compare the roots."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from harness.crash.signature import signature
from harness.errors import HarnessError, UsageError
from harness.fuzz import dedup, interpreter, printer, targets
from harness.fuzz.dedup import Defect
from harness.fuzz.ir import IRModule, Literal, Operand, sites
from harness.fuzz.numbers import to_signed, width
from harness.process import Completed, Limits, ask, is_regular, run_enclosed
from harness.stackmaps.format import Kind, Location
from harness.stackmaps.load import PlacedRecord, StackMapFile, load
from harness.stackmaps.roots import capture
from harness.stackmaps.roots import compare as roots
from harness.stackmaps.roots.directives import directives
from harness.stackmaps.verify import ir
from harness.stackmaps.verify.verifier import promises, verify

# Fifty functions take llc a second at most; if it needs this long, it hangs.
_LLC = Limits(wall=40, cpu=20, memory=2048 * 1024 * 1024, output=32 * 1024 * 1024)
_LINK = Limits(wall=60, cpu=30, memory=4096 * 1024 * 1024, output=64 * 1024 * 1024)
_RUN = Limits(wall=30, cpu=10, memory=0, output=16 * 1024 * 1024)
CAPTURE_ADDRESS = "--section-start=.capture=0x20000000"


@dataclass(frozen=True, slots=True)
class MachineTools:
    """How programs for one machine are linked and run: commands, and the assembled runtime."""

    link: tuple[str, ...]
    run: tuple[str, ...]
    runtime: Path


@dataclass(frozen=True, slots=True)
class Llvm:
    """One LLVM, and the machines, by the suite's names, whose programs can run here.

    `reads` are the folders that its tools need.
    """

    name: str
    llc: Path
    machines: Mapping[str, MachineTools]
    reads: tuple[Path, ...] = ()


def options(module: IRModule) -> tuple[str, ...]:
    """The options to compile a module with."""
    target = targets.find(module.target)
    liveness = () if module.live_outs else ("-enable-patchpoint-liveness=false",)
    return (f"-mtriple={target.runtime.triple}", f"-O{module.level}", *liveness, *target.options)


def examine(llvm: Llvm, module: IRModule, folder: Path) -> tuple[Defect, ...]:
    """Find everything wrong with what an LLVM makes of a module; `folder` is for the files."""
    text = printer.text(module)
    source, made = folder / "module.ll", folder / "module.o"
    source.write_text(text)
    made.unlink(missing_ok=True)
    argv: list[str | Path] = [llvm.llc, *options(module), "-filetype=obj", "-o", made, source]
    done = run_enclosed(argv, folder, llvm.reads, limits=_LLC)
    if not done.ok:
        return (_failed(done),)
    if not is_regular(made):
        return (Defect("verify", "llc writes no file", "llc succeeds and writes no file"),)
    try:
        found = load(made, calls=True)
    except HarnessError as error:
        return (Defect("verify", dedup.generalize(error.what.removeprefix(f"{made}: ")), str(error)),)
    violations = verify(found, promises(ir.reservations(text))).violations
    noted = [dedup.of_violation("verify", violation) for violation in violations]
    noted += _records(found, module)
    machine = llvm.machines.get(targets.find(module.target).runtime.machine)
    if machine is not None:
        # A record that is wrong in itself would only be reported again.
        wrong = {one.id for one in noted}
        noted += (
            one
            for one in _program(machine, module, made, llvm.reads)
            if one.id is None or one.id not in wrong
        )
    owner = {site.id: function.name for function in module.functions for site in sites(function.body)}
    return tuple(_placed(one, owner) for one in noted)


def _placed(one: Defect, owner: Mapping[int, str]) -> Defect:
    name = one.function or owner.get(one.id if one.id is not None else -1, "")
    return Defect(one.oracle, one.key, one.text, name, one.id)


def _failed(done: Completed) -> Defect:
    said = done.stderr.decode("utf-8", "replace")
    found = signature(said, done.returncode, done.limit)
    if found is not None:
        return dedup.of_crash(found)
    line = next((one for one in said.splitlines() if "error:" in one), f"status {done.returncode}")
    message = line.partition("error:")[2].strip() or line
    return Defect("refused", dedup.generalize(message), message)


def _records(found: StackMapFile, module: IRModule) -> Iterator[Defect]:
    """Check that every executed site has a record with a location for each value, and constants are right."""
    placed: defaultdict[int, list[PlacedRecord]] = defaultdict(list)
    for one in found.sites():
        placed[one.record.id].append(one)
    (constants, *_rest) = [one.map.constants for one in found.maps]
    for function in module.functions:
        for site in interpreter.run(function).reached:
            here = placed[site.id]
            if not here:
                what = "a site that is run has no record"
                yield Defect("records", what, what, function.name, site.id)
            for one in here:
                values = one.record.locations[site.result_recorded :]
                if len(values) != len(site.recorded):
                    what = f"{len(site.recorded)} values, {len(values)} locations"
                    key = (
                        "fewer locations than values"
                        if len(values) < len(site.recorded)
                        else "more locations"
                    )
                    yield Defect("records", key, what, function.name, site.id)
                    continue
                for index, (location, value) in enumerate(zip(values, site.recorded, strict=True)):
                    if what := _constant(location, value, constants):
                        said = f"location {index + site.result_recorded}: {what}"
                        yield Defect("records", dedup.generalize(what), said, function.name, site.id)


def _constant(location: Location, value: Operand, pool: Sequence[int]) -> str:
    """What is wrong with the location of a constant integer."""
    if not isinstance(value, Literal) or value.bits is None or not value.type.startswith("i"):
        return ""
    size = width(value.type)
    if location.kind is Kind.CONSTANT:
        got = location.offset
    elif location.kind is Kind.CONSTANT_INDEX:
        got = pool[location.offset]
    else:
        return ""
    mask = (1 << size) - 1
    wanted = to_signed(value.bits, size)
    return "" if got & mask == value.bits else f"{value.type} {wanted} is recorded as {got}"


def _program(
    machine: MachineTools, module: IRModule, made: Path, reads: tuple[Path, ...]
) -> Iterator[Defect]:
    """Link and run it: it has to exit normally, and every value has to be where its record says."""
    folder = made.parent
    program = folder / "module.exe"
    argv: list[str | Path] = [*machine.link, CAPTURE_ADDRESS, "-o", program, made, machine.runtime]
    linked = run_enclosed(argv, folder, (*reads, machine.runtime.parent), limits=_LINK)
    if not linked.ok or not is_regular(program):
        said = linked.text.strip().splitlines()
        message = said[0] if said else f"status {linked.returncode}"
        message = message.replace(f"{folder}/", "")
        yield Defect("run", f"cannot be linked: {dedup.generalize(message)}", message)
        return
    # What LLVM made may do anything; it writes nothing that is read afterwards.
    ran = ask([*machine.run, program], (*reads, folder), limits=_RUN)
    if ran.limit or not 0 <= ran.returncode <= len(module.functions):
        yield Defect("run", "the program dies", ran.limit or f"status {ran.returncode}")
        return
    if ran.returncode:
        what = "a function does not return what it computes"
        yield Defect("run", what, what, module.functions[ran.returncode - 1].name)
    found = load(program)
    image = found.image
    assert image is not None
    text = "\n".join(interpreter.directives(module))
    try:
        stops = capture.parse(ran.stdout, image.machine, image.order)
    except UsageError as error:
        yield Defect("run", "what it captured cannot be read", error.what)
        return
    if not text and not stops:
        return
    expected = directives(text, "module.ll") if text else ()
    for one in roots.compare_stops(found, stops, expected).violations:
        noted = dedup.of_violation("roots", one)
        if noted.key != dedup.UNSEEN:
            yield noted
