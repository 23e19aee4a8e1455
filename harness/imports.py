"""Which of the harness' own code decides something: a module and all that it imports."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

_HERE = Path(__file__).parent
_IMPORT = re.compile(
    r"^[ \t]*(?:from (?P<package>harness[\w.]*) import (?P<names>\([^)]*\)|[^\n]*)"
    r"|import (?P<module>harness[\w.]*))",
    re.M,
)
_NAME = re.compile(r"(\w+)(?: as \w+)?")


def closure(*modules: str) -> frozenset[Path]:
    """The files of these modules (`harness.runner.worker`) and of all that they import, anywhere in them."""
    found: set[str] = set()
    pending = [name for module in modules for name in _with_packages(module)]
    while pending:
        name = pending.pop()
        if name not in found:
            found.add(name)
            pending += _imported(name)
    return frozenset(path for name in found if (path := _file(name)) is not None)


@cache
def _imported(module: str) -> tuple[str, ...]:
    path = _file(module)
    named: list[str] = []
    for match in _IMPORT.finditer(path.read_text(encoding="utf-8") if path else ""):
        package = match["package"] or match["module"]
        named += [package, *(f"{package}.{name[1]}" for name in _NAME.finditer(match["names"] or ""))]
    return tuple(part for name in named if _file(name) for part in _with_packages(name))


def _with_packages(module: str) -> list[str]:
    """A module and the packages it is in, whose code runs too."""
    parts = module.split(".")
    return [".".join(parts[:end]) for end in range(1, len(parts) + 1)]


def _file(module: str) -> Path | None:
    """Where a module's text is; None for a name that is no module's."""
    place = _HERE.joinpath(*module.split(".")[1:])
    for path in (place / "__init__.py", place.with_suffix(".py")):
        if path.is_file():
            return path
    return None
