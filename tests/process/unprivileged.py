"""Runs a program as a container without privileges does: `-m tests.process.unprivileged PROGRAM WORD...`.

Docker's default profile refuses new namespaces and mounts to whoever has no capability for them. So does
this filter, for whoever runs it.
"""

from __future__ import annotations

import ctypes
import errno
import os
import platform
import struct
import sys

from harness.process import seccomp
from harness.process.seccomp import Machine

CALLS = ("unshare", "setns", "mount", "umount2", "pivot_root", "open_tree", "move_mount", "fsopen", "keyctl")


def main() -> None:
    machine = Machine[platform.machine()]
    steps = [
        (seccomp._LOAD, 0, 0, seccomp._NUMBER),
        *seccomp._answer(machine, CALLS, seccomp._ERRNO | errno.EPERM),
        *seccomp._answer(machine, ("clone3",), seccomp._ERRNO | errno.ENOSYS),
        (seccomp._EQUAL, 0, 3, machine.number("clone")),
        (seccomp._LOAD, 0, 0, seccomp._FIRST),
        (seccomp._ANY_BIT, 0, 1, seccomp._NAMESPACES),
        (seccomp._RETURN, 0, 0, seccomp._ERRNO | errno.EPERM),
        (seccomp._RETURN, 0, 0, seccomp._ALLOW),
    ]
    code = b"".join(seccomp._INSTRUCTION.pack(*step) for step in steps)
    text = ctypes.create_string_buffer(code, len(code))
    program = struct.pack("@HP", len(steps), ctypes.addressof(text))
    libc = ctypes.CDLL(None, use_errno=True)
    no_new_privileges, set_seccomp, by_filter = 38, 22, 2
    if libc.prctl(no_new_privileges, 1, 0, 0, 0) or libc.prctl(set_seccomp, by_filter, program, 0, 0):
        raise OSError(ctypes.get_errno(), "seccomp")
    os.execvp(sys.argv[1], sys.argv[1:])  # noqa: S606 - on purpose


if __name__ == "__main__":
    main()
