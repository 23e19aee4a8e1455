"""What a hostile patch or test would try, each act by itself: `acts.py WHO SCENE`, where SCENE is JSON.

What succeeds leaves a trace outside: a file with the name of WHO, a connection, a dead process, or the
secret in what this prints. Nothing here may stop it: an act that is held off raises, and the next comes.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any


def write_everywhere(who: str, scene: dict[str, Any]) -> None:
    for folder in scene["folders"]:
        with contextlib.suppress(OSError):
            Path(folder, f"{scene['mark']}-{who}").write_text("x")


def write_by_way_of_a_link(who: str, scene: dict[str, Any]) -> None:
    way = Path(tempfile.mkdtemp(), "way")
    way.symlink_to(scene["folders"][0])
    (way / f"{scene['mark']}-{who}-link").write_text("x")


def read_secrets(_who: str, scene: dict[str, Any]) -> None:
    for path in (*scene["secrets"], *map(str, Path("/proc").glob("[0-9]*/environ"))):
        with contextlib.suppress(OSError):
            text = Path(path).read_bytes().decode("utf-8", "replace")
            if scene["secret"] in text:
                print("stolen:", path.rpartition("/")[2], scene["secret"])


def remove(_who: str, scene: dict[str, Any]) -> None:
    subprocess.run(["rm", "-rf", scene["precious"]], check=False)


def connect(_who: str, scene: dict[str, Any]) -> None:
    for family, kind, address in scene["servers"]:
        with contextlib.suppress(OSError), socket.socket(family, kind) as client:
            client.settimeout(2)
            client.connect(tuple(address) if isinstance(address, list) else address)
            client.send(b"x")


def kill(_who: str, scene: dict[str, Any]) -> None:
    os.kill(scene["victim"], signal.SIGKILL)


def forge(_who: str, scene: dict[str, Any]) -> None:
    """Say into every pipe of the programs above, up to the harness, that the test has passed."""
    above = os.getppid() if scene["forged"] else 0
    while above not in {0, 1, scene["test"]}:
        for path in Path(f"/proc/{above}/fd").glob("*"):
            with contextlib.suppress(OSError):
                if str(path.readlink()).startswith("pipe:"):
                    os.write(os.open(path, os.O_WRONLY | os.O_NONBLOCK), scene["forged"].encode() + b"\n")
        above = int(Path(f"/proc/{above}/stat").read_text().rpartition(")")[2].split()[1])


def leave_a_daemon(_who: str, scene: dict[str, Any]) -> None:
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            os.closerange(0, 64)
            os.execvp("sleep", ["sleep", scene["daemon"]])  # noqa: S606 - on purpose
        os._exit(0)
    os.wait()


ACTS: tuple[Callable[[str, dict[str, Any]], None], ...] = (
    write_everywhere,
    write_by_way_of_a_link,
    read_secrets,
    remove,
    connect,
    kill,
    forge,
    leave_a_daemon,
)


def main() -> None:
    who, scene = sys.argv[1], json.loads(sys.argv[2])
    for act in ACTS:
        with contextlib.suppress(OSError):
            act(who, scene)


if __name__ == "__main__":
    main()
