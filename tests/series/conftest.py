"""A small llvm-project in a git repository, the patches git makes of it, and a series of them."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from harness import process
from harness.model import Series
from harness.series.catalogue import Catalogue
from harness.series.load import load
from tests.series.known import RECIPE, Loader

# Its asserts are those of tests, which pytest explains.
pytest.register_assert_rewrite("tests.series.applied")

VERSION = """\
set(LLVM_VERSION_MAJOR 19)
set(LLVM_VERSION_MINOR 1)
set(LLVM_VERSION_PATCH 7)
"""
LOWER = "llvm/lib/Target/X86/X86MCInstLower.cpp"
TEST = "llvm/test/CodeGen/X86/patchpoint.ll"
FILES = {
    "cmake/Modules/LLVMVersion.cmake": VERSION,
    LOWER: "".join(f"line {n} of the lowering\n" for n in range(1, 61)),
    TEST: "; RUN: llc < %s | FileCheck %s\n; CHECK: nop\n",
}


@dataclass(frozen=True)
class Repo:
    """A git repository whose settings are only its own."""

    path: Path

    def git(self, *args: str, stdin: bytes = b"") -> bytes:
        who = {
            f"GIT_{r}_{f}": "reviewer@example.org" for r in ("AUTHOR", "COMMITTER") for f in ("NAME", "EMAIL")
        }
        quiet = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}
        done = process.run(["git", *args], cwd=self.path, env={**who, **quiet}, stdin=stdin)
        assert done.ok, done.text
        return done.stdout

    def write(self, files: Mapping[str, str | bytes | None]) -> None:
        for name, text in files.items():
            path = self.path / name
            if text is None:
                path.unlink()
                continue
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(text.encode() if isinstance(text, str) else text)

    def commit(self, message: str, files: Mapping[str, str | bytes | None]) -> str:
        self.write(files)
        self.git("add", "-A")
        self.git("commit", "-q", "--allow-empty", "-m", message)
        return self.git("rev-parse", "HEAD").decode().strip()

    def edit(self, name: str, old: str, new: str) -> dict[str, str | bytes | None]:
        text = (self.path / name).read_text()
        assert text.count(old) == 1
        return {name: text.replace(old, new)}


@pytest.fixture
def repo(tmp_path: Path) -> Repo:
    """One commit: the files above."""
    path = tmp_path / "checkout"
    path.mkdir()
    made = Repo(path)
    made.git("init", "-q", "-b", "main")
    made.commit("Base", dict(FILES))
    return made


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """The same files as a source tree without git."""
    path = tmp_path / "source"
    path.mkdir()
    Repo(path).write(dict(FILES))
    return path


@pytest.fixture
def patches(repo: Repo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """`patches/diagnose` for two versions; the checkout has the change for 19.1.7 as its last commit."""
    monkeypatch.chdir(tmp_path)
    root = Path("patches")
    for version, text in (("22.1.8", "Line thirty of"), ("19.1.7", "line thirty of")):
        if version == "19.1.7":
            repo.git("checkout", "-q", "HEAD~")
        repo.commit("[X86] Diagnose it", repo.edit(LOWER, "line 30 of", text))
        folder = root / "diagnose" / version
        folder.mkdir(parents=True)
        repo.git("format-patch", "-q", "-o", str(folder.resolve()), "-1")
    (root / "diagnose/series.toml").write_text(RECIPE)
    return root


@pytest.fixture
def loading(patches: Path, repo: Repo) -> Loader:
    def call(
        argument: str, version: str = "19.1.7", stdin: bytes = b"", repo: Path | None = repo.path
    ) -> Series:
        return load(argument, catalogue=Catalogue(patches), version=version, repo=repo, stdin=lambda: stdin)

    return call
