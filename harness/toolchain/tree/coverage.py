"""What measures coverage beside a clang of this machine."""

from __future__ import annotations

import platform
from pathlib import Path

from harness import process
from harness.errors import EnvironmentLacksError
from harness.llvm import CoverageTools, Prebuilt
from harness.store import file_digest
from harness.toolchain.tree.prefix import places_of

_INSTEAD = "use --toolchain debian, which fetches what it needs, or run without coverage"


def find(prebuilt: Prebuilt) -> CoverageTools:
    """compiler-rt's profile library of the compiler, and the tools that read what it writes.

    Raises EnvironmentLacksError if the compiler is another one than clang, or comes without them.
    """
    clang = prebuilt.cxx
    said = process.ask([clang, "-print-resource-dir"], (prebuilt.prefix, *places_of(clang)))
    resources = Path(said.stdout.decode("utf-8", "replace").strip())
    if not said.ok or not resources.is_absolute():
        raise EnvironmentLacksError(f"{clang} is not clang, which alone counts what code executes", _INSTEAD)
    names = (f"linux/libclang_rt.profile-{platform.machine()}.a", "*/libclang_rt.profile.a")
    found = [path for name in names for path in sorted(resources.glob(f"lib/{name}"))]
    if not found:
        raise EnvironmentLacksError(
            f"{resources} has no libclang_rt.profile-{platform.machine()}.a",
            "install compiler-rt for this clang (Debian: libclang-rt-N-dev), or run without coverage",
        )
    # clang of /usr/bin is a link to the one beside which its tools are.
    tools = {}
    for name in ("llvm-profdata", "llvm-cov"):
        places = (clang.resolve().parent / name, clang.parent / name)
        there = [place for place in places if place.is_file()]
        if not there:
            raise EnvironmentLacksError(f"{clang.resolve().parent} has no {name}", _INSTEAD)
        tools[name] = there[0]
    homes = tuple(place for tool in tools.values() for place in places_of(tool))
    return CoverageTools(found[0], tools["llvm-profdata"], tools["llvm-cov"], file_digest(found[0]), homes)
