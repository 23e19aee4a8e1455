"""`debian`: an LLVM that Debian has packages of."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from harness.errors import HarnessError, UsageError
from harness.llvm import DEFAULT_MAJOR, CoverageTools, Prebuilt, SourceTree, Toolchain
from harness.store import Store, digest
from harness.toolchain.debian.suites import Offer, upstream_version
from harness.toolchain.provider import TRUNK, Need, Provider, Request, Say, SurveyRow


@dataclass(frozen=True, slots=True)
class Debian:
    """One major version of LLVM, from the packages of this machine's Debian release or of another suite.

    `wanted` is the version, or None for the trunk.
    """

    store: Store
    wanted: int | None
    say: Say
    # What to do if it cannot be had and another kind of LLVM is not the answer.
    instead: str = ""
    kind: ClassVar[str] = "debian"
    buildable: ClassVar[bool] = True
    packaged: ClassVar[bool] = True
    needs: ClassVar[tuple[Need, ...]] = (
        Need(
            *("apt-get", "fetches LLVM from Debian"),
            "not a Debian machine: use --toolchain system or --prefix DIR",
        ),
        Need("dpkg-deb", "unpacks what was fetched", "apt-get install dpkg"),
    )

    @classmethod
    def find(cls, store: Store, request: Request, say: Say) -> Provider:
        if not request.named:
            return cls(store, request.major or DEFAULT_MAJOR, say, request.instead)
        if request.named != TRUNK:
            raise UsageError(
                f"{cls.kind}:{request.named}: not a version of LLVM", f"give a number such as 19, or {TRUNK}"
            )
        return cls(store, None, say, request.instead)

    @classmethod
    def survey(cls, store: Store, say: Say, *, offline: bool) -> tuple[SurveyRow, ...]:
        from harness.toolchain.debian import packages, suites

        held = packages.list_held(store)
        by_age = sorted(held, key=lambda one: one.age)
        rows = {one.major: _describe(one, held[one]) for one in by_age}
        if not offline:
            try:
                offers = suites.list_all(store, say, packages.INSTEAD)
            except HarnessError as error:
                why = f"{error.what}: {error.next_step}"
                return (SurveyRow(cls.kind, "-", "apt", False, False, False, why),)
            rows = {one.major: _describe(one, held.get(one.lasting)) for one in offers}
        return tuple(rows[major] for major in sorted(rows))

    @property
    def major(self) -> int:
        return self._choose()[0]

    def _choose(self) -> tuple[int, Offer | None]:
        """The version, and which packages of the trunk; those of a version are found when they are needed.

        Which snapshot the trunk is the mirror's lists say, which are kept for a day. Each method asks once.
        """
        from harness.toolchain.debian import packages

        if self.wanted is not None:
            return self.wanted, None
        trunk = packages.find_trunk(self.store, self.say, self.instead)
        return trunk.major, trunk

    def toolchain(self) -> Toolchain:
        from harness.toolchain.debian import packages

        major, offer = self._choose()
        return packages.toolchain(self.store, major, self.say, self.instead, offer)

    def session(self) -> AbstractContextManager[Toolchain]:
        return nullcontext(self.toolchain())

    def prebuilt(self) -> Prebuilt:
        return self._prebuilt(*self._choose())

    def _prebuilt(self, major: int, offer: Offer | None) -> Prebuilt:
        from harness.toolchain.debian import packages

        return packages.prebuilt(self.store, major, self.say, self.instead, offer)

    def coverage_tools(self) -> CoverageTools:
        from harness.toolchain.debian import coverage

        major, offer = self._choose()
        return coverage.find(self.store, self._prebuilt(major, offer), major, self.say)

    def source(self, *, matching: bool = True) -> SourceTree:
        from harness.toolchain.debian import source

        major, offer = self._choose()
        return source.find(self.store, major, self.say, matching=matching, offer=offer)

    def fetch(self, *, build: bool) -> tuple[Path, ...]:
        """The packages, and the emulators, which are the same for every version."""
        from harness.toolchain.debian import emulators, packages

        major, offer = self._choose()
        home = packages.fetch(self.store, major, self.say, self.instead, build=build, offer=offer)
        return home, emulators.fetch(self.store, self.say)

    def cache_key(self) -> str:
        from harness.toolchain.debian import emulators, packages, source

        major, offer = self._choose()
        parts = (packages.cache_key(major, offer), source.cache_key(major), emulators.cache_key())
        return f"{self.kind}-{self.wanted or TRUNK}-{digest(*parts)}"


def _describe(offer: Offer, held: bool | None) -> SurveyRow:
    """A row of the survey. `held`: the store has what a build needs, only the tools, or nothing (None)."""
    where = {True: "in the store", False: "in the store (tools only)", None: "to be fetched when needed"}[
        held
    ]
    label = TRUNK if offer.is_snapshot else ""
    origin = "" if offer.suite.is_own else offer.suite.name
    named = ", ".join(filter(None, [label, origin]))
    builds = held is True
    why = "" if builds else f"harness toolchain fetch {label or offer.major}"
    version = upstream_version(offer.version) or str(offer.major)
    where = f"{where} ({named})" if named else where
    return SurveyRow(Debian.kind, version, where, held is not None, builds, builds, why)
