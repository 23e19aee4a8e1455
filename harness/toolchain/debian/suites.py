"""Which suite of Debian's mirror an LLVM comes from.

The machine's own release comes first, then the nearest later suite, then older ones. Lists of another suite
are fetched only when somebody asks for what the machine's own release does not have. A mirror that lacks a
suite only has fewer versions.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

from harness import apt
from harness.errors import AbsentError
from harness.store import Store

# Debian's suites, oldest first. Backports come after what they are made for.
_RELEASES = ("bullseye", "bookworm", "trixie", "forky", "sid", "experimental")
_WITH_BACKPORTS = frozenset({"bookworm", "trixie"})
# The suites that a suite's packages also need.
_BUILDS_ON = {"experimental": "sid"}
_BACKPORTS = "-backports"
_SNAPSHOT = re.compile(r"^(?:\d+:)?(?P<major>\d+)~\+\+(?P<date>\d+)")


@dataclass(frozen=True, slots=True)
class DebianSuite:
    """A suite of the mirror: `names` are it and those that its packages also need.

    `is_own`: it is the machine's release. `is_newer`: its C library may be newer than the machine's.
    """

    names: tuple[str, ...]
    is_own: bool = False
    is_newer: bool = False

    @property
    def name(self) -> str:
        """What Debian calls it."""
        return self.names[0]


@dataclass(frozen=True, slots=True)
class Offer:
    """An LLVM that a suite has. `version` is Debian's."""

    suite: DebianSuite
    major: int
    version: str

    @property
    def is_snapshot(self) -> bool:
        """Whether it is of LLVM's main branch, not of a release."""
        return _SNAPSHOT.match(self.version) is not None

    @property
    def lasting(self) -> Offer:
        """Itself as the store knows it: of all versions that a suite has had, it keeps the first."""
        return self if self.is_snapshot else Offer(self.suite, self.major, "")

    @property
    def age(self) -> tuple[int, int]:
        """What orders snapshots: the later one is greater."""
        found = _SNAPSHOT.match(self.version)
        return (int(found["major"]), int(found["date"])) if found else (0, 0)


def upstream_version(debian: str) -> str:
    """`1:19.1.7-3~deb12u1` -> `19.1.7`; of a snapshot `24.0.0~++20261025`, the day included."""
    if (snapshot := _SNAPSHOT.match(debian)) is not None:
        return f"{snapshot['major']}.0.0~++{snapshot['date'][:8]}"
    return re.sub(r"^\d+:|-[^-]*$|[~+].*$", "", debian)


def own(release: str) -> DebianSuite:
    """The machine's own release."""
    return DebianSuite((release,), is_own=True)


def others(release: str) -> tuple[DebianSuite, ...]:
    """The other suites in the order in which they are asked; none for a release that is not Debian's."""
    if release not in _RELEASES:
        return ()
    here = _RELEASES.index(release)
    later = [_suite(release, backports=True, newer=False)] if release in _WITH_BACKPORTS else []
    for name in _RELEASES[here + 1 :]:
        later.append(_suite(name, backports=False, newer=True))
        if name in _WITH_BACKPORTS:
            later.append(_suite(name, backports=True, newer=True))
    older = [_suite(name, backports=False, newer=False) for name in reversed(_RELEASES[:here])]
    return (*later, *older)


def _suite(name: str, *, backports: bool, newer: bool) -> DebianSuite:
    if backports:
        return DebianSuite((f"{name}{_BACKPORTS}", name), is_newer=newer)
    below = _BUILDS_ON.get(name)
    return DebianSuite((name, below) if below else (name,), is_newer=newer)


def choose(offers: Iterable[Offer], major: int | None) -> Offer | None:
    """The first offer of a version, in the order of the suites; of None, the newest snapshot."""
    if major is None:
        return max((one for one in offers if one.is_snapshot), key=lambda one: one.age, default=None)
    return next((one for one in offers if one.major == major), None)


@contextmanager
def open_lists(store: Store, suite: DebianSuite, say: apt.Say, instead: str) -> Iterator[apt.Apt | None]:
    """An apt that fetches from a suite, and holds its lock; None if the mirror does not have the suite."""
    if suite.is_own:
        with store.workspace("apt", "lists"):
            yield apt.open_apt(store, say, instead)
    else:
        with store.workspace("apt", suite.name):
            yield apt.open_suite(store, suite.names, say, instead)


def find(store: Store, major: int | None, say: apt.Say, instead: str) -> Offer:
    """The LLVM of a version, from the first suite that has it; of None, the newest snapshot.

    Raises AbsentError that names the versions there are, and EnvironmentLacksError without a mirror.
    """
    release = apt.codename()
    mine = list_offers(store, own(release), say, instead)
    if major is not None and (here := choose(mine, major)) is not None:
        return here
    offers = list(mine)
    for suite in others(release):
        found = list_offers(store, suite, say, instead)
        if major is not None and (there := choose(found, major)) is not None:
            return there
        offers += found
    if (newest := choose(offers, major)) is not None:
        return newest
    numbers = ", ".join(str(number) for number in sorted({one.major for one in offers}))
    if major is None:
        raise AbsentError(
            "no suite of Debian's mirror has a snapshot of LLVM", f"use one of its versions: {numbers}"
        )
    raise AbsentError(f"no suite of Debian's mirror has LLVM {major}", f"use one of its versions: {numbers}")


def list_all(store: Store, say: apt.Say, instead: str) -> tuple[Offer, ...]:
    """Every version once, from the suite it would be fetched from. The trunk is the newest snapshot."""
    release = apt.codename()
    offers: dict[int, Offer] = {}
    snapshots: list[Offer] = []
    for suite in (own(release), *others(release)):
        for one in list_offers(store, suite, say, instead):
            if one.is_snapshot:
                snapshots.append(one)
            else:
                offers.setdefault(one.major, one)
    newest = choose(snapshots, None)
    if newest is not None:
        offers[newest.major] = newest
    return tuple(offers[major] for major in sorted(offers))


def list_offers(store: Store, suite: DebianSuite, say: apt.Say, instead: str) -> tuple[Offer, ...]:
    """The LLVMs of a suite, by version. They are read from its lists once for each time that these come."""
    with open_lists(store, suite, say, instead) as source:
        versions = {} if source is None else _versions(source)
    return tuple(Offer(suite, major, version) for major, version in sorted(versions.items()))


def _versions(source: apt.Apt) -> Mapping[int, str]:
    kept = source.root / apt.MADE_OF_LISTS
    if kept.exists():
        return {int(major): version for major, version in json.loads(kept.read_text()).items()}
    majors = [int(name.split("-")[1]) for name in source.available(r"llvm-\d+-dev")]
    found = source.versions([f"llvm-{major}" for major in majors])
    versions = {major: found.get(f"llvm-{major}", "") for major in majors}
    kept.write_text(json.dumps(versions))
    return versions
