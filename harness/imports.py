"""Which code decides something: a module of the harness and all that it imports, other packages included."""

from __future__ import annotations

import hashlib
import re
import sys
from collections.abc import Iterable
from functools import cache
from importlib import metadata
from pathlib import Path

_HERE = Path(__file__).parent
_IMPORT = re.compile(
    r"^[ \t]*(?:from (?P<package>harness[\w.]*) import (?P<names>\([^)]*\)|[^\n]*)"
    r"|import (?P<module>harness[\w.]*))",
    re.M,
)
_NAME = re.compile(r"(\w+)(?: as \w+)?")
_TOP_LEVEL = re.compile(r"^[ \t]*(?:from|import) (?P<name>\w+)", re.M)
# The distributions whose package has another name. importlib.metadata.packages_distributions() would know
# them, but reads every installed file list: 0.3 s.
_DISTRIBUTIONS = {"elftools": "pyelftools", "xdist": "pytest-xdist"}


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
def fingerprint(*modules: str) -> tuple[str, ...]:
    """What these modules and all that they import are, in words; the same in every place they are installed.

    Python's version, that of each distribution, and for each file of the harness its digest. A process asks
    often, and runs what it has loaded, whatever becomes of the files.
    """
    files = {path.relative_to(_HERE).as_posix(): path for path in closure(*modules)}
    digests = (f"{name} {hashlib.sha256(files[name].read_bytes()).hexdigest()}" for name in sorted(files))
    return (sys.version, *_versions(files.values()), *digests)


def _versions(files: Iterable[Path]) -> list[str]:
    """The distributions that files import, with their versions, sorted."""
    names = set().union(*map(_top_levels, files)) - sys.stdlib_module_names
    return [f"{name} {version}" for name in sorted(names) if (version := _version(name)) is not None]


@cache
def _top_levels(file: Path) -> frozenset[str]:
    return frozenset(found["name"] for found in _TOP_LEVEL.finditer(file.read_text(encoding="utf-8")))


def _version(package: str) -> str | None:
    """The version of the distribution that a package comes from; None for a word of a docstring."""
    try:
        return metadata.version(_DISTRIBUTIONS.get(package, package))
    except metadata.PackageNotFoundError:
        return None


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
    """Where a module's text is; None if the name is not a module's."""
    place = _HERE.joinpath(*module.split(".")[1:])
    for path in (place / "__init__.py", place.with_suffix(".py")):
        if path.is_file():
            return path
    return None
