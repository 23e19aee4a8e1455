"""What tests of a release enter, by the maps that were made of it before a series came."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field, replace

from harness.llvm import Release, Toolchain
from harness.mapping.current import CurrentMaps, load_current, load_pinned
from harness.mapping.exchange import unpack_shipped
from harness.mapping.folders import MappableFolder
from harness.reach.map.folder import FolderMap
from harness.reach.map.select import ReachMap
from harness.reach.map.store import MappedRelease, Maps
from harness.runner import runs
from harness.runner.pool import Pool
from harness.runner.runs import Suite
from harness.runner.selection import UPSTREAM, Portion
from harness.store import Store


@dataclass(slots=True)
class ReleaseMaps:
    """The maps of a release in a store, each read when it is first asked for.

    `toolchain` and `pool` list the tests of suites as they are now.
    """

    store: Store
    release: Release
    toolchain: Toolchain
    pool: Pool
    _maps: Maps | None = None
    _upstream: CurrentMaps | None = None
    _folder_of: dict[str, FolderMap] = field(default_factory=dict)
    _suites: dict[Suite, CurrentMaps] = field(default_factory=dict)

    def upstream(self) -> CurrentMaps:
        """The maps of LLVM's own tests, of all folders that have one."""
        if self._upstream is None:
            self._upstream = load_pinned(self._open(), self.release.source.identity)
            for one in self._upstream.maps.folders:
                self._folder_of |= dict.fromkeys(one.tests, one)
        return self._upstream

    def of(self, portion: Portion) -> ReachMap | None:
        """The maps that have all of a portion's tests as they are now; None if there are none."""
        suite = portion.whole
        if not suite.site:
            found = self._of_suite(suite)
            return None if found.missing else found.maps
        names = portion.names
        maps = self.upstream().maps
        if not names or suite.tree != self.release.source.root or not names <= self._folder_of.keys():
            return None
        folders = {self._folder_of[name].origin.folder for name in names}
        return ReachMap(maps.table, tuple(one for one in maps.folders if one.origin.folder in folders))

    def every(self) -> ReachMap:
        """All maps that were asked for, and those of LLVM's own tests."""
        ours = (folder for found in self._suites.values() for folder in found.maps.folders)
        return ReachMap(self.upstream().maps.table, (*self.upstream().maps.folders, *ours))

    def upstream_names(self) -> Collection[str]:
        """The names of LLVM's own tests that have a map."""
        self.upstream()
        return self._folder_of.keys()

    def describe_gaps(self) -> tuple[str, ...]:
        """What of the maps of LLVM's own tests cannot be used; that there is none, and how to make one."""
        found = self.upstream()
        said = [f"{line}; 'harness reach build' makes it again" for line in found.refused]
        if not found.maps.folders:
            major = self.release.version.partition(".")[0]
            said.append(
                "LLVM's own tests did not run: no map says what they enter; make one with "
                f"'harness reach build --llvm {major} --suite {UPSTREAM}CodeGen/X86'"
            )
        return tuple(said)

    def _of_suite(self, suite: Suite) -> CurrentMaps:
        whole = replace(suite, pattern="", names=())
        if whole not in self._suites:
            name = suite.root.name
            if name in self._open().folders():
                tests = runs.names(self.toolchain, whole, self.pool)
                folder = MappableFolder(name, replace(whole, names=tests), tests)
                self._suites[whole] = load_current(self._open(), [folder])
            else:
                self._suites[whole] = CurrentMaps(ReachMap(self.upstream().maps.table, ()), (name,), ())
        return self._suites[whole]

    def _open(self) -> Maps:
        if self._maps is None:
            release = MappedRelease.of(self.release)
            unpack_shipped(self.store, release)
            self._maps = Maps(self.store, release)
        return self._maps
