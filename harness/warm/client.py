"""A call of a program of ours: a server that has it loaded runs it, and the caller ends as it did.

A suite does this hundreds of times, so it imports next to nothing: `socket` or `typing` would double its
time. Without a server the client becomes the program itself, which takes ten times as long.
"""

from __future__ import annotations

import _signal  # type: ignore[import-not-found]  # signal's C part has no stub; signal itself imports enum
import _socket
import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:  # importing typing takes longer than all the rest together
    from typing import NoReturn

SOCKET = "tools.socket"
# A channel is a pair of sockets. A client sends the one end of another pair over it, and talks by the other.
# Whoever inherits a descriptor of it is a client: no path leads there, and no socket is made, only pairs.
# Also what the server sends: the program's wait status, as waitpid(2) gives it.
STATUS_BYTES = 4
_EX_SOFTWARE = 70
# The descriptor of the channel to the server of `main`; a test that takes it out of its environment has none.
WARM = "LLVM_PATCH_HARNESS_WARM"
# The same of the server of a toolchain's tools, where they are programs of ours.
TOOLS = "LLVM_PATCH_HARNESS_TOOLS"


def address(directory: str, name: str = SOCKET) -> tuple[str, int]:
    """A socket's path by way of an open folder, to be closed after use: a path may only have 107 bytes."""
    fd = os.open(directory, os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
    return f"/proc/self/fd/{fd}/{name}", fd


def request(name: str, argv: list[bytes]) -> bytes:
    """One call: its length; program, folder, number of arguments, arguments, environment, NUL-separated."""
    environment = [key + b"=" + value for key, value in os.environb.items()]
    folder = os.getcwdb()  # noqa: PTH109 - pathlib is not imported here
    fields = [name.encode(), folder, b"%d" % len(argv), *argv, *environment]
    body = b"\0".join(fields)
    return len(body).to_bytes(STATUS_BYTES, sys.byteorder) + body


def connect(directory: str) -> _socket.socket | None:
    """A connection to the server in a folder, if there is one."""
    try:
        path, fd = address(directory)
    except OSError:
        return None
    try:
        connection = _socket.socket(_socket.AF_UNIX, _socket.SOCK_STREAM)
        connection.connect(path)
    except OSError:  # nobody is there, or a jail has no sockets
        return None
    finally:
        os.close(fd)
    return connection


def connect_by(variable: str, greeting: bytes = b"\0") -> _socket.socket | None:
    """A connection over the channel whose descriptor a variable names, if there is one."""
    try:
        channel = _socket.socket(fileno=int(os.environ[variable]))
    except (KeyError, ValueError, OverflowError, OSError):
        return None
    try:
        ours, theirs = _socket.socketpair()
        end = theirs.fileno().to_bytes(4, sys.byteorder)
        channel.sendmsg([greeting], [(_socket.SOL_SOCKET, _socket.SCM_RIGHTS, end)])
    except OSError:
        return None
    finally:
        channel.detach()
    theirs.close()
    return ours


def _die_of(signum: int) -> NoReturn:
    import resource

    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if signum not in {_signal.SIGKILL, _signal.SIGSTOP}:
        _signal.signal(signum, _signal.SIG_DFL)
    os.kill(os.getpid(), signum)
    os._exit(128 + signum)  # the signal is blocked: report it as a shell would


def end_as(connection: _socket.socket, name: str) -> NoReturn:
    """Have the server run a program with our arguments, and end as it does."""
    message = request(name, [os.fsencode(arg) for arg in sys.argv[1:]])
    streams = b"".join(fd.to_bytes(4, sys.byteorder) for fd in (0, 1, 2))
    answer = b""
    try:
        sent = connection.sendmsg([message], [(_socket.SOL_SOCKET, _socket.SCM_RIGHTS, streams)])
        connection.sendall(message[sent:])
        while len(answer) < STATUS_BYTES and (part := connection.recv(STATUS_BYTES - len(answer))):
            answer += part
    except OSError:
        answer = b""
    if len(answer) < STATUS_BYTES:
        os.write(2, f"{name}: error: the tool server ended before the tool did\n".encode())
        os._exit(_EX_SOFTWARE)
    status = int.from_bytes(answer, sys.byteorder)
    if os.WIFSIGNALED(status):
        _die_of(os.WTERMSIG(status))
    os._exit(os.WEXITSTATUS(status))


def main() -> NoReturn:
    """Run `main` of the module that the first argument names, with the rest: on the server of modules.py."""
    _signal.signal(_signal.SIGINT, _signal.SIG_DFL)
    module = sys.argv.pop(1)
    connection = connect_by(WARM)
    if connection is None:
        root = __file__.rpartition("/harness/")[0]
        code = f"import sys; sys.path.insert(0, {root!r}); from {module} import main; main()"
        os.execv(sys.executable, [sys.executable, "-c", code, *sys.argv[1:]])  # noqa: S606 - on purpose
    end_as(connection, module)
