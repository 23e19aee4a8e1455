"""The filter, run by an interpreter of classic BPF: what it says on every call."""

from __future__ import annotations

import errno
import struct

import pytest

from harness.process.seccomp import _CALLS, Machine, jail_filter

ALLOWED, KILLED, REFUSED, ASKED = 0x7FFF0000, 0x80000000, 0x50000, 0x7FC00000
SIGNALS = {"kill", "tkill", "tgkill", "rt_sigqueueinfo", "rt_tgsigqueueinfo"}


def answer(program: bytes, number: int, architecture: int, *arguments: int) -> int:
    """What the kernel would do on a call, as seccomp(2) says it."""
    data = struct.pack(f"=IIQ{len(arguments)}Q", number, architecture, 0, *arguments).ljust(64, b"\0")
    code = list(struct.iter_unpack("=HBBI", program))
    loaded = at = 0
    while True:
        operation, true, false, constant = code[at]
        at += 1
        match operation:
            case 0x20:
                loaded = struct.unpack_from("=I", data, constant)[0]
            case 0x06:
                return int(constant)
            case 0x54:
                loaded &= constant
            case 0x15 | 0x35 | 0x45:
                holds = {0x15: loaded == constant, 0x35: loaded >= constant, 0x45: bool(loaded & constant)}
                at += true if holds[operation] else false
            case _:
                raise AssertionError(f"no such instruction: {operation:#x}")


@pytest.mark.parametrize("machine", Machine)
def test_each_call_is_refused_by_its_number(machine: Machine) -> None:
    program, architecture = jail_filter(machine), machine.value[0]
    said = {
        call: answer(program, number, architecture)
        for call in _CALLS
        if (number := machine.number(call)) is not None
    }
    allowed = {"clone", "truncate", "openat2", "open", "openat"} | SIGNALS | {"pidfd_send_signal"}
    assert {call for call, value in said.items() if value == ALLOWED} == allowed & said.keys()
    assert said["clone3"] == REFUSED | errno.ENOSYS
    assert {said[call] for call in said if call.endswith("xattr")} == {REFUSED | errno.EOPNOTSUPP}
    others = {call for call in said if call not in allowed | {"clone3"} and not call.endswith("xattr")}
    assert others >= {"socket", "ptrace", "io_uring_setup", "mount", "unshare", "bpf", "pidfd_getfd"}
    assert {said[call] for call in others} == {REFUSED | errno.EPERM}


@pytest.mark.parametrize("machine", Machine)
def test_the_keeper_is_asked_about_each_signal(machine: Machine) -> None:
    program, architecture = jail_filter(machine, signals=True), machine.value[0]
    assert {answer(program, machine.number(call) or 0, architecture) for call in SIGNALS} == {ASKED}
    assert answer(program, machine.number("pidfd_send_signal") or 0, architecture) == REFUSED | errno.EPERM


@pytest.mark.parametrize("machine", Machine)
@pytest.mark.parametrize(("flags", "refused"), [(0o1000, True), (0o1001, False), (0o1102, False), (0, False)])
def test_a_file_is_cut_only_by_who_may_write_it(machine: Machine, flags: int, refused: bool) -> None:
    program, architecture = jail_filter(machine, truncation=True), machine.value[0]
    expected = REFUSED | errno.EPERM if refused else ALLOWED
    assert answer(program, machine.number("openat") or 0, architecture, 0, 0, flags) == expected
    if (number := machine.number("open")) is not None:
        assert answer(program, number, architecture, 0, flags) == expected
    assert answer(program, machine.number("truncate") or 0, architecture) == REFUSED | errno.EPERM


@pytest.mark.parametrize(("machine", "number"), [(Machine.x86_64, n) for n in (0, 1, 9, 53, 59, 62, 257)])
def test_what_programs_need_is_allowed(machine: Machine, number: int) -> None:
    """read, write, mmap, socketpair, execve, kill, openat."""
    assert answer(jail_filter(machine), number, machine.value[0]) == ALLOWED


@pytest.mark.parametrize("machine", Machine)
@pytest.mark.parametrize("flag", [0x00020000, 0x02000000, 0x10000000, 0x20000000, 0x40000000])
def test_no_clone_makes_a_namespace(machine: Machine, flag: int) -> None:
    program, number = jail_filter(machine), machine.number("clone")
    assert number is not None
    assert answer(program, number, machine.value[0], flag | 17) == REFUSED | errno.EPERM


def test_another_architecture_is_no_way_out() -> None:
    """A call by its number of another architecture, or of the x32 ABI, means something else."""
    program = jail_filter(Machine.x86_64)
    assert answer(program, 102, 0x40000003) == KILLED
    assert answer(program, 41 | 0x40000000, Machine.x86_64.value[0]) == REFUSED | errno.ENOSYS


def test_every_jump_stays_inside() -> None:
    for machine in Machine:
        code = list(struct.iter_unpack("=HBBI", jail_filter(machine, truncation=True, signals=True)))
        assert len(code) < 4096
        for at, (_operation, true, false, _constant) in enumerate(code):
            assert at + 1 + max(true, false) < len(code) or code[at][0] == 0x06
