"""Debian's source package: where its files come from, and what if the mirror has lost some."""

from __future__ import annotations

import functools
import shutil
from pathlib import Path

import pytest

from harness import apt
from harness.errors import AbsentError, EnvironmentLacksError
from harness.store import Store
from harness.toolchain.debian import source as debian_source
from tests.served import Served, serving
from tests.test_apt import RELEASE, Mirror, configure, mirror, pristine, silent

__all__ = ["mirror", "pristine"]  # the fixtures of tests/test_apt.py
pytestmark = [pytest.mark.xdist_group("mirror"), pytest.mark.slow]


def test_debians_source_is_upstreams_with_debians_patches(mirror: Mirror, tmp_path: Path) -> None:
    store = Store(tmp_path / "store")
    tree = debian_source.source(store, 19, silent)
    assert tree.version == "19.1.7"
    assert tree.provenance == (
        "Debian's llvm-toolchain-19 1:19.1.7-3~deb12u1: "
        "llvm-toolchain-19_19.1.7.orig.tar.xz, 1 Debian patches"
    )
    assert (tree.root / "llvm/lib/A.cpp").read_text() == "new\n"
    assert not (tree.root / "clang").exists()
    assert [path.name for path in (store.root / "source").iterdir()] == [tree.root.name]
    shutil.rmtree(mirror.root)
    assert debian_source.source(store, 19, silent) == tree


@pytest.mark.parametrize("damaged", ["llvm/CMakeLists.txt", "provenance.json"])
def test_a_source_that_cannot_say_its_version_is_fetched_again(
    mirror: Mirror, tmp_path: Path, damaged: str
) -> None:
    store = Store(tmp_path / "store")
    tree = debian_source.source(store, 19, silent)
    (tree.root / damaged).write_text("")
    assert debian_source.source(store, 19, silent) == tree
    (tree.root / damaged).unlink()
    assert debian_source.source(store, 19, silent).version == "19.1.7"


def test_a_lost_tarball_is_taken_from_a_later_suite(mirror: Mirror, tmp_path: Path) -> None:
    """The .dsc of the release is gone, so apt fetches nothing of it; sid has the same tarball."""
    first = mirror.source("19.1.7-3~deb12u1")
    later = mirror.source("19.1.7-9")
    (mirror.root / "pool/llvm-toolchain-19_19.1.7-3~deb12u1.dsc").unlink()
    (mirror.root / "pool/llvm-toolchain-19_19.1.7.orig.tar.xz").rename(tmp_path / "kept")
    mirror.publish(RELEASE, sources=first)
    for suite in ("trixie", "forky"):
        mirror.publish(suite)
    mirror.publish("sid", sources=later)
    with pytest.raises(AbsentError) as caught:
        debian_source.source(Store(tmp_path / "store"), 19, silent)
    assert caught.value.what == (
        "the mirror has no llvm-toolchain-19_19.1.7.orig.tar.xz "
        "(tried versions 1:19.1.7-3~deb12u1, 1:19.1.7-9)"
    )
    (tmp_path / "kept").rename(mirror.root / "pool/llvm-toolchain-19_19.1.7.orig.tar.xz")
    tree = debian_source.source(Store(tmp_path / "store"), 19, silent)
    assert tree.version == "19.1.7"
    assert (tree.root / "llvm/lib/A.cpp").read_text() == "new\n"


def test_a_source_of_a_later_suite_will_do_where_nothing_is_judged(mirror: Mirror, tmp_path: Path) -> None:
    """Of the version in sid the tarball is there, and neither the .dsc nor Debian's patches."""
    later = mirror.source("19.1.8-9", lost=(".dsc", ".debian."))
    mirror.publish(RELEASE)
    for suite in ("trixie", "forky"):
        mirror.publish(suite)
    mirror.publish("sid", sources=later)
    store = Store(tmp_path / "store")
    tree = debian_source.source_of_any_suite(store, 19, silent)
    assert tree.provenance == (
        "Debian's llvm-toolchain-19 1:19.1.8-9: "
        "llvm-toolchain-19_19.1.8.orig.tar.xz, without the Debian patches"
    )
    assert (tree.root / "llvm/lib/A.cpp").read_text() == "old\n"
    shutil.rmtree(mirror.root)
    assert debian_source.source_of_any_suite(store, 19, silent) == tree


def test_no_suite_has_a_source(mirror: Mirror, tmp_path: Path) -> None:
    later = mirror.source("19.1.8-9", lost=(".orig.",))
    mirror.publish(RELEASE)
    for suite in ("trixie", "forky"):
        mirror.publish(suite)
    mirror.publish("sid", sources=later)
    messages = {
        19: "the mirror has no upstream tarball of llvm-toolchain-19 (tried versions 1:19.1.8-9)",
        23: "Debian's lists have no source package llvm-toolchain-23",
    }
    for major, message in messages.items():
        with pytest.raises(AbsentError) as caught:
            debian_source.source_of_any_suite(Store(tmp_path / "store"), major, silent)
        assert caught.value.what == message


def test_a_release_without_the_source_package(mirror: Mirror, tmp_path: Path) -> None:
    with pytest.raises(AbsentError) as caught:
        debian_source.source(Store(tmp_path / "store"), 16, silent)
    assert str(caught.value) == (
        "Debian's lists have no source package llvm-toolchain-16\n"
        "next: give LLVM's source with --source DIR or --source TARBALL"
    )


@pytest.mark.parametrize("how", ["is gone", "is ill"])
def test_a_mirror_that_does_not_answer_is_not_said_to_have_no_source(
    mirror: Mirror, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    class Mirrored(Served):
        """Of this test alone."""

    store = Store(tmp_path / "store")
    with serving(mirror.root, Mirrored) as uri:
        configure(tmp_path, monkeypatch, uri)
        assert apt.open_apt(store, silent, "").version("llvm-19")
        if how == "is ill":
            Mirrored.refused = "/pool/"
            check_refused(store)
    if how == "is gone":
        check_refused(store)


def check_refused(store: Store) -> None:
    find = functools.partial(debian_source.find, matching=True)
    for wanted in (debian_source.source, find):
        with pytest.raises(EnvironmentLacksError) as caught:
            wanted(store, 19, silent)
        assert not isinstance(caught.value, AbsentError)
        assert caught.value.what == "cannot fetch the source of llvm-toolchain-19"
        assert caught.value.next_step.startswith("check the network")
        assert "pool" in caught.value.detail


def test_a_file_that_a_served_mirror_has_lost_is_absent(
    mirror: Mirror, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A server says 404 of it."""
    (mirror.root / "pool/llvm-toolchain-19_19.1.7.orig.tar.xz").unlink()
    with serving(mirror.root) as uri:
        configure(tmp_path, monkeypatch, uri)
        with pytest.raises(AbsentError, match=r"^the mirror has no llvm-toolchain-19_19.1.7.orig.tar.xz "):
            debian_source.source(Store(tmp_path / "store"), 19, silent)
