"""Damage to what an overlay is made of: what the store lost is made again, and never believed."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import cmake
import pytest

from harness.builders.diagnostics import explain_diagnostics
from harness.builders.graph import Graph, _configuration, cmake_flags, configure, graph_key
from harness.builders.link import link_error
from harness.builders.overlay import Overlay
from harness.builders.request import Options, Side
from harness.errors import EnvironmentLacksError
from harness.llvm import Release
from harness.patch import Change, ChangeKind
from harness.process import Completed
from harness.progress import Silent
from harness.store import Store, digest

if TYPE_CHECKING:  # pytest finds the fixture, not the module
    from tests.miniature import Miniature

pytestmark = pytest.mark.xdist_group("miniature")
B = "llvm/lib/Foo/B.cpp"


@pytest.mark.parametrize("name", ["build.ninja", "compile_commands.json"])
@pytest.mark.parametrize("lost", [False, True])
def test_a_damaged_graph_is_configured_again(miniature: Miniature, name: str, lost: bool) -> None:
    options = Options(optimize=3)
    miniature.build({B: miniature.text(B) + f"// {name} {lost} before\n"}, options)
    caches = (miniature.store.root / "graph").glob("*/build/CMakeCache.txt")
    (build,) = (cache.parent for cache in caches if "-O3" in cache.read_text())
    (build / name).write_text("")
    if lost:
        (build / name).unlink()
    _, patched = miniature.build({B: miniature.text(B) + f"// {name} {lost} after\n"}, options)
    assert subprocess.check_output([patched.tools["llc"], "1"], text=True) == "101 6 4 1\n"
    assert (build / name).stat().st_size


def test_a_graph_is_read_once_and_again_if_it_changes(
    miniature: Miniature, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A check configures for each choice of tools: ninja is asked once, and all units are read once."""

    def ask(options: Options) -> Graph:
        with configure(miniature.store, miniature.release, options, Silent()) as graph:
            return graph

    first = ask(Options(optimize=2))
    assert ask(Options(optimize=2, tools=frozenset({"opt"}))) is first
    assert ask(Options(optimize=2, jobs=first.options.jobs + 1)).options.jobs == first.options.jobs + 1
    assert "opt" in first.programs.lines
    with monkeypatch.context() as patched:
        patched.setenv("PATH", f"/nowhere:{os.environ['PATH']}")
        assert "/nowhere" in str(ask(Options(optimize=2)).env["PATH"])
    (first.build / "build.ninja").write_text("")
    again = ask(Options(optimize=2))
    assert again.programs.lines == first.programs.lines
    with (again.build / "build.ninja").open("a") as file:
        file.write("\n# more\n")
    (again.build.parent / "configured").write_text(_configuration(again.build))
    assert ask(Options(optimize=2)) is not again


def test_a_patched_copy_that_was_written_to_is_not_compiled(miniature: Miniature) -> None:
    """Base's file in the place of the patch's would make both sides one."""
    text = miniature.text(B) + "// of the patch\n"
    store = Store(miniature.store.root)

    def copy(folder: Path) -> None:
        shutil.copytree(miniature.base.root, folder, dirs_exist_ok=True)

    root = store.make("patched", "key", copy, lazily=["llvm/CMakeLists.txt"])
    (root / B).write_text(text)
    overlay = Overlay(store, miniature.release, [Change(B, ChangeKind.MODIFIED)], Options(), Silent())
    with pytest.raises(EnvironmentLacksError) as caught:
        overlay.build(Side("demo", root, "key"), {B: digest(text)})
    assert str(caught.value) == (
        "the store's patched key was damaged and has been removed\n"
        "next: run the command again: it will be made again"
    )
    assert not root.exists()


def test_a_full_disk_is_not_the_patchs_fault(miniature: Miniature, small_disk: Callable[[int], Path]) -> None:
    """Whatever fails for it first, cmake here."""
    store = Store(small_disk(512) / "store")
    shutil.copytree(miniature.store.root / "source", store.root / "source", symlinks=True)
    source = replace(miniature.release.source, root=store.path("source", "base"))
    release = Release(miniature.prebuilt, source)
    overlay = Overlay(store, release, [Change(B, ChangeKind.MODIFIED)], Options(), Silent())
    with pytest.raises(EnvironmentLacksError, match="no space left on the disk"):
        overlay.build(overlay.base, {})


@pytest.mark.parametrize("side", ["base", "demo"])
def test_what_a_full_disk_makes_tools_say(tmp_path: Path, side: str) -> None:
    full = Completed((), 1, b"", b"mold: fatal: bin/llc: No space left on device\n", 0.0)
    for doing, error in (
        ("link llc", link_error("llc", Side(side, tmp_path, "x"), full)),
        ("compile llvm/lib/A.cpp", explain_diagnostics("llvm/lib/A.cpp", Side(side, tmp_path, "x"), full)),
    ):
        assert isinstance(error, EnvironmentLacksError)
        assert error.what == f"cannot {doing} of {side}: no space left on the disk of the store"


def test_another_checkouts_python_makes_no_other_graph(
    miniature: Miniature, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each has an environment of its own, and would compile everything again."""
    keys = set()
    for python in ("/one/.venv/bin/python", "/other/.venv/bin/python"):
        monkeypatch.setattr(sys, "executable", python)
        assert f"-DPython3_EXECUTABLE={python}" in cmake_flags(miniature.prebuilt, Options())
        keys.add(graph_key(miniature.release, Options()))
    assert len(keys) == 1
    assert graph_key(miniature.release, Options(optimize=2)) not in keys


def test_a_graph_outlives_the_environment_that_configured_it(
    miniature: Miniature, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Its cmake, the modules of that and its Python are gone; headers are still made, by another's."""
    gone = tmp_path / "a checkout/bin"
    gone.mkdir(parents=True)
    shutil.copytree(str(cmake.CMAKE_DATA), gone.parent / "lib/cmake")
    places = {
        "cmake": gone.parent / "lib/cmake/bin/cmake",
        "ninja": shutil.which("ninja"),
        "python": sys.executable,
    }
    for name, real in places.items():
        (gone / name).write_text(f'#!/bin/sh\nexec "{real}" "$@"\n')
        (gone / name).chmod(0o755)
    store = Store(tmp_path / "store")
    with monkeypatch.context() as patched:
        patched.setattr(sys, "executable", str(gone / "python"))
        arguments = (store, miniature.release, Options(), Silent())
        with configure(*arguments):
            pass
    shutil.rmtree(gone.parent)
    with configure(*arguments) as graph, graph.alone(Silent()):
        graph.generate(["include/llvm/Gen.inc", "bin/llvm-alias"], Silent())
    assert (graph.build / "include/llvm/Gen.inc").stat().st_size
    assert (graph.build / "bin/llvm-alias").is_symlink()
    assert "a checkout" not in (graph.build / "build.ninja").read_text()
