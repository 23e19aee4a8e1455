"""Another package system, as one would add it: a class and its row. As a program it is `harness` with both.

Its packages are made here, so that no network is needed.
"""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from harness import cli
from harness.errors import EnvironmentLacksError
from harness.llvm import CoverageTools, Prebuilt, SourceTree, Toolchain
from harness.store import Store
from harness.toolchain import registry
from harness.toolchain.provider import Need, Provider, Request, Say, SurveyRow

VERSIONS = {21: "21.1.5", 22: "22.1.0"}
CMAKE = "set(LLVM_VERSION_MAJOR {})\nset(LLVM_VERSION_MINOR {})\nset(LLVM_VERSION_PATCH {})\n"


@dataclass(frozen=True, slots=True)
class Fedora:
    """One major version of Fedora's LLVM."""

    store: Store
    major: int
    say: Say
    kind: ClassVar[str] = "fedora"
    buildable: ClassVar[bool] = True
    packaged: ClassVar[bool] = True
    needs: ClassVar[tuple[Need, ...]] = (
        Need("rpm2cpio", "unpacks Fedora's packages", "dnf install rpm"),
        Need("sh", "runs what was unpacked", "dnf install bash"),
    )

    @classmethod
    def find(cls, store: Store, request: Request, say: Say) -> Provider:
        return cls(store, request.major or max(VERSIONS), say)

    @classmethod
    def survey(cls, store: Store, say: Say, *, offline: bool) -> tuple[SurveyRow, ...]:
        say(f"looking for Fedora's packages{' in the store' if offline else ''}")
        there = (store.root / "fedora").is_dir()
        return tuple(
            SurveyRow(cls.kind, version, "Fedora", there, False, False, f"harness toolchain fetch {major}")
            for major, version in VERSIONS.items()
        )

    @property
    def version(self) -> str:
        return VERSIONS[self.major]

    def toolchain(self) -> Toolchain:
        (home,) = self.fetch(build=False)
        return Toolchain(f"fedora-{self.major}", self.version, {"llc": home / "llc"}, "Fedora", self.version)

    def session(self) -> AbstractContextManager[Toolchain]:
        return nullcontext(self.toolchain())

    def prebuilt(self) -> Prebuilt:
        raise EnvironmentLacksError("Fedora has no archives of LLVM", "use --toolchain debian")

    def coverage_tools(self) -> CoverageTools:
        raise EnvironmentLacksError("Fedora has no archives of LLVM", "use --toolchain debian")

    def source(self, *, matching: bool = True) -> SourceTree:
        def build(aside: Path) -> None:
            (aside / "llvm").mkdir()
            (aside / "llvm/CMakeLists.txt").write_text(CMAKE.format(*self.version.split(".")))

        root = self.store.make("source", f"fedora-{self.major}", build)
        return SourceTree(root, self.version, "f", "Fedora's" if matching else "of any Fedora")

    def fetch(self, *, build: bool) -> tuple[Path, ...]:
        def unpack(aside: Path) -> None:
            self.say(f"fetching LLVM {self.major} from Fedora{' to build with' if build else ''}")
            llc = aside / "llc"
            says = f"  LLVM version {self.version}\n  Default target: x86_64-linux-gnu"
            llc.write_text(f"#!/bin/sh\necho '{says}'\n")
            llc.chmod(0o755)

        return (self.store.make("fedora", f"llvm-{self.major}", unpack),)

    def cache_key(self) -> str:
        return f"fedora-{self.version}"


def main() -> None:
    """Run `harness` as it is with Fedora's row."""
    registry.PROVIDERS[Fedora.kind] = Fedora
    cli.main()


if __name__ == "__main__":
    main()
