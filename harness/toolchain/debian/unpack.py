"""Unpacking Debian's packages into the store: a tree of its own, and commands that run what is in it."""

from __future__ import annotations

import re
import shutil
from collections.abc import Sequence
from pathlib import Path

from harness import apt, process
from harness.errors import EnvironmentLacksError
from harness.store import Store, disk_full, no_space

# Closure members that are package management or documentation: never run from the store.
SKIPPED = ("python3", "libpython3", "dpkg", "tar_", "media-types", "readline-common", "perl", "icu-devtools")
# The machine's own C and C++ run-time libraries go with its loader; ours would not.
HOST_LIBRARIES = (
    *("libc.", "libm.", "ld-linux", "libpthread", "libdl.", "librt.", "libmvec", "libutil.", "libresolv"),
    *("libnss", "libanl", "libthread_db", "libcrypt.", "libnsl", "libstdc++", "libgcc_s"),
)
# The program of a command, below its entry.
_PROGRAM = re.compile(r'exec ".*?/(root/[^"]+)" "\$@"')
EXCLUDED = ("./usr/share/doc", "./usr/share/man", "./usr/share/locale", "./usr/share/info", "./var")


def fetched(source: apt.Apt, packages: Sequence[str], root: Path, say: apt.Say, what: str) -> list[Path]:
    """Fetch packages with all they depend on and unpack them below `root`; their (gone) files, sorted."""
    files = [file for file in source.fetch(packages) if not file.name.startswith(SKIPPED)]
    say(f"unpacking {len(files)} packages of {what}")
    extract(files, root)
    for file in files:
        file.unlink()
    return files


def extract(files: Sequence[Path], root: Path) -> None:
    """Unpack packages over one another, in a tree where /lib is /usr/lib (as on Debian itself)."""
    for folder in ("lib", "lib64", "bin", "sbin"):
        (root / "usr" / folder).mkdir(parents=True)
        (root / folder).symlink_to(f"usr/{folder}")
    # A package may hold /lib/x86_64-linux-gnu: --keep-directory-symlink sends it through the link.
    # What may be missing after a bad archive shows as a failed pipe: sh has no pipefail, so in two steps.
    excluded = " ".join(f"--exclude={path}" for path in EXCLUDED)
    script = (
        f'dpkg-deb --fsys-tarfile "$1" > "$2.tar" && tar -x --keep-directory-symlink {excluded} -C "$2" '
        '-f "$2.tar"; status=$?; rm -f "$2.tar"; exit $status'
    )
    for file in files:
        result = process.run(
            ["sh", "-c", script, "sh", file, root], env={"LC_ALL": "C"}, limits=apt.FETCH_LIMITS
        )
        if not result.ok:
            if disk_full(result.text):
                raise no_space(f"unpack {file.name}")
            raise EnvironmentLacksError(f"cannot unpack {file.name}", "run the command again", result.text)


def _library_dirs(root: Path) -> list[Path]:
    return [path for path in sorted((root / "usr/lib").glob("*-linux-gnu")) if path.is_dir()]


def held(store: Store, key: str) -> Path | None:
    """An entry of unpacked packages, if the store has it. Its commands run what is in it, wherever it is.

    They name their own place, so those of a store that was moved, or copied, are written anew.
    """
    home = store.get("debian", key)
    if home is not None and not _at_home(home):
        store.rework("debian", key, _settle)
    return home


def _at_home(home: Path) -> bool:
    return all(_place(home).encode() in command.read_bytes() for command in _commands(home)[:1])


def _settle(home: Path) -> None:
    """Make libraries and commands what they are for this place."""
    shutil.rmtree(home / "libs")
    link_libraries(home)
    for command in _commands(home):
        program = _PROGRAM.search(command.read_text())
        assert program is not None, command  # this text is ours
        write_command(command, home, Path(program[1]))


def _commands(home: Path) -> list[Path]:
    return sorted((home / "bin").iterdir())


def link_libraries(home: Path) -> None:
    """`libs/`: every shared library of the closure but those that belong to the machine's loader."""
    libs = home / "libs"
    libs.mkdir()
    for folder in _library_dirs(home / "root"):
        for library in folder.glob("*.so*"):
            if not library.name.startswith(HOST_LIBRARIES):
                (libs / library.name).symlink_to(Path("..") / library.relative_to(home))


def write_command(command: Path, final: Path, program: Path) -> None:
    """A command that runs a program below `final` with the libraries it was unpacked with."""
    command.write_text(f'#!/bin/sh\n{_place(final)} exec "{final / program}" "$@"\n')
    command.chmod(0o755)


def _place(final: Path) -> str:
    return f'LD_LIBRARY_PATH="{final}/libs${{LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}}"'
