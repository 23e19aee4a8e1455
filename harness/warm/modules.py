"""The server of modules of the harness that tests run as programs, such as the suite's `%stackmap`.

A module is imported when it is first called; then it is there for every child. Its `warm_up` imports what
else it uses.
"""

from __future__ import annotations

import gc
import importlib
import os
import re
import sys
from pathlib import Path
from typing import NoReturn

from harness.warm import server

_OURS = re.compile(r"harness(?:\.[a-z_]+)+")


def _prepare(name: str) -> None:
    """Import the module, once. Why it cannot be, the child says."""
    if _OURS.fullmatch(name) and name not in sys.modules:
        try:
            module = importlib.import_module(name)
            getattr(module, "warm_up", lambda: None)()
        except Exception:
            return
        gc.freeze()


def _run(name: str, argv: list[str]) -> NoReturn:
    """In the child: `main` of the module, as a program."""
    # As Python makes them; those of the server are of other files.
    # They stay open until the process ends: SIM115 does not apply.
    sys.stdin = open(0, encoding="utf-8", errors="surrogateescape", closefd=False)  # noqa: SIM115
    sys.stdout = open(1, "w", encoding="utf-8", errors="surrogateescape", closefd=False)  # noqa: SIM115
    sys.stderr = open(2, "w", 1, encoding="utf-8", errors="backslashreplace", closefd=False)  # noqa: SIM115
    sys.argv = ["-c", *argv]
    code: str | int | None = 0
    try:
        importlib.import_module(name).main()
    except SystemExit as ended:
        code = ended.code
    sys.stdout.flush()
    if isinstance(code, str):
        sys.stderr.write(f"{code}\n")
        code = 1
    sys.stderr.flush()
    os._exit(code or 0)


def serve(_directory: Path, listener: server.Listener) -> None:
    """Be the server of those modules."""
    server.serve(listener, server.Work(_run, _prepare))
