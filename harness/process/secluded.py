"""A process that what it starts cannot look into, though both are of one user."""

from __future__ import annotations

import ctypes
import os

_PR_SET_DUMPABLE = 4  # linux/prctl.h


def seclude() -> None:
    """Close this process to others without a capability: its memory, descriptors and environment in /proc.

    So it is for what it forks, until that becomes another program. Raises OSError if the kernel refuses.
    """
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0):
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
