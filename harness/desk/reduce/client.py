"""What llvm-reduce starts to ask whether a file has the failure: it asks the harness (server.py).

It imports next to nothing: llvm-reduce starts it a thousand times. They talk by named pipes in the folder
that llvm-reduce may write to: these work in every jail, where no sockets and no pipes can be made.
"""

from __future__ import annotations

import os
import sys
import time

# The pipe that questions go through: the number of the client, and the name of the file.
ASK = "ask"
HOLDS = b"1"
# llvm-reduce takes any other status for no.
_HOLDS, _DOES_NOT = 0, 1
_PAUSE = 0.01


def answer_pipe(number: int) -> str:
    """The pipe of one client, by its number."""
    return f"answer-{number}"


def _take_number(directory: str, clients: int) -> int:
    """A number that no other client has; waits for one. The file of that name has to go afterwards."""
    while True:
        for number in range(clients):
            try:
                os.close(os.open(f"{directory}/taken-{number}", os.O_CREAT | os.O_EXCL))
            except FileExistsError:
                continue
            return number
        time.sleep(_PAUSE)


def main(directory: str, clients: str) -> None:
    """Send the name of the file, and end with 0 if it has the failure. There are pipes for `clients`."""
    status = _DOES_NOT
    try:
        number = _take_number(directory, int(clients))
        asking = os.open(f"{directory}/{ASK}", os.O_WRONLY)
        # Short enough to be written in one piece.
        os.write(asking, b"%d %s\n" % (number, os.fsencode(sys.argv[1])))
        answered = os.open(f"{directory}/{answer_pipe(number)}", os.O_RDONLY)  # waits for the other side
        status = _HOLDS if os.read(answered, 1) == HOLDS else _DOES_NOT
        os.unlink(f"{directory}/taken-{number}")  # noqa: PTH108 - pathlib is not imported here
    finally:
        os._exit(status)
