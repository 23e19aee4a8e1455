"""Debian's packages, from a mirror made here: signed, with one small LLVM, no network.

What needs the mirror is in one file (and one worker), since making it takes a second.
"""

from __future__ import annotations

import hashlib
import json
import os
import random
import shutil
import subprocess
import tarfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from harness import apt
from harness.errors import AbsentError, EnvironmentLacksError
from harness.store import Store
from harness.toolchain.debian import emulators, packages, suites
from harness.toolchain.debian import source as debian_source

pytestmark = [pytest.mark.xdist_group("mirror"), pytest.mark.slow]
RELEASE = apt.codename()
ARCH = subprocess.run(
    ["dpkg", "--print-architecture"], capture_output=True, text=True, check=True
).stdout.strip()
QEMU = "#!/bin/sh\necho running $1\n"
LLC = '#!/bin/sh\necho "Debian LLVM version 19.1.7"\n'


def silent(_text: str) -> None:
    """Nothing is shown."""


@dataclass(frozen=True)
class Mirror:
    """A mirror below `root`, and the keyring that it is signed with."""

    root: Path
    home: Path

    @property
    def keyring(self) -> Path:
        """The public key."""
        return self.root / "keyring.gpg"

    def publish(self, suite: str, *, sources: str = "") -> None:
        """Write and sign the lists of one suite over all packages of the pool."""
        dist = self.root / "dists" / suite
        lists = {f"main/binary-{ARCH}/Packages": self._packages(), "main/source/Sources": sources}
        release = f"Suite: {suite}\nCodename: {suite}\nArchitectures: {ARCH}\nComponents: main\nSHA256:\n"
        for name, text in lists.items():
            (dist / name).parent.mkdir(parents=True, exist_ok=True)
            (dist / name).write_text(text)
            release += f" {hashlib.sha256(text.encode()).hexdigest()} {len(text)} {name}\n"
        release = f"Origin: Debian\nDate: Sat, 01 Nov 2025 00:00:00 UTC\n{release}"
        (dist / "Release").write_text(release)
        self.gpg("--yes", "--clearsign", "-o", str(dist / "InRelease"), str(dist / "Release"))

    def gpg(self, *argv: str) -> None:
        """Run gpg with the mirror's own key."""
        home = ["gpg", "--homedir", str(self.home), "--batch", "--quiet", "--passphrase", ""]
        subprocess.run([*home, "--pinentry-mode", "loopback", *argv], check=True, capture_output=True)

    def _packages(self) -> str:
        argv = ["dpkg-scanpackages", "pool"]
        return subprocess.run(argv, cwd=self.root, capture_output=True, text=True, check=True).stdout

    def package(self, name: str, version: str, files: Mapping[str, str | Path], *, depends: str = "") -> None:
        """Put a package into the pool: with these texts, and copies of these files."""
        folder = self.root / "build" / name
        for path, text in files.items():
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            if isinstance(text, Path):
                shutil.copy(text, folder / path)
            else:
                (folder / path).write_text(text)
                (folder / path).chmod(0o755)
        (folder / "DEBIAN").mkdir(parents=True)
        control = (
            f"Package: {name}\nVersion: {version}\nArchitecture: {ARCH}\nMaintainer: T <t@example.org>\n"
        )
        control += f"Depends: {depends}\n" if depends else ""
        (folder / "DEBIAN/control").write_text(f"{control}Description: test\n")
        (self.root / "pool").mkdir(exist_ok=True)
        argv = ["dpkg-deb", "--root-owner-group", "-b", str(folder), str(self.root / "pool")]
        subprocess.run(argv, check=True, stdout=subprocess.DEVNULL)

    def source(self, version: str, *, lost: tuple[str, ...] = (), bulk: str = "") -> str:
        """Put a source package into the pool; returns its stanza. `lost` files are listed but not there.

        `bulk` makes it large.
        """
        folder = self.root / "build/source"
        shutil.rmtree(folder, ignore_errors=True)
        tree = {
            "llvm/CMakeLists.txt": "".join(
                f"set(LLVM_VERSION_{part} {n})\n" for part, n in (("MAJOR", 19), ("MINOR", 1), ("PATCH", 7))
            ),
            "llvm/lib/A.cpp": "old\n",
            "clang/x": "never unpacked\n",
            "clang/bulk": bulk,
        }
        patch = "--- a/llvm/lib/A.cpp\n+++ b/llvm/lib/A.cpp\n@@ -1 +1 @@\n-old\n+new\n"
        patch += "--- a/clang/x\n+++ b/clang/x\n@@ -1 +1 @@\n-never unpacked\n+x\n"
        for path, text in tree.items():
            (folder / "llvm-project" / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / "llvm-project" / path).write_text(text)
        (folder / "debian/patches").mkdir(parents=True)
        (folder / "debian/patches/a.diff").write_text(patch)
        (folder / "debian/patches/series").write_text("# of Debian\na.diff\n\n")
        upstream, _, revision = version.partition("-")
        names = {
            f"llvm-toolchain-19_{upstream}.orig.tar.xz": "llvm-project",
            f"llvm-toolchain-19_{upstream}-{revision}.debian.tar.xz": "debian",
            f"llvm-toolchain-19_{upstream}-{revision}.dsc": "",
        }
        rows = ""
        for name, top in names.items():
            target = self.root / "pool" / name
            if not target.exists():
                if top:
                    with tarfile.open(target, "w:xz") as archive:
                        archive.add(folder / top, top)
                else:
                    target.write_text("Format: 3.0 (quilt)\n")
            data = target.read_bytes()
            rows += f" {hashlib.sha256(data).hexdigest()} {len(data)} {name}\n"
            if any(part in name for part in lost):
                target.unlink()
        return (
            f"Package: llvm-toolchain-19\nBinary: llvm-19\nVersion: 1:{version}\nArchitecture: any\n"
            f"Format: 3.0 (quilt)\nDirectory: pool\nChecksums-Sha256:\n{rows}\n"
        )


Fresh = Callable[[], Mirror]


def list_versions(store: Store, say: apt.Say) -> dict[int, str]:
    """The LLVMs of the machine's own release."""
    found = suites.list_offers(store, suites.own(RELEASE), say, packages.INSTEAD)
    return {one.major: suites.upstream_version(one.version) for one in found}


@pytest.fixture(scope="session")
def pristine(tmp_path_factory: pytest.TempPathFactory) -> Mirror:
    root, home = tmp_path_factory.mktemp("mirror"), tmp_path_factory.mktemp("g")
    home.chmod(0o700)
    mirror = Mirror(root, home)
    mirror.gpg("--quick-generate-key", "Mirror <m@example.org>", "ed25519", "sign", "never")
    mirror.gpg("-o", str(mirror.keyring), "--export")
    version = "1:19.1.7-3~deb12u1"
    files = {
        "usr/lib/llvm-19/bin/llc": LLC,
        "usr/lib/x86_64-linux-gnu/libLLVM.so": "L",
        "usr/share/doc/x": "d",
    }
    mirror.package("llvm-19", version, files)
    mirror.package("llvm-19-tools", version, {"usr/lib/llvm-19/bin/not": "#!/bin/sh\n"})
    mirror.package("lld-19", version, {"usr/lib/llvm-19/bin/ld.lld": "#!/bin/sh\n"})
    mirror.package("qemu-user", "1:7.2", {"usr/bin/qemu-s390x": QEMU, "usr/bin/qemu-alpha": QEMU})
    mirror.package("llvm-19-dev", version, {"usr/lib/llvm-19/lib/libLLVMCore.a": ""})
    mirror.package("libclang-rt-19-dev", version, {"usr/lib/x.a": "x"}, depends="lib32stdc++6")
    mirror.package("llvm-16-dev", "1:16.0.6-15", {"usr/lib/llvm-16/lib/libLLVMCore.a": ""})
    return mirror


@pytest.fixture
def mirror(pristine: Mirror, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Mirror:
    """A mirror of one release, which the machine's apt is made to know."""
    root = tmp_path / "mirror"
    shutil.copytree(pristine.root, root)
    mirror = Mirror(root, pristine.home)
    mirror.publish(RELEASE, sources=mirror.source("19.1.7-3~deb12u1"))
    configure(tmp_path, monkeypatch, f"file:{root}")
    monkeypatch.setattr(apt, "KEYRING", mirror.keyring)
    return mirror


def configure(folder: Path, monkeypatch: pytest.MonkeyPatch, uri: str) -> None:
    """Make `uri` the mirror of this machine, as far as a program that apt starts can tell."""
    (folder / "machine.list").write_text(f"deb {uri} {RELEASE} main\n" if uri else "")
    (folder / "machine.conf").write_text(
        f'Dir::Etc::SourceList "{folder}/machine.list";\nDir::Etc::SourceParts "/dev/null";\n'
        f'Dir::State "{folder}/machine-state";\n'
    )
    monkeypatch.setenv("APT_CONFIG", str(folder / "machine.conf"))


def test_a_mirror_of_one_release_is_enough(mirror: Mirror, tmp_path: Path) -> None:
    """The later suites are asked for sources only; a mirror without them serves all the same."""
    said: list[str] = []
    store = Store(tmp_path / "store")
    assert list_versions(store, said.append) == {16: "", 19: "19.1.7"}
    assert said == ["fetching Debian's package lists"]
    assert list_versions(store, said.append) == {16: "", 19: "19.1.7"}
    assert said == ["fetching Debian's package lists"]


def test_tools_are_fetched_and_run_from_where_they_end_up(mirror: Mirror, tmp_path: Path) -> None:
    store = Store(tmp_path / "a store")
    toolchain = packages.toolchain(store, 19, silent)
    assert (toolchain.name, toolchain.version) == ("debian-19", "19.1.7")
    assert toolchain.provenance == "Debian's llvm-19 1:19.1.7-3~deb12u1"
    # Of the emulators, those that the suite has programs for.
    assert set(toolchain.tools) == {"llc", "not", "ld.lld", "qemu-s390x"}
    ran = subprocess.run([toolchain.tools["qemu-s390x"], "x"], capture_output=True, text=True, check=True)
    assert ran.stdout == "running x\n"
    ran = subprocess.run([toolchain.tools["llc"]], capture_output=True, text=True, check=True)
    assert ran.stdout == "Debian LLVM version 19.1.7\n"
    home = toolchain.tools["llc"].parents[1]
    assert not (home / "root/usr/share/doc").exists()
    assert json.loads((home / "packages.json").read_text())["packages"]
    shutil.rmtree(mirror.root)  # the second time nothing is fetched
    assert packages.toolchain(store, 19, silent) == toolchain


def test_a_store_that_was_copied_elsewhere_runs_its_own_programs(mirror: Mirror, tmp_path: Path) -> None:
    before = packages.toolchain(Store(tmp_path / "before"), 19, silent)
    shutil.rmtree(mirror.root)  # nothing is fetched again
    shutil.copytree(tmp_path / "before", tmp_path / "after", symlinks=True)
    after = packages.toolchain(Store(tmp_path / "after"), 19, silent)
    assert after.identity == before.identity
    for tool in ("llc", "qemu-s390x"):
        assert str(tmp_path / "before") not in after.tools[tool].read_text()
    (library,) = (tmp_path / "after/debian").glob("llvm-19-*/libs/libLLVM.so")
    assert tmp_path / "after" in library.resolve().parents
    shutil.rmtree(tmp_path / "before")
    ran = subprocess.run([after.tools["llc"]], capture_output=True, text=True, check=True)
    assert ran.stdout == "Debian LLVM version 19.1.7\n"
    assert packages.toolchain(Store(tmp_path / "after"), 19, silent) == after


def test_a_package_comes_without_what_it_wants(mirror: Mirror, tmp_path: Path) -> None:
    source = apt.open_apt(Store(tmp_path / "store"), silent, "use something else")
    assert source.fetch_alone("libclang-rt-19-dev", tmp_path).name.startswith(
        "libclang-rt-19-dev_1%3a19.1.7-3"
    )
    with pytest.raises(AbsentError, match=r"^cannot fetch libclang-rt-16-dev: this Debian release"):
        source.fetch_alone("libclang-rt-16-dev", tmp_path)


def test_an_llvm_is_had_without_emulators(mirror: Mirror, tmp_path: Path) -> None:
    next((mirror.root / "pool").glob("qemu-user_*.deb")).unlink()
    mirror.publish(RELEASE, sources=mirror.source("19.1.7-3~deb12u1"))
    said: list[str] = []
    toolchain = packages.toolchain(Store(tmp_path / "store"), 19, said.append)
    assert set(toolchain.tools) == {"llc", "not", "ld.lld"}
    assert said[-1] == (
        "programs for other machines will not run: "
        "cannot fetch qemu-user: this Debian release does not have them"
    )


def test_emulators_that_were_fetched_later_are_found(mirror: Mirror, tmp_path: Path) -> None:
    store = Store(tmp_path / "store")
    home = emulators.fetch(store, silent)
    assert emulators.find(store) == {"qemu-s390x": home / "bin/qemu-s390x"}
    shutil.rmtree(mirror.root)  # the second time nothing is fetched
    assert emulators.fetch(store, silent) == home
    assert not list((home / "root/usr/bin").glob("qemu-alpha"))


def test_a_version_that_debian_does_not_have(mirror: Mirror, tmp_path: Path) -> None:
    store = Store(tmp_path / "store")
    with pytest.raises(AbsentError) as caught:
        packages.toolchain(store, 12, silent)
    assert str(caught.value) == (
        "no suite of Debian's mirror has LLVM 12\nnext: use one of its versions: 16, 19"
    )
    assert not (store.root / "debian").exists()


def test_a_package_that_was_tampered_with_is_refused(mirror: Mirror, tmp_path: Path) -> None:
    package = next((mirror.root / "pool").glob("llvm-19_*.deb"))
    package.write_bytes(package.read_bytes()[:-1] + b"x")
    with pytest.raises(EnvironmentLacksError) as caught:
        packages.toolchain(Store(tmp_path / "store"), 19, silent)
    assert caught.value.what == "cannot fetch llvm-19, llvm-19-tools, lld-19"
    assert "Hash Sum mismatch" in caught.value.detail


def test_lists_signed_by_someone_else_are_refused(mirror: Mirror, tmp_path: Path) -> None:
    release = mirror.root / "dists" / RELEASE / "InRelease"
    release.write_text(release.read_text().replace("Origin: Debian", "Origin: Me"))
    with pytest.raises(EnvironmentLacksError) as caught:
        packages.toolchain(Store(tmp_path / "store"), 19, silent)
    assert caught.value.what == "cannot fetch Debian's package lists"


UNREACHABLE = (
    "next: check the network ('apt-get update' must work), or use --toolchain wheel or --toolchain system"
)


@pytest.mark.parametrize("uri", ["file:/nonexistent", "http://127.0.0.1:9/debian"])
def test_no_network(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, uri: str) -> None:
    configure(tmp_path, monkeypatch, uri)
    with pytest.raises(EnvironmentLacksError) as caught:
        packages.toolchain(Store(tmp_path / "store"), 19, silent)
    assert not isinstance(caught.value, AbsentError)
    lines = str(caught.value).splitlines()
    assert (lines[0], lines[-1]) == ("cannot fetch Debian's package lists", UNREACHABLE)
    assert all(line.startswith(("  E:", "  W:", "  Err:")) for line in lines[1:-1])
    assert uri.removeprefix("file:") in caught.value.detail
    assert caught.value.exit_code == 4


def test_lists_are_not_fresh_after_a_failed_update(
    mirror: Mirror, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = Store(tmp_path / "store")
    list_versions(store, silent)
    good = os.environ["APT_CONFIG"]
    (tmp_path / "other").mkdir()
    configure(tmp_path / "other", monkeypatch, "file:/nonexistent")
    for _ in range(2):
        with pytest.raises(EnvironmentLacksError):
            list_versions(store, silent)
    monkeypatch.setenv("APT_CONFIG", good)
    assert set(list_versions(store, silent)) == {16, 19}


def test_no_mirror_and_no_apt(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    configure(tmp_path, monkeypatch, "")
    text = (
        "apt knows no Debian mirror on this machine\n"
        "next: add your release to /etc/apt/sources.list, or use --toolchain wheel or --toolchain system"
    )
    for path in (os.environ["PATH"], str(tmp_path)):
        monkeypatch.setenv("PATH", path)
        with pytest.raises(EnvironmentLacksError) as caught:
            packages.toolchain(Store(tmp_path / "store"), 19, silent)
        assert str(caught.value) == text


@pytest.mark.needs_llvm
def test_the_real_mirror_has_the_llvm_we_patch(tmp_path: Path) -> None:
    """The machine's own apt configuration and its network."""
    found = list_versions(Store(tmp_path / "store"), silent)
    assert found[19].startswith("19.1.")


# -- a full disk


def incompressible(size: int) -> str:
    return random.Random(1).randbytes(size).hex()  # noqa: S311 - the same on every run


def full(doing: str) -> list[str]:
    return [
        f"cannot {doing}: no space left on the disk of the store",
        "next: free some space or set HARNESS_STORE to a directory on another disk",
    ]


def test_no_space_for_packages(mirror: Mirror, small_disk: Callable[[int], Path]) -> None:
    mirror.package("llvm-19-big", "1", {"usr/lib/big": incompressible(1 << 20)})
    mirror.publish(RELEASE)
    store = Store(small_disk(1024) / "store")
    with store.workspace("apt", "lists"), pytest.raises(EnvironmentLacksError) as caught:
        apt.open_apt(store, silent, "").fetch(["llvm-19-big"])
    lines = str(caught.value).splitlines()
    assert [lines[0], lines[-1]] == full("fetch llvm-19-big")


def test_no_space_for_lists(mirror: Mirror, small_disk: Callable[[int], Path]) -> None:
    for n in range(2):
        mirror.publish(RELEASE, sources=f"Package: x{n}\nVersion: {incompressible(1 << 20)}\n\n")
    store = Store(small_disk(512) / "store")
    with pytest.raises(EnvironmentLacksError) as caught:
        list_versions(store, silent)
    lines = str(caught.value).splitlines()
    assert [lines[0], lines[-1]] == full("fetch Debian's package lists")


def test_no_space_for_the_source(mirror: Mirror, small_disk: Callable[[int], Path]) -> None:
    for path in (mirror.root / "pool").glob("*.orig.tar.xz"):
        path.unlink()
    mirror.publish(RELEASE, sources=mirror.source("19.1.7-3~deb12u1", bulk=incompressible(1 << 20)))
    store = Store(small_disk(1024) / "store")
    with pytest.raises(EnvironmentLacksError) as caught:
        debian_source.source(store, 19, silent)
    lines = str(caught.value).splitlines()
    assert [lines[0], lines[-1]] == full("fetch the source of llvm-toolchain-19")
    assert not list((store.root / "source").iterdir())
