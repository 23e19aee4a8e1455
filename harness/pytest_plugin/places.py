"""Which lit suite a path is of, which file a lit test is in, and the ids of items (pure but for `exists`).

The id of an item is the path of its test and its LLVM: `lit-tests/X86/foo.ll[llvm-19]`. pytest itself takes
only `path::name[...]` on its command line, so ids are rewritten there.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path

from harness.pytest_plugin.columns import find_column

# As lit looks for them (lit/main.py, lit/discovery.py): a site's configuration before the suite's own.
_CONFIGURATIONS = ("lit.site.cfg.py", "lit.site.cfg", "lit.cfg.py", "lit.cfg")
_ID = re.compile(r"(?P<path>[^\[\]]+)\[(?P<label>[^\[\]]+)\]")


@dataclass(frozen=True, slots=True)
class TestPlace:
    """Where pytest finds a test: in a file, and its name there; empty if the file is the test."""

    __test__ = False  # not a pytest class

    file: Path
    rest: str = ""

    @property
    def name(self) -> str:
        """What an item is called, before its LLVM."""
        return self.rest or self.file.name


def find_configuration(folder: Path) -> Path | None:
    """The configuration of the suite whose root is this folder."""
    found = (folder / name for name in _CONFIGURATIONS)
    return next((path for path in found if path.is_file()), None)


def find_root(path: Path) -> Path | None:
    """The root of the suite that a path is in, or is; None if there is none."""
    return next((folder for folder in (path, *path.parents) if find_configuration(folder) is not None), None)


def find_place(root: Path, name: str) -> TestPlace:
    """Where the test of this name is: a file, a part of a file, or else the suite's configuration."""
    path, parts = root, name.split("/")
    for number, part in enumerate(parts, 1):
        path /= part
        if path.is_file():
            return TestPlace(path, "/".join(parts[number:]))
    configuration = find_configuration(root)
    return TestPlace(configuration if configuration is not None else root / _CONFIGURATIONS[2], name)


def split_id(argument: str) -> tuple[str, str, str]:
    """The path of an argument, the name in it and its column: `a/b.ll[llvm-19]` -> a/b.ll, "", 19."""
    rest, column = argument, ""
    if not os.path.exists(argument) and (found := _ID.fullmatch(argument)):  # noqa: PTH110 - a text
        rest, column = found["path"], find_column(found["label"])
    path, _, name = rest.partition("::")
    return path, name, column


def for_pytest(argument: str) -> str:
    """An argument that names an item as pytest takes it."""
    path, name, column = split_id(argument)
    if not column or name:
        return argument
    return f"{path}::{os.path.basename(path)}{argument.removeprefix(path)}"  # noqa: PTH119 - a text
