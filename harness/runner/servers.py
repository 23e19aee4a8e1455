"""The servers of one worker: programs of ours that its tests start often, in the jail of the worker."""

from __future__ import annotations

import socket
from pathlib import Path

from harness.process import Child
from harness.warm.server import start_on_channel


class Servers:
    """Each is started when a suite first needs it, and ends with the worker."""

    def __init__(self) -> None:
        self._running: dict[tuple[str, Path], tuple[Child, socket.socket]] = {}

    def channel(self, module: str, directory: Path = Path("/")) -> int:
        """The descriptor of the channel to the server that a module is, for the tools in `directory`."""
        key = module, directory
        if key not in self._running:
            self._running[key] = start_on_channel(module, directory)
        return self._running[key][1].fileno()

    @property
    def pids(self) -> frozenset[int]:
        """Their processes."""
        return frozenset(child.pid for child, _ in self._running.values())
