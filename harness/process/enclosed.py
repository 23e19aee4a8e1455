"""Starts a program in a jail by Landlock and seccomp, stays as its keeper, and ends as it does.

Run as `python -I -S enclosed.py SETTING PROGRAM ARGUMENT...`; `landlock.py` makes SETTING. Standard library
only, and little of it: a build starts this for every unit. The keeper is in an outer Landlock domain and the
program in an inner one, so the keeper may kill all that the program started, and none of that the keeper.
A program that dies of a signal is told as a shell tells it: 128 and its number.

A Landlock that does not know of signals has the keeper asked about each of them.
"""

from __future__ import annotations

import _socket
import contextlib
import ctypes
import errno
import fcntl
import json
import os
import resource
import select
import signal
import struct
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:  # importing typing takes longer than all the rest together
    from typing import Any, NoReturn

# linux/prctl.h, linux/capability.h, linux/seccomp.h
_PDEATHSIG, _NO_NEW_PRIVS, _SUBREAPER, _CAPBSET_DROP, _AMBIENT, _AMBIENT_CLEAR = 1, 38, 36, 24, 47, 4
_SECCOMP_FILTER, _NEW_LISTENER, _CONTINUE = 1, 8, 1
_NOTIF_RECV, _NOTIF_SEND = 0xC0502100, 0xC0182101
# struct seccomp_notif with its seccomp_data, and struct seccomp_notif_resp.
_ASKED, _ANSWER = struct.Struct("=QIIiIQ6Q"), struct.Struct("=QqiI")
_CAPABILITY_VERSION = 0x20080522
_CAPSET = {"x86_64": 126, "aarch64": 91}
_SECCOMP = {"x86_64": 317, "aarch64": 277}
_HEARD = (signal.SIGTERM, signal.SIGCHLD, signal.SIGINT, signal.SIGHUP)
# The same on every architecture.
_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446
_PATH_BENEATH = 1
_FAILED = 126
# A child that ends brings up its own children: so many generations are looked for.
_ROUNDS = 10_000

_libc = ctypes.CDLL(None, use_errno=True)


def main() -> NoReturn:
    """Set the jail up, run the program, end all of it."""
    setting, argv = json.loads(sys.argv[1]), sys.argv[2:]
    # Before the parent is looked for: it may die in between.
    _prctl(_PDEATHSIG, signal.SIGTERM)
    signal.pthread_sigmask(signal.SIG_BLOCK, _HEARD)
    if os.getppid() != setting["parent"]:
        os._exit(_FAILED)
    _prctl(_NO_NEW_PRIVS, 1)
    _prctl(_SUBREAPER, 1)
    _drop_capabilities()
    _enter(_domain(setting))
    mine, theirs = _socket.socketpair()
    program = os.fork()
    if program == 0:
        _become(setting, argv, theirs)
    theirs.close()
    _keep(program, setting, _received(mine) if setting["asks"] else -1)


def _prctl(what: int, *values: int) -> None:
    if _libc.prctl(what, *(ctypes.c_ulong(value) for value in (*values, 0, 0, 0, 0)[:4])):
        raise OSError(ctypes.get_errno(), f"prctl {what}")


def _call(number: int, *values: Any) -> int:
    result: int = _libc.syscall(number, *values)
    if result < 0:
        raise OSError(ctypes.get_errno(), f"syscall {number}: {os.strerror(ctypes.get_errno())}")
    return result


def _drop_capabilities() -> None:
    """Even root has none from here on; nor does what it starts."""
    for capability in range(64):
        if _libc.prctl(_CAPBSET_DROP, capability, 0, 0, 0) and ctypes.get_errno() == errno.EINVAL:
            break
    _libc.prctl(_AMBIENT, _AMBIENT_CLEAR, 0, 0, 0)
    header = ctypes.create_string_buffer(struct.pack("=Ii", _CAPABILITY_VERSION, 0))
    _call(_CAPSET[os.uname().machine], header, ctypes.create_string_buffer(24))


def _domain(setting: dict[str, Any]) -> int:
    """A ruleset with all rules. What is not there needs none."""
    attributes = struct.pack("=QQQ", setting["files"], setting["tcp"], setting["scopes"])
    attributes = attributes[: 24 if setting["scopes"] else 16 if setting["tcp"] else 8]
    ruleset = _call(_CREATE_RULESET, ctypes.c_char_p(attributes), len(attributes), 0)
    for path, wanted in setting["rules"]:
        try:
            opened = os.open(path, os.O_PATH | os.O_CLOEXEC)
        except OSError:
            continue
        is_folder = os.path.isdir(path)  # noqa: PTH112 - pathlib is not imported here
        rights = wanted if is_folder else wanted & setting["of_files"]
        rule = struct.pack("=Qi", rights, opened)
        _call(_ADD_RULE, ruleset, _PATH_BENEATH, ctypes.c_char_p(rule), 0)
        os.close(opened)
    return ruleset


def _enter(ruleset: int) -> None:
    _call(_RESTRICT_SELF, ruleset, 0)
    os.close(ruleset)


def _become(setting: dict[str, Any], argv: list[str], keeper: _socket.socket) -> NoReturn:
    """The program, in a domain of its own inside the keeper's, behind the filter."""
    try:
        os.setpgid(0, 0)  # a signal to its group is none to the keeper
        _prctl(_PDEATHSIG, signal.SIGKILL)
        # The domain alone keeps it from the keeper's memory and descriptors, so it allows what it handles.
        _enter(_domain({**setting, "files": setting["inner"], "tcp": 0, "rules": [("/", setting["inner"])]}))
        for what, bounds in setting["limits"]:
            resource.setrlimit(what, tuple(bounds))
        _filter(setting, keeper)
        for signum in (signal.SIGPIPE, signal.SIGXFSZ):
            signal.signal(signum, signal.SIG_DFL)  # Python ignores them, and so would the program
        signal.pthread_sigmask(signal.SIG_SETMASK, ())
        os.execv(setting["program"], argv)  # noqa: S606 - on purpose
    except BaseException as error:  # whatever it is, a second keeper must not go on
        os.write(2, f"cannot enclose {argv[0]}: {error}\n".encode())
    finally:
        os._exit(_FAILED)


def _filter(setting: dict[str, Any], keeper: _socket.socket) -> None:
    """Set the filter; send the keeper the descriptor by which it is asked, if it is."""
    code = bytes.fromhex(setting["filter"])
    text = ctypes.create_string_buffer(code, len(code))
    program = struct.pack("@HP", len(code) // 8, ctypes.addressof(text))
    flags = _NEW_LISTENER if setting["asks"] else 0
    listener = _call(_SECCOMP[os.uname().machine], _SECCOMP_FILTER, flags, ctypes.c_char_p(program))
    if setting["asks"]:
        sent = struct.pack("=i", listener)
        keeper.sendmsg([b"."], [(_socket.SOL_SOCKET, _socket.SCM_RIGHTS, sent)])
        os.close(listener)


def _received(program: _socket.socket) -> int:
    """The descriptor that the program sent; -1 if it failed before."""
    _data, ancillary, _flags, _address = program.recvmsg(1, _socket.CMSG_SPACE(4))
    return int(struct.unpack("=i", ancillary[0][2])[0]) if ancillary else -1


def _keep(program: int, setting: dict[str, Any], listener: int) -> NoReturn:
    """Wait for the program or for the word to end it; leave nothing running."""
    heard, woken = os.pipe()
    os.set_blocking(woken, False)
    signal.set_wakeup_fd(woken, warn_on_full_buffer=False)
    for signum in _HEARD:
        signal.signal(signum, lambda _signum, _frame: None)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, _HEARD)
    ready = select.poll()
    ready.register(heard, select.POLLIN)
    if listener >= 0:
        ready.register(listener, select.POLLIN)
    while True:
        for descriptor, event in ready.poll():
            if descriptor == heard:
                status = _status(program, os.read(heard, 4096))
                if status >= 0:
                    _end_all(setting)
                    os._exit(status)
            elif event & select.POLLIN:
                _answer_signal(listener)
            else:  # all who could ask have ended
                ready.unregister(listener)


def _status(program: int, signals: bytes) -> int:
    """How the keeper ends after these signals; -1 if it does not yet."""
    for signum in signals:
        if signum != signal.SIGCHLD:
            return 128 + signum
    ended = dict(_reaped(os.WNOHANG | os.WUNTRACED))
    code = ended.get(program)
    if code is None:
        return -1
    return 128 - code if code < 0 else code


def _answer_signal(listener: int) -> None:
    """Let a signal pass that goes to nobody outside."""
    asked = bytearray(_ASKED.size)
    with contextlib.suppress(OSError):  # who asked has died
        fcntl.ioctl(listener, _NOTIF_RECV, asked)
        identity, _pid, _flags, _number, _machine, _place, first, *_rest = _ASKED.unpack(asked)
        target = (first & 0xFFFFFFFF) - ((first & 0x80000000) << 1)
        passes = _is_inside(target)
        answer = _ANSWER.pack(identity, 0, 0 if passes else -errno.EPERM, _CONTINUE if passes else 0)
        fcntl.ioctl(listener, _NOTIF_SEND, bytearray(answer))


def _is_inside(target: int) -> bool:
    """Whether what kill(2) calls `target` is the program or what it started, and nothing else."""
    if target == -1:
        return False
    if target >= 0:
        return target == 0 or _is_below(target)
    names = (name for name in os.listdir("/proc") if name.isdigit())  # noqa: PTH208 - as above
    return all(_is_below(int(name)) for name in names if _fields(name)[2:3] == [b"%d" % -target])


def _is_below(pid: int) -> bool:
    """Whether a process, or a thread, is below the keeper: what lost its parent is the keeper's child."""
    while pid > 1:
        fields = _fields(pid)
        pid = int(fields[1]) if fields else 0
        if pid == os.getpid():
            return True
    return False


def _fields(pid: object) -> list[bytes]:
    """What proc(5) says of a process after its name: state, parent, group, ...; nothing if there is none."""
    with contextlib.suppress(OSError), open(f"/proc/{pid}/stat", "rb") as stat:  # noqa: PTH123 - as above
        return stat.read().rpartition(b")")[2].split()
    return []


def _reaped(how: int) -> list[tuple[int, int]]:
    """Who has ended, or was stopped, and how."""
    found = []
    with contextlib.suppress(ChildProcessError):
        while True:
            pid, status = os.waitpid(-1, how)
            if not pid:
                break
            # Nobody in here could let a stopped program go on, and it would wait for ever.
            code = -os.WSTOPSIG(status) if os.WIFSTOPPED(status) else os.waitstatus_to_exitcode(status)
            found.append((pid, code))
    return found


def _end_all(setting: dict[str, Any]) -> None:
    """Kill all that the program started."""
    if setting["scopes"]:
        # -1 is what is in here, but for this process. The kernel does it in one step: nothing gets away.
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.kill(-1, signal.SIGKILL)
        _reaped(0)
        return
    for _round in range(_ROUNDS):
        left = _children()
        if not left:
            return
        for pid in left:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        _reaped(0 if _round == _ROUNDS - 1 else os.WNOHANG)


def _children() -> list[int]:
    """What the program started becomes a child of this process when its own parent ends."""
    with open(f"/proc/self/task/{os.getpid()}/children") as listed:  # noqa: PTH123 - as above
        return [int(word) for word in listed.read().split()]


if __name__ == "__main__":
    main()
