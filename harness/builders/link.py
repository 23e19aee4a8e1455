"""Linking an overlay: cmake's own link line, our objects before a release's archives."""

from __future__ import annotations

import functools
import os
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

from harness import process
from harness.builders.graph import CompileCommand, Graph, is_on, read_config
from harness.builders.request import Side
from harness.errors import EnvironmentLacksError, PatchError
from harness.llvm import Prebuilt
from harness.store import disk_full, no_space

# Archives that need a library which nothing else of LLVM does, if they were configured so. Our graph is
# without, and their units are compiled. llvm-objdump and llvm-symbolizer fetch debug information by it.
_NEEDS = {"lib/libLLVMDebuginfod.a": ("LLVM_ENABLE_CURL", "LLVM_ENABLE_HTTPLIB")}
_EXTENSIONS = "include/llvm/Support/Extension.def"
# Messages of the linker end in reports: no colours in them.
_DROPPED = frozenset({":", "&&", "-Wl,--color-diagnostics", "-fdiagnostics-color"})


def link_argv(
    line: Sequence[str],
    objects: Mapping[str, Path],
    out: Path,
    prebuilt: Prebuilt,
    shipped: Collection[str],
) -> list[str]:
    """The command that links `out`: cmake's link line with our objects first, and the release's archives.

    `objects` maps cmake's name of each object to its file. Objects that the line does not name go before
    their archive. If an archive is not `shipped`, `objects` holds all its members.
    """
    words = [word for word in line if word not in _DROPPED]
    archives = {word.split("/")[-1] for word in words if word.endswith(".a")}
    own = [word for word in words if word in objects]
    extra = [
        name for name in sorted(objects) if name not in own and archive_of(name).split("/")[-1] in archives
    ]
    argv: list[str] = []
    for word in words:
        if word in objects:
            argv.append(str(objects[word]))
            if word == own[-1]:
                argv += [str(objects[name]) for name in extra]
        elif word.startswith("lib/lib") and word.endswith(".a"):
            argv += [str(prebuilt.prefix / word)] if word in shipped else []
        elif argv and argv[-1] == "-o":
            argv.append(str(out))
        else:
            argv.append(word)
    if prebuilt.libs is not None:
        # Where they are from here too: the store may be moved, and other stores get these tools.
        near = os.path.relpath(prebuilt.libs, out.parent)
        argv += [f"-Wl,-rpath,$ORIGIN/{near}", f"-Wl,-rpath,{prebuilt.libs}"]
    argv += loader_options(prebuilt)
    if out.name == "llc":
        # Without 300,000 relocations it starts in half the time; lli's own addresses matter to what it runs.
        argv.append("-no-pie")
    return argv


def loader_options(prebuilt: Prebuilt) -> list[str]:
    """What makes a program run in the loader of its own C library, if that is not the machine's."""
    if prebuilt.loader is None:
        return []
    # Not -rpath alone: what its libraries need is searched for by the program's old tag only.
    return [f"-Wl,--dynamic-linker={prebuilt.loader}", "-Wl,--disable-new-dtags"]


def archive_of(output: str) -> str:
    """`lib/Target/X86/CMakeFiles/LLVMX86CodeGen.dir/X.cpp.o` -> `lib/libLLVMX86CodeGen.a`."""
    return f"lib/lib{output.split('/CMakeFiles/', 1)[1].split('.dir/', 1)[0]}.a"


def goes_into(command: CompileCommand, inputs: Collection[str]) -> bool:
    """Whether a program is linked from a unit's object, by itself or in its archive."""
    return command.output in inputs or archive_of(command.output) in inputs


def own_objects(
    graph: Graph, program: str, shipped: Collection[str], extended: Collection[str]
) -> list[CompileCommand]:
    """What must be compiled to link a program: its own objects, and archives that are not `shipped`.

    From shipped archives, the `extended` units are compiled too. The sources of a tool may be in an archive.
    In Debian's build, the archive of opt needs Polly, so none of its members are taken from the release.
    """
    inputs, place = graph.programs.inputs(program), f"llvm/tools/{program}/"

    def needed(command: CompileCommand) -> bool:
        archive = archive_of(command.output)
        ours = command.unit.startswith(place) or archive not in shipped or command.unit in extended
        return command.output in inputs or (archive in inputs and ours)

    return [command for command in graph.objects.values() if needed(command)]


def list_extended_units(graph: Graph, prebuilt: Prebuilt) -> frozenset[str]:
    """The units that name an LLVM's extensions, if the release has other extensions than the graph.

    Debian's build has Polly: its `libLLVMLTO.a` needs `getPollyPluginInfo`, which none of LLVM's archives
    has.
    """
    theirs, ours = (top / _EXTENSIONS for top in (prebuilt.prefix, graph.build))
    if not theirs.is_file() or not ours.is_file() or theirs.read_bytes() == ours.read_bytes():
        return frozenset()
    return _list_naming(graph, _EXTENSIONS.removeprefix("include/").encode())


@functools.cache
def _list_naming(graph: Graph, text: bytes) -> frozenset[str]:
    """The units that have a text in their source. All of them are read for that."""
    paths = {unit: graph.source / unit for unit in graph.commands}
    return frozenset(unit for unit, path in paths.items() if path.is_file() and text in path.read_bytes())


def list_shipped_archives(prebuilt: Prebuilt) -> frozenset[str]:
    """The archives that a release ships, as LLVM's build names them: `lib/libLLVMCore.a`."""
    config = read_config(prebuilt.prefix)
    unfit = {one for one, options in _NEEDS.items() if any(is_on(config.get(name, "")) for name in options)}
    return frozenset(f"lib/{path.name}" for path in (prebuilt.prefix / "lib").glob("lib*.a")) - unfit


def link_error(tool: str, side: Side, result: process.Completed) -> Exception:
    """What the linker said about a tool, as an error of base or of the patch."""
    if disk_full(result.text):
        return no_space(f"link {tool} of {side.name}")
    wrong = [line for line in result.text.splitlines() if "error:" in line or "undefined" in line]
    text = "\n".join(wrong[:20]) or result.text[-2000:]
    if side.name == "base":
        return EnvironmentLacksError(
            f"{tool} does not link (without the patch)",
            "the archives and the source do not fit, or a library that LLVM was built with is not installed",
            text,
        )
    return PatchError(
        f"{tool} does not link with the patch",
        "define what is missing in the units the patch touches, or use --builder full",
        text,
    )
