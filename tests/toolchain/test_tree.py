"""An LLVM that is on the machine: a prefix, a build directory, what llvm-config names."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.errors import EnvironmentLacksError, UsageError
from harness.store import Store
from harness.toolchain.debian.suites import upstream_version
from harness.toolchain.provider import Request
from harness.toolchain.tree import prefix as tree
from harness.toolchain.tree.provider import Tree


@pytest.fixture
def prefix(tmp_path: Path) -> Path:
    home = tmp_path / "llvm"
    program(home / "bin/llc", 'echo "  LLVM version 20.1.8"')
    program(home / "bin/llvm-tblgen", "")
    (home / "bin/notes").write_text("no program")
    config = home / tree.CONFIG
    config.parent.mkdir(parents=True)
    config.write_text("set(LLVM_PACKAGE_VERSION 19.1.7git)\nset(LLVM_ENABLE_ASSERTIONS ON)\n")
    (home / "lib/libLLVMCore.a").write_text("")
    return home


def program(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)


def test_a_prefix_and_its_tools(prefix: Path) -> None:
    found = tree.toolchain(prefix, "mine")
    assert (found.name, found.version, found.major) == ("mine", "19.1.7", 19)
    assert set(found.tools) == {"llc", "llvm-tblgen"}
    program(prefix / "bin/llc", 'echo "another"')
    assert tree.toolchain(prefix, "mine").identity != found.identity


def test_a_prefix_may_be_given_from_here(prefix: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Links to its tools lead there from other folders: all tests were unsupported."""
    monkeypatch.chdir(prefix.parent)
    request = Request("tree", None, Path(prefix.name))
    found = Tree.find(Store(prefix.parent / "store"), request, lambda _text: None).toolchain()
    assert found.tools["llc"] == prefix / "bin/llc"


def test_the_version_is_asked_of_llc_if_cmake_does_not_say(prefix: Path) -> None:
    (prefix / tree.CONFIG).unlink()
    assert tree.toolchain(prefix, "mine").version == "20.1.8"
    program(prefix / "bin/llc", "echo nothing known")
    with pytest.raises(UsageError) as caught:
        tree.toolchain(prefix, "mine")
    assert str(caught.value) == (
        f"{prefix}/bin/llc: does not say its version\n  nothing known\nnext: check that it runs by itself"
    )
    (prefix / "bin/llc").write_text("#!/nonexistent\n")
    with pytest.raises(UsageError) as caught:
        tree.toolchain(prefix, "mine")
    assert caught.value.what == f"{prefix}/bin/llc: does not say its version"
    assert "No such file or directory" in caught.value.detail
    (prefix / "bin/llc").unlink()
    (prefix / tree.CONFIG).write_text("")
    with pytest.raises(UsageError) as caught:
        tree.prebuilt(prefix, "mine")
    assert caught.value.what == f"{prefix}/bin/llc: cannot be run: No such file or directory"


def test_no_llvm_there(tmp_path: Path) -> None:
    with pytest.raises(UsageError) as caught:
        tree.toolchain(tmp_path, "mine")
    assert str(caught.value) == (
        f"{tmp_path}: has no bin/llc\nnext: name an install prefix or a build directory of LLVM"
    )


def test_what_an_overlay_needs(prefix: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tools = prefix.parent / "tools"
    for name in ("g++", "gcc", "ld.mold"):
        program(tools / name, "")
    for name in ("CC", "CXX"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PATH", str(tools))
    found = tree.prebuilt(prefix, "mine")
    assert (found.cxx, found.cc, found.linker) == (tools / "g++", tools / "gcc", "mold")
    assert (found.version, found.assertions) == ("19.1.7", True)
    monkeypatch.setenv("PATH", str(prefix.parent / "empty"))
    with pytest.raises(EnvironmentLacksError) as caught:
        tree.prebuilt(prefix, "mine")
    assert str(caught.value) == (
        "no C++ compiler on this machine (looked for CXX, clang++ and g++)\n"
        "next: apt-get install g++, or use --toolchain debian, which brings its own"
    )
    (prefix / "bin/llvm-tblgen").unlink()
    with pytest.raises(EnvironmentLacksError) as caught:
        tree.prebuilt(prefix, "mine")
    assert caught.value.what == f"{prefix}/bin/llvm-tblgen: not found"
    (prefix / "lib/libLLVMCore.a").unlink()
    with pytest.raises(EnvironmentLacksError) as caught:
        tree.prebuilt(prefix, "mine")
    assert str(caught.value) == (
        f"{prefix}: has no static libraries of LLVM with lib/cmake/llvm/LLVMConfig.cmake\n"
        "next: build the targets 'all' or install the development files, or use --toolchain debian"
    )


def test_a_build_directory_is_built_over_as_it_was_configured(
    prefix: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own, other = prefix.parent / "own", prefix.parent / "tools"
    for place in (own, other):
        for name in ("clang++", "clang", "ld.mold", "llvm-tblgen"):
            program(place / name, "")
    for name in ("CC", "CXX"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PATH", str(other))
    (prefix / "bin/llvm-tblgen").unlink()
    (prefix / "CMakeCache.txt").write_text(
        f"""\
# This is the CMakeCache file.
//CXX compiler
CMAKE_CXX_COMPILER:FILEPATH={own}/clang++
CMAKE_C_COMPILER:STRING={own}/clang
CMAKE_CXX_FLAGS:STRING=-stdlib=libc++ -march=native
CMAKE_C_FLAGS:STRING=
CMAKE_SYSROOT:UNINITIALIZED=/the/root
LLVM_ENABLE_LIBCXX:BOOL=ON
LLVM_ENABLE_LLD:BOOL=ON
LLVM_TABLEGEN:STRING={own}/llvm-tblgen
LLVM_TABLEGEN-ADVANCED:INTERNAL=1
"""
    )
    found = tree.prebuilt(prefix, "mine")
    assert (found.cxx, found.cc, found.tblgen) == (own / "clang++", own / "clang", own / "llvm-tblgen")
    assert found.linker == ""  # what cmake was told is among the settings
    assert dict(found.settings) == {
        "CMAKE_SYSROOT": "/the/root",
        "CMAKE_CXX_FLAGS": "-stdlib=libc++ -march=native",
        "LLVM_ENABLE_LIBCXX": "ON",
        "LLVM_ENABLE_LLD": "ON",
    }
    monkeypatch.setenv("CXX", str(other / "clang++"))
    assert tree.prebuilt(prefix, "mine").cxx == other / "clang++"
    (prefix / "CMakeCache.txt").write_text("LLVM_TABLEGEN:STRING=llvm-tblgen\nLLVM_ENABLE_LLD:BOOL=OFF\n")
    program(prefix / "bin/llvm-tblgen", "")
    changed = tree.prebuilt(prefix, "mine")
    assert (changed.tblgen, changed.linker) == (prefix / "bin/llvm-tblgen", "mold")
    assert changed.identity != found.identity


@pytest.mark.needs_llvm
def test_llvm_config_on_path_is_followed(prefix: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tools = prefix.parent / "tools"
    program(tools / "llvm-config-19", f"echo {prefix}")
    program(tools / "llvm-config-18", "exit 1")
    program(tools / "llvm-config-old", "echo /elsewhere")
    (tools / "llvm-config").symlink_to("nowhere")
    (tools / "llvm-config-17").write_text("no program")
    monkeypatch.setenv("PATH", f"/bin:{tools}::/nonexistent")
    assert prefix in tree.find_installed()


@pytest.mark.parametrize(
    ("debian", "upstream"),
    [
        ("1:19.1.7-3~deb12u1", "19.1.7"),
        ("1:14.0.6-12", "14.0.6"),
        ("1:22.1.8~++20260101-1~exp1", "22.1.8"),
        ("", ""),
    ],
)
def test_upstreams_version(debian: str, upstream: str) -> None:
    assert upstream_version(debian) == upstream
