"""`harness reach`: which functions each test enters, and which tests enter a function."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from harness.cli import options, reports
from harness.cli.suites import read_suite_options
from harness.console.say import say, say_lines
from harness.errors import EnvironmentLacksError, UsageError

if TYPE_CHECKING:
    from harness.llvm import Release
    from harness.mapping.job import MappedFolder
    from harness.progress import Progress
    from harness.reach.map.store import Maps
    from harness.store import Store
    from harness.toolchain.provider import Provider

_SHOWN = 20
_SOURCE = click.option(
    "--source", type=click.Path(path_type=Path), help="LLVM's source: a git checkout or a tarball."
)


@click.group("reach", context_settings={"help_option_names": ["-h", "--help"]})
def command() -> None:
    """Say which tests enter a function, and what a test enters, by a map of LLVM's own tests.

    The map is made once for a release, by running each test on tools that note which functions they enter.
    """


@command.command("build")
@options.toolchain
@_SOURCE
@click.option(
    "--suite",
    "suites",
    multiple=True,
    metavar="DIR",
    help="A lit suite, or upstream:CodeGen/X86 for LLVM's own tests there [default: lit-tests].",
)
@options.jobs("Compilers and tests")
@options.quiet
@options.sandbox
@options.store
def build(  # noqa: PLR0913, PLR0917 - click passes one argument an option
    kind: str | None,
    llvm: str | None,
    prefix: Path | None,
    source: Path | None,
    suites: tuple[str, ...],
    jobs: int | None,
    quiet: bool,
    store_root: Path | None,
) -> None:
    """Make the map of folders of tests, those that are not there yet.

    Each folder is kept as soon as it is done: a command that was stopped goes on with the next one.
    """
    from harness.mapping import job as mapping

    store = options.open_enclosed(store_root)
    suite_options = read_suite_options(suites, jobs or options.default_jobs(), "pypi", None)
    begun, tests, folders = time.monotonic(), 0, 0
    with _release(store, kind, llvm, prefix, source, quiet=quiet) as (release, provider, progress):
        work = mapping.MapJob(store, release, provider.toolchain(), suite_options)
        for one in mapping.build(work, progress):
            say(_describe(one))
            tests, folders = tests + one.tests, folders + 1
    seconds = time.monotonic() - begun
    say(f"LLVM {release.version}: the map has {tests} tests of {_many_folders(folders)} ({seconds:.0f} s)")


def _many_folders(count: int) -> str:
    return "1 folder" if count == 1 else f"{count} folders"


def _describe(one: MappedFolder) -> str:
    reasons: dict[str, list[str]] = {}
    for test, why in one.unknown.items():
        reasons.setdefault(why, []).append(test)
    took = "was there" if one.held else f"{one.seconds:.0f} s"
    each = f", {one.size / one.tests:.0f} bytes a test" if one.tests else ""
    lines = [f"{one.folder}: {one.tests} tests{each} ({took})"]
    for why, tests in sorted(reasons.items(), key=lambda item: -len(item[1])):
        more = f" and {len(tests) - 1} more" if len(tests) > 1 else ""
        lines.append(f"  reach unknown: {tests[0]}{more}: {why}")
    return "\n".join(lines)


@command.command("show")
@click.argument("what", required=False, metavar="[FUNCTION | FILE.cpp:LINE | TEST]")
@options.toolchain
@_SOURCE
@click.option(
    "--limit", type=click.IntRange(0), default=_SHOWN, show_default=True, help="Lines of a list; 0 for all."
)
@options.record
@options.sandbox
@options.store
def show(  # noqa: PLR0913, PLR0917 - click passes one argument an option
    what: str | None,
    kind: str | None,
    llvm: str | None,
    prefix: Path | None,
    source: Path | None,
    limit: int,
    json_file: Path | None,
    store_root: Path | None,
) -> None:
    """List the tests that enter a function, nearest first; or the functions that a test enters.

    FUNCTION is a linkage name, a name as in the source (SelectionDAGBuilder::visitPatchpoint), or a part of
    one that no other function has. Without an argument: the folders of tests that have a map.
    """
    from harness.mapping import show as shown
    from harness.report import wire

    store = options.open_store(store_root)
    reports.require({"--json": json_file})
    maps = _maps_to_show(store, llvm)
    loaded, refused = maps.load()
    for line in refused:
        say(f"note: {line}; 'harness reach build' makes it again")
    version, lines = maps.release.version, shown.describe_maps(loaded)
    record: shown.ShownFunction | shown.ShownTest | None = None
    place = shown.PLACE.fullmatch(what or "")
    if what and place:
        path = Path(place["path"])
        if not path.is_file():
            path = shown.find_source(_source_root(store, kind, llvm, prefix, source), place["path"])
        record = shown.show_place(loaded, version, place["path"], path.read_bytes(), int(place["line"]))
    elif what and shown.is_test(loaded, what):
        record = shown.show_test(loaded, version, what)
    elif what:
        record = shown.show_function(loaded, version, what)
    if record is not None:
        lines = shown.describe(record, limit)
    if json_file and record is None:
        raise UsageError("--json: nothing to write", "name a function, a place or a test")
    reports.deliver(
        lambda: say_lines(lines),
        [(json_file, lambda: wire.encode({"version": wire.VERSION, "reach": record}).decode())],
    )


@command.command("export")
@click.argument("file", type=options.FILE)
@options.toolchain
@click.option(
    "--suite", "suites", multiple=True, metavar="DIR", help="Only the maps of these folders [default: all]."
)
@options.sandbox
@options.store
def export(
    file: Path,
    kind: str | None,
    llvm: str | None,
    prefix: Path | None,
    suites: tuple[str, ...],
    store_root: Path | None,
) -> None:
    """Write the maps of a release into one FILE, for other machines."""
    from harness.mapping import exchange
    from harness.mapping.folders import name_of_option
    from harness.reach.map.store import MappedRelease, Maps, list_mapped

    store = options.open_store(store_root)
    reports.require({"file": file})
    if not any(list_mapped(store)):  # said before an LLVM is fetched
        raise EnvironmentLacksError("no map here to export", "make one with 'harness reach build'")
    with _release(store, kind, llvm, prefix, None, quiet=True) as (release, _, _):
        folders = tuple(map(name_of_option, suites))
        found = exchange.export(Maps(store, MappedRelease.of(release)), folders)
    file.write_bytes(found.data)
    size = f"{len(found.data) / 1e6:.1f} MB"
    say(f"{file}: LLVM {release.version}, {_many_folders(len(found.folders))} of tests, {size}")
    say_lines(f"  {folder}" for folder in found.folders)
    say_lines(f"note: {line}; it is left out" for line in found.refused)


@command.command("import")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@options.toolchain
@options.sandbox
@options.store
def import_(
    file: Path, kind: str | None, llvm: str | None, prefix: Path | None, store_root: Path | None
) -> None:
    """Keep the maps in a FILE that 'harness reach export' wrote, if they are of this machine's LLVM."""
    from harness.mapping import exchange
    from harness.reach.map.store import MappedRelease

    store = options.open_store(store_root)
    # A file that is none is said before an LLVM is fetched.
    given = exchange.read_file(file)
    with _release(store, kind, llvm, prefix, None, quiet=True) as (release, _, _):
        folders = exchange.import_maps(store, given, MappedRelease.of(release))
    say(f"LLVM {release.version}: {_many_folders(len(folders))} of tests")
    say_lines(f"  {folder}" for folder in folders)


@contextmanager
def _release(
    store: Store,
    kind: str | None,
    llvm: str | None,
    prefix: Path | None,
    source: Path | None,
    *,
    quiet: bool,
) -> Iterator[tuple[Release, Provider, Progress]]:
    """The release that the options name, what it comes from, and progress for the time of the block."""
    from harness.cli.progress import show_progress
    from harness.toolchain.registry import resolve
    from harness.toolchain.release import find_release

    with show_progress(quiet=quiet) as progress:
        provider = resolve(store, options.request(kind, llvm, prefix), progress.step)
        release = find_release(store, provider, source, "HEAD", progress.step)
        options.require_version(llvm, release.version, provider.kind)
        yield release, provider, progress


def _maps_to_show(store: Store, llvm: str | None) -> Maps:
    """The maps that were made last, of the version asked for if any.

    The LLVM itself is not looked at: that takes longer than the answer.
    """
    from harness.mapping import exchange
    from harness.reach.map.store import MappedRelease, Maps, list_mapped

    options.major(llvm)

    def first() -> MappedRelease | None:
        held = list_mapped(store)
        return next((one for one in held if llvm is None or f"{one.version}.".startswith(f"{llvm}.")), None)

    # Those that come with the harness fill the gaps of the same release, or are all there is.
    exchange.unpack_shipped(store, first())
    if (found := first()) is not None:
        return Maps(store, found)
    which = f" of LLVM {llvm}" if llvm else ""
    raise EnvironmentLacksError(
        f"no map{which} here", f"make one: harness reach build{f' --llvm {llvm}' if llvm else ''}"
    )


def _source_root(
    store: Store, kind: str | None, llvm: str | None, prefix: Path | None, source: Path | None
) -> Path:
    from harness.toolchain.registry import resolve
    from harness.toolchain.release import given_source

    if source is not None:
        return given_source(store, source, "HEAD", lambda _: None).root
    return resolve(store, options.request(kind, llvm, prefix), lambda _: None).source().root
