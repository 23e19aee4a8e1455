"""Git: what everything that runs it says without it, and where commits start."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from harness import git, process
from harness.errors import EXIT_ENVIRONMENT, EnvironmentLacksError
from harness.store import Store
from harness.toolchain.source import checkout

MISSING = "git is not installed or not on PATH\nnext: install it: `apt-get install git`"


@pytest.fixture
def repo(tmp_path: Path) -> Path:
    """One commit, then one on each of the branches `main` and `other`."""
    place = tmp_path / "repo"
    place.mkdir()
    for args in (
        ("init", "-q", "-b", "main"),
        ("config", "user.email", "reviewer@example.org"),
        ("config", "user.name", "A Reviewer"),
        ("commit", "-q", "--allow-empty", "-m", "Base"),
        ("tag", "base"),
        ("switch", "-q", "-c", "other"),
        ("commit", "-q", "--allow-empty", "-m", "Theirs"),
        ("switch", "-q", "main"),
        ("commit", "-q", "--allow-empty", "-m", "Ours"),
    ):
        done = process.run(["git", *args], cwd=place)
        assert done.ok, done.text
    return place


CALLS: dict[str, Callable[[Path], object]] = {
    "apply": lambda place: git.apply(b"", place),
    "commit": lambda place: git.commit(place, "HEAD"),
    "export": lambda place: git.export(place, "HEAD"),
    "has_commit": lambda place: git.has_commit(place, "HEAD"),
    "is_repository": git.is_repository,
    "start": lambda place: git.start(place, "HEAD~..HEAD"),
    "source": lambda place: checkout.source(Store(place / "store"), place, "HEAD", print),
}


@pytest.mark.parametrize("call", CALLS)
def test_without_git_the_environment_lacks_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: str
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(EnvironmentLacksError) as raised:
        CALLS[call](tmp_path)
    assert (str(raised.value), raised.value.exit_code) == (MISSING, EXIT_ENVIRONMENT)


def test_a_command_without_git_ends_with_exit_code_4(tmp_path: Path) -> None:
    """No commit of the checkout at --source can be read, and that is not the user's mistake."""
    harness = Path(sys.executable).parent / "harness"
    argv: list[str | Path] = [harness, "compile", "-q", "--source", tmp_path, "--store", tmp_path / "store"]
    ran = process.run(argv, env={"PATH": str(tmp_path)})
    assert (ran.returncode, ran.stderr.decode()) == (EXIT_ENVIRONMENT, f"harness: error: {MISSING}\n")


def test_where_commits_start(repo: Path) -> None:
    base = git.commit(repo, "base")
    for commits in ("base..main", "base..", "main..other", "main...other", "...other", "base...main"):
        assert git.start(repo, commits) == base, commits
    assert git.commit(repo, git.start(repo, "main")) == base


def test_the_repository_and_its_settings_do_not_reach_apply(repo: Path) -> None:
    """In a repository `git apply` skips what is outside of its folder, and settings change bytes."""
    (repo / ".gitattributes").write_text("* text eol=crlf\n")
    inside = repo / "inside"
    inside.mkdir()
    patch = b"--- /dev/null\n+++ b/new\n@@ -0,0 +1 @@\n+x \n"
    assert git.apply(patch, inside, "--whitespace=nowarn").ok
    assert (inside / "new").read_bytes() == b"x \n"
