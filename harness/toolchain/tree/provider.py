"""`tree` and `system`: the LLVM of a given prefix, or an installed one."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from harness.errors import AbsentError, HarnessError, UsageError
from harness.llvm import DEFAULT_MAJOR, CoverageTools, Prebuilt, SourceTree, Toolchain
from harness.store import Store
from harness.toolchain.provider import Need, Provider, Request, Say, SurveyRow


@dataclass(frozen=True, slots=True)
class Tree:
    """An install prefix or a build directory."""

    store: Store
    prefix: Path
    say: Say
    kind: ClassVar[str] = "tree"
    buildable: ClassVar[bool] = True
    packaged: ClassVar[bool] = False
    needs: ClassVar[tuple[Need, ...]] = ()

    @classmethod
    def find(cls, store: Store, request: Request, say: Say) -> Provider:
        if request.prefix is None:
            raise UsageError("--toolchain tree needs a place", "add --prefix DIR")
        # What runs a tool runs it from other folders, by a link.
        return cls(store, request.prefix.absolute(), say)

    @classmethod
    def survey(cls, store: Store, say: Say, *, offline: bool) -> tuple[SurveyRow, ...]:
        """Nothing: only the user knows where they are."""
        return ()

    @property
    def major(self) -> int:
        return self.toolchain().major

    @property
    def name(self) -> str:
        """The name of the toolchain."""
        return f"{self.kind}-{self.prefix.name}"

    def toolchain(self) -> Toolchain:
        from harness.toolchain.tree import prefix

        return prefix.toolchain(self.prefix, self.name)

    def session(self) -> AbstractContextManager[Toolchain]:
        return nullcontext(self.toolchain())

    def prebuilt(self) -> Prebuilt:
        from harness.toolchain.tree import prefix

        return prefix.prebuilt(self.prefix, self.name)

    def coverage_tools(self) -> CoverageTools:
        from harness.toolchain.tree import coverage

        return coverage.find(self.prebuilt())

    def source(self, *, matching: bool = True) -> SourceTree:
        """Debian's source: a prefix does not have its own. Whoever asks compares the versions."""
        from harness.toolchain.debian import source

        return source.find(self.store, self.major, self.say, matching=matching)

    def fetch(self, *, build: bool) -> tuple[Path, ...]:
        """Nothing is fetched: it is there, or this raises."""
        _ = self.prebuilt() if build else self.toolchain()
        return (self.prefix,)

    def cache_key(self) -> str:
        raise UsageError(
            f"{self.prefix} is on this machine: the store has nothing of it to cache",
            "name an LLVM that is fetched: --llvm 19",
        )


class System(Tree):
    """An LLVM that is installed on this machine."""

    __slots__ = ()
    kind: ClassVar[str] = "system"

    @classmethod
    def find(cls, store: Store, request: Request, say: Say) -> Provider:
        """The newest one installed, or the one with the requested version. Raises AbsentError."""
        from harness.toolchain.tree import prefix

        installed = prefix.find_installed()
        for place in reversed(installed):
            provider = cls(store, place, say)
            if request.major in {None, provider.major}:
                return provider
        wanted = f"LLVM {request.major}" if request.major else "LLVM"
        there = ", ".join(path.name for path in installed) or "none"
        raise AbsentError(
            f"no {wanted} is installed on this machine (found: {there})",
            f"apt-get install llvm-{request.major or DEFAULT_MAJOR}-dev, or use --toolchain debian, "
            "which needs no root",
        )

    @classmethod
    def survey(cls, store: Store, say: Say, *, offline: bool) -> tuple[SurveyRow, ...]:
        from harness.toolchain.tree import prefix

        return tuple(cls(store, place, say).describe() for place in prefix.find_installed())

    def describe(self) -> SurveyRow:
        """What this one can do on this machine."""
        kind, where = self.kind, str(self.prefix)
        try:
            version = self.toolchain().version
        except HarnessError as error:
            return SurveyRow(kind, "-", where, False, False, False, error.next_step)
        try:
            self.prebuilt()
        except HarnessError as error:
            return SurveyRow(kind, version, where, True, False, False, f"{error.what}: {error.next_step}")
        return SurveyRow(kind, version, where, True, True, True)
