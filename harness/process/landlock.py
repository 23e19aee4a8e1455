"""Jails by Landlock, with seccomp for what it leaves open. The rules here are data; `enclosed.py` sets them.

See landlock(7) and Documentation/userspace-api/landlock.rst in Linux for the rights and their versions (ABI).
"""

from __future__ import annotations

import ctypes
import json
import os
import platform
import sys
from collections.abc import Sequence
from functools import cache
from pathlib import Path

from harness.process.jail import Jail, machine_paths
from harness.process.limits import Limits, resource_limits
from harness.process.seccomp import Machine, jail_filter

LAUNCHER = Path(__file__).with_name("enclosed.py")
_CREATE_RULESET, _VERSION = 444, 1

# struct landlock_ruleset_attr and LANDLOCK_ACCESS_FS_*: how many rights each version knows.
_FILE_RIGHTS = {1: 13, 2: 14, 3: 15, 4: 15, 5: 16}
_EXECUTE, _WRITE_FILE, _READ_FILE, _READ_DIR = (1 << bit for bit in range(4))
_MAKE_CHAR, _REFER, _TRUNCATE, _IOCTL_DEV = 1 << 6, 1 << 13, 1 << 14, 1 << 15
# TCP, from version 4; signals and abstract sockets, from version 6.
_TCP, _SCOPES = 0b11, 0b11
TCP_SINCE, SCOPES_SINCE, TRUNCATE_SINCE = 4, 6, 3

_DEVICES = ("/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom")


@cache
def probe() -> tuple[int, str]:
    """The version of Landlock here, and why it cannot be used (empty if it can)."""
    if platform.machine() not in Machine.__members__:
        return 0, f"no seccomp filter for {platform.machine()}"
    libc = ctypes.CDLL(None, use_errno=True)
    abi = libc.syscall(_CREATE_RULESET, None, 0, _VERSION)
    if abi < 0:
        return 0, f"this kernel has none ({os.strerror(ctypes.get_errno())})"
    if abi < TRUNCATE_SINCE:
        return (
            abi,
            f"this kernel has version {abi}; it takes {TRUNCATE_SINCE} (Linux 6.2) to keep files whole",
        )
    return abi, ""


def gaps(abi: int) -> tuple[str, ...]:
    """What jails of this version do not hold off."""
    always = (
        "a child sees names, sizes and modes of files, and command lines of other programs; "
        "it may change the modes of its user's files"
    )
    moving = "no file is moved from one folder to another (Linux 5.19 allows it)"
    return (always,) if abi > 1 else (always, moving)


def enclose(program: str, argv: Sequence[str], jail: Jail, limits: Limits, abi: int) -> list[str]:
    """The command that runs `program` as `argv` in its jail."""
    every = (1 << _FILE_RIGHTS[min(abi, max(_FILE_RIGHTS))]) - 1
    of_files = _EXECUTE | _WRITE_FILE | _READ_FILE | _TRUNCATE | _IOCTL_DEV
    reading = _EXECUTE | _READ_FILE | _READ_DIR
    device = (_READ_FILE | _WRITE_FILE | _TRUNCATE) & every
    rules = [(str(path), reading) for path in (*machine_paths(), Path("/proc"), *jail.reads)]
    # Python finds a package by the names beside it: in a checkout, of which the rest stays closed.
    packages = (path for path in jail.reads if (path / "__init__.py").is_file())
    rules += [(str(path.parent), _READ_DIR) for path in packages]
    rules += [(path, device) for path in _DEVICES]
    rules += [(str(path), every & ~_IOCTL_DEV) for path in jail.writes]
    filters = jail_filter(
        Machine[platform.machine()], truncation=abi < TRUNCATE_SINCE, signals=abi < SCOPES_SINCE
    )
    setting = {
        "program": program,
        "files": every,
        "of_files": of_files,
        "tcp": _TCP if abi >= TCP_SINCE else 0,
        "scopes": _SCOPES if abi >= SCOPES_SINCE else 0,
        "rules": rules,
        "limits": list(resource_limits(limits).items()),
        "filter": filters.hex(),
        "asks": abi < SCOPES_SINCE,
        # To move a file to another folder is what every domain forbids that does not allow it.
        "inner": _REFER if every & _REFER else _MAKE_CHAR,
        "parent": os.getpid(),
    }
    return [sys.executable, "-I", "-S", str(LAUNCHER), json.dumps(setting), *argv]
