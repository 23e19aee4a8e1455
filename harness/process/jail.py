"""What a child may do to the machine: the folders it may read and write, and the environment it starts with.

There are three kinds of jails, after what runs in them: a *build* (cmake, compilers, TableGen, linkers), a
*worker* (lit with its shell and all tools of its tests), and a *program* (one tool, or something that a
series or a report has brought). None has a network.
"""

from __future__ import annotations

import enum
import os
import re
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

# What of our environment a jailed child gets. Everything else may be a token, or may change what tools do.
PASSED = ("PATH",)

# The machine's own programs, with what the dynamic loader and libc read to start them.
_MACHINE = """
    /usr /bin /sbin /lib /lib32 /lib64 /libx32
    /etc/alternatives /etc/ld.so.cache /etc/ld.so.conf /etc/ld.so.conf.d /etc/localtime /etc/nsswitch.conf
    /etc/passwd /etc/group
"""
# What Python and Debian call the folder of installed packages.
_PACKAGES = ("site-packages", "dist-packages")
# What an installation has beside its programs.
_INSTALLED = ("lib", "lib32", "lib64", "libexec", "include", "share")
# A script that starts a program in its place: what it names, and how long it may be.
_NAMES = re.compile(rb'"(/[^"$:\n]+)')
_SCRIPT = 4096


class JailKind(enum.Enum):
    """What runs in a jail."""

    BUILD = "build"
    WORKER = "worker"
    PROGRAM = "program"


@dataclass(frozen=True, slots=True)
class Jail:
    """What a child may read and write besides the machine's own programs. All else is not there for it.

    `reads` and `writes` are absolute paths; those of `writes` are folders that exist, and no path of `reads`
    is below one of them, as Landlock cannot take away what it gives. The first of `writes` is its HOME and,
    unless `temporary` is another, its TMPDIR. `channels` are descriptors that it inherits.
    """

    kind: JailKind
    reads: tuple[Path, ...] = ()
    writes: tuple[Path, ...] = ()
    temporary: Path | None = None
    channels: tuple[int, ...] = field(default=(), compare=False)

    def __post_init__(self) -> None:
        """Refuse what cannot be expressed in every mode."""
        for path in (*self.reads, *self.writes):
            if not path.is_absolute():
                raise ValueError(f"a jail needs absolute paths: {path}")
        for path in self.reads:
            if inside := next((one for one in self.writes if one in path.parents), None):
                raise ValueError(f"{path} would be writable: it is below {inside}")

    def environment(self, given: Mapping[str, str | None]) -> dict[str, str]:
        """What its child starts with: nothing of ours but `given` and what PASSED names."""
        home = self.writes[0] if self.writes else Path("/nonexistent")
        clean = {name: os.environ[name] for name in PASSED if name in os.environ}
        clean |= {"HOME": str(home), "TMPDIR": str(self.temporary or home), "LC_ALL": "C.UTF-8", "TZ": "UTC"}
        merged: dict[str, str | None] = {**clean, **given}
        return {name: value for name, value in merged.items() if value is not None}


def machine_paths() -> tuple[Path, ...]:
    """What every jailed child may read: the machine's programs and libraries, and where PATH finds others."""
    return (*_machine_paths(), *_path_folders(os.environ.get("PATH", ""), Path.home()))


@cache
def _machine_paths() -> tuple[Path, ...]:
    return tuple(path for word in _MACHINE.split() if (path := Path(word)).exists())


@cache
def _path_folders(path: str, home: Path) -> tuple[Path, ...]:
    """The folders of PATH, but for those of a user: what a user keeps beside programs may be secret."""
    folders = (Path(word) for word in path.split(os.pathsep) if word.startswith("/"))
    others = (one for one in folders if not is_below(home, [one]) and not is_below(one, [home]))
    return tuple(one for one in others if one.is_dir())


@cache
def python_paths() -> tuple[Path, ...]:
    """What a child that runs this Python with this package reads: no other folder that modules come from.

    Packages may be elsewhere than this Python: a user's own, and those of another environment.
    """
    package = Path(__file__).parents[1]
    packages = (path for path in map(Path, sys.path) if path.name in _PACKAGES and path.is_dir())
    return tuple(dict.fromkeys((Path(sys.prefix), Path(sys.base_prefix), package, *packages)))


def program_paths(program: Path) -> tuple[Path, ...]:
    """What a program in X/bin reads of its installation. Not all of X, which may be a user's home.

    All of X for a script that starts a program in X: that has its libraries anywhere there.
    """
    found = list(_wrapped(program))
    for one in with_real([program]):
        beside = (one.parent.with_name(name) for name in _INSTALLED)
        found += (one.parent, *(place for place in beside if place.is_dir()))
    return tuple(dict.fromkeys(found))


def _wrapped(script: Path) -> tuple[Path, ...]:
    """What a script starts and names; nothing for any other program."""
    try:
        with script.open("rb") as file:
            text = file.read(_SCRIPT)
    except OSError:
        return ()
    named = (
        [Path(os.fsdecode(name)) for name in _NAMES.findall(text)] if text.startswith(b"#!/bin/sh") else []
    )
    top = script.parent.parent
    if named and all(top in one.parents for one in named) and not holds_home(top):
        return (top,)
    return tuple(one for one in named if one.exists() and not holds_home(one))


def is_below(path: Path, folders: Iterable[Path]) -> bool:
    """Whether a path is that of a folder, or begins with it: `..` in it is a name like any other."""
    return any(path.is_relative_to(folder) for folder in folders)


def holds_home(folder: Path) -> bool:
    """Whether the user's own folder is this one or in it: then no jail may show all of it."""
    return is_below(Path.home(), [folder])


def with_real(paths: Iterable[Path]) -> tuple[Path, ...]:
    """The paths, each also as it is without symbolic links, each once."""
    return tuple(dict.fromkeys(one for path in paths for one in (path, path.resolve())))
