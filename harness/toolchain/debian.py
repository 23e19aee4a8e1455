"""`debian`: LLVM from Debian's packages, unpacked into the store without root.

Two sizes of one thing: the tools of a version (about 60 MB to fetch), or everything an overlay build
needs besides (archives and headers, clang, lld, mold, ccache, the system's headers: about 200 MB). Both
are complete closures, so the build does not see what else the machine has installed.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from pathlib import Path

from harness import apt, process
from harness.errors import EnvironmentLacksError
from harness.model import Prebuilt, Toolchain
from harness.store import Store, digest

# Changes when what is unpacked, or how, changes.
RECIPE = "1"
# Closure members that are package management or documentation: never run from the store.
SKIPPED = ("python3", "libpython3", "dpkg", "tar_", "media-types", "readline-common", "perl", "icu-devtools")
# The machine's own C and C++ run-time libraries go with its loader; ours would not.
HOST_LIBRARIES = (
    *("libc.", "libm.", "ld-linux", "libpthread", "libdl.", "librt.", "libmvec", "libutil.", "libresolv"),
    *("libnss", "libanl", "libthread_db", "libcrypt.", "libnsl", "libstdc++", "libgcc_s"),
)
EXCLUDED = ("./usr/share/doc", "./usr/share/man", "./usr/share/locale", "./usr/share/info", "./var")
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
    """The packages asked for by name; apt finds what they depend on."""
    tools = (f"llvm-{major}", f"llvm-{major}-tools")
    if not build:
        return tools
    return (*tools, f"llvm-{major}-dev", f"clang-{major}", f"lld-{major}", *BUILD_EXTRAS)


def available(store: Store, say: apt.Say) -> dict[int, str]:
    """LLVM majors this Debian release has, with the version that would be fetched."""
    with store.workspace("apt", "lists"):
        source = apt.open_apt(store, say)
        majors = sorted(int(name.split("-")[1]) for name in source.available(r"llvm-\d+-dev"))
        versions = source.versions([f"llvm-{major}" for major in majors])
        return {major: upstream_version(versions.get(f"llvm-{major}", "")) for major in majors}


def upstream_version(debian: str) -> str:
    """`1:19.1.7-3~deb12u1` -> `19.1.7`."""
    return re.sub(r"^\d+:|-[^-]*$|[~+].*$", "", debian)


def held(store: Store, major: int, *, build: bool) -> Path | None:
    """The unpacked packages if the store has them; the build set serves as tools too."""
    for size in (True, False):
        if (size or not build) and (path := store.get("debian", _key(major, build=size))) is not None:
            return path
    return None


def unpacked(store: Store, major: int, say: apt.Say, *, build: bool) -> Path:
    """The unpacked packages, fetched if the store lacks them. Raises EnvironmentLacksError."""
    if (path := held(store, major, build=build)) is not None:
        return path
    key = _key(major, build=build)
    return store.make("debian", key, lambda aside: _unpack(store, major, aside, key, say, build=build))


def toolchain(store: Store, major: int, say: apt.Say) -> Toolchain:
    """The tools of Debian's LLVM `major`, ready to run."""
    home = unpacked(store, major, say, build=False)
    record = json.loads((home / "packages.json").read_text())
    tools = {path.name: path for path in (home / "bin").iterdir()}
    return Toolchain(
        name=f"debian-{major}",
        version=record["version"],
        tools=tools,
        provenance=f"Debian's llvm-{major} {record['debian_version']}",
        identity=record["identity"],
    )


def prebuilt(store: Store, major: int, say: apt.Say) -> Prebuilt:
    """What an overlay of Debian's LLVM `major` is built with and links against."""
    home = unpacked(store, major, say, build=True)
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


def _unpack(store: Store, major: int, aside: Path, key: str, say: apt.Say, *, build: bool) -> None:
    with store.workspace("apt", "lists"):
        source = apt.open_apt(store, say)
        known = source.available(rf"llvm-{major}")
        if not known:
            majors = ", ".join(n.split("-")[1] for n in source.available(r"llvm-\d+-dev"))
            raise EnvironmentLacksError(
                f"Debian {apt.codename()} has no LLVM {major}", f"use one of its versions: {majors}"
            )
        version = source.version(f"llvm-{major}")
        files = [
            file for file in source.fetch(packages(major, build=build)) if not file.name.startswith(SKIPPED)
        ]
        say(f"unpacking {len(files)} packages of LLVM {major}")
        _extract(files, aside / "root")
        for file in files:
            file.unlink()
    final = store.path("debian", key)
    _link_libraries(aside, final)
    _write_commands(aside, final, major)
    record = {
        "version": upstream_version(version),
        "debian_version": version,
        "identity": digest(RECIPE, *(f.name for f in files)),
        "packages": [f.name for f in files],
    }
    (aside / "packages.json").write_text(json.dumps(record, indent=1))


def _extract(files: Sequence[Path], root: Path) -> None:
    """Unpack packages over one another, in a tree where /lib is /usr/lib (as on Debian itself)."""
    for folder in ("lib", "lib64", "bin", "sbin"):
        (root / "usr" / folder).mkdir(parents=True)
        (root / folder).symlink_to(f"usr/{folder}")
    # A package may hold /lib/x86_64-linux-gnu: --keep-directory-symlink sends it through the link.
    # What may be missing after a bad archive shows as a failed pipe: sh has no pipefail, so in two steps.
    excluded = " ".join(f"--exclude={path}" for path in EXCLUDED)
    script = (
        f'dpkg-deb --fsys-tarfile "$1" > "$2.tar" && tar -x --keep-directory-symlink {excluded} -C "$2" '
        '-f "$2.tar"; status=$?; rm -f "$2.tar"; exit $status'
    )
    for file in files:
        result = process.run(
            ["sh", "-c", script, "sh", file, root], env={"LC_ALL": "C"}, limits=apt.FETCH_LIMITS
        )
        if not result.ok:
            raise _cannot_unpack(file, result.text)


def _cannot_unpack(file: Path, text: str) -> EnvironmentLacksError:
    if "No space left" in text:
        return EnvironmentLacksError(
            f"cannot unpack {file.name}: no space left on the disk of the store",
            "free some space or set HARNESS_STORE to a directory on another disk; nothing was kept",
        )
    return EnvironmentLacksError(f"cannot unpack {file.name}", "run the command again", text)


def _library_dirs(root: Path) -> list[Path]:
    return [path for path in sorted((root / "usr/lib").glob("*-linux-gnu")) if path.is_dir()]


def _link_libraries(aside: Path, final: Path) -> None:
    """`libs/`: every shared library of the closure but those that belong to the machine's loader."""
    libs = aside / "libs"
    libs.mkdir()
    for folder in _library_dirs(aside / "root"):
        for library in folder.glob("*.so*"):
            if not library.name.startswith(HOST_LIBRARIES):
                (libs / library.name).symlink_to(final / library.relative_to(aside))


def _write_commands(aside: Path, final: Path, major: int) -> None:
    """`bin/`: a command for every tool that runs it with the libraries it was unpacked with."""
    commands = aside / "bin"
    commands.mkdir()
    helpers = ("mold", "ld.mold", "ccache")
    places = {name: path for name in helpers if (path := aside / "root/usr/bin" / name).exists()}
    places |= {path.name: path for path in (aside / f"root/usr/lib/llvm-{major}/bin").iterdir()}
    for name, path in places.items():
        command = commands / name
        command.write_text(
            f'#!/bin/sh\nLD_LIBRARY_PATH="{final}/libs${{LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}}" '
            f'exec "{final / path.relative_to(aside)}" "$@"\n'
        )
        command.chmod(0o755)
    if not (commands / "llc").exists():
        raise EnvironmentLacksError(f"Debian's llvm-{major} holds no llc", "run the command again")
