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
from harness.toolchain.debian import elf, emulators, suites, unpack
from harness.toolchain.debian.suites import DebianSuite, Offer
from harness.toolchain.provider import TRUNK

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


def find_entry(store: Store, major: int, *, build: bool) -> Path | None:
    """The unpacked packages, if the store has them. Those for building have the tools too.

    The machine's own release comes first, then the suites in the order in which they are asked.
    """
    release = apt.codename()
    for suite in (suites.own(release), *suites.others(release)):
        for offer in (Offer(suite, major, ""), *_held_snapshots(store, suite, major)):
            if (path := _entry(store, offer, build=build)) is not None:
                return path
    return None


def _entry(store: Store, offer: Offer, *, build: bool) -> Path | None:
    for size in (True, False):
        if (size or not build) and (path := unpack.find_entry(store, _key(offer, build=size))) is not None:
            return path
    return None


def find_trunk(store: Store, say: apt.Say, instead: str = "") -> Offer:
    """The newest snapshot of LLVM that the mirror has; where it cannot be asked, the newest in the store."""
    try:
        return suites.find(store, None, say, instead or INSTEAD)
    except EnvironmentLacksError as error:
        release = apt.codename()
        held = [one for suite in suites.others(release) for one in _held_snapshots(store, suite)]
        if (newest := suites.choose(held, None)) is None:
            raise
        say(f"using the snapshot in the store: {error.what}")
        return newest


def _held_snapshots(store: Store, suite: DebianSuite, major: int | None = None) -> list[Offer]:
    """The snapshots in the store, the newest first."""
    found: list[Offer] = []
    for record in (store.root / "debian").glob(f"llvm-{major or '*'}-{suite.name}-*/packages.json"):
        version = json.loads(record.read_text())["debian_version"]
        if (offer := Offer(suite, int(record.parent.name.split("-")[1]), version)).is_snapshot:
            found.append(offer)
    return sorted(found, key=lambda one: one.age, reverse=True)


def list_held(store: Store) -> dict[Offer, bool]:
    """The LLVMs in the store: True with what a build needs, False with only the tools."""
    release = apt.codename()
    found: dict[Offer, bool] = {}
    for suite in (suites.own(release), *suites.others(release)):
        pattern = rf"llvm-(\d+)-{'' if suite.is_own else f'{suite.name}-'}(build|tools)-[0-9a-f]+"
        for entry in (store.root / "debian").glob("llvm-*"):
            if (parts := re.fullmatch(pattern, entry.name)) is not None:
                record = entry / "packages.json"
                known = not suite.is_own and record.exists()  # whether it is a snapshot
                version = json.loads(record.read_text())["debian_version"] if known else ""
                offer = Offer(suite, int(parts[1]), version).lasting
                found[offer] = found.get(offer, False) or parts[2] == "build"
    return found


def fetch(
    store: Store, major: int, say: apt.Say, instead: str = "", *, build: bool, offer: Offer | None = None
) -> Path:
    """The unpacked packages, fetched if the store lacks them: of any suite, or as offered.

    `instead` is what the error proposes; another kind of toolchain if it is empty. Raises
    EnvironmentLacksError.
    """
    held = find_entry(store, major, build=build) if offer is None else _entry(store, offer, build=build)
    if held is not None:
        return held
    instead = instead or (INSTEAD_OF_BUILDING if build else INSTEAD)
    offer = offer or suites.find(store, major, say, instead)
    key = _key(offer, build=build)
    path = store.make("debian", key, lambda aside: _unpack(store, offer, aside, say, instead, build=build))
    try:
        emulators.fetch(store, say)
    except EnvironmentLacksError as error:
        say(f"programs for other machines will not run: {error.what}")
    return path


def toolchain(
    store: Store, major: int, say: apt.Say, instead: str = "", offer: Offer | None = None
) -> Toolchain:
    """The tools of Debian's LLVM `major`, ready to run."""
    home = fetch(store, major, say, instead, build=False, offer=offer)
    record = json.loads((home / "packages.json").read_text())
    tools = {path.name: path for path in (home / "bin").iterdir()} | emulators.find(store)
    return Toolchain(
        name=f"debian-{TRUNK if offer else major}",
        version=record["version"],
        tools=tools,
        provenance=f"Debian's llvm-{major} {_origin(record)}",
        identity=record["identity"],
        homes=(home, *emulators.homes(store)),
    )


def prebuilt(
    store: Store, major: int, say: apt.Say, instead: str = "", offer: Offer | None = None
) -> Prebuilt:
    """What an overlay of Debian's LLVM `major` is built with and links against."""
    home = fetch(store, major, say, instead, build=True, offer=offer)
    record = json.loads((home / "packages.json").read_text())
    tools, loader = home / "bin", unpack.own_loader(home)
    # What is linked names that loader by its whole path, so it runs from a store in this place only.
    here = [str(loader)] if loader is not None else []
    return Prebuilt(
        prefix=home / f"root/usr/lib/llvm-{major}",
        version=record["version"].partition("~")[0],
        cc=tools / "clang",
        cxx=tools / "clang++",
        tblgen=tools / "llvm-tblgen",
        bin=tools,
        sysroot=home / "root",
        libs=home / "libs",
        linker="mold",
        assertions=False,
        identity=digest(record["identity"], *here) if here else record["identity"],
        provenance=f"Debian's llvm-{major}-dev {_origin(record)}",
        loader=loader,
    )


def read_offer(home: Path, major: int) -> Offer:
    """Which LLVM an entry of unpacked packages is, and of which suite."""
    record = json.loads((home / "packages.json").read_text())
    release = apt.codename()
    known = (one for one in suites.others(release) if one.name == record.get("suite"))
    return Offer(next(known, suites.own(release)), major, record["debian_version"])


def _origin(record: dict[str, str]) -> str:
    """Debian's version, and the suite if it is not the machine's own."""
    suite = record.get("suite", "")
    return f"{record['debian_version']}{f' ({suite})' if suite else ''}"


def _key(offer: Offer, *, build: bool) -> str:
    size = "build" if build else "tools"
    names = packages(offer.major, build=build)
    if offer.suite.is_own:
        return f"llvm-{offer.major}-{size}-{digest(RECIPE, offer.suite.name, *names)}"
    which = digest(RECIPE, offer.suite.name, offer.lasting.version, *names)
    return f"llvm-{offer.major}-{offer.suite.name}-{size}-{which}"


def cache_key(major: int, offer: Offer | None) -> str:
    """Changes whenever the entry that a build needs would be another one.

    Which other suite a version comes from is not known before lists are fetched, and does not count.
    """
    return _key(offer or Offer(suites.own(apt.codename()), major, ""), build=True)


def _unpack(store: Store, offer: Offer, aside: Path, say: apt.Say, instead: str, *, build: bool) -> None:
    major = offer.major
    with suites.open_lists(store, offer.suite, say, instead) as source:
        version = "" if source is None else source.version(f"llvm-{major}")
        if source is None or not version:
            raise EnvironmentLacksError(
                f"Debian {offer.suite.name} has no LLVM {major}", "run the command again"
            )
        files = unpack.fetch(source, packages(major, build=build), aside / "root", say, f"LLVM {major}")
    final = store.path("debian", _key(offer, build=build))
    if offer.suite.is_newer:
        unpack.adopt_loader(aside, final, Path(f"root/usr/lib/llvm-{major}"))
    unpack.link_libraries(aside)
    _write_commands(aside, final, major)
    record = {
        "version": suites.upstream_version(version),
        "debian_version": version,
        "suite": "" if offer.suite.is_own else offer.suite.name,
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
    apart = unpack.own_loader(aside) is not None
    for name, path in places.items():
        # With the C library of another Debian in a variable, the machine's own programs would not start.
        finds = apart and path.exists() and elf.has_search_path(path)
        unpack.write_command(commands / name, final, path.relative_to(aside), finds_libraries=finds)
    if not (commands / "llc").exists():
        raise EnvironmentLacksError(f"Debian's llvm-{major} has no llc", "run the command again")
