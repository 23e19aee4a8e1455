"""bubblewrap fetched where it is missing, once, and no error where it cannot be had."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from harness import apt
from harness.errors import EnvironmentLacksError
from harness.process import bubblewrap, sandbox
from harness.process.sandbox import VARIABLE, Mode
from harness.store import Store, default_root
from harness.toolchain import enclosing
from harness.toolchain.debian import jailer


@pytest.fixture
def fresh(monkeypatch: pytest.MonkeyPatch) -> None:
    """A process that has not looked yet, on a machine without a bubblewrap of its own."""
    monkeypatch.setenv(VARIABLE, "auto")
    monkeypatch.setattr(sandbox, "_found", {})
    monkeypatch.setattr(bubblewrap, "_provided", [])
    folders = os.environ["PATH"].split(os.pathsep)
    kept = [folder for folder in folders if not Path(folder, "bwrap").exists()]
    monkeypatch.setenv("PATH", os.pathsep.join(kept))
    bubblewrap.probe.cache_clear()
    monkeypatch.setattr(enclosing, "_can_isolate", lambda: True)


@pytest.mark.needs_llvm  # it reads the store of whoever runs the tests, as those that do need one
@pytest.mark.usefixtures("fresh")
def test_debians_bubblewrap_encloses() -> None:
    """The one of the store, which the tests have fetched."""
    found = enclosing.require_sandbox(Store(default_root()))
    assert found.mode is Mode.BUBBLEWRAP
    assert Path(found.bwrap).is_relative_to(default_root().resolve())


@pytest.mark.needs_llvm
@pytest.mark.usefixtures("fresh")
def test_offline_the_one_in_the_store_encloses(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`harness doctor --offline` names what a check would take."""
    assert enclosing.require_sandbox(Store(default_root()), offline=True).mode is Mode.BUBBLEWRAP
    monkeypatch.setattr(sandbox, "_found", {})
    monkeypatch.setattr(bubblewrap, "_provided", [])
    bubblewrap.probe.cache_clear()
    assert enclosing.require_sandbox(Store(tmp_path), offline=True).mode is Mode.LANDLOCK
    assert list(tmp_path.iterdir()) == []


@pytest.mark.usefixtures("fresh")
def test_without_it_landlock_does_and_nobody_asks_again_for_a_day(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []

    def refuse(store: Store, _say: apt.Say, instead: str) -> apt.Apt:
        asked.append(store.root)
        raise EnvironmentLacksError("cannot fetch Debian's package lists", instead)

    monkeypatch.setattr(apt, "open_apt", refuse)
    said: list[str] = []
    for _ in range(2):
        monkeypatch.setattr(sandbox, "_found", {})
        assert enclosing.require_sandbox(Store(tmp_path), said.append).mode is Mode.LANDLOCK
    assert asked == [tmp_path]
    assert said == ["no bubblewrap: cannot fetch Debian's package lists"]
    (failed,) = tmp_path.glob("apt/*failed")
    old = time.time() - jailer.ASKED_AGAIN_AFTER - 1
    os.utime(failed, (old, old))
    enclosing.require_sandbox(Store(tmp_path))
    assert len(asked) == 2


@pytest.mark.usefixtures("fresh")
@pytest.mark.parametrize("wanted", ["landlock", "off"])
def test_nobody_asks_for_what_is_not_wanted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, wanted: str
) -> None:
    monkeypatch.setenv(VARIABLE, wanted)
    monkeypatch.setattr(jailer, "fetch", lambda *_: pytest.fail("it was asked for"))
    assert enclosing.require_sandbox(Store(tmp_path)).mode.value == wanted


@pytest.mark.usefixtures("fresh")
def test_nobody_asks_where_namespaces_are_forbidden(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(enclosing, "_can_isolate", lambda: False)
    monkeypatch.setattr(jailer, "fetch", lambda *_: pytest.fail("it was asked for"))
    assert enclosing.require_sandbox(Store(tmp_path)).mode is Mode.LANDLOCK


def test_a_program_that_does_not_start_is_not_used(
    tmp_path: Path, fresh: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its libraries may not be on the machine."""
    _ = fresh
    broken = tmp_path / "bwrap"
    broken.write_text("#!/bin/sh\necho 'libcap.so.2: cannot open' >&2; exit 127\n")
    broken.chmod(0o755)
    monkeypatch.setattr(jailer, "fetch", lambda *_: broken)
    assert enclosing.require_sandbox(Store(tmp_path)).mode is Mode.LANDLOCK
    assert bubblewrap.probe() == (str(broken), "libcap.so.2: cannot open")
