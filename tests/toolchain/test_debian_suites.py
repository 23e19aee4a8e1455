"""Which suite of the mirror an LLVM comes from: pure, and on a mirror with two suites made here."""

from __future__ import annotations

import dataclasses
import json
import platform
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from harness import apt
from harness.builders.link import loader_options
from harness.errors import EnvironmentLacksError
from harness.store import Store
from harness.toolchain.debian import packages, suites
from harness.toolchain.debian import source as debian_source
from harness.toolchain.debian.suites import DebianSuite, Offer, choose
from harness.toolchain.provider import Request
from harness.toolchain.registry import resolve
from tests.test_apt import RELEASE, Mirror, mirror, pristine, silent

__all__ = ["mirror", "pristine"]  # the fixtures of tests/test_apt.py
SNAPSHOT = "1:24~++20261025103442+7e3c57157096-1~exp1"


def names(release: str) -> list[str]:
    return [suite.name for suite in suites.others(release)]


def test_the_nearest_later_suite_is_asked_first_and_older_ones_last() -> None:
    later = ["trixie", "trixie-backports", "forky", "sid", "experimental"]
    assert names("bookworm") == ["bookworm-backports", *later, "bullseye"]
    assert names("trixie") == [*later[1:], "bookworm", "bullseye"]
    assert names("sid") == ["experimental", "forky", "trixie", "bookworm", "bullseye"]


def test_a_release_that_is_not_debians_has_no_other_suites() -> None:
    assert names("noble") == names("") == []


def test_only_a_later_suite_may_have_a_newer_c_library() -> None:
    newer = [suite.name for suite in suites.others("bookworm") if suite.is_newer]
    assert newer == ["trixie", "trixie-backports", "forky", "sid", "experimental"]


def test_what_a_suite_builds_on_comes_with_it() -> None:
    together = {suite.name: suite.names[1:] for suite in suites.others("bookworm") if suite.names[1:]}
    assert together == {
        "bookworm-backports": ("bookworm",),
        "trixie-backports": ("trixie",),
        "experimental": ("sid",),
    }


def offer(suite: str, version: str) -> Offer:
    return Offer(DebianSuite((suite,)), int(re.split("[:.~]", version)[1]), version)


def test_a_version_is_of_the_first_suite_and_the_trunk_the_newest_of_all() -> None:
    older = SNAPSHOT.replace("20261025103442", "20260901000000")
    there = [
        offer("trixie", "1:18.1.8-18+b1"),
        offer("sid", older),
        offer("sid", "1:18.1.8-19"),
        offer("experimental", SNAPSHOT),
    ]
    assert choose(there, 18) == there[0]
    assert choose(there, None) == there[3]
    assert choose(there[::-1], None) == there[3]
    assert choose(there, 17) is None
    assert choose(there[:1], None) is None


@pytest.mark.parametrize(
    ("debian", "version"),
    [
        (SNAPSHOT, "24.0.0~++20261025"),
        ("1:19.1.7-3~deb12u1", "19.1.7"),
        ("1:23.1.0~+rc2-1", "23.1.0"),
        ("1:18.1.8-18+b1", "18.1.8"),
    ],
)
def test_a_snapshot_says_of_which_day_it_is(debian: str, version: str) -> None:
    assert suites.upstream_version(debian) == version
    assert offer("sid", debian).is_snapshot is ("~++" in debian)


# -- on a mirror


def package_llvm(mirror: Mirror, major: int, version: str) -> None:
    """An LLVM whose llc is this machine's cat."""
    cat = Path("/bin/cat").resolve()
    mirror.package(f"llvm-{major}", version, {f"usr/lib/llvm-{major}/bin/llc": cat}, depends="libc6")
    for rest in ("llvm-{}-tools", "llvm-{}-dev", "lld-{}"):
        mirror.package(rest.format(major), version, {})


def package_libc(mirror: Mirror) -> None:
    """This machine's C library and its loader."""
    listed = subprocess.run(["ldd", "/bin/cat"], capture_output=True, text=True, check=True).stdout
    found = [Path(word) for word in listed.split() if word.startswith("/")]
    folder = f"usr/lib/{platform.machine()}-linux-gnu"
    mirror.package("libc6", "2.99-1", {f"{folder}/{path.name}": path for path in found})


@pytest.fixture
def two_suites(mirror: Mirror, monkeypatch: pytest.MonkeyPatch) -> Mirror:
    """A mirror of this machine's release with LLVM 19, and of one with a newer C library that also has 18."""
    package_libc(mirror)
    package_llvm(mirror, 18, "1:18.1.8-18+b1")
    mirror.publish("newer")
    monkeypatch.setattr(suites, "others", lambda _release: (DebianSuite(("newer",), is_newer=True),))
    return mirror


@pytest.mark.xdist_group("mirror")
@pytest.mark.slow
def test_programs_of_a_newer_debian_run_in_their_own_loader(two_suites: Mirror, tmp_path: Path) -> None:
    store = Store(tmp_path / "store")
    toolchain = packages.toolchain(store, 18, silent)
    assert (toolchain.name, toolchain.version) == ("debian-18", "18.1.8")
    assert toolchain.provenance == "Debian's llvm-18 1:18.1.8-18+b1 (newer)"
    home = toolchain.tools["llc"].parents[1]
    assert home.name.startswith("llvm-18-newer-tools-")
    check_loaded(toolchain.tools["llc"], home)
    shutil.rmtree(two_suites.root)  # the second time nothing is fetched
    assert packages.toolchain(store, 18, silent) == toolchain
    # A copy of the store has loaders of its own, and leaves those of the first alone.
    shutil.copytree(tmp_path / "store", tmp_path / "copy", symlinks=True, copy_function=shutil.copy2)
    copied = packages.toolchain(Store(tmp_path / "copy"), 18, silent)
    assert copied.identity == toolchain.identity
    check_loaded(copied.tools["llc"], tmp_path / "copy/debian" / home.name)
    check_loaded(toolchain.tools["llc"], home)


def check_loaded(llc: Path, home: Path) -> None:
    """Nothing of the machine's is mapped into a tool, and the tool is itself, not the loader."""
    env = {"LC_ALL": "C"}
    maps = subprocess.run(
        [llc, "/proc/self/maps"], env=env, capture_output=True, text=True, check=True
    ).stdout
    files = {Path(row[5]) for line in maps.splitlines() if len(row := line.split()) > 5 and "/" in row[5]}
    assert {"llc", "libc.so.6"} <= {file.name for file in files}
    assert not {file for file in files if not file.is_relative_to(home)}


@pytest.mark.xdist_group("mirror")
@pytest.mark.slow
def test_other_suites_are_asked_only_for_what_the_own_release_has_not(
    two_suites: Mirror, tmp_path: Path
) -> None:
    store, said = Store(tmp_path / "store"), list[str]()
    own = packages.toolchain(store, 19, said.append)
    assert own.provenance == "Debian's llvm-19 1:19.1.7-3~deb12u1"
    assert not any("newer" in line for line in said)
    found = suites.list_all(store, said.append, "")
    assert [(one.major, one.suite.name) for one in found] == [(16, RELEASE), (18, "newer"), (19, RELEASE)]
    assert said.count("fetching Debian's package lists of newer") == 1
    suites.list_all(store, said.append, "")
    assert said.count("fetching Debian's package lists of newer") == 1


@pytest.mark.xdist_group("mirror")
@pytest.mark.slow
def test_a_mirror_without_a_suite_has_fewer_versions(mirror: Mirror, tmp_path: Path) -> None:
    store, said = Store(tmp_path / "store"), list[str]()
    for _ in range(2):
        with pytest.raises(EnvironmentLacksError) as caught:
            resolve(store, Request("debian", None, None, named="trunk"), said.append).toolchain()
        assert str(caught.value) == (
            "no suite of Debian's mirror has a snapshot of LLVM\nnext: use one of its versions: 16, 19"
        )
    asked = [f"fetching Debian's package lists of {suite.name}" for suite in suites.others(RELEASE)]
    assert said == ["fetching Debian's package lists", *asked]  # and not again


@pytest.mark.xdist_group("mirror")
@pytest.mark.slow
def test_the_trunk_is_the_snapshot_of_the_day_or_the_one_in_the_store(
    two_suites: Mirror, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package_llvm(two_suites, 24, SNAPSHOT)
    two_suites.publish("newer")
    store, said = Store(tmp_path / "store"), list[str]()
    trunk = Request("debian", None, None, named="trunk")
    provider = resolve(store, trunk, silent)
    toolchain = provider.toolchain()
    assert (toolchain.name, toolchain.version, provider.major) == ("debian-trunk", "24.0.0~++20261025", 24)
    assert packages.toolchain(store, 24, silent) == dataclasses.replace(toolchain, name="debian-24")
    monkeypatch.setattr(apt, "LISTS_FRESH_FOR", -1)
    shutil.rmtree(two_suites.root)
    kept = resolve(store, trunk, said.append).toolchain()
    assert kept == toolchain
    assert said[-1] == "using the snapshot in the store: cannot fetch Debian's package lists"
    assert said.count(said[-1]) == 1  # the mirror was asked once
    record = json.loads((toolchain.tools["llc"].parents[1] / "packages.json").read_text())
    assert (record["suite"], record["debian_version"]) == ("newer", SNAPSHOT)


@pytest.mark.xdist_group("mirror")
@pytest.mark.slow
def test_a_source_is_of_the_suite_that_the_packages_are_of(two_suites: Mirror, tmp_path: Path) -> None:
    """For what is only compiled, the one that is there already will do."""
    stanza = two_suites.source("18.1.8-18").replace("-19\n", "-18\n")
    two_suites.publish("newer", sources=stanza)
    store = Store(tmp_path / "store")
    with pytest.raises(
        EnvironmentLacksError, match=r"^Debian's lists have no source package llvm-toolchain-18"
    ):
        debian_source.source_of_any_suite(store, 18, silent)
    tree = debian_source.find(store, 18, silent, matching=True)
    assert tree.provenance.startswith("Debian's llvm-toolchain-18 1:18.1.8-18: ")
    assert tree.root.name.startswith("debian-18-newer-")
    shutil.rmtree(two_suites.root)
    assert debian_source.find(store, 18, silent, matching=True) == tree
    assert debian_source.find(store, 18, silent, matching=False) == tree


@pytest.mark.xdist_group("mirror")
@pytest.mark.slow
def test_what_is_linked_over_a_newer_debian_names_its_loader(two_suites: Mirror, tmp_path: Path) -> None:
    for name in packages.packages(18, build=True):
        if not (two_suites.root / "build" / name).exists():
            two_suites.package(name, "1:18.1.8-18+b1", {})
    two_suites.publish("newer")
    places = [tmp_path / "one", tmp_path / "two"]
    found = [packages.prebuilt(Store(place), 18, silent) for place in places]
    for place, prebuilt in zip(places, found, strict=True):
        assert prebuilt.loader is not None
        assert prebuilt.loader.is_relative_to(place)
        assert loader_options(prebuilt)[0] == f"-Wl,--dynamic-linker={prebuilt.loader}"
    # It does not run from a store in another place, so that store must not take it for its own.
    assert found[0].identity != found[1].identity
    assert loader_options(dataclasses.replace(found[0], loader=None)) == []
