"""Compiling one unit as cmake would, with assertions enabled, and keeping its object in the store."""

from __future__ import annotations

import re
import time
from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

from harness import process
from harness.builders import pace
from harness.builders.depfile import (
    ReadsMoreError,
    files_of_assembler,
    find_header_folders,
    find_names_read,
    outside,
    read_words,
)
from harness.builders.diagnostics import explain_diagnostics
from harness.builders.graph import TOP, CompileCommand
from harness.builders.jail import Enclosure, find_missing
from harness.builders.preamble import Preamble, compile_preamble, find_preamble
from harness.builders.request import NeedsFullBuildError, Options, Side
from harness.builders.tables import Tables
from harness.errors import EnvironmentLacksError, PatchError
from harness.llvm import Prebuilt
from harness.store import Store, digest, file_digest

RECIPE = "2"
ASSERTIONS = Path(__file__).with_name("assertions")
_UNREACHABLE = "abort_on_unreachable.h"
_ASSEMBLY = re.compile(rb"\b(?:__)?asm(?:__)?\b")


@dataclass(frozen=True, slots=True)
class Object:
    """A compiled unit, with the files of LLVM that it read (`dependencies`).

    `assertions`: whether they are enabled in it. `patched`: whether the changes of its side may affect it.
    """

    unit: str
    path: Path
    assertions: bool
    dependencies: frozenset[str]
    compiled: bool
    patched: bool


@dataclass(frozen=True, slots=True)
class Compiler:
    """What all units of one build have in common.

    `build` is the tree of the graph that `graph` names; `base` is the source it was configured for. `tables`
    are the generated headers that replace base's on a side. `touched` are units that a series changes.
    """

    store: Store
    graph: str
    build: Path
    base: Side
    enclosure: Enclosure
    tables: Tables | None = None
    flags: tuple[str, ...] = ()
    touched: frozenset[str] = frozenset()

    def compile(
        self,
        command: CompileCommand,
        side: Side,
        changed: Mapping[str, str],
        *,
        asserts: bool,
        others: Container[str] = (),
    ) -> Object:
        """The unit's object on one side, from the store if it is there.

        `changed` maps what this side changes and may matter to this unit to digests of the content. Together
        with base's identity, it names everything that the object depends on. `others` is what else this side
        changes. An object made from one of these would be mistaken for another side's, so it is not kept.
        Raises CompileError, ReadsMoreError, and BaseCompileError for the base.
        """
        compiled = False

        def check(names: frozenset[str]) -> None:
            if more := frozenset(name for name in names if name not in changed and name in others):
                raise ReadsMoreError(more)

        def build(aside: Path) -> None:
            nonlocal compiled
            compiled = True
            argv = self.argv(command, side, aside, asserts=asserts)
            begun = time.monotonic()
            first = self._preamble(command, side, changed, others, asserts=asserts)
            with_first = [*argv, "-include-pch", str(first.path)] if first is not None else None
            result = self.run(with_first, side, into=aside) if with_first is not None else None
            if result is None or not result.ok:
                first, result = None, self.run(argv, side, into=aside)
            if not result.ok:
                raise self._explain(command, side, result)
            pace.note(aside, time.monotonic() - begun)
            depfile = (aside / "unit.d").read_text()
            if first is not None:  # files that are the same on both sides have base's names in it
                depfile = depfile.replace(f"{self.base.root}/", f"{side.root}/")
            names = self._read(command, depfile, side) | (first.dependencies if first else frozenset())
            check(names)
            if side.name != "base":
                self._check_inputs(command, side, depfile, names & changed.keys())
            (aside / "dependencies").write_text("\n".join(sorted(names)))
            (aside / "unit.d").unlink()

        key = self.key(command, changed, asserts=asserts)
        entry = self.store.make("object", key, build)
        dependencies = frozenset((entry / "dependencies").read_text().split("\n"))
        check(dependencies)
        return Object(command.unit, entry / "unit.o", asserts, dependencies, compiled, bool(changed))

    def run(
        self, argv: Sequence[str], side: Side, *, into: Path | None = None, stdin: bytes = b""
    ) -> process.Completed:
        """Run the compiler on a side, in its jail. It writes `into` a folder, or only its output."""
        # Base's source too: what did not change may be named as base's, and a preamble is of base.
        reads = [self.base.root, side.root, self.build, ASSERTIONS]
        reads += [self.tables.folder] if self.tables else []
        try:
            if into is None:
                return self.enclosure.ask(argv, reads, cwd=self.build)
            return self.enclosure.fill(argv, into, reads, cwd=self.build, stdin=stdin)
        except FileNotFoundError:
            raise EnvironmentLacksError(
                f"{argv[0]}: not found", "install a C++ compiler, or use --toolchain debian"
            ) from None

    def _preamble(
        self,
        command: CompileCommand,
        side: Side,
        changed: Mapping[str, str],
        others: Container[str],
        *,
        asserts: bool,
    ) -> Preamble | None:
        """The compiled preamble of a unit that a series changes, if it is base's, with all that it reads."""
        unit = command.unit
        if unit not in self.touched or self.flags or self.tables is not None or changed.keys() - {unit}:
            return None
        here, base = (
            find_preamble((one.root / unit).read_bytes().decode("utf-8", "surrogateescape"))
            for one in (side, self.base)
        )
        if not here or here != base:
            return None
        found = compile_preamble(
            self.store,
            here,
            self.base.root / unit,
            self.words(command, self.base, asserts=asserts),
            run=lambda argv, text, into: self.run(argv, self.base, into=into, stdin=text),
            read=lambda depfile: self._read(command, depfile, self.base),
        )
        if found is None or any(name in others for name in found.dependencies):
            return None
        return found

    def held(self, command: CompileCommand, changed: Mapping[str, str], *, asserts: bool) -> bool:
        """Whether the store has the unit's object with these changes."""
        return self.store.get("object", self.key(command, changed, asserts=asserts)) is not None

    def is_known_without_assertions(self, command: CompileCommand) -> bool:
        """Whether the unpatched unit is known not to compile with assertions enabled."""
        return self.store.get("unarmable", self.key(command, {}, asserts=True)) is not None

    def note_without_assertions(self, command: CompileCommand, why: str) -> None:
        """Remember that it does not compile so, and why: failing takes as long as succeeding."""
        key = self.key(command, {}, asserts=True)

        def write(aside: Path) -> None:
            (aside / "message").write_text(why)

        self.store.make("unarmable", key, write)

    def reads(self, command: CompileCommand, side: Side) -> frozenset[str]:
        """What the unit reads on a side, as `clang -M` lists it.

        These are files of LLVM (`llvm/...`), generated files that exist (`build/...`), and included files
        that do not exist yet, as the source names them.
        """
        argv = self._listing(command, side)
        result = self.run(argv, side)
        if not result.ok and side.name != "base":
            # An #error, say. clang lists what it read all the same.
            raise self._explain(command, side, replace(result, stdout=b""))
        if not result.ok:
            raise EnvironmentLacksError(
                f"{command.unit}: cannot list what it includes", "see the message", result.text[-2000:]
            )
        return find_names_read(result.stdout.decode(), side.root, self.build)

    def _listing(self, command: CompileCommand, side: Side) -> list[str]:
        """The command that lists what a unit reads on a side, including headers that do not exist."""
        output = command.argv.index("-o")
        argv = [*command.argv[:output], *command.argv[output + 2 :]]
        base, root = f"{self.base.root}/", f"{side.root}/"
        return [*(word.replace(base, root) for word in argv if word != "-c"), "-M", "-MG"]

    def _check_inputs(
        self, command: CompileCommand, side: Side, depfile: str, changed: frozenset[str]
    ) -> None:
        """Refuse an object made from what its key cannot name.

        Raises PatchError for a file that belongs neither to LLVM nor to the system, and NeedsFullBuildError
        if the inline assembly of a changed file includes another file.
        """
        roots = self._roots(command, side)
        if left := outside(read_words(depfile, self.build), roots):
            # A strange place of the machine's that the unpatched unit reads as well is none of the patch's.
            without = self.run(self._listing(command, self.base), self.base)
            roots += read_words(without.stdout.decode(), self.build) if without.ok else []
            if foreign := [path for path in left if path not in roots]:
                raise _foreign(command, foreign[0])
        if not any(_ASSEMBLY.search((side.root / name).read_bytes()) for name in changed if _is_source(name)):
            return
        argv = [word for word in self.argv(command, side, self.build, asserts=False) if word != "-c"]
        argv = [*argv[: argv.index("-MD")], "-E", "-P"]
        result = self.run(argv, side)
        if found := files_of_assembler(result.stdout.decode("utf-8", "replace")):
            raise NeedsFullBuildError(
                f"{command.unit} takes in a file by inline assembly", "use --builder full", found
            )

    def _explain(self, command: CompileCommand, side: Side, result: process.Completed) -> Exception:
        """What the compiler said of a unit, as an error.

        A file from elsewhere is not there for it. So it is told as one that `_check_inputs` finds.
        """
        if side.name != "base":
            missing = find_missing(result.text, (side.root / command.unit).parent)
            if foreign := outside(missing, self._roots(command, side)):
                return _foreign(command, foreign[0])
        return explain_diagnostics(command.unit, side, result)

    def _roots(self, command: CompileCommand, side: Side) -> list[str]:
        """The folders that a unit may include files of."""
        roots = [str(side.root), str(self.build), str(ASSERTIONS), *self._system(command)]
        roots += [str(self.tables.folder)] if self.tables else []
        return [*roots, *(flag.partition("=")[2] for flag in self.flags if "=/" in flag)]

    def _system(self, command: CompileCommand) -> tuple[str, ...]:
        """The folders outside LLVM that a unit may include: the compiler's, and those that cmake found."""
        argv = command.argv
        where = (word for word in argv if word.startswith(("--sysroot", "-stdlib", "--gcc-toolchain")))
        own = find_header_folders((argv[0], *where), self.enclosure)
        given = [word.removeprefix("-I") for word in argv if word.startswith("-I/")]
        given += [argv[n + 1] for n, word in enumerate(argv) if word == "-isystem"]
        ours = (str(self.base.root), str(self.build))
        return (*own, *(folder for folder in given if not folder.startswith(ours)))

    def _read(self, command: CompileCommand, depfile: str, side: Side) -> frozenset[str]:
        """The files of LLVM in a depfile.

        Raises NeedsFullBuildError for a generated header of base that the side replaces: then the unit does
        not find it by the include path.
        """
        names = find_names_read(depfile, side.root, self.build)
        if self.tables is None:
            return names
        if stale := names & self.tables.digests.keys():
            raise NeedsFullBuildError(
                f"{command.unit} reads what TableGen made of base's source",
                "use --builder full",
                "\n".join(sorted(stale)),
            )
        return names | find_names_read(depfile, side.root, self.tables.folder)

    def key(self, command: CompileCommand, changed: Mapping[str, str], *, asserts: bool) -> str:
        """What the store calls the unit's object with these changes."""
        normal = (self._normal(word) for word in command.argv)
        state = [f"{path}={content}" for path, content in sorted(changed.items())]
        if command.unit.startswith(TOP):
            state.append(file_digest(self.build / command.unit.removeprefix(TOP)))
        return digest(
            *(RECIPE, self.graph, command.unit),
            *(assertions_digest() if asserts else "unarmed", "\n".join(normal), "\n".join(state)),
            *self.flags,
        )

    def argv(self, command: CompileCommand, side: Side, aside: Path, *, asserts: bool) -> list[str]:
        """The command that compiles a side's unit to `aside`/unit.o. Run it in the build tree."""
        depfile = ["-MD", "-MF", str(aside / "unit.d"), "-MT", "unit"]
        return [*self.words(command, side, asserts=asserts), *depfile, "-o", str(aside / "unit.o")]

    def words(self, command: CompileCommand, side: Side, *, asserts: bool) -> list[str]:
        """The same command without its outputs."""
        output = command.argv.index("-o")
        words = [*command.argv[:output], *command.argv[output + 2 :]]
        base, root = f"{self.base.root}/", f"{side.root}/"
        words = [word.replace(base, root) for word in words if word != "-fdiagnostics-color"]
        if self.tables is not None:
            words = _with_tables(words, self.build, self.tables.folder)
        ours = ["-isystem", str(ASSERTIONS), "-include", str(ASSERTIONS / _UNREACHABLE)] if asserts else []
        # A sibling call would drop its caller from the trace of an assertion.
        ours += ["-fno-optimize-sibling-calls"] if asserts else []
        # __FILE__ must not tell the sides apart, and reads better so in an assertion's message.
        naming = [f"-ffile-prefix-map={side.root}/="]
        generated = [self.build] if self.tables is None else [self.build, self.tables.folder]
        naming += [f"-ffile-prefix-map={folder}/=build/" for folder in generated]
        return [words[0], *ours, *words[1:], *naming, *self.flags]

    def preprocess(
        self, command: CompileCommand, side: Side, *, asserts: bool, flags: Sequence[str] = ()
    ) -> bytes | None:
        """What the preprocessor makes of the unit on one side; None if it fails."""
        words = self.words(command, side, asserts=asserts)
        argv = ["-E" if word == "-c" else word for word in words]
        result = self.run([*argv, *flags, "-o", "-"], side)
        return result.stdout if result.ok else None

    def _normal(self, word: str) -> str:
        return word.replace(str(self.base.root), "<source>").replace(str(self.build), "<build>")


def _foreign(command: CompileCommand, path: str) -> PatchError:
    return PatchError(
        f"{command.unit} reads {path}: it is part of neither LLVM nor the system",
        "include files of LLVM's source and of the system alone",
    )


def _is_source(name: str) -> bool:
    return not name.startswith(TOP)


def missing_headers(command: CompileCommand, reads: frozenset[str], generated: frozenset[str]) -> set[str]:
    """Which generated headers a unit includes that do not exist yet, relative to the build tree.

    `reads` is `Compiler.reads`. A name is looked up as the compiler does, in the order of the -I options.
    """
    places = [word.removeprefix("-I") for word in command.argv if word.startswith("-I")]
    found: set[str] = set()
    for name in reads:
        if name.startswith(("llvm/lib/", "llvm/include/", "llvm/tools/", "build/")):
            continue
        for place in places:
            _, _, below = place.rpartition("/build/")
            path = f"{below}/{name}" if below else name
            if path in generated:
                found.add(path)
                break
    return found


def needs_own_assertions(command: CompileCommand, options: Options, prebuilt: Prebuilt) -> bool:
    """Whether our own headers must enable assertions in this unit, because the archives have none."""
    return options.assertions and not prebuilt.assertions and not command.unit.endswith(".c")


@cache
def assertions_digest() -> str:
    """Names our own headers, which enable assertions."""
    return digest(*(path.read_bytes() for path in sorted(ASSERTIONS.iterdir())))


def _with_tables(words: Sequence[str], build: Path, tables: Path) -> list[str]:
    """A compiler's words; before each include path of the build tree, the same folder of `tables`."""
    found: list[str] = []
    for word in words:
        if word == f"-I{build}" or word.startswith(f"-I{build}/"):
            found.append(word.replace(f"-I{build}", f"-I{tables}", 1))
        found.append(word)
    return found
