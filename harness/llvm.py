"""An LLVM as values: its tools, its archives, its source. No I/O here."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

# The LLVM that is meant where none is named: the version that the patches of this repository are for.
DEFAULT_MAJOR = 19


@dataclass(frozen=True, slots=True)
class Toolchain:
    """One LLVM to run. `tools` maps a tool's name to its executable; `identity` changes with its bytes.

    `stale` names tools that are not built with the patch of this side: a test that runs one is unresolved.
    `homes` are the folders that its tools read besides their own: libraries, and what they start.
    `server`: the module of ours that has the tools loaded, where they are programs of ours.
    """

    name: str
    version: str
    tools: dict[str, Path]
    provenance: str
    identity: str
    stale: frozenset[str] = frozenset()
    homes: tuple[Path, ...] = ()
    server: str = ""

    @property
    def reads(self) -> tuple[Path, ...]:
        """The folders that a jail of its tools has to show: `homes`, and the prefixes of other tools."""
        folders = dict.fromkeys(tool.parent for tool in self.tools.values())
        loose = [one for one in folders if not any(one.is_relative_to(home) for home in self.homes)]
        # ~/bin is in no prefix: what else a user has must not be seen.
        mine = {Path.home(), *Path.home().parents}
        whole = (one.parent if one.name == "bin" and one.parent not in mine else one for one in loose)
        return (*self.homes, *dict.fromkeys(whole))

    @property
    def major(self) -> int:
        """LLVM's major version."""
        return int(self.version.split(".")[0])


@dataclass(frozen=True, slots=True)
class Prebuilt:
    """What an overlay links against: a release's archives and headers, and what compiles like it.

    `prefix` has lib/libLLVM*.a, include/ and cmake's LLVMConfig; `bin` is put first on the PATH of the
    build (clang, mold, ccache); `tblgen` is None where the source's own is to be built; `sysroot` and `libs`
    (run-time libraries) are None for the machine's own.
    `settings` are further variables of cmake that the archives were configured with (name, value). What is
    linked runs in `loader`, or in the machine's if that is None.
    """

    prefix: Path
    version: str
    cc: Path
    cxx: Path
    tblgen: Path | None
    bin: Path
    sysroot: Path | None
    libs: Path | None
    linker: str
    assertions: bool
    identity: str
    provenance: str
    settings: tuple[tuple[str, str], ...] = ()
    loader: Path | None = None


@dataclass(frozen=True, slots=True)
class CoverageTools:
    """What counts and reads what code executes that a release's clang compiles, all of clang's own version.

    `runtime` is compiler-rt's profile library (`libclang_rt.profile-x86_64.a`), `profdata` and `cov` are
    llvm-profdata and llvm-cov. `identity` changes with the library. `homes` are the folders that they read.
    """

    runtime: Path
    profdata: Path
    cov: Path
    identity: str
    homes: tuple[Path, ...] = ()


@dataclass(frozen=True, slots=True)
class SourceTree:
    """LLVM's source as it was released or committed, never written to. `root` has `llvm/`."""

    root: Path
    version: str
    identity: str
    provenance: str


@dataclass(frozen=True, slots=True)
class Release:
    """A release of LLVM that patches are built over: its archives, headers and compiler, and its source."""

    prebuilt: Prebuilt
    source: SourceTree

    @property
    def version(self) -> str:
        """LLVM's version, that of both."""
        return self.source.version

    @property
    def provenance(self) -> str:
        """Where both come from."""
        return f"{self.prebuilt.provenance}; {self.source.provenance}"
