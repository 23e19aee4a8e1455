"""The LLVMs of a matrix made ready: fetched where the store lacks them, and known by what they are."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from harness import faults
from harness.cell import Cell, Depth
from harness.errors import AbsentError, EnvironmentLacksError, HarnessError, UsageError
from harness.llvm import Release, SourceTree
from harness.matrix.maps import maps_digest, share_maps
from harness.progress import Progress
from harness.store import Store
from harness.toolchain.provider import Provider
from harness.toolchain.registry import resolve_column

OpenColumn = Callable[[Store, str, Callable[[str], None]], Provider]


@dataclass(frozen=True, slots=True)
class ReadyColumn:
    """One LLVM. `version` is such as `19.1.7`.

    `identities` are of what cells there rest on: `toolchain`, and `archives`, `source` and `maps` of those
    with a series. `lacks` says why suites cannot run there, and `lacks_source` why no series can be applied;
    `is_absent` tells what is not there at all from what could not be had, as without the network.
    `any_source`: there is no source that its archives were built from.
    """

    name: str
    version: str = ""
    identities: tuple[tuple[str, str], ...] = ()
    lacks: str = ""
    lacks_source: str = ""
    is_absent: bool = False
    any_source: bool = False


def prepare_columns(
    store: Store, cells: Sequence[Cell], progress: Progress, open_column: OpenColumn = resolve_column
) -> dict[str, ReadyColumn]:
    """Every LLVM that some cell is about. Fetches what the store lacks; what cannot be had is said of it.

    Raises UsageError for a column that is no LLVM at all.
    """
    names = list(dict.fromkeys(cell.llvm for cell in cells))
    found = {}
    for number, name in enumerate(names, 1):
        progress.tick(number, len(names), f"LLVM {name}")
        depths = {cell.depth for cell in cells if cell.llvm == name and cell.series}
        try:
            provider = open_column(store, name, progress.step)
        except EnvironmentLacksError as error:
            found[name] = _lacking(name, error)
        else:
            found[name] = _prepare(store, name, provider, depths)
    return found


def find_source(provider: Provider, *, matching: bool = True) -> tuple[SourceTree, bool]:
    """The source that the archives were built from, and True; any of that version, where there is none.

    Raises as `Provider.source`: a mirror that does not answer does not say that there is none. Whoever knows
    that there is none says so: to look for it again asks the mirror again.
    """
    if matching:
        with contextlib.suppress(AbsentError):
            return provider.source(), True
    return provider.source(matching=False), False


def share_column(store: Store, provider: Provider, depths: set[Depth], source: SourceTree | None) -> None:
    """Put an LLVM that the store has had for long where the machines look that evaluate its cells."""
    held: list[Path] = []
    with contextlib.suppress(EnvironmentLacksError, UsageError):  # what there is none of is said elsewhere
        held += provider.fetch(build=bool(depths - {Depth.PORTS}))
    for path in (*held, *([source.root] if source is not None else [])):
        store.share(path)


def _prepare(store: Store, name: str, provider: Provider, depths: set[Depth]) -> ReadyColumn:
    """An LLVM on which series are taken so far."""
    try:
        toolchain = provider.toolchain()
    except Exception as error:
        return _lacking(name, faults.explain_fault(error))
    identities = [("toolchain", toolchain.identity)]
    lacks_source, absent, source, matches = "", False, None, False
    if depths:
        try:
            source, matches = find_source(provider)
            identities.append(("source", source.identity))
            identities += _archives(provider) if depths - {Depth.PORTS} else ()
            identities += _maps(store, provider, source) if matches and Depth.VERDICT in depths else ()
        except Exception as error:
            lacks_source = faults.explain_fault(error).what
            # UsageError: this kind of LLVM never has it.
            absent = isinstance(error, AbsentError | UsageError)
    if store.remote is not None:
        share_column(store, provider, depths, source)
    found = tuple(identities)
    return ReadyColumn(name, toolchain.version, found, "", lacks_source, absent, not matches)


def _archives(provider: Provider) -> list[tuple[str, str]]:
    """The identity of what patches are built over; nothing where series can only be applied."""
    try:
        return [("archives", provider.prebuilt().identity)]
    except (AbsentError, UsageError):
        return []


def _maps(store: Store, provider: Provider, source: SourceTree) -> list[tuple[str, str]]:
    """The digest of the maps that choose LLVM's own tests, which other machines may then take."""
    try:
        release = Release(provider.prebuilt(), source)
    except (AbsentError, UsageError):
        return []
    key = maps_digest(store, release)
    share_maps(store, release, key)
    return [("maps", key)]


def _lacking(name: str, error: HarnessError) -> ReadyColumn:
    absent = isinstance(error, AbsentError)
    return ReadyColumn(name, lacks=error.what, lacks_source=error.what, is_absent=absent)
