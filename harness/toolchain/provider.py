"""Which LLVM is meant: the one place that chooses among the backends."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from harness.errors import EnvironmentLacksError, UsageError
from harness.model import Prebuilt, Toolchain
from harness.process import scratch
from harness.store import Store
from harness.toolchain import tree
from harness.toolchain.debian import packages

KINDS = ("wheel", "debian", "system", "tree")
Say = Callable[[str], None]


class Provider(Protocol):
    """Where one LLVM comes from. Both raise EnvironmentLacksError if it cannot be had."""

    @property
    def kind(self) -> str:
        """One of KINDS."""

    @property
    def major(self) -> int:
        """LLVM's major version."""

    def toolchain(self) -> Toolchain:
        """Its tools, ready to run."""

    def running(self) -> AbstractContextManager[Toolchain]:
        """Its tools for many runs: what makes them fast is there for the time of the block."""

    def prebuilt(self) -> Prebuilt:
        """What a build over it needs."""


@dataclass(frozen=True, slots=True)
class Request:
    """What the user said: a kind, a version, and for `tree` where it is."""

    kind: str
    major: int | None
    prefix: Path | None


def resolve(store: Store, request: Request, say: Say) -> Provider:
    """The provider a request means. Raises UsageError if it contradicts itself."""
    if request.kind == "tree":
        if request.prefix is None:
            raise UsageError("--toolchain tree needs a place", "add --prefix DIR")
        return _Tree("tree", request.prefix)
    if request.prefix is not None:
        raise UsageError(
            f"--toolchain {request.kind} takes no --prefix",
            "leave out one of them; --prefix alone means --toolchain tree",
        )
    if request.kind == "wheel":
        return _Wheel(store)
    if request.kind == "system":
        return _system(request.major)
    return _Debian(store, request.major or 19, say)


def _system(major: int | None) -> Provider:
    found = tree.installed()
    for prefix in reversed(found):
        provider = _Tree("system", prefix)
        if major in {None, provider.major}:
            return provider
    wanted = f"LLVM {major}" if major else "LLVM"
    there = ", ".join(path.name for path in found) or "none"
    raise EnvironmentLacksError(
        f"no {wanted} is installed on this machine (found: {there})",
        f"apt-get install llvm-{major or 19}-dev, or use --toolchain debian, which needs no root",
    )


@dataclass(frozen=True, slots=True)
class _Debian:
    store: Store
    major: int
    say: Say
    kind: str = "debian"

    def toolchain(self) -> Toolchain:
        return packages.toolchain(self.store, self.major, self.say)

    def running(self) -> AbstractContextManager[Toolchain]:
        return nullcontext(self.toolchain())

    def prebuilt(self) -> Prebuilt:
        return packages.prebuilt(self.store, self.major, self.say)


@dataclass(frozen=True, slots=True)
class _Tree:
    kind: str
    prefix: Path

    @property
    def major(self) -> int:
        return self.toolchain().major

    def toolchain(self) -> Toolchain:
        return tree.toolchain(self.prefix, f"{self.kind}-{self.prefix.name}")

    def running(self) -> AbstractContextManager[Toolchain]:
        return nullcontext(self.toolchain())

    def prebuilt(self) -> Prebuilt:
        return tree.prebuilt(self.prefix, f"{self.kind}-{self.prefix.name}")


@dataclass(frozen=True, slots=True)
class _Wheel:
    store: Store
    kind: str = "wheel"

    @property
    def major(self) -> int:
        return self.toolchain().major

    def toolchain(self) -> Toolchain:
        from harness.toolchain.wheel import provider as wheel

        return wheel.resolve(self.store.root / "wheel", lambda _llc, _lli: frozenset())

    @contextmanager
    def running(self) -> Iterator[Toolchain]:
        from harness.toolchain.wheel import provider as wheel

        with scratch.folder("wheel") as folder, wheel.serving(folder):
            yield wheel.resolve(folder, lambda _llc, _lli: frozenset())

    def prebuilt(self) -> Prebuilt:
        raise UsageError(
            "the wheel's LLVM is one shared library: no patch can be built into it",
            "use --toolchain debian, or run the suite alone: harness check --toolchain wheel",
        )
