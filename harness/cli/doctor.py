"""`harness doctor`: what is there, what each LLVM can do here, and what to type for the rest."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

import click

from harness.cli import options
from harness.console.say import say
from harness.errors import EXIT_ENVIRONMENT

NEEDED = {
    "git": ("applies patches", "apt-get install git"),
    "apt-get": ("fetches LLVM from Debian", "not a Debian machine: use --toolchain system or --prefix DIR"),
    "dpkg-deb": ("unpacks what was fetched", "apt-get install dpkg"),
    "tar": ("unpacks sources", "apt-get install tar"),
}
FREE_GIB = 8


@click.command("doctor")
@click.option("--offline", is_flag=True, help="Do not ask Debian's mirror.")
@options.store
def command(offline: bool, store_root: Path | None) -> None:
    """Say what this machine and each LLVM can do, and what to type for the rest."""
    from harness.cli.progress import shown
    from harness.toolchain import survey

    store = options.open_store(store_root)
    with shown(quiet=False) as progress:
        found = survey.survey(store, progress.step, offline=offline)
    lacking = _machine(store.root)
    say()
    say(f"{'LLVM':<9}{'from':<8}{'run':<5}{'overlay':<9}{'full':<6}where")
    for one in found:
        can = [_mark(value) for value in (one.run, one.overlay, one.full)]
        say(f"{one.version:<9}{one.kind:<8}{can[0]:<5}{can[1]:<9}{can[2]:<6}{one.where}")
        if one.missing:
            say(f"{'':<37}next: {one.missing}")
    if lacking or not any(one.run for one in found):
        sys.exit(EXIT_ENVIRONMENT)


def _machine(root: Path) -> list[str]:
    """Print what the machine has; returns what it lacks."""
    lacking = []
    version = ".".join(str(n) for n in sys.version_info[:3])
    say(f"ok       python {version} ({sys.executable})")
    for tool, (why, remedy) in NEEDED.items():
        path = shutil.which(tool)
        if path is None:
            lacking.append(tool)
            say(f"missing  {tool}: {why}; next: {remedy}")
        else:
            say(f"ok       {tool} {path}")
    place = next(p for p in (root, *root.parents) if p.exists())
    free = shutil.disk_usage(place).free / 2**30
    word = "ok      " if free >= FREE_GIB else "low     "
    say(f"{word} store {root}: {free:.0f} GiB free (an overlay of one LLVM takes about 4)")
    say(f"ok       {len(os.sched_getaffinity(0))} processors")
    return lacking


def _mark(value: bool) -> str:
    return "yes" if value else "no"
