"""Unpacks Debian's packages into a tree of their own in the store, with commands that run what is in it."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Sequence
from pathlib import Path

from harness import apt, process
from harness.errors import EnvironmentLacksError
from harness.store import Store, disk_full, no_space
from harness.toolchain.debian import elf

# Dependencies that manage packages or document something: nothing runs them from the store.
SKIPPED = ("python3", "libpython3", "dpkg", "tar_", "media-types", "readline-common", "perl", "icu-devtools")
# The machine's loader needs the C and C++ run-time libraries of the machine, not those of the packages.
HOST_LIBRARIES = (
    *("libc.", "libm.", "ld-linux", "libpthread", "libdl.", "librt.", "libmvec", "libutil.", "libresolv"),
    *("libnss", "libanl", "libthread_db", "libcrypt.", "libnsl", "libstdc++", "libgcc_s"),
)
# The program that a command runs, below the entry.
# The last /root/ is the entry's; the store may be below another, root's home.
_PROGRAM = re.compile(r'exec ".*/(root/[^"]+)" "\$@"')
# In an entry of a newer Debian: the path of its own loader, below the entry.
_LOADER = "loader"
EXCLUDED = ("./usr/share/doc", "./usr/share/man", "./usr/share/locale", "./usr/share/info", "./var")


def fetch(source: apt.Apt, packages: Sequence[str], root: Path, say: apt.Say, what: str) -> list[Path]:
    """Fetch packages with their dependencies and unpack them below `root`. Returns the deleted files."""
    files = [file for file in source.fetch(packages) if not file.name.startswith(SKIPPED)]
    say(f"unpacking {len(files)} packages of {what}")
    extract(files, root)
    for file in files:
        file.unlink()
    return files


def extract(files: Sequence[Path], root: Path) -> None:
    """Unpack packages over one another into a tree where /lib is /usr/lib, as on Debian itself."""
    for folder in ("lib", "lib64", "bin", "sbin"):
        (root / "usr" / folder).mkdir(parents=True)
        (root / folder).symlink_to(f"usr/{folder}")
    # A package may have /lib/x86_64-linux-gnu: --keep-directory-symlink follows the link.
    # In two steps, not in a pipe: sh has no pipefail, and would not notice that the first program failed.
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


def find_entry(store: Store, key: str) -> Path | None:
    """An entry of unpacked packages, if the store has it, with commands that run what is in it.

    The commands name their own folder. Those of a store that was moved or copied are written again.
    """
    home = store.get("debian", key)
    # By its own name: another run may know the same store by a link.
    if home is not None and not _at_home(home.resolve()):
        store.rework("debian", key, _settle)
    return home


def _at_home(home: Path) -> bool:
    return all(f'"{home}/root/'.encode() in command.read_bytes() for command in _commands(home)[:1])


def _settle(home: Path) -> None:
    """Write the links to libraries and the commands again, for the folder the entry is in now."""
    home = home.resolve()
    shutil.rmtree(home / "libs")
    link_libraries(home)
    for command in _commands(home):
        program = _PROGRAM.search(command.read_text())
        assert program is not None, command  # we wrote this text
        told = "LD_LIBRARY_PATH" in command.read_text()
        command.unlink()  # not its text: it may be a hard link to that of the store this one was copied from
        write_command(command, home, Path(program[1]), finds_libraries=not told)
    if (loader := own_loader(home)) is not None:
        for path in _programs(home):
            copy = path.with_name(f"{path.name}.copy")  # a hard link, too
            shutil.copy2(path, copy)
            elf.set_loader(copy, loader)
            copy.replace(path)


def _commands(home: Path) -> list[Path]:
    return sorted((home / "bin").iterdir())


def link_libraries(home: Path) -> None:
    """Make `libs/`: links to all shared libraries but those that belong to the machine's loader.

    Programs with a loader of their own need these too.
    """
    libs = home / "libs"
    libs.mkdir()
    apart = own_loader(home) is not None
    for folder in _library_dirs(home / "root"):
        for library in folder.glob("*.so*"):
            if apart or not library.name.startswith(HOST_LIBRARIES):
                (libs / library.name).symlink_to(Path("..") / library.relative_to(home))


def write_command(command: Path, final: Path, program: Path, *, finds_libraries: bool = False) -> None:
    """Write a command that runs a program below `final` with the libraries it was unpacked with.

    Unless the program finds them itself, it is told by a variable, which those that it starts get too.
    """
    place = (
        "" if finds_libraries else f'LD_LIBRARY_PATH="{final}/libs${{LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}}" '
    )
    command.write_text(f'#!/bin/sh\n{place}exec "{final / program}" "$@"\n')
    command.chmod(0o755)


def own_loader(home: Path) -> Path | None:
    """The loader that an entry's programs run in; None if it is the machine's."""
    named = home / _LOADER
    return home / named.read_text() if named.exists() else None


def adopt_loader(aside: Path, final: Path, prefix: Path) -> None:
    """Have the programs of a newer Debian run in the loader and with the C library that came with them.

    `prefix` is LLVM's folder in the entry: its programs look for libraries in `lib` beside them.
    """
    programs = _programs(aside)
    if not programs:
        return
    name = Path(elf.read_loader(programs[0])).name
    found = [path for folder in _library_dirs(aside / "root") if (path := folder / name).exists()]
    if not found:
        raise EnvironmentLacksError(f"Debian's libc6 has no {name}", "run the command again")
    loader = found[0].relative_to(aside)
    (aside / _LOADER).write_text(str(loader))
    for path in programs:
        elf.set_loader(path, final / loader)
    folders = [*_library_dirs(aside / "root"), aside / prefix / "lib"]
    libraries = [path for folder in folders for path in sorted(folder.glob("*.so*"))]
    for path in (*programs, *libraries):
        if path.is_file() and not path.is_symlink():
            elf.inherit_search_path(path)
    (aside / prefix / "lib").mkdir(exist_ok=True)
    for library in libraries:
        link = aside / prefix / "lib" / library.name
        if ".so." in library.name and not link.is_symlink() and not link.exists():
            link.symlink_to(os.path.relpath(library, link.parent))


def _programs(home: Path) -> list[Path]:
    """The files of an entry that name a loader: programs in its folders of programs."""
    folders = (*home.glob("root/usr/lib/llvm-*/bin"), home / "root/usr/bin")
    files = (path for folder in folders if folder.is_dir() for path in sorted(folder.iterdir()))
    return [path for path in files if path.is_file() and not path.is_symlink() and elf.read_loader(path)]
