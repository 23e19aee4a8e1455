"""Making the watched copy of a tool."""

from __future__ import annotations

import mmap
import os
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from harness import process
from harness.process import Jail, JailKind
from harness.process.jail import program_paths
from harness.reach.names import FunctionName
from harness.reach.watch.choose import ABSENT, choose, keep_only
from harness.reach.watch.copy import Edit, Stub, edit, place_headers, record_size
from harness.reach.watch.link_map import read_pieces, read_sources, unit_of_symbols, units_of_pieces
from harness.reach.watch.program import Label, read_program
from harness.reach.watch.values import LinkedFunction, Unwatchable, Watched
from harness.store import Store, digest, file_digest

RECIPE = "2"
KIND = "watched"
_SOURCE, _SCRIPT = (Path(__file__).with_name(name) for name in ("stub.c", "stub.ld"))
_FUNCTIONS = "functions.msgpack"
# What the stub looks for beside its program where code must not be written to.
UNWATCHED = ".unwatched"
# No code for vector registers, which a function's arguments are in; nothing from a library.
_FLAGS = (
    *("-O1", "-ffreestanding", "-fno-builtin", "-fPIC", "-fvisibility=hidden", "-mgeneral-regs-only"),
    *("-mno-red-zone", "-fno-stack-protector", "-fno-asynchronous-unwind-tables", "-fcf-protection=none"),
    *("-nostdlib", "-static", "-Wl,--build-id=none", f"-Wl,-T,{_SCRIPT}"),
)


@dataclass(frozen=True, slots=True)
class _Inputs:
    """What a watched copy is made from."""

    tool: Path
    compiler: Path
    link_map: Path | None
    only: tuple[FunctionName, ...] | None

    @property
    def key(self) -> str:
        known = file_digest(self.link_map) if self.link_map else "no map"
        names = "all" if self.only is None else "\n".join(f"{one.unit}\0{one.name}" for one in self.only)
        files = (file_digest(path) for path in (_SOURCE, _SCRIPT, self.tool, self.compiler.resolve()))
        return digest(RECIPE, self.tool.name, *files, known, names)


def watch(
    store: Store,
    tool: Path,
    compiler: Path,
    *,
    link_map: Path | None = None,
    only: Collection[FunctionName] | None = None,
) -> Watched | Unwatchable:
    """The watched copy of a static tool in the store, or why it cannot be watched.

    `compiler` is a clang or gcc for C. `link_map` is what mold or lld wrote when it linked the tool: without
    it, the units of local functions are right only if every object was linked with its symbols. `only` these
    functions are watched, if it is given; the others cost nothing.
    """
    inputs = _Inputs(tool, compiler, link_map, None if only is None else tuple(sorted(only)))
    key = inputs.key
    entry = store.get(KIND, key)
    if entry is None:
        refused: list[Unwatchable] = []

        def make(aside: Path) -> None:
            why = _make(inputs, key, aside)
            if why is not None:
                refused.append(why)
                raise _RefusedError

        try:
            entry = store.make(KIND, key, make)
        except _RefusedError:
            return refused[0]
    return _load(entry, tool.name, key)


class _RefusedError(Exception):
    """Ends the making of an entry for a tool that cannot be watched."""


def _make(inputs: _Inputs, key: str, aside: Path) -> Unwatchable | None:
    """Fill an entry, or say why it cannot be."""
    program = read_program(inputs.tool)
    if isinstance(program, Unwatchable):
        return program
    choice = choose(program, _units(inputs.link_map))
    functions, unwatched = choice.functions, choice.unwatched
    if inputs.only is not None:
        functions = keep_only(functions, inputs.only)
        there = {name for one in functions for name in one.names}
        unwatched = {name: unwatched.get(name, ABSENT) for name in inputs.only if name not in there}
    if not functions:
        return Unwatchable(f"{inputs.tool.name} has none of the functions")
    stub = _compile(inputs.compiler, aside)
    if isinstance(stub, Unwatchable):
        return stub
    edits = edit(program, functions, stub, key, inputs.tool.stat().st_size)
    if isinstance(edits, Unwatchable):
        return edits
    (aside / "bin").mkdir()
    _write_copy(inputs.tool, aside / "bin" / inputs.tool.name, edits)
    _save(aside / _FUNCTIONS, functions, unwatched)
    return None


def _units(link_map: Path | None) -> Callable[[Label], str]:
    if link_map is None:
        return unit_of_symbols
    with link_map.open(encoding="utf-8", errors="backslashreplace") as lines:
        pieces = read_pieces(lines)
    return units_of_pieces(pieces, read_sources(pieces))


def _compile(compiler: Path, aside: Path) -> Stub | Unwatchable:
    from elftools.elf.elffile import ELFFile

    out = aside / "stub"
    # The toolchain's own linker, if it has one: a machine without gcc may have no other.
    beside = compiler.parent / "ld.lld"
    linker = (f"-B{compiler.parent}", "-fuse-ld=lld") if beside.exists() else ()
    argv = [compiler, *_FLAGS, *linker, "-o", out, _SOURCE]
    reads = (*program_paths(compiler), *(path.parent for path in (_SOURCE, _SCRIPT)))
    jail = Jail(JailKind.BUILD, tuple(dict.fromkeys(reads)), (aside,))
    done = process.run(argv, env={"LC_ALL": "C"}, limits=process.BUILD_LIMITS, jail=jail)
    if not done.ok:
        return Unwatchable(f"{compiler} does not compile what watches:\n{done.text.strip()}")
    with out.open("rb") as file:
        elf: Any = ELFFile(file)
        code = elf.get_section_by_name(".stub").data()
        (symbol,) = elf.get_section_by_name(".symtab").get_symbol_by_name("reach_enter")
        stub = Stub(code, symbol["st_value"])
    out.unlink()
    return stub


def _write_copy(tool: Path, copy: Path, edits: Sequence[Edit]) -> None:
    """Write the copy as linkers write: through memory.

    The kernel keeps what is written to a file in other pieces, and starting llc from them takes 0.8 ms more.
    """
    with tool.open("rb") as theirs, copy.open("x+b") as ours:
        placed = [place_headers(one, header) for header in [theirs.read(64)] for one in edits]
        size = max(os.fstat(theirs.fileno()).st_size, *(one.offset + len(one.data) for one in placed))
        # Where the disk is full, a process that maps a hole of it is killed.
        os.posix_fallocate(ours.fileno(), 0, size)
        with (
            mmap.mmap(theirs.fileno(), 0, access=mmap.ACCESS_READ) as source,
            mmap.mmap(ours.fileno(), size) as target,
        ):
            target[: len(source)] = source[:]
            for one in placed:
                target[one.offset : one.offset + len(one.data)] = one.data
    copy.chmod(0o755)
    beside = copy.with_name(copy.name + UNWATCHED)
    try:
        os.link(tool.resolve(), beside)
    except OSError:  # on another file system, or of another owner
        beside.symlink_to(tool.absolute())


_Row = tuple[int, int, tuple[FunctionName, ...]]


class _Table(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The file with a watched tool's functions."""

    functions: list[_Row]
    unwatched: list[tuple[str, str, str]]


def _save(path: Path, functions: Sequence[LinkedFunction], unwatched: dict[FunctionName, str]) -> None:
    rows = [(one.address, one.size, one.names) for one in functions]
    left = [(name.unit, name.name, why) for name, why in sorted(unwatched.items())]
    path.write_bytes(msgspec.msgpack.encode(_Table(rows, left)))


def _load(entry: Path, name: str, key: str) -> Watched:
    table = msgspec.msgpack.decode((entry / _FUNCTIONS).read_bytes(), type=_Table)
    functions = tuple(LinkedFunction(names, address, size) for address, size, names in table.functions)
    unwatched = {FunctionName(unit, name): why for unit, name, why in table.unwatched}
    return Watched(entry / "bin" / name, functions, unwatched, key, record_size(len(functions)))
