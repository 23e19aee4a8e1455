"""What `llc` and `lli` of this toolchain run: a call of the server that has LLVM loaded (server.py).

Without a server it becomes the tool itself. It imports next to nothing, as all that warm/client.py does.
"""

from __future__ import annotations

import _signal  # type: ignore[import-not-found]  # signal's C part has no stub; signal itself imports enum
import os
import sys

from harness.warm.client import TOOLS, connect, connect_by, end_as

TYPE_CHECKING = False
if TYPE_CHECKING:  # importing typing takes longer than all the rest together
    from typing import NoReturn

# How a worker tells the tools where to note refusals (harness/model.py, harness/runner/gate.py).
REFUSALS = "LLVM_PATCH_HARNESS_REFUSALS"
SAID = ".said"
# A worker has a server of its own. Outside, its socket is in a folder beside that of the tools, with this
# ending: a worker may read the tools, and must not find a process there that is in no jail.
BESIDE = "-server"


def _become_tool(tool: str, directory: str, root: str) -> NoReturn:
    code = (
        f"import sys; sys.path.insert(0, {root!r}); "
        "from harness.toolchain.wheel.tool import choose_package, main; "
        f"choose_package({directory!r}); main({tool!r}, sys.argv[1:])"
    )
    os.execv(sys.executable, [sys.executable, "-I", "-c", code, *sys.argv[1:]])  # noqa: S606 - on purpose


def _know_refusals() -> None:
    """Restore what a test has removed from the environment: a link next to the command has it."""
    if REFUSALS not in os.environ:
        try:  # noqa: SIM105 - contextlib is not imported here
            os.environ[REFUSALS] = os.readlink(f"{sys.argv[0].rpartition('/')[0]}/{SAID}")  # noqa: PTH115 - nor pathlib
        except OSError:
            pass  # not started by a test of ours


def main(tool: str, directory: str, root: str) -> NoReturn:
    """Run one call of the tool on the server of the tools in `directory`. `root` has this package."""
    _signal.signal(_signal.SIGINT, _signal.SIG_DFL)
    _know_refusals()
    connection = connect_by(TOOLS) or connect(directory + BESIDE)
    if connection is None:
        _become_tool(tool, directory, root)
    end_as(connection, tool)
