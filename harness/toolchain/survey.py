"""What there is: every LLVM the harness could use on this machine, and what each can do here."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from harness import apt
from harness.errors import HarnessError
from harness.store import Store
from harness.toolchain import tree
from harness.toolchain.debian import packages


@dataclass(frozen=True, slots=True)
class Found:
    """One LLVM: what can be done with it here; `missing` tells why not more, and what to type."""

    kind: str
    version: str
    where: str
    run: bool
    overlay: bool
    full: bool
    missing: str = ""


def survey(store: Store, say: apt.Say, *, offline: bool) -> tuple[Found, ...]:
    """The wheel, what is installed, and what Debian has (from the network unless `offline`)."""
    return (*_wheel(), *_system(), *_debian(store, say, offline=offline))


def _wheel() -> tuple[Found, ...]:
    from importlib import metadata

    try:
        package = metadata.version("llvmlite")
    except metadata.PackageNotFoundError:
        return (Found("wheel", "-", "llvmlite", False, False, False, "pip install llvmlite"),)
    from harness.toolchain.wheel.provider import library_version

    version = library_version()
    why = "one shared library: no patch can be built into it"
    return (Found("wheel", version, f"llvmlite {package}", True, False, False, why),)


def _system() -> tuple[Found, ...]:
    return tuple(_installed(prefix) for prefix in tree.installed())


def _installed(prefix: Path) -> Found:
    name = f"system-{prefix.name}"
    try:
        version = tree.toolchain(prefix, name).version
    except HarnessError as error:
        return Found("system", "-", str(prefix), False, False, False, error.next_step)
    try:
        tree.prebuilt(prefix, name)
    except HarnessError as error:
        return Found("system", version, str(prefix), True, False, False, f"{error.what}: {error.next_step}")
    return Found("system", version, str(prefix), True, True, True)


def _debian(store: Store, say: apt.Say, *, offline: bool) -> tuple[Found, ...]:
    held = _held(store)
    if offline:
        versions = {major: str(major) for major in held}
    else:
        try:
            versions = packages.available(store, say)
        except HarnessError as error:
            return (Found("debian", "-", "apt", False, False, False, f"{error.what}: {error.next_step}"),)
    rows = []
    for major, version in sorted(versions.items()):
        size = held.get(major)
        where = {True: "in the store", False: "in the store (tools only)", None: "to be fetched when needed"}[
            size
        ]
        why = "" if size else f"harness toolchain fetch {major}"
        rows.append(Found("debian", version, where, size is not None, size is True, size is True, why))
    return tuple(rows)


def _held(store: Store) -> dict[int, bool]:
    """Majors the store has: True with what a build needs, False for the tools alone."""
    found: dict[int, bool] = {}
    for entry in (store.root / "debian").glob("llvm-*"):
        if (parts := re.fullmatch(r"llvm-(\d+)-(build|tools)-[0-9a-f]+", entry.name)) is not None:
            major = int(parts[1])
            found[major] = found.get(major, False) or parts[2] == "build"
    return found
