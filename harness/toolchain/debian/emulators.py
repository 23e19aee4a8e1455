"""Emulators of other machines, from Debian's packages: what the suite runs their programs with.

They are the same for every LLVM, and no LLVM needs them: without one, the tests of its machine are
unsupported.
"""

from __future__ import annotations

import platform
from pathlib import Path

from harness import apt
from harness.store import Store, digest
from harness.targets import registry
from harness.toolchain.debian import unpack

INSTEAD = "run without them: tests of other machines are unsupported then"
# Changes when what is unpacked, or how, changes.
RECIPE = "1"
PACKAGE = "qemu-user"


def held(store: Store) -> dict[str, Path]:
    """The emulators that the store has, by name, such as `qemu-aarch64`."""
    home = unpack.held(store, _key())
    return {} if home is None else {path.name: path for path in (home / "bin").iterdir()}


def fetch(store: Store, say: apt.Say) -> Path:
    """The unpacked emulators, fetched if the store lacks them. Raises EnvironmentLacksError."""
    key = _key()
    return unpack.held(store, key) or store.make("debian", key, lambda aside: _unpack(store, aside, key, say))


def _names() -> list[str]:
    """The machines that programs are run for, but for this one."""
    known = {target.runtime.machine for target in registry.TARGETS if target.runtime}
    return sorted(known - {platform.machine()})


def _key() -> str:
    return f"{PACKAGE}-{digest(RECIPE, apt.codename(), PACKAGE, *_names())}"


def _unpack(store: Store, aside: Path, key: str, say: apt.Say) -> None:
    with store.workspace("apt", "lists"):
        source = apt.open_apt(store, say, INSTEAD)
        unpack.fetched(source, [PACKAGE], aside / "root", say, "emulators")
    final = store.path("debian", key)
    unpack.link_libraries(aside)
    (aside / "bin").mkdir()
    wanted = {f"qemu-{name}" for name in _names()}
    for path in (aside / "root/usr/bin").iterdir():
        if path.name in wanted:
            unpack.write_command(aside / "bin" / path.name, final, path.relative_to(aside))
        elif path.name.startswith("qemu-"):
            path.unlink()  # some thirty more, of a few megabytes each
