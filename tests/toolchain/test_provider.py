"""Which LLVM a request means: every kind for real where this machine has it, else on stand-ins."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

from harness.errors import EXIT_ENVIRONMENT, EXIT_USAGE, AbsentError, HarnessError
from harness.store import Store, default_root
from harness.toolchain.debian import packages
from harness.toolchain.provider import Request
from harness.toolchain.registry import kinds, resolve
from harness.toolchain.tree import prefix as tree
from harness.toolchain.wheel.client import BESIDE
from harness.toolchain.wheel.library import own_folder
from harness.warm.client import SOCKET


def silent(_text: str) -> None:
    pass


def install(home: Path, version: str) -> Path:
    """A prefix with an llc that says it is of this version."""
    llc = home / "bin/llc"
    llc.parent.mkdir(parents=True)
    llc.write_text(f"#!/bin/sh\necho '  LLVM version {version}'\n")
    llc.chmod(0o755)
    return home


def refused(store: Store, request: Request) -> tuple[str, int]:
    with pytest.raises(HarnessError) as caught:
        resolve(store, request, silent)
    return str(caught.value), caught.value.exit_code


# -- debian


@pytest.mark.needs_llvm
def test_debian_is_fetched_when_it_is_asked_for() -> None:
    store = Store(default_root())
    provider = resolve(store, Request("debian", 19, None), silent)
    assert (provider.kind, provider.major) == ("debian", 19)
    toolchain = provider.toolchain()
    assert toolchain == packages.toolchain(store, 19, silent)
    assert (toolchain.major, toolchain.name) == (19, "debian-19")
    assert {"llc", "lli", "FileCheck", "not"} <= toolchain.tools.keys()
    with provider.session() as running:
        assert running == toolchain


def test_debian_is_llvm_19_if_nothing_is_said(tmp_path: Path) -> None:
    provider = resolve(Store(tmp_path / "store"), Request("debian", None, None), silent)
    assert (provider.kind, provider.major) == ("debian", 19)
    # Naming it costs nothing: nothing is fetched before it is needed.
    assert not (tmp_path / "store/debian").exists()


# -- tree


def test_a_prefix_is_a_tree(tmp_path: Path) -> None:
    prefix = install(tmp_path / "mine", "20.1.8")
    provider = resolve(Store(tmp_path / "store"), Request("tree", None, prefix), silent)
    toolchain = provider.toolchain()
    assert (provider.kind, provider.major) == ("tree", 20)
    assert (toolchain.name, toolchain.version, toolchain.provenance) == ("tree-mine", "20.1.8", str(prefix))
    assert toolchain.tools == {"llc": prefix / "bin/llc"}
    with provider.session() as running:
        assert running == toolchain
    with pytest.raises(HarnessError) as caught:
        provider.prebuilt()
    assert str(caught.value) == (
        f"{prefix}: has no static libraries of LLVM with {tree.CONFIG}\n"
        "next: build the targets 'all' or install the development files, or use --toolchain debian"
    )


def test_a_prefix_without_llvm(tmp_path: Path) -> None:
    provider = resolve(Store(tmp_path / "store"), Request("tree", None, tmp_path), silent)
    with pytest.raises(HarnessError) as caught:
        provider.toolchain()
    assert str(caught.value) == (
        f"{tmp_path}: has no bin/llc\nnext: name an install prefix or a build directory of LLVM"
    )


def test_a_tree_needs_a_place(tmp_path: Path) -> None:
    assert refused(Store(tmp_path), Request("tree", 19, None)) == (
        "--toolchain tree needs a place\nnext: add --prefix DIR",
        EXIT_USAGE,
    )


@pytest.mark.parametrize("kind", [kind for kind in kinds() if kind != "tree"])
def test_no_other_kind_takes_a_place(tmp_path: Path, kind: str) -> None:
    assert refused(Store(tmp_path), Request(kind, None, tmp_path)) == (
        f"--toolchain {kind} takes no --prefix\n"
        "next: leave out one of them; --prefix alone means --toolchain tree",
        EXIT_USAGE,
    )


# -- system


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Path, Path]:
    """A machine with LLVM 18 and 20, as `tree.find_installed` finds them: oldest first."""
    both = (install(tmp_path / "llvm-18", "18.1.8"), install(tmp_path / "llvm-20", "20.1.8"))
    monkeypatch.setattr(tree, "find_installed", lambda: both)
    return both


@pytest.mark.parametrize(("asked", "found"), [(None, 20), (20, 20), (18, 18)])
def test_the_systems_is_the_newest_or_the_one_asked_for(
    tmp_path: Path, machine: tuple[Path, Path], asked: int | None, found: int
) -> None:
    provider = resolve(Store(tmp_path), Request("system", asked, None), silent)
    assert (provider.kind, provider.major) == ("system", found)
    toolchain = provider.toolchain()
    assert (toolchain.name, toolchain.provenance) == (f"system-llvm-{found}", str(machine[found == 20]))


def test_the_system_has_no_such_version(tmp_path: Path, machine: tuple[Path, Path]) -> None:
    assert all(place.is_dir() for place in machine)
    assert refused(Store(tmp_path), Request("system", 19, None)) == (
        "no LLVM 19 is installed on this machine (found: llvm-18, llvm-20)\n"
        "next: apt-get install llvm-19-dev, or use --toolchain debian, which needs no root",
        EXIT_ENVIRONMENT,
    )


def test_what_the_system_does_not_have_is_absent(tmp_path: Path, machine: tuple[Path, Path]) -> None:
    with pytest.raises(AbsentError):
        resolve(Store(tmp_path), Request("system", 19, None), silent)
    (machine[0] / "lib").mkdir(exist_ok=True)
    with pytest.raises(AbsentError, match=r"has no static libraries"):
        resolve(Store(tmp_path), Request("system", 18, None), silent).prebuilt()


def test_the_system_has_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tree, "find_installed", tuple)
    assert refused(Store(tmp_path), Request("system", None, None)) == (
        "no LLVM is installed on this machine (found: none)\n"
        "next: apt-get install llvm-19-dev, or use --toolchain debian, which needs no root",
        EXIT_ENVIRONMENT,
    )


@pytest.mark.needs_llvm
def test_what_is_on_this_machine_is_found_by_its_version(tmp_path: Path) -> None:
    """Without stand-ins: whatever is installed here."""
    if not (found := tree.find_installed()):
        pytest.skip("no LLVM is installed on this machine")  # may be; stand-ins above test what is done
    for prefix in found:
        version = tree.toolchain(prefix, "here").major
        provider = resolve(Store(tmp_path), Request("system", version, None), silent)
        assert provider.toolchain().major == version


# -- wheel


@pytest.mark.needs_llvm
def test_the_wheel_has_a_server_while_it_runs(tmp_path: Path) -> None:
    provider = resolve(Store(tmp_path), Request("wheel", None, None), silent)
    toolchain = provider.toolchain()
    assert (provider.kind, provider.major) == ("wheel", toolchain.major)
    assert re.fullmatch(r"llvmlite \S+ \(LLVM \S+\) from PyPI wheel", toolchain.provenance)
    assert toolchain.tools == {tool: own_folder(tmp_path / "wheel") / tool for tool in ("llc", "lli")}
    with provider.session() as running:
        place = running.tools["llc"].parent
        assert (place.with_name(place.name + BESIDE) / SOCKET).is_socket()
        assert (running.identity, running.version) == (toolchain.identity, toolchain.version)
    assert not place.exists()


def test_nothing_can_be_built_into_the_wheel(tmp_path: Path) -> None:
    with pytest.raises(HarnessError) as caught:
        resolve(Store(tmp_path), Request("wheel", None, None), silent).prebuilt()
    assert (str(caught.value), caught.value.exit_code) == (
        "the wheel's LLVM is one shared library: no patch can be built into it\n"
        "next: use --toolchain debian; the wheel can only run the suite as it is",
        EXIT_USAGE,
    )


# -- what an error proposes


@pytest.mark.needs_llvm
@pytest.mark.parametrize("kind", kinds())
def test_no_error_proposes_what_was_given(
    tmp_path: Path, machine: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    """On a machine without apt, git and compilers, with two LLVMs that have no archives."""
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("APT_CONFIG", os.devnull)
    prefix = machine[0] if kind == "tree" else None
    provider = resolve(Store(tmp_path / "store"), Request(kind, None, prefix), silent)
    raised: list[HarnessError] = []
    for get in (
        provider.toolchain,
        provider.prebuilt,
        provider.source,
        lambda: provider.source(matching=False),
        lambda: provider.fetch(build=False),
        lambda: provider.fetch(build=True),
    ):
        try:
            get()
        except HarnessError as error:
            raised.append(error)
    assert len(raised) >= 3
    assert [error for error in raised if f"--toolchain {kind}" in error.next_step] == []
    assert [error for error in raised if kind == "tree" and "--prefix" in error.next_step] == []


def test_the_systems_llvm_without_apt_needs_a_source(
    tmp_path: Path, machine: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """It was told to use --toolchain system."""
    assert machine
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(HarnessError) as caught:
        resolve(Store(tmp_path / "store"), Request("system", 20, None), silent).source()
    assert (str(caught.value), caught.value.exit_code) == (
        "apt knows no Debian mirror on this machine\n"
        "next: add your release to /etc/apt/sources.list, "
        "or give LLVM's source with --source DIR or --source TARBALL",
        EXIT_ENVIRONMENT,
    )


def test_what_another_option_names_is_left_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`harness fuzz --toolchain wheel --against 19` was told to use --toolchain wheel."""
    monkeypatch.setenv("PATH", str(tmp_path))
    request = Request("debian", 19, None, "leave out --against")
    with pytest.raises(HarnessError) as caught:
        resolve(Store(tmp_path / "store"), request, silent).toolchain()
    assert caught.value.next_step == "add your release to /etc/apt/sources.list, or leave out --against"
