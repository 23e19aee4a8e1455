"""`debian`: LLVM from Debian's packages, unpacked into the store without root.

There are two sizes: the tools of a version (about 60 MB to fetch), or those and everything an overlay build
needs (archives and headers, clang, lld, mold, ccache, the system's headers: about 200 MB). Both include all
their dependencies, so a build does not see what else the machine has installed.
"""

from __future__ import annotations

import json
import re
from pathlib import Path

from harness import apt
from harness.errors import EnvironmentLacksError
from harness.llvm import Prebuilt, Toolchain
from harness.store import Store, digest
from harness.toolchain.debian import emulators, unpack

# What an error proposes: where else LLVM comes from.
INSTEAD = "use --toolchain wheel or --toolchain system"
INSTEAD_OF_BUILDING = "use --toolchain system or --prefix DIR, with LLVM's source at --source DIR"
# Bump it when what is unpacked, or how, changes.
RECIPE = "1"
TOOLS = ("llc", "lli", "opt", "FileCheck", "not", "llvm-mc", "llvm-objdump", "llvm-readobj", "llvm-as")
BUILD_EXTRAS = (
    "mold",
    "ccache",
    "libffi-dev",
    "libtinfo-dev",
    "libxml2-dev",
    "libzstd-dev",
    "zlib1g-dev",
    "libedit-dev",
)


def packages(major: int, *, build: bool) -> tuple[str, ...]:
    """The packages to ask for by name; apt finds what they depend on."""
    tools = (f"llvm-{major}", f"llvm-{major}-tools")
    if not build:
        # The suite links programs with lld and runs them.
        return (*tools, f"lld-{major}")
    return (*tools, f"llvm-{major}-dev", f"clang-{major}", f"lld-{major}", *BUILD_EXTRAS)


def list_versions(store: Store, say: apt.Say) -> dict[int, str]:
    """The LLVM majors of this Debian release, each with the version that would be fetched."""
    with store.workspace("apt", "lists"):
        source = apt.open_apt(store, say, INSTEAD)
        majors = sorted(int(name.split("-")[1]) for name in source.available(r"llvm-\d+-dev"))
        versions = source.versions([f"llvm-{major}" for major in majors])
        return {major: upstream_version(versions.get(f"llvm-{major}", "")) for major in majors}


def upstream_version(debian: str) -> str:
    """`1:19.1.7-3~deb12u1` -> `19.1.7`."""
    return re.sub(r"^\d+:|-[^-]*$|[~+].*$", "", debian)


def find_entry(store: Store, major: int, *, build: bool) -> Path | None:
    """The unpacked packages, if the store has them. Those for building have the tools too."""
    for size in (True, False):
        if (size or not build) and (path := unpack.find_entry(store, _key(major, build=size))) is not None:
            return path
    return None


def fetch(store: Store, major: int, say: apt.Say, instead: str = "", *, build: bool) -> Path:
    """The unpacked packages, fetched if the store lacks them. Raises EnvironmentLacksError.

    `instead` is what the error proposes; another kind of toolchain if it is empty.
    """
    if (path := find_entry(store, major, build=build)) is not None:
        return path
    instead = instead or (INSTEAD_OF_BUILDING if build else INSTEAD)
    key = _key(major, build=build)
    path = store.make("debian", key, lambda aside: _unpack(store, major, aside, say, instead, build=build))
    try:
        emulators.fetch(store, say)
    except EnvironmentLacksError as error:
        say(f"programs for other machines will not run: {error.what}")
    return path


def toolchain(store: Store, major: int, say: apt.Say, instead: str = "") -> Toolchain:
    """The tools of Debian's LLVM `major`, ready to run."""
    home = fetch(store, major, say, instead, build=False)
    record = json.loads((home / "packages.json").read_text())
    tools = {path.name: path for path in (home / "bin").iterdir()} | emulators.find(store)
    return Toolchain(
        name=f"debian-{major}",
        version=record["version"],
        tools=tools,
        provenance=f"Debian's llvm-{major} {record['debian_version']}",
        identity=record["identity"],
    )


def prebuilt(store: Store, major: int, say: apt.Say, instead: str = "") -> Prebuilt:
    """What an overlay of Debian's LLVM `major` is built with and links against."""
    home = fetch(store, major, say, instead, build=True)
    record = json.loads((home / "packages.json").read_text())
    tools = home / "bin"
    return Prebuilt(
        prefix=home / f"root/usr/lib/llvm-{major}",
        version=record["version"],
        cc=tools / "clang",
        cxx=tools / "clang++",
        tblgen=tools / "llvm-tblgen",
        bin=tools,
        sysroot=home / "root",
        libs=home / "libs",
        linker="mold",
        assertions=False,
        identity=record["identity"],
        provenance=f"Debian's llvm-{major}-dev {record['debian_version']}",
    )


def _key(major: int, *, build: bool) -> str:
    size = "build" if build else "tools"
    return f"llvm-{major}-{size}-{digest(RECIPE, apt.codename(), *packages(major, build=build))}"


def cache_key(major: int) -> str:
    """Changes whenever the entry of `major` that a build needs would be another one."""
    return _key(major, build=True)


def _unpack(store: Store, major: int, aside: Path, say: apt.Say, instead: str, *, build: bool) -> None:
    with store.workspace("apt", "lists"):
        source = apt.open_apt(store, say, instead)
        known = source.available(rf"llvm-{major}")
        if not known:
            majors = ", ".join(n.split("-")[1] for n in source.available(r"llvm-\d+-dev"))
            raise EnvironmentLacksError(
                f"Debian {apt.codename()} has no LLVM {major}", f"use one of its versions: {majors}"
            )
        version = source.version(f"llvm-{major}")
        files = unpack.fetch(source, packages(major, build=build), aside / "root", say, f"LLVM {major}")
    final = store.path("debian", _key(major, build=build))
    unpack.link_libraries(aside)
    _write_commands(aside, final, major)
    record = {
        "version": upstream_version(version),
        "debian_version": version,
        "identity": digest(RECIPE, *(f.name for f in files)),
        "packages": [f.name for f in files],
    }
    (aside / "packages.json").write_text(json.dumps(record, indent=1))


def _write_commands(aside: Path, final: Path, major: int) -> None:
    """Write `bin/`: for every tool a command that runs it with the libraries it was unpacked with."""
    commands = aside / "bin"
    commands.mkdir()
    helpers = ("mold", "ld.mold", "ccache")
    places = {name: path for name in helpers if (path := aside / "root/usr/bin" / name).exists()}
    places |= {path.name: path for path in (aside / f"root/usr/lib/llvm-{major}/bin").iterdir()}
    for name, path in places.items():
        unpack.write_command(commands / name, final, path.relative_to(aside))
    if not (commands / "llc").exists():
        raise EnvironmentLacksError(f"Debian's llvm-{major} has no llc", "run the command again")
