"""LLVMs for tests: scripts in the place of their tools."""

from __future__ import annotations

from pathlib import Path

from harness.desk.repro.run import LlvmPlace
from harness.llvm import Toolchain


def make_place(folder: Path, name: str, version: str = "19.1.7", **tools: str) -> LlvmPlace:
    """An LLVM whose `tools` are what bash does of these texts; `$input` is the input's path."""
    folder.mkdir(parents=True, exist_ok=True)
    for tool, text in tools.items():
        find = "for word; do [[ $word == -o ]] && break; [[ $word == /* ]] && input=$word; done"
        script = f"#!/bin/bash\n{find}\n{text}\n"
        (folder / tool).write_text(script)
        (folder / tool).chmod(0o755)
    toolchain = Toolchain(name, version, {tool: folder / tool for tool in tools}, "made up", name)
    return LlvmPlace(name, lambda: toolchain)
