"""Git free of the user's settings, and patches out of a repository, which is only read."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from harness import process
from harness.errors import EnvironmentLacksError, UsageError

# Memory is not bounded: git maps whole packs, and llvm-project's are larger than any sensible bound.
LIMITS = process.Limits(wall=120, cpu=120, memory=0, output=64 * process.MIB)

# A hook that starts the harness has these set for another repository; git must find its own.
_INHERITED = (
    "GIT_DIR",
    "GIT_WORK_TREE",
    "GIT_INDEX_FILE",
    "GIT_PREFIX",
    "GIT_COMMON_DIR",
    "GIT_OBJECT_DIRECTORY",
    "GIT_NAMESPACE",
    "GIT_EXTERNAL_DIFF",
    "GIT_DIFF_OPTS",
    "GIT_LITERAL_PATHSPECS",
)

# Settings may change what a diff looks like; the same commit must give the same patch everywhere. These are
# git's own defaults, said aloud.
_PLAIN = [
    "--no-ext-diff",
    "--no-textconv",
    "--no-color",
    "--diff-algorithm=myers",
    "--indent-heuristic",
    "--unified=3",
    "--inter-hunk-context=0",
    "-M",
    "--src-prefix=a/",
    "--dst-prefix=b/",
    "--no-relative",
    "--submodule=short",
    "-O/dev/null",
]
_MAIL = [
    "--stdout",
    "--no-attach",
    "--no-thread",
    "--no-signoff",
    "--no-cover-letter",
    "--no-notes",
    "--no-base",
    "--no-to",
    "--no-cc",
    "--no-add-header",
    "--subject-prefix=PATCH",
    "--numbered",
    "--signature=git",
    "--encode-email-headers",
]


def run(
    args: Sequence[str], cwd: Path, *, stdin: bytes = b"", env: dict[str, str] | None = None
) -> process.Completed:
    """Run git in English, its answer whatever it is. Raises EnvironmentLacksError without git."""
    settings = {"LC_ALL": "C", "GIT_OPTIONAL_LOCKS": "0", "GIT_TERMINAL_PROMPT": "0", **(env or {})}
    dropped = [
        flag for name in _INHERITED if name in os.environ and name not in settings for flag in ("-u", name)
    ]
    try:
        done = process.run(
            [*(("env", *dropped) if dropped else ()), "git", *args],
            cwd=cwd,
            env=settings,
            stdin=stdin,
            limits=LIMITS,
        )
    except FileNotFoundError:
        raise EnvironmentLacksError(
            "git is not installed or not on PATH", "install it: `apt-get install git`"
        ) from None
    if done.limit:
        raise UsageError(f"git {args[0]}: {done.limit}", "give a smaller change")
    return done


def is_repository(repo: Path) -> bool:
    """Whether git finds a repository at or above `repo`."""
    return repo.is_dir() and run(["rev-parse", "--git-dir"], repo).ok


def has_commit(repo: Path, name: str) -> bool:
    """Whether `name` is one commit of the repository."""
    return run(["rev-parse", "--verify", "--quiet", "--end-of-options", f"{name}^{{commit}}"], repo).ok


def patches(repo: Path, what: str) -> bytes:
    """The commits `A..B`, `A...B` (those of B since the merge base) or one commit, as an mbox or one diff.

    A range with merges becomes one diff of its end against its start: `git format-patch` would leave out what
    the merges changed. Raises UsageError that names the range and has git's message.
    """
    if "..." in what or ".." in what:
        dots = "..." if "..." in what else ".."
        left, right = (_commit(repo, what, side or "HEAD") for side in what.split(dots, 1))
        start = _merge_base(repo, what, left, right) if dots == "..." else left
        if not _output(repo, what, ["rev-list", "--max-count=1", f"{start}..{right}"]).strip():
            raise UsageError(f"{what}: there is no commit in this range", f"see `git log --oneline {what}`")
        if _output(repo, what, ["rev-list", "--max-count=1", "--merges", f"{start}..{right}"]).strip():
            # From the merge base: what the left side did meanwhile is not part of the change.
            base = _merge_base(repo, what, start, right)
            return _output(repo, what, ["diff", *_PLAIN, base, right])
        return _output(repo, what, ["format-patch", *_MAIL, *_PLAIN, f"{start}..{right}"])
    commit = _commit(repo, what, what)
    if _output(repo, what, ["rev-list", "--max-count=1", "--merges", commit]).split() == [commit.encode()]:
        return _output(repo, what, ["diff", *_PLAIN, f"{commit}^1", commit])
    return _output(repo, what, ["format-patch", *_MAIL, *_PLAIN, "--root", "-1", commit])


def _commit(repo: Path, what: str, name: str) -> str:
    if name.startswith("-"):
        raise UsageError(f"{what}: {name!r} is no name of a commit", "give A..B, A...B or one commit")
    done = run(["rev-parse", "--verify", "--end-of-options", f"{name}^{{commit}}"], repo)
    commit = done.stdout.decode("ascii", "replace").split()
    if not done.ok or not commit:
        raise UsageError(
            f"{what}: git finds no commit {name!r} in {repo}",
            f"check the name with `git -C {repo} log -1 {name}`; fetch it first if it is on a remote",
            done.stderr.decode("utf-8", "replace"),
        )
    return commit[-1]


def _merge_base(repo: Path, what: str, left: str, right: str) -> str:
    done = run(["merge-base", left, right], repo)
    if not done.ok:
        raise UsageError(
            f"{what}: the two sides have no common ancestor in {repo}",
            "fetch more of the history (`git fetch --unshallow`), or give A..B",
            done.stderr.decode("utf-8", "replace"),
        )
    return done.stdout.decode("ascii").split()[0]


def _output(repo: Path, what: str, args: Sequence[str]) -> bytes:
    done = run(args, repo)
    if not done.ok:
        raise UsageError(
            f"{what}: git {args[0]} fails in {repo}",
            f"see `git -C {repo} log --oneline {what}`",
            done.stderr.decode("utf-8", "replace"),
        )
    return done.stdout
