"""`debian`: an LLVM that Debian has packages of."""

from __future__ import annotations

import re
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from harness.errors import HarnessError
from harness.llvm import CoverageTools, Prebuilt, SourceTree, Toolchain
from harness.store import Store, digest
from harness.toolchain.provider import Need, Provider, Request, Say, SurveyRow

# What `--llvm` means if it is not given: the version that the patches of this repository are for.
DEFAULT_MAJOR = 19


@dataclass(frozen=True, slots=True)
class Debian:
    """One major version of LLVM, from the packages of this machine's Debian release."""

    store: Store
    major: int
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
        return cls(store, request.major or DEFAULT_MAJOR, say, request.instead)

    @classmethod
    def survey(cls, store: Store, say: Say, *, offline: bool) -> tuple[SurveyRow, ...]:
        from harness.toolchain.debian import packages

        held = _in_store(store)
        if offline:
            versions = {major: str(major) for major in held}
        else:
            try:
                versions = packages.list_versions(store, say)
            except HarnessError as error:
                why = f"{error.what}: {error.next_step}"
                return (SurveyRow(cls.kind, "-", "apt", False, False, False, why),)
        return tuple(
            _describe(major, version, held.get(major)) for major, version in sorted(versions.items())
        )

    def toolchain(self) -> Toolchain:
        from harness.toolchain.debian import packages

        return packages.toolchain(self.store, self.major, self.say, self.instead)

    def session(self) -> AbstractContextManager[Toolchain]:
        return nullcontext(self.toolchain())

    def prebuilt(self) -> Prebuilt:
        from harness.toolchain.debian import packages

        return packages.prebuilt(self.store, self.major, self.say, self.instead)

    def coverage_tools(self) -> CoverageTools:
        from harness.toolchain.debian import coverage

        return coverage.find(self.store, self.prebuilt(), self.major, self.say)

    def source(self, *, matching: bool = True) -> SourceTree:
        from harness.toolchain.debian import source

        return source.find(self.store, self.major, self.say, matching=matching)

    def fetch(self, *, build: bool) -> tuple[Path, ...]:
        """The packages, and the emulators, which are the same for every version."""
        from harness.toolchain.debian import emulators, packages

        home = packages.fetch(self.store, self.major, self.say, self.instead, build=build)
        return home, emulators.fetch(self.store, self.say)

    def cache_key(self) -> str:
        from harness.toolchain.debian import emulators, packages, source

        parts = packages.cache_key(self.major), source.cache_key(self.major), emulators.cache_key()
        return f"{self.kind}-{self.major}-{digest(*parts)}"


def _describe(major: int, version: str, held: bool | None) -> SurveyRow:
    """A row of the survey. `held`: the store has what a build needs, only the tools, or nothing (None)."""
    where = {True: "in the store", False: "in the store (tools only)", None: "to be fetched when needed"}[
        held
    ]
    builds = held is True
    why = "" if builds else f"harness toolchain fetch {major}"
    return SurveyRow(Debian.kind, version, where, held is not None, builds, builds, why)


def _in_store(store: Store) -> dict[int, bool]:
    """The majors in the store: True with what a build needs, False with only the tools."""
    found: dict[int, bool] = {}
    for entry in (store.root / "debian").glob("llvm-*"):
        if (parts := re.fullmatch(r"llvm-(\d+)-(build|tools)-[0-9a-f]+", entry.name)) is not None:
            major = int(parts[1])
            found[major] = found.get(major, False) or parts[2] == "build"
    return found
