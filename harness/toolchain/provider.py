"""What every provider of an LLVM offers. `registry` lists the providers and chooses among them."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from harness.llvm import CoverageTools, Prebuilt, SourceTree, Toolchain
from harness.store import Store

Say = Callable[[str], None]
# What `--llvm` calls the newest snapshot of LLVM's main branch.
TRUNK = "trunk"


@dataclass(frozen=True, slots=True)
class Request:
    """What the user asked for: a kind, a version, and for `tree` the folder.

    `instead` is what an error proposes if the LLVM cannot be had; another kind if it is empty. `named` is
    what was asked for by a name in place of a version: `trunk`, or the version of an LLVM's package.
    """

    kind: str
    major: int | None
    prefix: Path | None
    instead: str = ""
    named: str = ""


@dataclass(frozen=True, slots=True)
class Need:
    """A program that a provider runs: what for, and how to get it."""

    program: str
    purpose: str
    remedy: str


@dataclass(frozen=True, slots=True)
class SurveyRow:
    """One LLVM, and what it can do on this machine. `missing` says why not more, and what to type."""

    kind: str
    version: str
    where: str
    run: bool
    overlay: bool
    full: bool
    missing: str = ""


class Provider(Protocol):
    """Where one LLVM comes from. Making one costs nothing: it fetches what is needed when it is needed.

    The methods raise AbsentError if there is no such thing, another EnvironmentLacksError if it cannot be
    had, as without the network, and UsageError if this kind never has it. No error proposes an option that
    the user has just given.
    """

    @property
    def kind(self) -> str:
        """What `--toolchain` calls it."""

    @property
    def buildable(self) -> bool:
        """Whether a patch can be built into it."""

    @property
    def major(self) -> int:
        """LLVM's major version."""

    def toolchain(self) -> Toolchain:
        """Its tools, ready to run."""

    def session(self) -> AbstractContextManager[Toolchain]:
        """Its tools for many runs. What makes them fast (a server) is there during the block."""

    def prebuilt(self) -> Prebuilt:
        """Its static archives and headers, and the compiler that fits them."""

    def coverage_tools(self) -> CoverageTools:
        """What measures coverage of code that is compiled as `prebuilt` says."""

    def source(self, *, matching: bool = True) -> SourceTree:
        """LLVM's source of this version, from which the archives were built.

        Unless `matching`, any source of the major version will do, even one without archives.
        """

    def fetch(self, *, build: bool) -> tuple[Path, ...]:
        """Fetch it, with `build` also what `prebuilt` needs. Returns the folders it is in."""

    def cache_key(self) -> str:
        """What a CI system's cache may keep its entries of the store under, without fetching anything.

        It changes whenever the store would have other entries of it. Raises UsageError if it has none.
        """


class ProviderKind(Protocol):
    """All LLVMs of one kind. The class of a provider is one."""

    @property
    def kind(self) -> str:
        """What `--toolchain` calls it."""

    @property
    def packaged(self) -> bool:
        """Whether its versions come from a package index, so that a version is enough to name one."""

    @property
    def needs(self) -> tuple[Need, ...]:
        """The programs that it runs."""

    def find(self, store: Store, request: Request, say: Say) -> Provider:
        """The provider for a request of this kind. Raises UsageError if the request contradicts itself."""

    def survey(self, store: Store, say: Say, *, offline: bool) -> tuple[SurveyRow, ...]:
        """Every LLVM of this kind that can be used on this machine, without the network if `offline`."""
