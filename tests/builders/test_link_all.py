"""Every tool of LLVM's finds what it is linked from: LLVM 19's own graph, and one real link of each kind."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import pytest

from harness.builders import link_all
from harness.builders.graph import configure
from harness.builders.overlay import Overlay
from harness.builders.request import Options
from harness.patch import Change, ChangeKind
from harness.progress import Silent
from harness.store import Store, default_root
from harness.toolchain.provider import Request
from harness.toolchain.registry import resolve
from harness.toolchain.release import find_release

if TYPE_CHECKING:  # pytest finds the fixture, not the module
    from tests.miniature import Miniature


@pytest.mark.xdist_group("miniature")
def test_what_is_missing_is_named_by_tool_and_word(
    miniature: Miniature, monkeypatch: pytest.MonkeyPatch
) -> None:
    options = Options(optimize=3)
    with configure(miniature.store, miniature.release, options, Silent()) as graph:
        assert link_all.list_tools(graph) == ("llc", "lli", "llvm-driven", "opt")
        assert list(link_all.find_unresolved(graph, miniature.prebuilt)) == []
        line = graph.programs.lines["opt"]
        lines = {"opt": f"{line} tools/opt/Gone.cpp.o lib/libLLVMGone.a /nowhere/libz.so"}
        monkeypatch.setitem(graph.__dict__, "programs", type(graph.programs)(lines, {}))
        assert list(link_all.find_unresolved(graph, miniature.prebuilt)) == [
            "opt: tools/opt/Gone.cpp.o",
            "opt: lib/libLLVMGone.a",
            "opt: /nowhere/libz.so",
        ]


@pytest.mark.xdist_group("miniature")
def test_all_tools_are_linked_and_none_is_kept(miniature: Miniature, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(link_all, "_EVERYWHERE", "llvm/lib/Foo/Other.cpp")
    kept = set((miniature.store.root / "overlay").glob("*"))
    assert link_all.link_all(miniature.store, miniature.release, Options(optimize=3), Silent()) == (
        ("llc", "lli", "llvm-alias", "llvm-driven", "opt"),
        (),
    )
    assert set((miniature.store.root / "overlay").glob("*")) == kept


@pytest.mark.needs_llvm
@pytest.mark.builds
def test_every_tool_of_llvm_finds_what_it_needs() -> None:
    store = Store(default_root())
    provider = resolve(store, Request("debian", 19, None), lambda _: None)
    release = find_release(store, provider, None, "HEAD", lambda _: None)
    with configure(store, release, Options(), Silent()) as graph:
        assert list(link_all.find_unresolved(graph, release.prebuilt)) == []
        names = link_all.list_tools(graph)
    assert {"llc", "llvm-ar", "llvm-exegesis", "llvm-objdump", "llvm-readobj", "obj2yaml", "opt"} <= set(
        names
    )
    assert len(names) > 70


@pytest.mark.needs_llvm
@pytest.mark.builds
def test_one_of_each_kind_links() -> None:
    """A main by cmake, a link to a program, an archive that needs what is not here."""
    store = Store(default_root())
    provider = resolve(store, Request("debian", 19, None), lambda _: None)
    release = find_release(store, provider, None, "HEAD", lambda _: None)
    changes = [Change("llvm/lib/Demangle/Demangle.cpp", ChangeKind.MODIFIED)]
    options = Options(tools=frozenset({"llvm-cxxfilt", "llvm-ranlib", "llvm-debuginfod-find"}))
    overlay = Overlay(store, release, changes, options, Silent())
    built = overlay.build(overlay.base, {})
    assert {"llc", "lli", *options.tools, "llvm-ar"} <= built.tools.keys()
    assert subprocess.check_output([built.tools["llvm-cxxfilt"], "_Z1fv"], text=True) == "f()\n"
    for name in ("llvm-ranlib", "llvm-debuginfod-find"):
        told = subprocess.check_output([built.tools[name], "--version"], text=True)
        assert "LLVM version 19.1.7" in told
    assert "llvm-objdump" in built.stale
