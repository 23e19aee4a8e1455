"""Does every tool of LLVM's link in front of a release's archives?

A test that runs a tool which does not link has no verdict. What each needs is checked on the graph, in
seconds; linking them all takes the time to compile some three hundred units.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from harness.builders.graph import Graph, configure
from harness.builders.link import archive_of, list_shipped_archives
from harness.builders.overlay import Overlay
from harness.builders.request import CHECKERS, Options
from harness.llvm import Prebuilt, Release
from harness.patch import Change, ChangeKind
from harness.progress import Progress
from harness.store import Store

# All that starts with LLVM's command line or its streams has it in it.
_EVERYWHERE = "llvm/lib/Support/ErrorHandling.cpp"


def list_tools(graph: Graph) -> tuple[str, ...]:
    """The programs of llvm/tools that the graph links."""
    places = ("llvm/tools/", "build/tools/")
    own = {one.output for one in graph.objects.values() if one.unit.startswith(places)}
    programs = graph.programs
    return tuple(sorted(name for name in programs.lines if programs.inputs(name) & own))


def find_unresolved(graph: Graph, prebuilt: Prebuilt) -> Iterator[str]:
    """What tools need and nothing provides: an object that nobody compiles, an archive without units.

    Each is `tool: word of its link line`.
    """
    shipped = list_shipped_archives(prebuilt)
    made = {archive_of(output) for output in graph.objects}
    for tool in list_tools(graph):
        for word in graph.link_line(tool):
            if word.endswith(".o"):
                there = word in graph.objects
            elif word.endswith(".a"):
                there = word in shipped or word in made or Path(word).is_file()
            else:
                there = not word.startswith("/") or Path(word).exists()
            if not there:
                yield f"{tool}: {word}"


def link_all(
    store: Store, release: Release, options: Options, progress: Progress
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The names of the tools that link, on the source without a patch, and of those that were not linked.

    None is kept: all of them take 5 GB. Raises if one does not link.
    """
    with configure(store, release, options, progress) as graph:
        names = tuple(name for name in list_tools(graph) if name not in CHECKERS)
    wanted = replace(options, tools=frozenset(names))
    overlay = Overlay(store, release, [Change(_EVERYWHERE, ChangeKind.MODIFIED)], wanted, progress)
    built = overlay.build(overlay.base, {})
    store.drop(overlay.kind, built.identity)
    return tuple(sorted(built.tools)), tuple(name for name in names if name not in built.tools)
