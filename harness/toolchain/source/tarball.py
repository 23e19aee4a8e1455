"""A source tarball. Only what llc and lli are built from is unpacked."""

from __future__ import annotations

import tarfile
from collections.abc import Callable
from pathlib import Path

from harness import process
from harness.errors import UsageError
from harness.llvm import SourceTree
from harness.process import Jail, JailKind
from harness.store import Store, digest, disk_full, file_digest, no_space
from harness.toolchain.source.tree import COMPONENTS, VERSION_FILES, check_tree, version_of

NOT_UNPACKED = ("libc/test", "libc/benchmarks", "third-party/benchmark")
# LLVM's source has 3 GiB in all.
UNPACK_LIMITS = process.Limits(wall=1800, cpu=0, memory=0, output=0, files=16 * 1024 * process.MIB)


def unpack(tarball: Path, target: Path) -> None:
    """Unpack the components in the tarball into `target`, without its top directory."""
    try:
        with tarfile.open(tarball) as archive:
            first = archive.next()
            top = first.name.split("/", maxsplit=1)[0] if first is not None else ""
    except (tarfile.TarError, OSError, EOFError) as error:
        raise UsageError(f"{tarball}: not a tarball that can be read: {error}", "fetch it again") from error
    # GNU tar decompresses in a process of its own, three times as fast as tarfile. A release may lack some
    # of the components.
    components = [f"{top}/{name}" for name in COMPONENTS]
    options = ["--strip-components=1", "--no-same-owner", *(f"--exclude={top}/{n}" for n in NOT_UNPACKED)]
    # The jail starts elsewhere.
    archived, place = tarball.absolute(), target.absolute()
    argv = ["tar", "-x", "-f", str(archived), "-C", str(place), *options, *components]
    jail = Jail(JailKind.BUILD, (archived,), (place,))
    result = process.run(argv, env={"LC_ALL": "C"}, limits=UNPACK_LIMITS, jail=jail)
    text = result.text
    if disk_full(text):
        raise no_space(f"unpack {tarball.name}")
    harmless = ("Not found in archive", "Exiting with failure status due to previous errors")
    wrong = [line for line in text.splitlines() if not line.endswith(harmless)]
    if result.limit or (not result.ok and (wrong or not text)):
        raise UsageError(f"{tarball}: cannot be unpacked", "fetch it again", "\n".join(wrong)[-2000:])


def source(store: Store, tarball: Path, say: Callable[[str], None]) -> SourceTree:
    """LLVM's source from a tarball on this machine. Raises UsageError if it is not LLVM's."""
    if not tarball.is_file():
        raise UsageError(f"{tarball}: no such file", "name a source tarball or an llvm-project checkout")
    identity = digest("tarball", file_digest(tarball))

    def build(aside: Path) -> None:
        say(f"unpacking {tarball.name}")
        unpack(tarball, aside)
        check_tree(aside, str(tarball))

    root = store.make("source", identity, build, lazily=VERSION_FILES)
    return SourceTree(root, version_of(root), identity, f"tarball {tarball.name}")
