"""Tools that count what they execute of the units that a series touches (clang's source-based coverage).

They are made beside those that a verdict rests on, of objects of their own. Of base, they say which tests get
to the lines that a series changes.

- Counters are in the profile file itself, mapped into memory (`%c` of LLVM_PROFILE_FILE, which on ELF needs
  `-runtime-counter-relocation`): what a tool did counts even if it crashes or is killed.
- Functions of unchanged headers are not counted (`-fprofile-list`): clang would count all that a unit uses.
- A profile that nobody asked for goes to /dev/null: a test may run a tool without its environment.
"""

from __future__ import annotations

import json
import posixpath
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from harness.builders.compiled import Compiled
from harness.builders.graph import CompileCommand
from harness.builders.linker import RECORD, Linker
from harness.builders.objects import Object
from harness.builders.overlay import Overlay
from harness.builders.plan import HEADER_SUFFIXES, UNIT_SUFFIXES
from harness.builders.request import Side
from harness.builders.workers import Workers
from harness.llvm import CoverageTools
from harness.store import digest

COUNTING = (
    *("-fprofile-instr-generate=/dev/null", "-fcoverage-mapping"),
    *("-mllvm", "-runtime-counter-relocation"),
)
# The region after a condition counts as often as the one before it less what is in between. Where two threads
# or processes count at once, one may be lost, and a region that was executed seem not to be.
_ATOMIC = ("-fprofile-update=atomic",)
# Else each of a header's functions that a unit does not use has an entry: 15,000 in a unit of the X86 target.
_USED_ALONE = ("-mllvm", "-limited-coverage-experimental=true")


@dataclass(frozen=True, slots=True)
class Counting:
    """Tools of one side that count what they execute of its touched units.

    `tools` are those with such a unit in them; `objects` are the units' own, which say what is counted;
    `sources` are the files of LLVM that the units were compiled from; `identity` names the tools.
    """

    tools: Mapping[str, Path]
    objects: tuple[Path, ...]
    sources: frozenset[str]
    identity: str


def make_profile_list(changed: Iterable[str]) -> str:
    """The text for `-fprofile-list` that counts the functions of changed files alone.

    clang asks for a function's file first, then for the unit's: a changed unit would count every function of
    its headers. A path is as the include names it (`lib/Target/X86/../Foo.h`), so the file's name has to do.
    """
    code = (*UNIT_SUFFIXES, *HEADER_SUFFIXES)
    names = sorted({posixpath.basename(path) for path in changed if path.endswith(code)})
    rest = [f"source:*{suffix}=skip" for suffix in HEADER_SUFFIXES]
    return "\n".join(["default:skip", *rest, *(f"source:*/{name}=allow" for name in names), ""])


@dataclass(frozen=True, slots=True)
class StandIn:
    """A copy of base's source to compile what is counted from; `content` has the digests of what differs.

    It does what base does, and has the same lines.
    """

    side: Side
    content: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class CountedUnits:
    """The touched units of one side, compiled so that they count; `made` is all that the side's tools are of.

    `root` is the source that the units are of; `identity` names the tools that are linked of them.
    """

    overlay: Overlay
    side: Side
    made: Compiled
    units: Mapping[str, Object]
    runtime: Path
    root: Path
    identity: str

    @property
    def objects(self) -> tuple[Path, ...]:
        """The units' objects, which say what is counted."""
        return tuple(one.path for one in self.units.values())

    @property
    def sources(self) -> frozenset[str]:
        """The files of LLVM that the units were compiled from."""
        return frozenset[str]().union(*({one.unit, *one.dependencies} for one in self.units.values()))

    def link(self, place: Path) -> Counting:
        """The tools, in the empty folder `place`; they are not kept: they take 160 MB and serve one run."""
        overlay, made = self.overlay, self.made
        extra = ("-Wl,-u,__llvm_profile_runtime", str(self.runtime))
        options = replace(overlay.options, link_maps=False)
        linker = Linker(made.graph, made.plan, overlay.prebuilt, options, overlay.progress, extra)
        linker.link(self.side, {**made.objects, **self.units}, place, same=False, whole=False)
        return self.linked(place)

    def linked(self, place: Path) -> Counting:
        """The tools that were linked there."""
        names: dict[str, str] = json.loads((place / RECORD).read_text())["tools"]
        return Counting(
            tools={name: place / "bin" / file for name, file in names.items()},
            objects=self.objects,
            sources=self.sources,
            identity=self.identity,
        )


def compile_counting(
    overlay: Overlay,
    side: Side,
    changed: Mapping[str, str],
    tools: CoverageTools,
    stand_in: StandIn | None = None,
) -> CountedUnits:
    """The units of a side that a series touches, compiled so that they count what is executed of them.

    `changed` are the series' changes, and are what is counted, on base too; there a `stand_in` may be
    compiled instead. Objects are kept in the store. Raises what `Overlay.build` does.
    """
    of_side = {} if side.name == "base" else changed
    made = overlay.compiled(side, of_side)
    units = _compile(overlay, made, side, sorted(changed), stand_in)
    content = sorted(stand_in.content.items()) if stand_in else ()
    names = (tools.identity, overlay.identity(of_side), side.name, *sorted(changed), str(content))
    how = (*COUNTING, *(_ATOMIC if side.name == "base" else ()))
    root = stand_in.side.root if stand_in else side.root
    return CountedUnits(overlay, side, made, units, tools.runtime, root, f"coverage {digest(*how, *names)}")


def _compile(
    overlay: Overlay, made: Compiled, side: Side, changed: list[str], stand_in: StandIn | None
) -> dict[str, Object]:
    """The touched units' objects that count, by their names in the link lines.

    Units that have no assertions have none here either. On base they are those that read what is changed.
    """
    objects = made.objects

    def is_touched(one: CompileCommand) -> bool:
        built = objects.get(one.output)
        if built is None or side.name != "base":
            return built is not None and built.patched
        return one.unit in made.plan.units and not {one.unit, *built.dependencies}.isdisjoint(changed)

    touched = [one for one in made.graph.objects.values() if is_touched(one)]
    text = make_profile_list(changed)
    folder = overlay.store.make("profile-list", digest(text), lambda aside: _write(aside / "list", text))
    flags = (*COUNTING, *(_ATOMIC if side.name == "base" else ()), f"-fprofile-list={folder / 'list'}")
    whole = _carriers(touched, objects, changed)
    overlay.progress.step(f"compiling {len(touched)} units of {side.name} to count what they execute")

    def compile_one(command: CompileCommand) -> Object:
        more = () if command.output in whole else _USED_ALONE
        compiler = replace(made.compiler, flags=(*flags, *more))
        built = objects[command.output]
        content, source = made.changed, side
        if stand_in is not None:
            # One that reads a file which differs may read others through it, which base's does not.
            alike = stand_in.content.keys().isdisjoint({command.unit, *built.dependencies})
            content = {} if alike else stand_in.content
            source = side if alike else stand_in.side
        one = compiler.compile(command, source, content, asserts=built.assertions)
        return replace(one, patched=True)  # on base, too: the tools with it in them are to be linked

    counted = Workers(overlay.options.jobs, overlay.progress).each(compile_one, touched, lambda c: c.unit)
    return {command.output: one for command, one in zip(touched, counted, strict=True)}


def _carriers(
    touched: list[CompileCommand], objects: Mapping[str, Object], changed: Iterable[str]
) -> frozenset[str]:
    """The outputs of one unit for each changed header that tell of the functions that nobody uses, too."""
    found = set()
    for path in changed:
        if path.endswith(HEADER_SUFFIXES):
            readers = (one.output for one in touched if path in objects[one.output].dependencies)
            found.add(next(readers, ""))
    return frozenset(found - {""})


def _write(path: Path, text: str) -> None:
    path.write_text(text)
