"""Starts a program in a jail by Landlock and seccomp, stays as its keeper, and ends as it does.

Run as `python -I -S enclosed.py SETTING PROGRAM ARGUMENT...`; `landlock.py` makes SETTING. Standard library
only, and little of it: a build starts this for every unit. The keeper is in an outer Landlock domain and the
program in an inner one, so the keeper may kill all that the program started, and none of that the keeper.
A program that dies of a signal is told as a shell tells it: 128 and its number.
"""

from __future__ import annotations

import contextlib
import ctypes
import errno
import json
import os
import resource
import signal
import struct
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:  # importing typing takes longer than all the rest together
    from typing import Any, NoReturn

# linux/prctl.h, linux/capability.h, linux/seccomp.h
_PDEATHSIG, _NO_NEW_PRIVS, _SUBREAPER, _CAPBSET_DROP, _AMBIENT, _AMBIENT_CLEAR = 1, 38, 36, 24, 47, 4
_SET_SECCOMP, _FILTER = 22, 2
_CAPABILITY_VERSION = 0x20080522
_CAPSET = {"x86_64": 126, "aarch64": 91}
# The same on every architecture.
_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446
_PATH_BENEATH = 1
# LANDLOCK_ACCESS_FS_REFER
_REFER = 1 << 13
_FAILED = 126
# A child that ends brings up its own children: so many generations are looked for.
_ROUNDS = 10_000

_libc = ctypes.CDLL(None, use_errno=True)


def main() -> NoReturn:
    """Set the jail up, run the program, end all of it."""
    setting, argv = json.loads(sys.argv[1]), sys.argv[2:]
    # Before the parent is looked for: it may die in between.
    _prctl(_PDEATHSIG, signal.SIGTERM)
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM, signal.SIGCHLD, signal.SIGINT, signal.SIGHUP})
    if os.getppid() != setting["parent"]:
        os._exit(_FAILED)
    _prctl(_NO_NEW_PRIVS, 1)
    _prctl(_SUBREAPER, 1)
    _drop_capabilities()
    _enter(_domain(setting))
    program = os.fork()
    if program == 0:
        _become(setting, argv)
    _keep(program, setting)


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


def _become(setting: dict[str, Any], argv: list[str]) -> NoReturn:
    """The program, in a domain of its own inside the keeper's, behind the filter."""
    try:
        _prctl(_PDEATHSIG, signal.SIGKILL)
        if setting["scopes"]:
            # Moving a file to another folder is what every domain forbids that does not allow it.
            _enter(_domain({**setting, "files": _REFER, "tcp": 0, "rules": [("/", _REFER)]}))
        for what, bounds in setting["limits"]:
            resource.setrlimit(what, tuple(bounds))
        code = bytes.fromhex(setting["filter"])
        text = ctypes.create_string_buffer(code, len(code))
        program = struct.pack("@HP", len(code) // 8, ctypes.addressof(text))
        if _libc.prctl(_SET_SECCOMP, _FILTER, ctypes.c_char_p(program), 0, 0):
            raise OSError(ctypes.get_errno(), "seccomp")
        for signum in (signal.SIGPIPE, signal.SIGXFSZ):
            signal.signal(signum, signal.SIG_DFL)  # Python ignores them, and so would the program
        signal.pthread_sigmask(signal.SIG_SETMASK, ())
        os.execv(setting["program"], argv)  # noqa: S606 - on purpose
    except BaseException as error:  # whatever it is, a second keeper must not go on
        os.write(2, f"cannot enclose {argv[0]}: {error}\n".encode())
    finally:
        os._exit(_FAILED)


def _keep(program: int, setting: dict[str, Any]) -> NoReturn:
    """Wait for the program or for the word to end it; leave nothing running."""
    status = _FAILED
    while True:
        signum = signal.sigwait({signal.SIGTERM, signal.SIGCHLD, signal.SIGINT, signal.SIGHUP})
        if signum != signal.SIGCHLD:
            status = 128 + signum
            break
        ended = dict(_reaped(os.WNOHANG | os.WUNTRACED))
        if program in ended:
            code = ended[program]
            status = 128 - code if code < 0 else code
            break
    _end_all(setting)
    os._exit(status)


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
