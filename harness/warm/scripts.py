"""Programs of ours in Python that are started hundreds of times."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

# The longest interpreter line Linux takes (BINPRM_BUF_SIZE), with its "#!", one argument and newline.
_MOST_SHEBANG = 255


def write_script(path: Path, module: str, *arguments: str) -> None:
    """Write a program that calls `main` of a module of ours with these arguments.

    It starts as fast as Python can: no site, no environment, nothing from the folder. One that is there may
    run meanwhile, and is not written to: Linux refuses to start what is, and Python would read a part of it.
    """
    body = (
        "import sys\n"
        f"sys.path.insert(0, {str(Path(__file__).parents[2])!r})\n"
        f"from {module} import main\n"
        f"main({', '.join(map(repr, arguments))})\n"
    )
    line = f"#!{sys.executable} -IS\n"
    if " " in sys.executable or len(line) > _MOST_SHEBANG:
        # A shell reads the second line as a command, Python as the start of a text.
        line = f"#!/bin/sh\n'''exec' \"{sys.executable}\" -IS \"$0\" \"$@\"\n' '''\n"
    with tempfile.NamedTemporaryFile("w", dir=path.parent, prefix=f".{path.name}-", delete=False) as aside:
        aside.write(line + body)
    new = Path(aside.name)
    new.chmod(0o755)
    new.replace(path)
