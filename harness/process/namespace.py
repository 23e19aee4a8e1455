"""The PID namespace of a jail by bubblewrap, which ends a moment after bubblewrap does."""

from __future__ import annotations

import contextlib
import json
import os
import select
from pathlib import Path

# What hangs in the kernel ends by no signal: nobody waits longer for it, in seconds.
_LONGEST = 10.0
# bwrap(1), --info-fd: one JSON object, of a few numbers.
_MOST = 4096


class Namespace:
    """What bubblewrap writes of the namespace that it makes, to `info`.

    It tells how its program ended at once, and the kernel then kills the others: without waiting for them a
    daemon could still write what the caller reads already.
    """

    def __init__(self) -> None:
        # Closed with this object, whatever becomes of the child.
        self._file = os.fdopen(os.memfd_create("bwrap-info"), "r+b", buffering=0)

    @property
    def info(self) -> int:
        """The descriptor to pass on."""
        return self._file.fileno()

    def wait(self) -> None:
        """Wait until nothing in it runs; for after bubblewrap has ended. The second time it does nothing."""
        if self._file.closed:
            return
        with self._file:
            said = os.pread(self.info, _MOST, 0)
        # It may have failed before it made one; all in there may have ended and been waited for.
        with contextlib.suppress(ValueError, KeyError, OSError):
            _wait(json.loads(said))


def _wait(said: dict[str, int]) -> None:
    first = said["child-pid"]
    opened = os.pidfd_open(first)
    try:
        # Its number may be another process's by now.
        if str(Path(f"/proc/{first}/ns/pid").readlink()) == f"pid:[{said['pid-namespace']}]":
            # The kernel has the first process end last: it waits for all others.
            ended = select.poll()
            ended.register(opened, select.POLLIN)
            ended.poll(_LONGEST * 1000)
    finally:
        os.close(opened)
