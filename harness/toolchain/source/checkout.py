"""A git checkout of llvm-project. A commit's files are copied out of it; the checkout stays as it is."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from harness import git, process
from harness.errors import UsageError
from harness.llvm import SourceTree
from harness.process import Jail, JailKind
from harness.store import Store, digest, disk_full, no_space
from harness.toolchain.source.tarball import UNPACK_LIMITS
from harness.toolchain.source.tree import COMPONENTS, VERSION_FILES, check_tree, version_of


def source(store: Store, repo: Path, revision: str, say: Callable[[str], None]) -> SourceTree:
    """The files of one commit, in the store. Raises UsageError if it is not llvm-project."""
    if not git.is_repository(repo):
        raise UsageError(
            f"{repo}: is not a git repository", "name a checkout of llvm-project, or a source tarball"
        )
    name = git.commit(repo, revision)
    identity = digest("git", name)

    def build(aside: Path) -> None:
        present = git.run(["ls-tree", "--name-only", name], repo).stdout.decode().split()
        wanted = [component for component in COMPONENTS if component in present]
        if "llvm" not in wanted:
            raise UsageError(
                f"{repo}: commit {name[:12]} has no llvm/ directory",
                "name the top directory of an llvm-project checkout",
            )
        say(f"copying {name[:12]} out of {repo}")
        archive = aside.absolute() / "archive.tar"
        wanted = ["archive", "--format=tar", "-o", str(archive), name, "--", *wanted]
        made = git.run(wanted, repo, limits=UNPACK_LIMITS)
        if made.ok:
            place = aside.absolute()
            jail = Jail(JailKind.BUILD, (), (place,))
            unpacking = ["tar", "-x", "--no-same-owner", "-C", str(place), "-f", str(archive.absolute())]
            made = process.run(unpacking, limits=UNPACK_LIMITS, jail=jail)
        archive.unlink(missing_ok=True)
        if disk_full(made.text):
            raise no_space(f"copy commit {name[:12]} out of {repo}")
        if not made.ok:
            raise UsageError(f"{repo}: cannot copy commit {name[:12]}", "see git's message", made.text)
        check_tree(aside, str(repo))

    root = store.make("source", identity, build, lazily=VERSION_FILES)
    return SourceTree(root, version_of(root), identity, f"commit {name[:12]} of {repo}")
