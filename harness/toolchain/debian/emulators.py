"""Emulators of other machines, from Debian's packages. The suite runs programs for those machines with them.

They are the same for every LLVM, and no LLVM needs them: without an emulator, the tests for its machine are
unsupported.
"""

from __future__ import annotations

import platform
from pathlib import Path

from harness import apt
from harness.store import Store, digest
from harness.targets import registry
from harness.toolchain.debian import unpack

INSTEAD = "run without them: tests for other machines are then unsupported"
# Bump it when what is unpacked, or how, changes.
RECIPE = "1"
PACKAGE = "qemu-user"


def find(store: Store) -> dict[str, Path]:
    """The emulators in the store, by name: `qemu-aarch64`."""
    home = unpack.find_entry(store, cache_key())
    return {} if home is None else {path.name: path for path in (home / "bin").iterdir()}


def homes(store: Store) -> tuple[Path, ...]:
    """The folder that the emulators are in, if the store has them."""
    home = unpack.find_entry(store, cache_key())
    return () if home is None else (home,)


def fetch(store: Store, say: apt.Say) -> Path:
    """The unpacked emulators, fetched if the store lacks them. Raises EnvironmentLacksError."""
    key = cache_key()
    return unpack.find_entry(store, key) or store.make(
        "debian", key, lambda aside: _unpack(store, aside, key, say)
    )


def _names() -> list[str]:
    """The machines that programs are run for, but for this one."""
    known = {target.runtime.machine for target in registry.TARGETS if target.runtime}
    return sorted(known - {platform.machine()})


def cache_key() -> str:
    """Changes whenever the entry of the emulators would be another one."""
    return f"{PACKAGE}-{digest(RECIPE, apt.codename(), PACKAGE, *_names())}"


def _unpack(store: Store, aside: Path, key: str, say: apt.Say) -> None:
    with store.workspace("apt", "lists"):
        source = apt.open_apt(store, say, INSTEAD)
        unpack.fetch(source, [PACKAGE], aside / "root", say, "emulators")
    final = store.path("debian", key)
    unpack.link_libraries(aside)
    (aside / "bin").mkdir()
    wanted = {f"qemu-{name}" for name in _names()}
    for path in (aside / "root/usr/bin").iterdir():
        if path.name in wanted:
            unpack.write_command(aside / "bin" / path.name, final, path.relative_to(aside))
        elif path.name.startswith("qemu-"):
            path.unlink()  # about thirty more, a few megabytes each
