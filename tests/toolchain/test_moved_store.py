"""Unpacked packages whose commands name their own folder, in a store that was moved, copied or linked."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from harness.store import Store
from harness.toolchain.debian import unpack

KEY = "llvm-0-build"


@pytest.fixture
def store(tmp_path: Path) -> Store:
    """Below a folder that is called as the one in an entry that has the packages: root's home often is."""
    store = Store(tmp_path / "root" / "store")

    def make(aside: Path) -> None:
        program = aside / "root/usr/bin/say"
        program.parent.mkdir(parents=True)
        program.write_text("#!/bin/sh\necho said\n")
        program.chmod(0o755)
        (aside / "root/usr/lib/x86_64-linux-gnu").mkdir(parents=True)
        (aside / "root/usr/lib/x86_64-linux-gnu/libsay.so").write_text("")
        unpack.link_libraries(aside)
        (aside / "bin").mkdir()
        unpack.write_command(aside / "bin/say", store.path("debian", KEY), Path("root/usr/bin/say"))

    store.make("debian", KEY, make)
    return store


def command(store: Store) -> Path:
    home = unpack.find_entry(store, KEY)
    assert home is not None
    return home / "bin/say"


def said(path: Path) -> str:
    return subprocess.run([path], capture_output=True, text=True, check=True).stdout


def test_a_moved_store_runs_what_is_in_it_now(store: Store, tmp_path: Path) -> None:
    assert said(command(store)) == "said\n"
    moved = (tmp_path / "root" / "store").rename(tmp_path / "moved")
    assert said(command(Store(moved))) == "said\n"
    assert str(moved) in (moved / "debian" / KEY / "bin/say").read_text()


def test_a_copy_made_of_hard_links_leaves_the_store_as_it_is(store: Store, tmp_path: Path) -> None:
    before = command(store).read_text()
    copy = tmp_path / "copy"
    shutil.copytree(tmp_path / "root/store", copy, copy_function=os.link, symlinks=True)
    assert said(command(Store(copy))) == "said\n"
    assert command(store).read_text() == before


def test_a_link_to_the_store_is_the_same_store(store: Store, tmp_path: Path) -> None:
    before = command(store).stat()
    (tmp_path / "link").symlink_to(tmp_path / "root/store")
    assert said(command(Store(tmp_path / "link"))) == "said\n"
    assert command(store).stat().st_mtime_ns == before.st_mtime_ns
