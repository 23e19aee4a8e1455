"""`harness store`: what the store holds, whether it is whole, and room in it."""

from __future__ import annotations

import re
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from harness.cli import options, reports
from harness.console.say import say_report
from harness.errors import EXIT_VERDICT, UsageError

if TYPE_CHECKING:
    from harness.store import Store
    from harness.store.collect import Collected
    from harness.store.show import KindTotal, Row
    from harness.store.survey import StoreSurvey
    from harness.store.verify import StoreCheck

_SIZES = {"": 0, "K": 10, "M": 20, "G": 30, "T": 40}


@dataclass(frozen=True, slots=True)
class StoreRecord:
    """The JSON of one command; the fields of the others are null or empty."""

    version: int
    store: StoreSurvey | None = None
    kinds: tuple[KindTotal, ...] = ()
    collected: Collected | None = None
    temporary: tuple[str, ...] = ()
    check: StoreCheck | None = None


class _Size(click.ParamType[int]):
    """Bytes: `20G`, `500M`, `1.5T`; a unit is 1024 of the one before."""

    name = "SIZE"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        found = re.fullmatch(r"([0-9]{1,12}(?:[.][0-9]{1,6})?)([KMGT]?)(?:i?B)?", str(value))
        if found is None:
            self.fail(f"{value} is not a size: give 20G, 500M or 1.5T", param, ctx)
        return int(float(found[1]) * (1 << _SIZES[found[2]]))


@click.group("store", context_settings={"help_option_names": ["-h", "--help"]})
def command() -> None:
    """Show what the store holds, make room in it, and check that it is whole."""


@command.command("show")
@options.record
@options.quiet
@options.store
def show(json_file: Path | None, quiet: bool, store_root: Path | None) -> None:
    """Say what the store holds: by kind its entries, their size, their last use, and what of them may go."""
    from harness.cli.progress import show_progress
    from harness.store.show import count_kinds, show_kinds, show_leftovers
    from harness.store.survey import survey

    store = _open(store_root, json_file)
    with show_progress(quiet=quiet) as progress:
        found = survey(store, progress.step)
    shown: list[str | Sequence[Row]] = [f"store {store.root}", show_kinds(found)]
    shown += show_leftovers(found.leftovers)
    _deliver(shown, json_file, store=found, kinds=count_kinds(found.entries))


@command.command("gc")
@click.option("--max-size", "most", type=_Size(), required=True, help="What may remain, such as 20G.")
@click.option(
    "--older-than", "age", type=options.Age(), help="Remove only entries unused for so long: 36h, 7d, 4w."
)
@click.option("--dry-run", is_flag=True, help="Remove nothing; say what would go.")
@options.record
@options.quiet
@options.store
def gc(
    most: int, age: float | None, dry_run: bool, json_file: Path | None, quiet: bool, store_root: Path | None
) -> None:
    """Remove what was used least recently, until the store fits, and what killed runs left.

    Toolchains, sources and maps go last. What a run may be using stays. Exits with 1 if the store does not
    fit.
    """
    from harness.cli.progress import show_progress
    from harness.process import scratch
    from harness.store.collect import collect
    from harness.store.show import show_collected
    from harness.store.survey import survey

    store = _open(store_root, json_file)
    before = None if age is None else time.time() - age
    with show_progress(quiet=quiet) as progress:
        found = survey(store, progress.step)
        done = collect(store, found, most, before=before, dry_run=dry_run, say=progress.step)
    gone = scratch.sweep(dry_run=dry_run)
    lines = show_collected(done, most, dry_run=dry_run)
    if gone:
        verb = "would remove" if dry_run else "removed"
        lines.insert(0, f"{verb} temporary folders of killed runs in {gone[0].parent}: {len(gone)}")
    _deliver(lines, json_file, collected=done, temporary=tuple(map(str, gone)))
    if done.after > most:
        sys.exit(EXIT_VERDICT)


@command.command("verify")
@click.option("--repair", is_flag=True, help="Remove what is damaged: it will be made again.")
@options.record
@options.quiet
@options.store
def verify(repair: bool, json_file: Path | None, quiet: bool, store_root: Path | None) -> None:
    """Compare every entry with what was recorded when it was made: sizes and times, or contents.

    Exits with 1 if one is damaged and still there.
    """
    from harness.cli.progress import show_progress
    from harness.store.show import show_check
    from harness.store.verify import verify as check

    store = _open(store_root, json_file)
    with show_progress(quiet=quiet) as progress:
        done = check(store, repair=repair, say=progress.step)
    _deliver(show_check(done), json_file, check=done)
    if not all(one.removed for one in done.damaged):
        sys.exit(EXIT_VERDICT)


def _open(root: Path | None, json_file: Path | None) -> Store:
    """The store, if there is one. Raises UsageError: what is no store is not looked through."""
    from harness.store.use import LOCKS

    reports.require({"--json": json_file})
    store = options.open_store(root)
    if not (store.root / LOCKS).is_dir():
        raise UsageError(
            f"{store.root}: is no store", "name one by --store or HARNESS_STORE; the first build makes it"
        )
    return store


def _deliver(shown: Sequence[str | Sequence[Row]], json_file: Path | None, **found: Any) -> None:
    """Print lines and tables, and write the record."""
    from harness.report import wire
    from harness.report.lines import write_parts

    record = StoreRecord(wire.VERSION, **found)
    show = partial(write_parts, parts=shown)
    reports.deliver(lambda: say_report(show), [(json_file, lambda: wire.encode(record))])
