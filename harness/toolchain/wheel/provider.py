"""`wheel`: the LLVM in llvmlite's wheel."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from harness.errors import EnvironmentLacksError, UsageError
from harness.llvm import CoverageTools, Prebuilt, SourceTree, Toolchain
from harness.store import Store
from harness.toolchain.provider import Need, Provider, Request, Say, SurveyRow

if TYPE_CHECKING:
    from harness.toolchain.wheel.package import WheelPackage


@dataclass(frozen=True, slots=True)
class Wheel:
    """llvmlite's LLVM: `llc` and `lli`, of the installed package, or of another version of it.

    `version` is of llvmlite, as far as it was given (`0.47`); empty for the installed one.
    """

    store: Store
    say: Say
    version: str = ""
    kind: ClassVar[str] = "wheel"
    buildable: ClassVar[bool] = False
    packaged: ClassVar[bool] = False
    needs: ClassVar[tuple[Need, ...]] = ()

    @classmethod
    def find(cls, store: Store, request: Request, say: Say) -> Provider:
        from harness.toolchain.wheel import package

        named = request.named or (str(request.major) if request.major else "")
        version = package.wanted_version(named) if named else ""
        return cls(store, say, "" if not version or package.is_installed(version) else version)

    @classmethod
    def survey(cls, store: Store, say: Say, *, offline: bool) -> tuple[SurveyRow, ...]:
        from harness.toolchain.wheel import library, package

        why = "one shared library: no patch can be built into it"
        rows: list[SurveyRow] = []
        try:
            installed = library.installed_version()
        except EnvironmentLacksError:
            rows.append(SurveyRow(cls.kind, "-", "llvmlite", False, False, False, "pip install llvmlite"))
        else:
            where = f"llvmlite {installed}"
            rows.append(SurveyRow(cls.kind, library.library_version(), where, True, False, False, why))
        held = package.list_held(store)
        for one in held:
            rows.append(SurveyRow(cls.kind, one.llvm, f"llvmlite {one.version}", True, False, False, why))
        for version, llvm in package.LLVMS.items():
            there = package.is_installed(version) or any(one.llvm == llvm for one in held)
            if not there and not offline:
                where = f"llvmlite {version}, to be fetched when needed"
                how = f"harness toolchain fetch --tools-only {cls.kind}:{version}"
                rows.append(SurveyRow(cls.kind, llvm, where, False, False, False, how))
        return tuple(rows)

    @property
    def major(self) -> int:
        return self.toolchain().major

    def _package(self) -> WheelPackage | None:
        """The llvmlite in the store; None for the installed one."""
        from harness.toolchain.wheel import package

        return package.find(self.store, self.version, self.say) if self.version else None

    def toolchain(self) -> Toolchain:
        from harness.toolchain.wheel import library

        if (other := self._package()) is None:
            return library.toolchain(library.own_folder(self.store.root / "wheel"))
        return library.toolchain(library.own_folder(self.store.root / "wheels" / other.version), other)

    @contextmanager
    def session(self) -> Iterator[Toolchain]:
        from harness.process import scratch
        from harness.toolchain.wheel import library

        other = self._package()
        folder_of_other = None if other is None else other.folder
        with scratch.folder("wheel") as folder, library.serve(folder / "bin", folder_of_other):
            yield library.toolchain(folder / "bin", other)

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
        if self.version:
            from harness.toolchain.wheel import package

            return f"{self.kind}-{package.cache_key(self.version)}"
        raise UsageError(
            "the wheel is installed with the harness: the store has nothing of it to cache",
            "name an LLVM that is fetched: --llvm 19",
        )
