"""LLVM's source from a tarball or a checkout, and copies of it to patch."""

from __future__ import annotations

import io
import os
import subprocess
import tarfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from harness import git
from harness.errors import HarnessError, UsageError
from harness.store import Store
from harness.toolchain.source import checkout as git_checkout
from harness.toolchain.source import tarball
from harness.toolchain.source.tree import link_tree, version_of

NEW = {"cmake/Modules/LLVMVersion.cmake": "set(LLVM_VERSION_MAJOR 22)\nset(LLVM_VERSION_MINOR 1)\n"}
OLD = "set(LLVM_VERSION_MAJOR 14)\n  set(LLVM_VERSION_MINOR 0)\n  set(LLVM_VERSION_PATCH 6)\n"
FILES = {
    "llvm/CMakeLists.txt": OLD,
    "llvm/lib/A.cpp": "int a;\n" * 5000,
    "llvm/lib/B.cpp": "int b;\n",
    "llvm/test/t.ll": "",
    "clang/c": "",
}


def silent(_text: str) -> None:
    """Nothing is shown."""


def archive(path: Path, files: dict[str, str], top: str = "llvm-project/") -> Path:
    with tarfile.open(path, "w:xz" if path.suffix == ".xz" else "w:gz") as out:
        for name, text in files.items():
            member = tarfile.TarInfo(top + name)
            member.size = len(text)
            out.addfile(member, io.BytesIO(text.encode()))
    return path


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    repo = tmp_path / "checkout"
    for name, text in FILES.items():
        (repo / name).parent.mkdir(parents=True, exist_ok=True)
        (repo / name).write_text(text)
    (repo / "llvm/link").symlink_to("lib")
    for argv in (["init", "-q", "-b", "main"], ["add", "."], ["commit", "-qm", "one"]):
        identity = ["-c", "user.name=T", "-c", "user.email=t@example.org", "-c", "commit.gpgsign=false"]
        subprocess.run(["git", *identity, *argv], cwd=repo, check=True)
    return repo


@pytest.mark.parametrize("suffix", ["xz", "gz"])
def test_a_tarball_is_unpacked_once_and_only_what_is_built(tmp_path: Path, suffix: str) -> None:
    store, said = Store(tmp_path / "store"), list[str]()
    path = archive(tmp_path / f"llvm.tar.{suffix}", FILES)
    first = tarball.source(store, path, said.append)
    assert tarball.source(store, path, said.append) == first
    assert said == [f"unpacking llvm.tar.{suffix}"]
    assert (first.version, first.provenance) == ("14.0.6", f"tarball llvm.tar.{suffix}")
    assert (first.root / "llvm/lib/B.cpp").read_text() == "int b;\n"
    assert not (first.root / "clang").exists()


def test_no_tarball_or_one_of_something_else(tmp_path: Path) -> None:
    store = Store(tmp_path / "store")
    path = tmp_path / "x.tar.gz"
    with pytest.raises(UsageError) as caught:
        tarball.source(store, path, silent)
    assert str(caught.value) == (
        f"{path}: no such file\nnext: name a source tarball or an llvm-project checkout"
    )
    archive(path, {"clang/x": ""})
    with pytest.raises(UsageError) as caught:
        tarball.source(store, path, silent)
    assert str(caught.value) == (
        f"{path}: has no llvm/CMakeLists.txt\n"
        "next: name the top directory of an llvm-project checkout or a tarball of one"
    )
    path.write_text("no tarball")
    with pytest.raises(UsageError) as caught:
        tarball.source(store, path, silent)
    assert caught.value.what.startswith(f"{path}: not a tarball that can be read: ")
    assert not list((store.root / "source").iterdir())


def test_a_truncated_tarball_is_never_taken_as_whole(tmp_path: Path) -> None:
    """It lacks components too, which alone is no error."""
    path = archive(tmp_path / "llvm.tar.gz", {**FILES, "llvm/noise": os.urandom(100_000).hex()})
    data = path.read_bytes()
    for end in (len(data) // 2, len(data) - 10):
        path.write_bytes(data[:end])
        with pytest.raises(UsageError) as caught:
            tarball.source(Store(tmp_path / f"store{end}"), path, silent)
        assert caught.value.what == f"{path}: cannot be unpacked"
        assert "Not found in archive" not in caught.value.detail


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.integers(0, 10_000), st.integers(1, 255))
def test_a_damaged_tarball_is_an_error_that_is_told(tmp_path: Path, where: int, flip: int) -> None:
    path = archive(tmp_path / "llvm.tar.xz", FILES)
    data = bytearray(path.read_bytes())
    data[where % len(data)] ^= flip
    path.write_bytes(data)
    try:
        tree = tarball.source(Store(tmp_path / "store"), path, silent)
    except HarnessError as error:
        assert error.what.startswith(f"{path}: ")  # noqa: PT017 - some bits of a tarball mean nothing
    else:
        assert (tree.root / "llvm/lib/A.cpp").read_text() == FILES["llvm/lib/A.cpp"]


def test_a_commit_is_copied_and_the_checkout_left_alone(
    tmp_path: Path, checkout: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (checkout / "llvm/lib/A.cpp").write_text("edited")
    monkeypatch.setenv("GIT_DIR", str(tmp_path / "of a hook"))
    tree = git_checkout.source(Store(tmp_path / "store"), checkout, "HEAD", silent)
    monkeypatch.delenv("GIT_DIR")
    assert (tree.root / "llvm/lib/A.cpp").read_text() == FILES["llvm/lib/A.cpp"]
    assert not (tree.root / "clang").exists()
    assert (checkout / "llvm/lib/A.cpp").read_text() == "edited"
    status = subprocess.run(["git", "status", "--porcelain"], cwd=checkout, capture_output=True, check=True)
    assert status.stdout == b" M llvm/lib/A.cpp\n"
    assert tree.provenance == f"commit {git.commit(checkout, 'main')[:12]} of {checkout}"


def test_what_is_not_a_checkout(tmp_path: Path, checkout: Path) -> None:
    store = Store(tmp_path / "store")
    with pytest.raises(UsageError) as caught:
        git_checkout.source(store, tmp_path, "HEAD", silent)
    assert str(caught.value) == (
        f"{tmp_path}: is not a git repository\nnext: name a checkout of llvm-project, or a source tarball"
    )
    with pytest.raises(UsageError) as caught:
        git_checkout.source(store, checkout, "no/such", silent)
    assert caught.value.what == f"no/such: git finds no commit 'no/such' in {checkout}"
    with pytest.raises(UsageError) as caught:
        git_checkout.source(store, checkout, "--help", silent)
    assert caught.value.what == "--help: '--help' is not the name of a commit"


def test_a_copy_to_patch_shares_all_but_what_is_touched(tmp_path: Path, checkout: Path) -> None:
    copy = tmp_path / "copy"
    link_tree(checkout, copy, ["llvm/lib/B.cpp", "llvm/lib/New.cpp", "llvm/test/t.ll"])
    assert (copy / "llvm/lib/A.cpp").samefile(checkout / "llvm/lib/A.cpp")
    assert not (copy / "llvm/lib/B.cpp").samefile(checkout / "llvm/lib/B.cpp")
    with (copy / "llvm/lib/B.cpp").open("a") as f:
        f.write("patched")
    assert (checkout / "llvm/lib/B.cpp").read_text() == "int b;\n"
    assert (copy / "llvm/link").readlink() == Path("lib")
    assert (copy / "llvm/test/t.ll").exists()
    assert not (copy / "clang").exists()


def test_the_version_is_read_where_cmake_reads_it(tmp_path: Path) -> None:
    for name, text in {**NEW, "llvm/CMakeLists.txt": OLD}.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    assert version_of(tmp_path) == "22.1.6"
    (tmp_path / "cmake/Modules/LLVMVersion.cmake").unlink()
    assert version_of(tmp_path) == "14.0.6"
