"""compiler-rt's profile library, of clang's own version, from Debian's package of compiler-rt.

No toolchain needs it: it is fetched for the first run that measures coverage, without the 32-bit libraries
that the rest of its package wants.
"""

from __future__ import annotations

import json
import platform
import shutil
from pathlib import Path

from harness import apt
from harness.errors import EnvironmentLacksError
from harness.llvm import CoverageTools, Prebuilt
from harness.store import Store, digest, file_digest
from harness.toolchain.debian import packages, suites, unpack

INSTEAD = "run without coverage"
# Bump it when what is kept, or how, changes.
RECIPE = "1"


def find(store: Store, prebuilt: Prebuilt, major: int, say: apt.Say) -> CoverageTools:
    """What measures coverage with an unpacked LLVM. Raises EnvironmentLacksError."""
    package, version = f"libclang-rt-{major}-dev", _version(prebuilt)
    name = f"libclang_rt.profile-{platform.machine()}.a"
    suite = packages.read_offer(prebuilt.bin.parent, major).suite
    key = f"profile-{major}-{digest(RECIPE, suite.name, version, name)}"

    def build(aside: Path) -> None:
        with suites.open_lists(store, suite, say, INSTEAD) as source:
            there = "" if source is None else source.version(package)
            if source is None or there != version:
                has = f"{package} {there}" if there else f"no {package}"
                raise EnvironmentLacksError(
                    f"Debian has {has}, and clang here is {version}",
                    f"run 'harness toolchain fetch {major}' in a new store",
                )
            file = source.fetch_alone(package, aside)
        unpack.extract([file], aside / "root")
        found = sorted((aside / "root").glob(f"usr/lib/llvm-{major}/lib/clang/*/lib/linux/{name}"))
        if not found:
            raise EnvironmentLacksError(f"{package} has no {name}", INSTEAD)
        found[0].rename(aside / name)
        shutil.rmtree(aside / "root")
        file.unlink()

    runtime = store.make("debian", key, build) / name
    return CoverageTools(
        runtime=runtime,
        profdata=prebuilt.bin / "llvm-profdata",
        cov=prebuilt.bin / "llvm-cov",
        identity=file_digest(runtime),
        homes=(prebuilt.bin.parent,),
    )


def _version(prebuilt: Prebuilt) -> str:
    """Debian's own version of an unpacked LLVM."""
    record: dict[str, str] = json.loads((prebuilt.bin.parent / "packages.json").read_text())
    return record["debian_version"]
