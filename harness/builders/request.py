"""What a builder is asked for and what it gives back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from harness.errors import HarnessError, PatchError
from harness.llvm import SourceTree

# What checks a test, and what says how an LLVM was configured: the release's on both sides, on purpose. Were
# one of them patched, a verdict would rest on what it is about.
CHECKERS = frozenset({"FileCheck", "count", "llvm-config", "llvm-lit", "not", "split-file"})

# The folder with the linker's maps, beside that of the tools.
LINK_MAPS = "maps"


@dataclass(frozen=True, slots=True)
class Options:
    """How to build.

    `assertions`: whether they are enabled in what is compiled. `optimize`: the compiler's level, 0 to 3.
    `jobs`: compilers at once. `max_units`: more units than this need a full build. `tools`: those that the
    tests run; besides llc and lli, those of them that the changes reach are linked. `unit_tests`: whether
    LLVM's unit tests are part of the build. `all_readers`: rather build in full than leave out a unit that
    may read what is touched, even one in tools that nothing runs. `preambles`: compile the headers that a
    touched unit begins with once, which makes the same objects.
    """

    assertions: bool = True
    optimize: int = 1
    jobs: int = 2
    max_units: int = 64
    tools: frozenset[str] = frozenset()
    unit_tests: bool = False
    all_readers: bool = False
    link_maps: bool = False
    preambles: bool = True

    @property
    def key(self) -> str:
        """The part that changes what is compiled."""
        return f"assertions={self.assertions} O{self.optimize}"


@dataclass(frozen=True, slots=True)
class Side:
    """One side of a comparison: the released source, or a patched copy. `identity` names its content."""

    name: str
    root: Path
    identity: str

    @classmethod
    def base(cls, source: SourceTree) -> Side:
        """The side without a patch."""
        return cls("base", source.root, source.identity)


@dataclass(frozen=True, slots=True)
class BuiltObject:
    """What a unit was compiled to. `output` is its name in LLVM's build: two tools may compile one unit."""

    unit: str
    output: str
    path: Path


@dataclass(frozen=True, slots=True)
class CompiledSide:
    """What one side is compiled to, before anything is linked of it."""

    objects: tuple[BuiltObject, ...]


@dataclass(frozen=True, slots=True)
class Built:
    """The tools of one side. `seconds` is the time this call took; `cached`: nothing was compiled.

    `unjudged` says what the changes touch but nothing here can judge, in words that begin with the path:
    "llvm/lib/Support/Windows/Path.inc: for another host". `stale` are tools that the changes reach but that
    are not built: a release's tool must not be mistaken for one of them. `unit_tests` are programs that
    contain the touched unit tests, by their names in LLVM's build; they are among `tools`. `same`: the
    touched units compile to the same objects as without the changes, line numbers aside. `objects` are what
    was compiled of this side; a full build names none.
    """

    tools: dict[str, Path]
    units: tuple[str, ...]
    notes: tuple[str, ...]
    identity: str
    seconds: float
    cached: bool
    unjudged: tuple[str, ...] = ()
    stale: tuple[str, ...] = ()
    unit_tests: tuple[str, ...] = ()
    same: bool = False
    objects: tuple[BuiltObject, ...] = ()

    def link_map(self, tool: str) -> Path:
        """Where the linker's map of one of base's tools is, if `Options.link_maps` asked for it."""
        path = self.tools[tool]
        return path.parent.with_name(LINK_MAPS) / path.name


class NeedsFullBuildError(HarnessError):
    """An overlay cannot be exact for these changes; `detail` has one reason per line.

    `enough`: the `max_units` with which it could be, if known.
    """

    enough: int = 0


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """A compiler's error: `path` from the top of llvm-project."""

    path: str
    line: int
    message: str


class CompileError(PatchError):
    """A patched unit does not compile; `diagnostics` are the compiler's errors in order."""

    diagnostics: Sequence[Diagnostic] = ()
