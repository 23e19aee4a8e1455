"""What every provider of an LLVM offers. `registry` lists them, and is the one place that chooses."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from harness.llvm import Prebuilt, SourceTree, Toolchain
from harness.store import Store

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Request:
    """What the user asked for: a kind, a version, and for `tree` the folder.

    `instead` is what an error proposes if it cannot be had, other than another kind.
    """

    kind: str
    major: int | None
    prefix: Path | None
    instead: str = ""


@dataclass(frozen=True, slots=True)
class Need:
    """A program that a provider starts: what for, and how to get it."""

    program: str
    purpose: str
    remedy: str


@dataclass(frozen=True, slots=True)
class SurveyRow:
    """One LLVM and what it can do on this machine; `missing` says why not more, and what to type."""

    kind: str
    version: str
    where: str
    run: bool
    overlay: bool
    full: bool
    missing: str = ""


class Provider(Protocol):
    """Where one LLVM comes from. Making one costs nothing: nothing is fetched before it is needed.

    The methods raise EnvironmentLacksError if what they return cannot be had, and UsageError if this kind
    never has it. Nothing they propose is what the user has just given.
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

    def running(self) -> AbstractContextManager[Toolchain]:
        """Its tools for many runs: what makes them fast is there for the time of the block."""

    def prebuilt(self) -> Prebuilt:
        """Its static archives and headers, and the compiler that fits them."""

    def source(self, *, matching: bool = True) -> SourceTree:
        """LLVM's source of this version: what the archives were built from.

        Unless `matching`, any source of the major version will do, even if there are no archives of it.
        """

    def fetch(self, *, build: bool) -> tuple[Path, ...]:
        """Have it on this machine, and where; with `build` what `prebuilt` needs too."""


class ProviderKind(Protocol):
    """All LLVMs of one kind: what the class of a provider offers."""

    @property
    def kind(self) -> str:
        """What `--toolchain` calls it."""

    @property
    def packaged(self) -> bool:
        """Whether its versions come from a package index, so that a version names one."""

    @property
    def needs(self) -> tuple[Need, ...]:
        """The programs that it starts."""

    def find(self, store: Store, request: Request, say: Say) -> Provider:
        """The one that a request of this kind means. Raises UsageError if the request contradicts itself."""

    def survey(self, store: Store, say: Say, *, offline: bool) -> tuple[SurveyRow, ...]:
        """Every LLVM of this kind that can be used on this machine, without the network if `offline`."""
