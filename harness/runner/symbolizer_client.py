"""What a tool that dies starts as `llvm-symbolizer`: it asks the one that runs already (symbolizer.py).

LLVM's signal handler (llvm/lib/Support/Signals.cpp, collectAddressSymbols) gives it a file with a line for
each frame, and takes what it writes into another. Whatever is not exactly that call, and whatever goes wrong,
is left to the real llvm-symbolizer. It imports next to nothing: every import would double its time.
"""

from __future__ import annotations

import _signal  # type: ignore[import-not-found]  # signal's C part has no stub; signal itself imports enum
import _socket
import os
import stat
import sys

from harness.warm.client import connect_by

TYPE_CHECKING = False
if TYPE_CHECKING:  # importing typing takes longer than all the rest together
    from typing import NoReturn

# The descriptor of the channel to those that run; tools inherit both.
CHANNEL = "LLVM_PATCH_HARNESS_SYMBOLIZER"
LENGTH_BYTES = 8
# A stack trace has at most 256 frames (llvm/lib/Support/Unix/Signals.inc).
MOST_REQUEST = 256 << 10
# In seconds, for one step; longer than the other side takes for two crashes.
PATIENCE = 25
_CALL = ["--functions=linkage", "--inlining", "--demangle"]
# The running one was started without them.
ELSEWHERE = ("LLVM_SYMBOLIZER_OPTS", "DEBUGINFOD_URLS", "DEBUGINFOD_CACHE_PATH")


def _given() -> bytes:
    """What is to be named, if it is a file that can be read twice; otherwise nothing."""
    if sys.argv[1:] != _CALL or any(name in os.environ for name in ELSEWHERE):
        return b""
    found = os.fstat(0)
    if not stat.S_ISREG(found.st_mode) or found.st_size > MOST_REQUEST:
        return b""
    return os.pread(0, MOST_REQUEST, 0)


def _ask(real: str, request: bytes) -> bytes:
    """The answer of the running one; nothing if it does not give one in time."""
    connection = connect_by(CHANNEL, os.fsencode(real))
    if connection is None:
        return b""
    connection.settimeout(PATIENCE)
    connection.sendall(request)
    connection.shutdown(_socket.SHUT_WR)
    answer = b""
    while part := connection.recv(1 << 20):
        answer += part
    length = int.from_bytes(answer[:LENGTH_BYTES], sys.byteorder)
    return answer[LENGTH_BYTES:] if len(answer) == LENGTH_BYTES + length else b""


def main(real: str) -> NoReturn:
    """Answer as `real` would, with the help of one that runs."""
    answer = b""
    try:
        request = _given()
        answer = _ask(real, request) if request else b""
    except OSError:
        pass  # the real one does it
    for signum in (_signal.SIGPIPE, _signal.SIGXFSZ):
        _signal.signal(
            signum, _signal.SIG_DFL
        )  # Python ignores them, and so would the program that it becomes
    if not answer:
        os.execv(real, ["llvm-symbolizer", *sys.argv[1:]])  # noqa: S606 - on purpose
    try:
        while answer:
            answer = answer[os.write(1, answer) :]
    except OSError:
        os._exit(1)  # no room; the real one would fail too
    os._exit(0)
