"""What compilers say about a source, by file and line."""

from __future__ import annotations

import re
from pathlib import Path

from harness import process
from harness.builders.request import CompileError, Diagnostic, Side
from harness.errors import EnvironmentLacksError
from harness.store import disk_full, no_space

_ERROR = re.compile(r"^(?P<path>[^\s:][^:\n]*):(?P<line>\d+):\d+: (?:fatal )?error: (?P<message>.*)$", re.M)


class BaseCompileError(EnvironmentLacksError):
    """The compiler refuses a unit without the patch."""


def compile_diagnostics(text: str, root: Path) -> tuple[Diagnostic, ...]:
    """A compiler's errors, paths below `root` made relative to it."""
    relative = text.replace(f"{root}/", "")
    return tuple(Diagnostic(m["path"], int(m["line"]), m["message"]) for m in _ERROR.finditer(relative))


def explain_diagnostics(unit: str, side: Side, result: process.Completed) -> Exception:
    """What a compiler or TableGen said about a file, as an error of base or of the patch."""
    if disk_full(result.text):
        return no_space(f"compile {unit} of {side.name}")
    text = result.text.replace(f"{side.root}/", "")
    found = compile_diagnostics(result.text, side.root)
    what = f"{unit} does not compile"
    if found:
        what += f": {found[0].path}:{found[0].line}: {found[0].message}"
    elif result.limit:
        what += f": the compiler {result.limit}"
    if side.name == "base":
        # Only what the compiler itself says about the source: one that was killed may succeed next time.
        return (BaseCompileError if found else EnvironmentLacksError)(
            f"{what} (without the patch)",
            "the source and the compiler do not fit: see the message",
            text[-4000:],
        )
    error = CompileError(what, "mend the patch and run it again", text[:4000])
    error.diagnostics = found
    return error
