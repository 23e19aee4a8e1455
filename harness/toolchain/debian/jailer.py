"""bubblewrap, from Debian's package: what encloses children best, on a machine that has none of its own.

It is one program of 70 kB that needs no right but user namespaces. Without it Landlock encloses, so whatever
keeps it from being fetched is no error.
"""

from __future__ import annotations

import shutil
import time
from pathlib import Path

from harness import apt
from harness.errors import HarnessError
from harness.store import Store, digest
from harness.toolchain.debian import unpack

PACKAGE = "bubblewrap"
# Bump it when what is unpacked, or how, changes.
RECIPE = "1"
INSTEAD = "install bubblewrap"
# How long nobody asks again for what could not be fetched, in seconds.
ASKED_AGAIN_AFTER = 24 * 3600.0
_PROGRAM = "bin/bwrap"
_FAILED = "bubblewrap-failed"


def find(store: Store) -> Path | None:
    """The program, if the store has it."""
    home = store.get("debian", _key())
    return None if home is None else home / _PROGRAM


def fetch(store: Store, say: apt.Say) -> Path | None:
    """The program, fetched if the store lacks it; None if it cannot be fetched, which is tried once a day."""
    failed = store.root / "apt" / _FAILED
    try:
        if (found := find(store)) is not None:
            return found
        if failed.exists() and time.time() - failed.stat().st_mtime < ASKED_AGAIN_AFTER:
            return None
        return store.make("debian", _key(), lambda aside: _unpack(store, aside, say)) / _PROGRAM
    except (HarnessError, OSError) as error:
        say(f"no bubblewrap: {error.what if isinstance(error, HarnessError) else error}")
        try:
            failed.parent.mkdir(parents=True, exist_ok=True)
            failed.write_text(f"{error}\n")
        except OSError:
            pass  # a store that nobody can write to has other troubles
        return None


def _key() -> str:
    return f"{PACKAGE}-{digest(RECIPE, apt.codename(), PACKAGE)}"


def _unpack(store: Store, aside: Path, say: apt.Say) -> None:
    with store.workspace("apt", "lists"):
        file = apt.open_apt(store, say, INSTEAD).fetch_alone(PACKAGE, aside)
    unpack.extract([file], aside / "root")
    (aside / "bin").mkdir()
    # The program itself, not a command: its libraries are those of every Debian.
    (aside / "root/usr/bin/bwrap").rename(aside / _PROGRAM)
    shutil.rmtree(aside / "root")
    file.unlink()
