"""How git is run, free of the user's settings; and commits of a repository, which is only read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
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
# git's own defaults, spelled out.
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


# Inside another repository's working tree `git apply` skips files, silently: here there is no repository.
# Nor are there settings: core.autocrlf or an attribute would change bytes.
_ALONE = {
    "GIT_DIR": "/nonexistent",
    "GIT_CONFIG_GLOBAL": "/dev/null",
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_ATTR_NOSYSTEM": "1",
    "GIT_CONFIG_COUNT": "1",
    "GIT_CONFIG_KEY_0": "core.attributesFile",
    "GIT_CONFIG_VALUE_0": "/dev/null",
    "GIT_CONFIG_PARAMETERS": "",
}


def run(
    args: Sequence[str],
    cwd: Path,
    *,
    stdin: bytes = b"",
    env: Mapping[str, str] | None = None,
    limits: process.Limits = LIMITS,
) -> process.Completed:
    """Run git in English, its answer whatever it is. Raises EnvironmentLacksError without git."""
    settings = {"LC_ALL": "C", "GIT_OPTIONAL_LOCKS": "0", "GIT_TERMINAL_PROMPT": "0", **(env or {})}
    given = dict.fromkeys(_INHERITED) | settings
    try:
        done = process.run(["git", *args], cwd=cwd, env=given, stdin=stdin, limits=limits)
    except FileNotFoundError:
        raise EnvironmentLacksError(
            "git is not installed or not on PATH", "install it: `apt-get install git`"
        ) from None
    if done.limit:
        raise UsageError(f"git {args[0]}: {done.limit}", "give a smaller change")
    return done


def apply(patch: bytes, cwd: Path, *options: str) -> process.Completed:
    """Run `git apply -p1` on the files in `cwd`, where no repository and no settings count."""
    return run(["apply", "-p1", *options, "-"], cwd, stdin=patch, env=_ALONE)


def is_repository(repo: Path) -> bool:
    """Whether git finds a repository at or above `repo`."""
    return repo.is_dir() and run(["rev-parse", "--git-dir"], repo).ok


def has_commit(repo: Path, name: str) -> bool:
    """Whether `name` is one commit of the repository."""
    return run(["rev-parse", "--verify", "--quiet", "--end-of-options", f"{name}^{{commit}}"], repo).ok


def commit(repo: Path, name: str, *, given: str = "") -> str:
    """The full hash of a commit; `given` is what the user gave, if `name` is only a part of it.

    Raises UsageError if git finds no such commit.
    """
    given = given or name
    if name.startswith("-"):
        raise UsageError(f"{given}: {name!r} is not the name of a commit", "give A..B, A...B or one commit")
    done = run(["rev-parse", "--verify", "--end-of-options", f"{name}^{{commit}}"], repo)
    hashes = done.stdout.decode("ascii", "replace").split()
    if not done.ok or not hashes:
        raise UsageError(
            f"{given}: git finds no commit {name!r} in {repo}",
            f"check the name with `git -C {repo} log -1 {name}`; fetch it first if it is on a remote",
            done.stderr.decode("utf-8", "replace"),
        )
    return hashes[-1]


def start(repo: Path, commits: str) -> str:
    """The commit from which A..B or A...B starts, or the parent of one commit. Raises UsageError."""
    if ".." not in commits:
        return f"{commits}^"
    _, left, right = _ends(repo, commits)
    return _merge_base(repo, commits, left, right)


def export(repo: Path, commits: str) -> bytes:
    """The commits `A..B`, `A...B` (those of B since the merge base) or one commit, as an mbox or one diff.

    A range with merges becomes one diff of its end against its start: `git format-patch` would leave out what
    the merges changed. Raises UsageError that names the range and has git's message.
    """
    if ".." in commits:
        dots, left, right = _ends(repo, commits)
        first = _merge_base(repo, commits, left, right) if dots == "..." else left
        if not _output(repo, commits, ["rev-list", "--max-count=1", f"{first}..{right}"]).strip():
            raise UsageError(
                f"{commits}: there is no commit in this range", f"see `git log --oneline {commits}`"
            )
        if _output(repo, commits, ["rev-list", "--max-count=1", "--merges", f"{first}..{right}"]).strip():
            # From the merge base: what the left side did meanwhile is not part of the change.
            base = _merge_base(repo, commits, first, right)
            return _output(repo, commits, ["diff", *_PLAIN, base, right])
        return _output(repo, commits, ["format-patch", *_MAIL, *_PLAIN, f"{first}..{right}"])
    one = commit(repo, commits)
    if _output(repo, commits, ["rev-list", "--max-count=1", "--merges", one]).split() == [one.encode()]:
        return _output(repo, commits, ["diff", *_PLAIN, f"{one}^1", one])
    return _output(repo, commits, ["format-patch", *_MAIL, *_PLAIN, "--root", "-1", one])


def _ends(repo: Path, commits: str) -> tuple[str, str, str]:
    """The dots of a range, and the commits before and after them: HEAD if there is none."""
    dots = "..." if "..." in commits else ".."
    left, right = (commit(repo, side or "HEAD", given=commits) for side in commits.split(dots, 1))
    return dots, left, right


def _merge_base(repo: Path, commits: str, left: str, right: str) -> str:
    done = run(["merge-base", left, right], repo)
    if not done.ok:
        raise UsageError(
            f"{commits}: the two sides have no common ancestor in {repo}",
            "fetch more of the history (`git fetch --unshallow`), or give A..B",
            done.stderr.decode("utf-8", "replace"),
        )
    return done.stdout.decode("ascii").split()[0]


def _output(repo: Path, commits: str, args: Sequence[str]) -> bytes:
    done = run(args, repo)
    if not done.ok:
        raise UsageError(
            f"{commits}: git {args[0]} fails in {repo}",
            f"see `git -C {repo} log --oneline {commits}`",
            done.stderr.decode("utf-8", "replace"),
        )
    return done.stdout
