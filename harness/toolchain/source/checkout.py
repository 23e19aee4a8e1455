"""A git checkout of llvm-project: a commit's files are copied out of it; the checkout is never touched."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from harness import process
from harness.errors import UsageError
from harness.model import SourceTree
from harness.store import Store, digest, disk_full, no_space
from harness.toolchain.source.tarball import UNPACK_LIMITS
from harness.toolchain.source.tree import COMPONENTS, VERSION_FILES, check_tree, version_of

GIT_LIMITS = process.Limits(wall=120, cpu=0, memory=0)
# Called from a git hook, these name the hook's repository, not the one that -C does.
GIT_ENV = {"LC_ALL": "C", **dict.fromkeys(("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_COMMON_DIR"))}


def git(repo: Path, *argv: str) -> process.Completed:
    """Run git in a checkout. Raises UsageError if there is no git."""
    try:
        return process.run(["git", "-C", repo, *argv], env=GIT_ENV, limits=GIT_LIMITS)
    except FileNotFoundError:
        raise UsageError("git: not found", "apt-get install git") from None


def commit(repo: Path, revision: str) -> str:
    """The commit a revision names. Raises UsageError that names the checkout and the revision."""
    result = git(repo, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}")
    if not result.ok:
        raise UsageError(
            f"{repo}: no commit {revision!r} there",
            "name a checkout of llvm-project and a revision that 'git log' shows in it",
            result.stderr.decode("utf-8", "replace"),
        )
    return result.stdout.decode().strip()


def merge_base(repo: Path, left: str, right: str) -> str:
    """The commit two revisions have in common. Raises UsageError if there is none."""
    result = git(repo, "merge-base", commit(repo, left), commit(repo, right))
    if not result.ok:
        raise UsageError(
            f"{repo}: {left} and {right} have no common ancestor", "name two revisions of one history"
        )
    return result.stdout.decode().strip()


def source(store: Store, repo: Path, revision: str, say: Callable[[str], None]) -> SourceTree:
    """The files of one commit, in the store. Raises UsageError if it is not llvm-project."""
    name = commit(repo, revision)
    identity = digest("git", name)

    def build(aside: Path) -> None:
        present = git(repo, "ls-tree", "--name-only", name).stdout.decode().split()
        wanted = [component for component in COMPONENTS if component in present]
        if "llvm" not in wanted:
            raise UsageError(
                f"{repo}: commit {name[:12]} has no llvm/ directory",
                "name the top directory of an llvm-project checkout",
            )
        say(f"copying {name[:12]} out of {repo}")
        script = 'git -C "$1" archive --format=tar -o "$2.tar" "$3" -- $4 && tar -x -C "$2" -f "$2.tar"; '
        script += 'status=$?; rm -f "$2.tar"; exit $status'
        argv = ["sh", "-c", script, "sh", str(repo), str(aside), name, " ".join(wanted)]
        result = process.run(argv, env=GIT_ENV, limits=UNPACK_LIMITS)
        if disk_full(result.text):
            raise no_space(f"copy commit {name[:12]} out of {repo}")
        if not result.ok:
            raise UsageError(f"{repo}: cannot copy commit {name[:12]}", "see git's message", result.text)
        check_tree(aside, str(repo))

    root = store.make("source", identity, build, lazily=VERSION_FILES)
    return SourceTree(root, version_of(root), identity, f"commit {name[:12]} of {repo}")
