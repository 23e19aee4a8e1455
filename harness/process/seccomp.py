"""The seccomp filter of a jail: what Landlock leaves open, as a program of classic BPF (pure).

A jailed child opens no socket at all; a pair of them (socketpair) is no way out. It traces no process, uses
no io_uring, whose operations no filter sees, changes no owner, and makes no namespace.
"""

from __future__ import annotations

import enum
import errno
import struct
from collections.abc import Iterable

# struct sock_filter: code, jump if true, jump if false, constant (linux/filter.h, linux/bpf_common.h).
_INSTRUCTION = struct.Struct("=HBBI")
_LOAD, _EQUAL, _AT_LEAST, _ANY_BIT, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
# Offsets in struct seccomp_data: the call's number, the architecture, the lower half of its first argument.
_NUMBER, _ARCHITECTURE, _FIRST = 0, 4, 16
# linux/seccomp.h
_ALLOW, _ERRNO, _KILL = 0x7FFF0000, 0x00050000, 0x80000000
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
}
# glibc falls back to clone, whose flags a filter can read, only if there is no clone3.
_MISSING = frozenset({"clone3"})


def jail_filter(machine: Machine) -> bytes:
    """The filter as an array of struct sock_filter."""
    denied = {call: machine.number(call) for call in _CALLS if call not in {"clone"} | _MISSING}
    numbers = [number for number in denied.values() if number is not None]
    program = [
        (_LOAD, 0, 0, _ARCHITECTURE),
        (_EQUAL, 1, 0, machine.value[0]),
        (_RETURN, 0, 0, _KILL),
        (_LOAD, 0, 0, _NUMBER),
        (_AT_LEAST, 0, 1, _X32),
        (_RETURN, 0, 0, _ERRNO | errno.ENOSYS),
        *_refuse(numbers, errno.EPERM),
        *_refuse([machine.number(call) or 0 for call in _MISSING], errno.ENOSYS),
        (_EQUAL, 0, 3, machine.number("clone") or 0),
        (_LOAD, 0, 0, _FIRST),
        (_ANY_BIT, 0, 1, _NAMESPACES),
        (_RETURN, 0, 0, _ERRNO | errno.EPERM),
        (_RETURN, 0, 0, _ALLOW),
    ]
    return b"".join(_INSTRUCTION.pack(*instruction) for instruction in program)


def _refuse(numbers: Iterable[int], error: int) -> list[tuple[int, int, int, int]]:
    """Instructions that have these calls fail; the call's number is loaded."""
    return [
        instruction
        for number in numbers
        for instruction in ((_EQUAL, 0, 1, number), (_RETURN, 0, 0, _ERRNO | error))
    ]
