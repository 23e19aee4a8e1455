"""The seccomp filter of a jail: what Landlock leaves open, as a program of classic BPF (pure).

A jailed child opens no socket at all; a pair of them (socketpair) is no way out. It traces no process, uses
no io_uring, whose operations no filter sees, changes no owner, and makes no namespace. Where Landlock is too
old to keep signals in, its keeper is asked about each (seccomp_unotify(2)); where it is too old to know of
truncation, nothing is cut that is not opened for writing.
"""

from __future__ import annotations

import enum
import errno
import struct
from collections.abc import Iterable

# struct sock_filter: code, jump if true, jump if false, constant (linux/filter.h, linux/bpf_common.h).
_INSTRUCTION = struct.Struct("=HBBI")
_LOAD, _EQUAL, _AT_LEAST, _ANY_BIT, _AND, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x54, 0x06
# Offsets in struct seccomp_data: the call's number, the architecture, the lower half of its first argument.
_NUMBER, _ARCHITECTURE, _FIRST, _SECOND, _THIRD = 0, 4, 16, 24, 32
# linux/seccomp.h
_ALLOW, _ERRNO, _KILL, _ASK = 0x7FFF0000, 0x00050000, 0x80000000, 0x7FC00000
# Calls of the x32 ABI have this bit; no program here uses it.
_X32 = 0x40000000
# CLONE_NEWNS, NEWCGROUP, NEWUTS, NEWIPC, NEWUSER, NEWPID, NEWNET (linux/sched.h).
_NAMESPACES = 0x7E020000


class Machine(enum.Enum):
    """An architecture as the kernel calls it: AUDIT_ARCH_... and the numbers of its calls."""

    x86_64 = (0xC000003E, 0)
    aarch64 = (0xC00000B7, 1)

    def number(self, call: str) -> int | None:
        """The number of a call; None if this architecture has no such call."""
        return _CALLS[call][self.value[1]]


# asm/unistd_64.h of x86 and asm-generic/unistd.h, which AArch64 has.
_CALLS: dict[str, tuple[int | None, int | None]] = {
    "socket": (41, 198),
    "ptrace": (101, 117),
    "process_vm_readv": (310, 270),
    "process_vm_writev": (311, 271),
    "process_madvise": (440, 440),
    "pidfd_getfd": (438, 438),
    "kcmp": (312, 272),
    "io_uring_setup": (425, 425),
    "io_uring_enter": (426, 426),
    "io_uring_register": (427, 427),
    "bpf": (321, 280),
    "perf_event_open": (298, 241),
    "userfaultfd": (323, 282),
    "add_key": (248, 217),
    "request_key": (249, 218),
    "keyctl": (250, 219),
    "mount": (165, 40),
    "umount2": (166, 39),
    "pivot_root": (155, 41),
    "chroot": (161, 51),
    "open_tree": (428, 428),
    "move_mount": (429, 429),
    "fsopen": (430, 430),
    "fsmount": (432, 432),
    "mount_setattr": (442, 442),
    "unshare": (272, 97),
    "setns": (308, 268),
    "chown": (92, None),
    "lchown": (94, None),
    "fchown": (93, 55),
    "fchownat": (260, 54),
    "setxattr": (188, 5),
    "lsetxattr": (189, 6),
    "fsetxattr": (190, 7),
    "removexattr": (197, 14),
    "lremovexattr": (198, 15),
    "fremovexattr": (199, 16),
    "name_to_handle_at": (303, 264),
    "open_by_handle_at": (304, 265),
    "mknod": (133, None),
    "mknodat": (259, 33),
    "msgget": (68, 186),
    "semget": (64, 190),
    "shmget": (29, 194),
    "mq_open": (240, 180),
    "acct": (163, 89),
    "quotactl": (179, 60),
    "swapon": (167, 224),
    "reboot": (169, 142),
    "sethostname": (170, 161),
    "clone3": (435, 435),
    "clone": (56, 220),
    "truncate": (76, 45),
    "openat2": (437, 437),
    "open": (2, None),
    "openat": (257, 56),
    "kill": (62, 129),
    "tkill": (200, 130),
    "tgkill": (234, 131),
    "rt_sigqueueinfo": (129, 138),
    "rt_tgsigqueueinfo": (297, 240),
    "pidfd_send_signal": (424, 424),
}
# glibc falls back to clone, whose flags a filter can read, only if there is no clone3. So it does to openat.
_MISSING = ("clone3",)
_CUTTING = ("truncate", "openat2", "open", "openat")
_SIGNALS = ("kill", "tkill", "tgkill", "rt_sigqueueinfo", "rt_tgsigqueueinfo")
_SIGNALS_BY_DESCRIPTOR = "pidfd_send_signal"
# Whoever copies a file with all it has takes this for a file system that has none of them.
_ATTRIBUTES = tuple(call for call in _CALLS if call.endswith("xattr"))
_SPECIAL = frozenset({*_MISSING, *_ATTRIBUTES, *_CUTTING, *_SIGNALS, _SIGNALS_BY_DESCRIPTOR, "clone"})
# fcntl.h: how a file is opened, and that it is cut. Who opens it to write is Landlock's business.
_O_ACCMODE_OR_TRUNC, _O_RDONLY_AND_TRUNC = 0o1003, 0o1000

_Instructions = list[tuple[int, int, int, int]]


def jail_filter(machine: Machine, *, truncation: bool = False, signals: bool = False) -> bytes:
    """The filter as an array of struct sock_filter.

    `truncation`: also refuse to cut files that are not opened for writing. `signals`: have the keeper, who
    must have installed the filter with a listener, asked about each signal.
    """
    program = [
        (_LOAD, 0, 0, _ARCHITECTURE),
        (_EQUAL, 1, 0, machine.value[0]),
        (_RETURN, 0, 0, _KILL),
        (_LOAD, 0, 0, _NUMBER),
        (_AT_LEAST, 0, 1, _X32),
        (_RETURN, 0, 0, _ERRNO | errno.ENOSYS),
        *_answer(machine, (call for call in _CALLS if call not in _SPECIAL), _ERRNO | errno.EPERM),
        *_answer(machine, _MISSING, _ERRNO | errno.ENOSYS),
        *_answer(machine, _ATTRIBUTES, _ERRNO | errno.EOPNOTSUPP),
        *(_refuse_truncation(machine) if truncation else ()),
        *(_answer(machine, _SIGNALS, _ASK) if signals else ()),
        *(_answer(machine, (_SIGNALS_BY_DESCRIPTOR,), _ERRNO | errno.EPERM) if signals else ()),
        (_EQUAL, 0, 3, machine.number("clone") or 0),
        (_LOAD, 0, 0, _FIRST),
        (_ANY_BIT, 0, 1, _NAMESPACES),
        (_RETURN, 0, 0, _ERRNO | errno.EPERM),
        (_RETURN, 0, 0, _ALLOW),
    ]
    return b"".join(_INSTRUCTION.pack(*instruction) for instruction in program)


def _answer(machine: Machine, calls: Iterable[str], answer: int) -> _Instructions:
    """Instructions that give these calls this answer; the call's number is loaded."""
    numbers = (number for call in calls if (number := machine.number(call)) is not None)
    return [step for number in numbers for step in ((_EQUAL, 0, 1, number), (_RETURN, 0, 0, answer))]


def _refuse_truncation(machine: Machine) -> _Instructions:
    """Instructions against O_RDONLY | O_TRUNC, which cuts a file, and against cutting one by its name."""
    steps = _answer(machine, ("truncate",), _ERRNO | errno.EPERM)
    steps += _answer(machine, ("openat2",), _ERRNO | errno.ENOSYS)
    for call, flags in (("open", _SECOND), ("openat", _THIRD)):
        if (number := machine.number(call)) is not None:
            steps += [
                (_EQUAL, 0, 5, number),
                (_LOAD, 0, 0, flags),
                (_AND, 0, 0, _O_ACCMODE_OR_TRUNC),
                (_EQUAL, 0, 1, _O_RDONLY_AND_TRUNC),
                (_RETURN, 0, 0, _ERRNO | errno.EPERM),
                (_RETURN, 0, 0, _ALLOW),
            ]
    return steps
