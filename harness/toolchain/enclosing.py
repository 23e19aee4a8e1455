"""What encloses children on this machine, found before anything runs; bubblewrap is fetched if need be."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable

from harness import process
from harness.process import bubblewrap, sandbox
from harness.process.sandbox import VARIABLE, Mode, Sandbox
from harness.store import Store

Say = Callable[[str], None]
_NAMESPACES = ("unshare", "--user", "--map-root-user", "--net", "--pid", "--fork", "true")


def require_sandbox(store: Store, say: Say = lambda _text: None, *, offline: bool = False) -> Sandbox:
    """What encloses children of this process. Raises EnvironmentLacksError if nothing can.

    `offline`: take a bubblewrap that the store has, and fetch none.
    """
    wanted = os.environ.get(VARIABLE, "auto")
    if wanted in {"auto", Mode.BUBBLEWRAP.value} and shutil.which("bwrap") is None and _can_isolate():
        from harness.toolchain.debian import jailer

        program = jailer.find(store) if offline else jailer.fetch(store, say)
        if program is not None:
            bubblewrap.provide(program)
    return sandbox.current()


def _can_isolate() -> bool:
    """Whether this user may make namespaces: in containers and on some systems it may not."""
    try:
        return process.run(_NAMESPACES, limits=process.Limits(wall=10)).ok
    except OSError:
        return False
