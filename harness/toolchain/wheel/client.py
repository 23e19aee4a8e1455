"""What `llc` and `lli` of this toolchain run: it passes the call to the server, and ends as the tool did.

A suite starts this hundreds of times, so it imports next to nothing: `socket` or `typing` would double its
time. Without a server it becomes the tool itself, which takes ten times as long.
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
# Also what the server sends: the tool's wait status, as waitpid(2) gives it.
STATUS_BYTES = 4
_EX_SOFTWARE = 70
# How a worker tells the tools where to note refusals (harness/model.py, harness/runner/gate.py).
REFUSALS = "LLVM_PATCH_HARNESS_REFUSALS"
SAID = ".said"


def address(directory: str) -> tuple[str, int]:
    """The socket's path by way of an open folder, to be closed after use: a path may only have 107 bytes."""
    fd = os.open(directory, os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
    return f"/proc/self/fd/{fd}/{SOCKET}", fd


def request(tool: str, argv: list[bytes]) -> bytes:
    """One call: its length; tool, folder, number of arguments, arguments and environment, NUL-separated."""
    environment = [key + b"=" + value for key, value in os.environb.items()]
    folder = os.getcwdb()  # noqa: PTH109 - pathlib is not imported here
    fields = [tool.encode(), folder, b"%d" % len(argv), *argv, *environment]
    body = b"\0".join(fields)
    return len(body).to_bytes(STATUS_BYTES, sys.byteorder) + body


def _connect(directory: str) -> _socket.socket | None:
    try:
        path, fd = address(directory)
    except OSError:
        return None
    connection = _socket.socket(_socket.AF_UNIX, _socket.SOCK_STREAM)
    try:
        connection.connect(path)
    except OSError:
        connection.close()
        return None
    finally:
        os.close(fd)
    return connection


def _become_tool(tool: str, root: str) -> NoReturn:
    code = (
        f"import sys; sys.path.insert(0, {root!r}); "
        f"from harness.toolchain.wheel.tool import main; main({tool!r}, sys.argv[1:])"
    )
    os.execv(sys.executable, [sys.executable, "-I", "-c", code, *sys.argv[1:]])  # noqa: S606 - on purpose


def _die_of(signum: int) -> NoReturn:
    import resource

    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if signum not in {_signal.SIGKILL, _signal.SIGSTOP}:
        _signal.signal(signum, _signal.SIG_DFL)
    os.kill(os.getpid(), signum)
    os._exit(128 + signum)  # the signal is blocked: report it as a shell would


def _know_refusals() -> None:
    """Restore what a test has removed from the environment: a link next to the command has it."""
    if REFUSALS not in os.environ:
        try:  # noqa: SIM105 - contextlib is not imported here
            os.environ[REFUSALS] = os.readlink(f"{sys.argv[0].rpartition('/')[0]}/{SAID}")  # noqa: PTH115
        except OSError:
            pass  # not started by a test of ours


def main(tool: str, directory: str, root: str) -> NoReturn:
    """Run one call of the tool on the server in `directory`. `root` is the folder with this package."""
    _signal.signal(_signal.SIGINT, _signal.SIG_DFL)
    _know_refusals()
    connection = _connect(directory)
    if connection is None:
        _become_tool(tool, root)
    message = request(tool, [os.fsencode(arg) for arg in sys.argv[1:]])
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
        os.write(2, f"{tool}: error: the tool server ended before the tool did\n".encode())
        os._exit(_EX_SOFTWARE)
    status = int.from_bytes(answer, sys.byteorder)
    if os.WIFSIGNALED(status):
        _die_of(os.WTERMSIG(status))
    os._exit(os.WEXITSTATUS(status))
