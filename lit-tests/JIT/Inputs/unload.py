"""A runtime's life with three libraries: load, run, patch, unload one, run the others, load it again.

The argument is the JIT, `mcjit` or `orc`. llvmlite is asked, as no option of lli unloads anything.
"""

import ctypes
import gc
import re
import sys
from collections.abc import Callable
from pathlib import Path

from llvmlite import binding

from harness.stackmaps.format import parse

PAGE = 4096
SIZE = 32
READ_WRITE, READ_EXECUTE = 3, 5

# A region on a page of its own, and where the library's stack map is.
SITE = """
declare i64 @llvm.experimental.patchpoint.i64(i64, i32, ptr, i32, ...)
@__LLVM_StackMaps = external global i8
define i64 @NAME(i64 %x) section ".text.NAME" align 4096 {
  %r = call i64 (i64, i32, ptr, i32, ...)
    @llvm.experimental.patchpoint.i64(i64 ID, i32 32, ptr null, i32 0, i64 %x)
  ret i64 %x
}
define void @NAME.end() section ".text.NAME" align 4096 {
  ret void
}
define ptr @NAME.map() {
  ret ptr @__LLVM_StackMaps
}
"""
# What a region is patched to call: it counts its calls.
COUNTER = """
@count = global i64 0
define i64 @called() {
  %before = load i64, ptr @count
  %after = add i64 %before, 1
  store i64 %after, ptr @count
  ret i64 %after
}
define ptr @counter() {
  ret ptr @count
}
"""

libc = ctypes.CDLL(None)
binding.initialize_all_targets()
binding.initialize_all_asmprinters()


class Mcjit:
    """A library is an engine."""

    def load(self, ir: str, names: list[str]) -> tuple[object, dict[str, int]]:
        """The library of an IR module, and where these symbols of it are."""
        machine = binding.Target.from_default_triple().create_target_machine(jit=True)
        engine = binding.create_mcjit_compiler(binding.parse_assembly(ir), machine)
        engine.finalize_object()
        return engine, {name: engine.get_function_address(name) for name in names}

    def unload(self, library: object) -> None:
        """Free its memory."""
        library.close()


class Orc:
    """A library is a resource tracker of one LLJIT, which lives as long as something holds it."""

    def __init__(self) -> None:
        machine = binding.Target.from_default_triple().create_target_machine(jit=True)
        self.jit = binding.create_lljit_compiler(machine)
        self.loaded = 0

    def load(self, ir: str, names: list[str]) -> tuple[object, dict[str, int]]:
        """The library of an IR module, and where these symbols of it are."""
        builder = binding.JITLibraryBuilder().add_ir(ir)
        for name in names:
            builder.export_symbol(name)
        self.loaded += 1
        tracker = builder.link(self.jit, f"library {self.loaded}")
        return tracker, {name: tracker[name] for name in names}

    def unload(self, library: object) -> None:
        """Free its memory."""
        library.close()


def mapping(address: int) -> tuple[int, str] | None:
    """The end and the rights of the mapping an address is in, or None."""
    for line in Path("/proc/self/maps").read_text().splitlines():
        start, end, rights = re.match(r"([0-9a-f]+)-([0-9a-f]+) (\S+)", line).groups()
        if int(start, 16) <= address < int(end, 16):
            return int(end, 16), rights
    return None


def calling(address: int, *arguments: type) -> Callable[..., int]:
    """The function at an address, which returns an i64 or a pointer."""
    return ctypes.CFUNCTYPE(ctypes.c_int64, *arguments)(address)


class Site:
    """A loaded library with one region: where its stack map says it is."""

    def __init__(self, jit: Mcjit | Orc, name: str, number: int) -> None:
        ir = SITE.replace("NAME", name).replace("ID", str(number))
        self.library, self.at = jit.load(ir, [name, f"{name}.map"])
        place = calling(self.at[f"{name}.map"])()
        end, _ = mapping(place)
        read = parse(ctypes.string_at(place, min(end - place, PAGE)), "little")
        ((record,),), _ = read.grouped()
        assert (record.id, read.functions[0].address) == (number, self.at[name]), "another library's map"
        self.region = self.at[name] + record.offset
        self.run = calling(self.at[name], ctypes.c_int64)

    def write(self, code: bytes) -> None:
        """Overwrite the whole region; its page is never writable and executable at once."""
        assert len(code) == SIZE
        page = self.region & -PAGE
        for rights in (READ_WRITE, READ_EXECUTE):
            assert libc.mprotect(ctypes.c_void_p(page), PAGE, rights) == 0
            if rights == READ_WRITE:
                ctypes.memmove(self.region, code, SIZE)

    def read(self) -> bytes:
        """The bytes of the region."""
        return ctypes.string_at(self.region, SIZE)


def call(callee: int) -> bytes:
    """Nops, then `movabsq $callee, %r11; callq *%r11`: the call returns to the end of the region."""
    return (b"\x49\xbb" + callee.to_bytes(8, "little") + b"\x41\xff\xd3").rjust(SIZE, b"\x90")


def main() -> None:
    """Print what the functions return at each step, and how often the callee was called."""
    jit = {"mcjit": Mcjit, "orc": Orc}[sys.argv[1]]()
    _counter, there = jit.load(COUNTER, ["called", "counter"])
    count = ctypes.c_int64.from_address(calling(there["counter"])())
    first, second = Site(jit, "first", 11), Site(jit, "second", 22)
    nops = first.read()
    print("nops:", first.run(5), second.run(6), count.value)
    first.write(call(there["called"]))
    second.write(call(there["called"]))
    print("patched:", first.run(5), second.run(6), count.value)
    jit.unload(first.library)
    gc.collect()
    gone = mapping(first.region)
    print("unloaded:", "gone" if gone is None or "x" not in gone[1] else gone, second.run(6), count.value)
    again = Site(jit, "first", 33)
    print("loaded again:", again.read() == nops, again.run(7), second.run(6), count.value)
    again.write(call(there["called"]))
    print("patched again:", again.run(7), second.run(6), count.value)
    second.write(nops)
    print("restored:", again.run(7), second.run(6), count.value)


main()
