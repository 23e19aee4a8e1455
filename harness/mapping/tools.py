"""A release's tools, watched: linked of its archives with no change, and a copy of each that notes what it
enters.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace

from harness.builders.overlay import Overlay
from harness.builders.request import Options
from harness.llvm import Release, Toolchain
from harness.patch import Change, ChangeKind
from harness.progress import Progress
from harness.reach.watch.make import watch
from harness.reach.watch.values import Unwatchable, Watched
from harness.store import Store, digest

# All that starts with LLVM's command line or its streams has it in it: with it, every tool is linked.
_EVERYWHERE = Change("llvm/lib/Support/ErrorHandling.cpp", ChangeKind.MODIFIED)


@dataclass(frozen=True, slots=True)
class WatchedTools:
    """A release's tools for tests. `plain` has them linked statically, `noting` has the watched copies.

    Other tools with LLVM's code in them are stale there, as nobody sees what these enter.
    `watched` are the copies by the name of the program, `unwatchable` says why one is none.
    """

    plain: Toolchain
    noting: Toolchain
    watched: Mapping[str, Watched]
    unwatchable: Mapping[str, str]


def watch_tools(
    store: Store,
    release: Release,
    toolchain: Toolchain,
    names: Collection[str],
    jobs: int,
    progress: Progress,
) -> WatchedTools:
    """The watched copies of those tools of LLVM's that have these names. Raises what linking them raises."""
    # As the base of a check is built, whose units tools are linked of too: their own sources, for one.
    options = Options(jobs=jobs, tools=frozenset(names), link_maps=True)
    built = Overlay(store, release, [_EVERYWHERE], options, progress)
    linked = built.build(built.base, {})
    watched: dict[str, Watched] = {}
    unwatchable: dict[str, str] = {}
    copies = {}
    for name, path in sorted(linked.tools.items()):
        if path.name not in watched and path.name not in unwatchable:
            progress.step(f"making the watched copy of {path.name}")
            copy = watch(store, path, release.prebuilt.cc, link_map=linked.link_map(name))
            if isinstance(copy, Unwatchable):
                unwatchable[path.name] = copy.why
            else:
                watched[path.name] = copy
        if path.name in watched:
            copies[name] = watched[path.name].tool
    identity = digest(toolchain.identity, *(one.record for _, one in sorted(watched.items())))
    plain = replace(
        toolchain,
        name=f"{toolchain.name}, linked statically",
        tools={**toolchain.tools, **{name: linked.tools[name] for name in copies}},
        identity=linked.identity,
        stale=frozenset(linked.stale) | {name for name in linked.tools if name not in copies},
    )
    noting = replace(
        plain,
        name=f"{toolchain.name}, watched",
        tools={**toolchain.tools, **copies},
        identity=identity,
    )
    return WatchedTools(plain, noting, watched, unwatchable)
