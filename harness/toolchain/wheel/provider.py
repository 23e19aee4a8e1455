"""`wheel`: the LLVM in llvmlite's wheel."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from harness.errors import UsageError
from harness.llvm import CoverageTools, Prebuilt, SourceTree, Toolchain
from harness.store import Store
from harness.toolchain.provider import Need, Provider, Request, Say, SurveyRow


@dataclass(frozen=True, slots=True)
class Wheel:
    """llvmlite's LLVM: `llc` and `lli`, of the one version in the installed package."""

    store: Store
    kind: ClassVar[str] = "wheel"
    buildable: ClassVar[bool] = False
    packaged: ClassVar[bool] = False
    needs: ClassVar[tuple[Need, ...]] = ()

    @classmethod
    def find(cls, store: Store, request: Request, say: Say) -> Provider:
        if request.named:
            raise UsageError(f"wheel:{request.named}: not the installed llvmlite", "use --toolchain wheel")
        return cls(store)

    @classmethod
    def survey(cls, store: Store, say: Say, *, offline: bool) -> tuple[SurveyRow, ...]:
        from importlib import metadata

        try:
            package = metadata.version("llvmlite")
        except metadata.PackageNotFoundError:
            return (SurveyRow(cls.kind, "-", "llvmlite", False, False, False, "pip install llvmlite"),)
        from harness.toolchain.wheel import library

        version = library.library_version()
        why = "one shared library: no patch can be built into it"
        return (SurveyRow(cls.kind, version, f"llvmlite {package}", True, False, False, why),)

    @property
    def major(self) -> int:
        return self.toolchain().major

    def toolchain(self) -> Toolchain:
        from harness.toolchain.wheel import library

        return library.toolchain(self.store.root / "wheel")

    @contextmanager
    def session(self) -> Iterator[Toolchain]:
        from harness.process import scratch
        from harness.toolchain.wheel import library

        with scratch.folder("wheel") as folder, library.serve(folder):
            yield library.toolchain(folder)

    def prebuilt(self) -> Prebuilt:
        raise UsageError(
            "the wheel's LLVM is one shared library: no patch can be built into it",
            "use --toolchain debian; the wheel can only run the suite as it is",
        )

    def coverage_tools(self) -> CoverageTools:
        raise UsageError(
            "the wheel's LLVM is one shared library: nothing can be compiled into it",
            "use --toolchain debian; the wheel can only run the suite as it is",
        )

    def source(self, *, matching: bool = True) -> SourceTree:
        raise UsageError(
            "the wheel does not say which source it was built from",
            "give LLVM's source with --source DIR or --source TARBALL",
        )

    def fetch(self, *, build: bool) -> tuple[Path, ...]:
        if build:
            self.prebuilt()
        return tuple(self.toolchain().tools.values())

    def cache_key(self) -> str:
        raise UsageError(
            "the wheel is installed with the harness: the store has nothing of it to cache",
            "name an LLVM that is fetched: --llvm 19",
        )
