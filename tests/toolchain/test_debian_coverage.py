"""compiler-rt's profile library, as Debian's package has it, without apt."""

from __future__ import annotations

import json
import platform
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

from harness import apt
from harness.errors import EnvironmentLacksError
from harness.llvm import Prebuilt
from harness.store import Store
from harness.toolchain.debian import coverage

LIBRARY = f"libclang_rt.profile-{platform.machine()}.a"


def silent(_text: str) -> None:
    """Nothing is shown."""


@dataclass
class OnePackage:
    """An apt that has libclang-rt-19-dev, in which there is more than the library."""

    name: str = LIBRARY
    fetched: int = 0

    def version(self, package: str) -> str:
        return "1:19.1.7-3" if package == "libclang-rt-19-dev" else ""

    def fetch_alone(self, _package: str, target: Path) -> Path:
        self.fetched += 1
        top, place = target / "made", "usr/lib/llvm-19/lib/clang/19/lib/linux"
        for path, text in {
            f"{place}/{self.name}": "it",
            f"{place}/other.a": "",
            "DEBIAN/control": "",
        }.items():
            (top / path).parent.mkdir(parents=True, exist_ok=True)
            (top / path).write_text(text)
        (top / "DEBIAN/control").write_text(
            "Package: p\nVersion: 1\nArchitecture: all\nMaintainer: T <t@example.org>\nDescription: test\n"
        )
        subprocess.run(["dpkg-deb", "-b", top, target / "p.deb"], check=True, stdout=subprocess.DEVNULL)
        subprocess.run(["rm", "-r", top], check=True)
        return target / "p.deb"


@pytest.fixture
def source(monkeypatch: pytest.MonkeyPatch) -> OnePackage:
    made = OnePackage()
    monkeypatch.setattr(apt, "open_apt", lambda *_: made)
    return made


def unpacked(folder: Path, version: str) -> Prebuilt:
    """As much of an unpacked LLVM as is asked for its version."""
    (folder / "bin").mkdir(parents=True)
    (folder / "packages.json").write_text(json.dumps({"debian_version": version}))
    none = Path("/dev/null")
    return Prebuilt(none, "19.1.7", none, none, None, folder / "bin", None, None, "", False, "p", "")


def error(store: Store, prebuilt: Prebuilt, major: int) -> str:
    with pytest.raises(EnvironmentLacksError) as caught:
        coverage.find(store, prebuilt, major, silent)
    return str(caught.value)


def test_only_the_library_is_kept(source: OnePackage, tmp_path: Path) -> None:
    store, prebuilt = Store(tmp_path / "store"), unpacked(tmp_path / "llvm", "1:19.1.7-3")
    tools = coverage.find(store, prebuilt, 19, silent)
    assert tools.runtime.read_text() == "it"
    assert {path.name for path in tools.runtime.parent.iterdir()} == {".entry.json", LIBRARY}
    assert (tools.profdata, tools.cov) == (prebuilt.bin / "llvm-profdata", prebuilt.bin / "llvm-cov")
    assert coverage.find(store, prebuilt, 19, silent) == tools
    assert source.fetched == 1


@pytest.mark.usefixtures("source")
def test_another_version_of_the_library_is_refused(tmp_path: Path) -> None:
    store, prebuilt = Store(tmp_path / "store"), unpacked(tmp_path / "llvm", "1:19.1.0-1")
    assert error(store, prebuilt, 19) == (
        "Debian has libclang-rt-19-dev 1:19.1.7-3, and clang here is 1:19.1.0-1\n"
        "next: run 'harness toolchain fetch 19' in a new store"
    )
    assert error(store, prebuilt, 16).splitlines()[0] == (
        "Debian has no libclang-rt-16-dev, and clang here is 1:19.1.0-1"
    )


def test_a_package_without_the_library(source: OnePackage, tmp_path: Path) -> None:
    source.name = "libclang_rt.profile-arm.a"
    store, prebuilt = Store(tmp_path / "store"), unpacked(tmp_path / "llvm", "1:19.1.7-3")
    text = f"libclang-rt-19-dev has no {LIBRARY}\nnext: run without coverage"
    assert error(store, prebuilt, 19) == text
    assert not list((store.root / "debian").glob("profile-*"))
