"""The key under which a CI system caches an LLVM of the store: it is the store's own, and costs nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness import apt
from harness.errors import EXIT_USAGE, UsageError
from harness.store import Store
from harness.toolchain.debian import emulators, packages, source
from harness.toolchain.provider import Request
from harness.toolchain.registry import resolve
from tests.command import Harness


def key(store: Path, major: int) -> str:
    return resolve(Store(store), Request("debian", major, None), lambda _: None).cache_key()


def test_it_is_known_without_fetching(tmp_path: Path) -> None:
    store = tmp_path / "store"
    assert key(store, 19).startswith("debian-19-")
    assert key(store, 19) != key(store, 22)
    assert not store.exists()


@pytest.mark.parametrize(
    "change",
    [
        lambda patch: patch.setattr(packages, "RECIPE", "changed"),
        lambda patch: patch.setattr(packages, "BUILD_EXTRAS", ("mold",)),
        lambda patch: patch.setattr(emulators, "RECIPE", "changed"),
        lambda patch: patch.setattr(source, "digest", lambda *parts: "changed"),
        lambda patch: patch.setattr(apt, "codename", lambda: "trixie"),
    ],
)
def test_it_changes_with_what_the_store_would_have(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, change: object
) -> None:
    before = key(tmp_path, 19)
    assert callable(change)
    change(monkeypatch)
    assert key(tmp_path, 19) != before


def test_the_command_prints_it_alone(tmp_path: Path, harness: Harness) -> None:
    done = harness("toolchain", "key", "--llvm", "19", "--store", str(tmp_path / "store"))
    assert (done.code, done.err) == (0, "")
    assert done.out == f"{key(tmp_path, 19)}\n"


def test_what_is_on_the_machine_has_none(tmp_path: Path, harness: Harness) -> None:
    tree = resolve(Store(tmp_path), Request("tree", None, tmp_path), lambda _: None)
    with pytest.raises(UsageError) as caught:
        tree.cache_key()
    assert str(caught.value) == (
        f"{tmp_path} is on this machine: the store has nothing of it to cache\n"
        "next: name an LLVM that is fetched: --llvm 19"
    )
    done = harness("toolchain", "key", "--toolchain", "wheel")
    assert (done.code, done.out) == (EXIT_USAGE, "")
    assert done.err == (
        "harness: error: the wheel is installed with the harness: the store has nothing of it to cache\n"
        "next: name an LLVM that is fetched: --llvm 19\n"
    )
