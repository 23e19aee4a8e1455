"""What llvm-reduce starts to ask whether a file has the failure: it asks the harness (server.py).

It imports next to nothing: llvm-reduce starts it a thousand times.
"""

from __future__ import annotations

import _socket
import os
import sys

from harness.warm.client import address

SOCKET = "reduce.socket"
HOLDS = b"1"
# In seconds. What hangs takes a limit of its own, a dozen times as long as this is never reached.
PATIENCE = 1500
# llvm-reduce takes any other status for no.
_HOLDS, _DOES_NOT = 0, 1


def main(directory: str) -> None:
    """Send the path of the file, and end with 0 if it has the failure."""
    status = _DOES_NOT
    try:
        path, fd = address(directory, SOCKET)
        connection = _socket.socket(_socket.AF_UNIX, _socket.SOCK_STREAM)
        connection.settimeout(PATIENCE)
        connection.connect(path)
        os.close(fd)
        connection.sendall(os.fsencode(sys.argv[1]))
        connection.shutdown(_socket.SHUT_WR)
        status = _HOLDS if connection.recv(1) == HOLDS else _DOES_NOT
    finally:
        os._exit(status)
