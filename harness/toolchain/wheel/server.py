"""The process that has LLVM loaded: loading llvmlite takes 100 ms, ten times what a compilation takes."""

from __future__ import annotations

from pathlib import Path

from harness.toolchain.wheel import embedded
from harness.toolchain.wheel.tool import choose_package, main
from harness.warm import server


def serve(directory: Path, listener: server.Listener) -> None:
    """Be the server of `llc` and `lli` in `directory`."""
    choose_package(str(directory))
    embedded.warm_up()
    server.serve(listener, server.Work(main))
