"""Units of C++ compiled as those of an overlay are, on two sides."""

from __future__ import annotations

import hashlib
from collections.abc import Callable

import pytest

from harness import process
from harness.builders.objects import ASSERTIONS
from harness.reach.changed.unit import Changed, find_changed
from harness.store import Store, default_root
from harness.toolchain.debian import packages

Compile = Callable[..., bytes]
Differ = Callable[..., Changed]
# Of LLVM's header what an overlay needs of it.
ERRORS = """#pragma once
namespace llvm {
[[noreturn]] void llvm_unreachable_internal(const char *message = nullptr, const char *file = nullptr,
                                            unsigned line = 0);
}
"""


@pytest.fixture(scope="session")
def compile_unit(tmp_path_factory: pytest.TempPathFactory) -> Compile:
    """Compile a source to an object; texts that were compiled before are not again."""
    home = tmp_path_factory.mktemp("units")
    prebuilt = packages.prebuilt(Store(default_root()), 19, lambda _text: None)

    header = home / "llvm/Support/ErrorHandling.h"
    header.parent.mkdir(parents=True)
    header.write_text(ERRORS)

    def run(text: str, *flags: str) -> bytes:
        key = hashlib.sha256("\0".join([text, *flags]).encode()).hexdigest()[:16]
        place = home / key
        if not (place / "U.o").exists():
            place.mkdir(exist_ok=True)
            (place / "U.cpp").write_text(text)
            argv = [prebuilt.cxx, f"--sysroot={prebuilt.sysroot}", "-isystem", ASSERTIONS, "-idirafter", home]
            argv += ["-include", ASSERTIONS / "abort_on_unreachable.h"]
            argv += ["-fno-optimize-sibling-calls", "-O1", "-DNDEBUG", "-std=c++17", "-fPIC"]
            argv += ["-ffunction-sections", "-fdata-sections", "-fvisibility-inlines-hidden"]
            argv += ["-fno-exceptions", "-funwind-tables", *flags, "-c", "U.cpp", "-o", "U.o"]
            done = process.run([str(word) for word in argv], cwd=place)
            assert done.ok, done.stderr.decode()
        return (place / "U.o").read_bytes()

    return run


@pytest.fixture(scope="session")
def differ(compile_unit: Compile) -> Differ:
    """What differs between two texts of a unit."""

    def run(base: str, patched: str, *flags: str) -> Changed:
        return find_changed("llvm/lib/U.cpp", compile_unit(base, *flags), compile_unit(patched, *flags))

    return run
