"""LLVM's strategies of garbage collection, which not every llvmlite is linked with: 0.43 and 0.44 have none.

Without them, code generation ends every module that names one by a fatal error. llc has them all.
"""

from __future__ import annotations

import functools
import re

from harness.toolchain.wheel import embedded, ir
from harness.toolchain.wheel.embedded import UnsupportedError
from harness.toolchain.wheel.options import TargetOptions

_NAMED = re.compile(rb'(?<!")\bgc\s*"')
_PROBE = b'define void @f() gc "statepoint-example" {\n  ret void\n}\n'


@functools.cache
def has_collectors() -> bool:
    """Whether code can be generated for a function with a strategy. Asked of a child, which may die of it."""
    return "unsupported GC" not in embedded.capture(_compile)[1]


def _compile() -> None:
    machine = embedded.target_machine("llc", TargetOptions(), "")
    prepared = ir.prepare(_PROBE, ir.read_header(_PROBE), machine.layout, "probe")
    embedded.emit(machine, embedded.parse_text("llc", prepared, "probe"), assembly=True, verbose=False)


def names_collector(text: bytes) -> bool:
    """Whether a function of the module has a strategy."""
    return _NAMED.search(ir.without_comments(text)) is not None


def require(tool: str, text: bytes) -> None:
    """Raise UnsupportedError if the module has a strategy and this llvmlite does not."""
    if names_collector(text) and not has_collectors():
        raise UnsupportedError(
            f"{tool}: error: this toolchain has no strategies of garbage collection: its llvmlite is not "
            "linked with them; use another llvmlite, or an LLVM with a real llc\n",
            "strategies of garbage collection",
        )
