"""The jail of a build: what cmake, ninja, compilers, TableGen and linkers read, write and know.

A patch decides what they read, and a full build runs what it brings. Base's run in the same jail: one rule
for both sides. A program writes into one folder alone, which is no entry of the store yet. Two kinds of
folders stay: the tree of base's graph, and ccache's folder. Nothing that a patch brings ever runs where one
of these may be written.
"""

from __future__ import annotations

import contextlib
import os
import posixpath
import re
import shutil
import stat
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from harness import process
from harness.errors import PatchError
from harness.llvm import Prebuilt
from harness.process import Completed, Jail, JailKind
from harness.process.jail import holds_home, is_below, machine_paths, program_paths, python_paths

Environment = dict[str, str | None]

# The places that the words of a command name: a file, or a folder after an option or `=`.
_PLACE = re.compile(r"(?:-(?:I|L|B|isystem|iquote)|--?[\w-]+=)?(/.*)")
# What compilers, assemblers and TableGen say of a file that is not there for them. `...` is its name.
_NOT_THERE = (
    r"error: '(?P<a>[^'\n]+)' file not found",
    r"error: cannot open file '(?P<b>[^'\n]+)'",
    r"error: (?P<c>[^\n]+): (?:No such file or directory|Permission denied)$",
    r"[Cc]ould not find (?:incbin|include) file '(?P<d>[^'\n]+)'",
    r"Error: file not found: (?P<e>[^\n]+)$",
    r"Error: can't open (?P<f>[^\n]+) for reading: ",
    r"cannot open (?P<g>/[^\n]+): (?:No such file|Permission denied)",
)
_MISSING = re.compile("|".join(_NOT_THERE), re.M)


@dataclass(frozen=True, slots=True)
class Enclosure:
    """How the programs of a build are started: their environment, and what all of them read.

    `writes` are folders that each program which makes something may write besides its own.
    """

    variables: tuple[tuple[str, str | None], ...] = ()
    reads: tuple[Path, ...] = ()
    writes: tuple[Path, ...] = ()

    @property
    def env(self) -> Environment:
        """The environment; all else that the user has set is not there."""
        return dict(self.variables)

    def ask(self, argv: Sequence[str], reads: Iterable[Path], *, cwd: Path | None = None) -> Completed:
        """Run a program that writes nothing but its output."""
        return process.run(
            argv, cwd=cwd, env=self.env, limits=process.BUILD_LIMITS, jail=self._jail(argv, reads, ())
        )

    def fill(
        self, argv: Sequence[str], folder: Path, reads: Iterable[Path], *, cwd: Path, stdin: bytes = b""
    ) -> Completed:
        """Run a program that makes files in `folder`. Raises PatchError if it makes anything else there."""
        with _temporary(folder) as own:
            jail = self._jail(argv, reads, (own, folder))
            limits = process.BUILD_LIMITS
            done = process.run(argv, cwd=cwd, env=self.env, stdin=stdin, limits=limits, jail=jail)
        require_plain(folder)
        return done

    def tend(
        self,
        argv: Sequence[str],
        build: Path,
        reads: Iterable[Path],
        on_line: Callable[[str], None] = lambda _line: None,
    ) -> Completed:
        """Run cmake or ninja on a build tree that stays, as `process.stream` does. One at a time.

        `stdout` of what is returned holds the last 64 KiB of its output.
        """
        build.mkdir(parents=True, exist_ok=True)
        own = build.with_name("tmp")
        shutil.rmtree(own, ignore_errors=True)
        own.mkdir()
        try:
            jail = self._jail(argv, reads, (own, build, *self.writes))
            return process.stream(argv, on_line, env=self.env, jail=jail)
        finally:
            shutil.rmtree(own, ignore_errors=True)

    def _jail(self, argv: Sequence[str], reads: Iterable[Path], writes: tuple[Path, ...]) -> Jail:
        wanted = outermost((*self.reads, *reads, *_named(argv)), machine_paths())
        return Jail(JailKind.BUILD, tuple(p for p in wanted if not is_below(p, writes)), writes)


def enclosure(prebuilt: Prebuilt) -> Enclosure:
    """What programs of a build over these archives start with: they read the toolchain and this Python."""
    names = ("cmake", "ninja", "ccache", *([f"ld.{prebuilt.linker}"] if prebuilt.linker else []))
    programs = [shutil.which(name) for name in names]
    programs += [str(path) for path in (prebuilt.cc, prebuilt.cxx, prebuilt.tblgen) if path is not None]
    places = [prebuilt.prefix, prebuilt.bin, prebuilt.sysroot, prebuilt.libs, prebuilt.loader]
    # The archives may have been configured for a compiler or for libraries that are elsewhere.
    words = [word for _name, value in prebuilt.settings for word in re.split(r"[;:,\s]", value)]
    reads = [
        *(part for path in places if path is not None and path.is_absolute() for part in _parts(path)),
        *(part for one in programs if one and one.startswith("/") for part in program_paths(Path(one))),
        *_named(words),
        *(*program_paths(Path(sys.executable)), *python_paths()),
    ]
    return Enclosure(tuple(build_env(prebuilt).items()), outermost(reads, ()))


def build_env(prebuilt: Prebuilt) -> Environment:
    """The environment of a build's programs: our tools first on PATH, nothing else of the user's."""
    path = f"{prebuilt.bin}:{Path(sys.executable).parent}:{os.environ.get('PATH', '/usr/bin:/bin')}"
    return {"PATH": path, "LC_ALL": "C"}


def _parts(place: Path) -> Sequence[Path]:
    """A place; of one that holds the user's own as well, what programs that are installed there read."""
    return program_paths(place / "bin/program") if holds_home(place) else (place,)


def outermost(paths: Iterable[Path], known: Sequence[Path]) -> tuple[Path, ...]:
    """The paths without those below another one or below one of `known`."""
    found: list[Path] = []
    for path in sorted(dict.fromkeys(paths), key=lambda one: len(one.parts)):
        if not is_below(path, (*known, *found)):
            found.append(path)
    return tuple(found)


def _named(argv: Iterable[str]) -> Iterator[Path]:
    """What the words of a command name by absolute paths, but never a folder that holds the user's own.

    Commands are those of base's graph, so a patch names nothing there.
    """
    for word in argv:
        if found := _PLACE.fullmatch(word):
            path = Path(posixpath.normpath(found[1]))
            if path.exists() and not holds_home(path):
                yield path


@contextlib.contextmanager
def _temporary(folder: Path) -> Iterator[Path]:
    """A folder for temporary files, which is gone when what is made in `folder` is looked at."""
    path = Path(tempfile.mkdtemp(prefix=".tmp-", dir=folder))
    try:
        yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)


def require_plain(folder: Path) -> None:
    """Raise PatchError unless all below `folder` is files and folders.

    What reads it next has all of the user's rights: a link would have it read, and keep, any file.
    """
    for place, folders, files in os.walk(folder):
        for name in (*folders, *files):
            path = Path(place, name)
            kind = path.lstat().st_mode
            if not stat.S_ISDIR(kind) and not stat.S_ISREG(kind):
                raise _foreign(str(path.relative_to(folder)))


def require_own(top: Path, names: Iterable[str]) -> None:
    """Raise PatchError if one of these below `top` is there, but is no file or leads out of `top`."""
    for name in names:
        path = top / name
        if path.is_symlink() or path.exists():
            real = path.resolve()
            if not real.is_file() or not real.is_relative_to(top.resolve()):
                raise _foreign(name)


def _foreign(name: str) -> PatchError:
    return PatchError(
        f"the build makes {name}, which is not a file of its own", "have the build make plain files there"
    )


def find_missing(text: str, folder: Path) -> tuple[str, ...]:
    """The files that are not there for a program, as its messages name them, made absolute.

    `folder` is where the file lies that includes them. A name without a path to elsewhere is left out: it may
    be any header.
    """
    found = (next(name for name in one.groups() if name) for one in _MISSING.finditer(text))
    away = (name for name in found if name.startswith("/") or "../" in name)
    return tuple(dict.fromkeys(posixpath.normpath(posixpath.join(folder, name)) for name in away))
