"""`harness doctor`: what this machine has, what each LLVM can do on it, and what to type for the rest."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterable
from pathlib import Path

import click

from harness.cli import options
from harness.console.say import say
from harness.errors import EXIT_ENVIRONMENT, EnvironmentLacksError
from harness.store import Store
from harness.toolchain.provider import Need

NEEDS = (
    Need("git", "applies patches", "apt-get install git"),
    Need("tar", "unpacks sources", "apt-get install tar"),
)
FREE_GIB = 8
_NO_BUBBLEWRAP = "apt-get install bubblewrap, and allow user namespaces (docs/security.md)"


@click.command("doctor")
@click.option("--offline", is_flag=True, help="Do not use the network.")
@options.store
def command(offline: bool, store_root: Path | None) -> None:
    """Say what this machine and each LLVM can do, and what to type for the rest."""
    from harness.cli.progress import show_progress
    from harness.toolchain import registry

    store = options.open_store(store_root)
    enclosed = _say_sandbox(store, offline=offline)
    with show_progress(quiet=False) as progress:
        rows = registry.survey(store, progress.step, offline=offline)
    lacking = _machine(store.root, (*NEEDS, *registry.needs()))
    say()
    wide = max((9, *(len(row.version) + 2 for row in rows)))
    say(f"{'LLVM':<{wide}}{'from':<8}{'run':<5}{'overlay':<9}{'full':<6}where")
    for row in rows:
        can = [_mark(value) for value in (row.run, row.overlay, row.full)]
        say(f"{row.version:<{wide}}{row.kind:<8}{can[0]:<5}{can[1]:<9}{can[2]:<6}{row.where}")
        if row.missing:
            say(f"{'':<{wide + 28}}next: {row.missing}")
    if lacking or not enclosed or not any(row.run for row in rows):
        sys.exit(EXIT_ENVIRONMENT)


def _say_sandbox(store: Store, *, offline: bool) -> bool:
    """Print what encloses the programs of patches and tests, and what to install; whether anything does."""
    from harness.process import bubblewrap, sandbox
    from harness.toolchain.enclosing import require_sandbox

    try:
        found = require_sandbox(store, offline=offline)
    except EnvironmentLacksError as error:
        say(f"missing  sandbox: {error.what}; next: {error.next_step}")
        for reason in error.detail.splitlines():
            say(f"         {reason}")
        # What is asked below are the LLVMs of this machine's user.
        os.environ[sandbox.VARIABLE] = sandbox.Mode.OFF.value
        return False
    off = found.mode is sandbox.Mode.OFF
    say(f"{'low     ' if off else 'ok      '} sandbox: {found.summary}")
    if found.mode is sandbox.Mode.LANDLOCK:
        _, why = bubblewrap.probe()
        say(f"         bubblewrap holds off more: {why}; next: {_NO_BUBBLEWRAP}")
    return True


def _machine(root: Path, needs: Iterable[Need]) -> list[str]:
    """Print what the machine has; returns what it lacks."""
    lacking = []
    version = ".".join(str(n) for n in sys.version_info[:3])
    say(f"ok       python {version} ({sys.executable})")
    for need in needs:
        path = shutil.which(need.program)
        if path is None:
            lacking.append(need.program)
            say(f"missing  {need.program}: {need.purpose}; next: {need.remedy}")
        else:
            say(f"ok       {need.program} {path}")
    place = next(p for p in (root, *root.parents) if p.exists())
    free = shutil.disk_usage(place).free / 2**30
    word = "ok      " if free >= FREE_GIB else "low     "
    say(f"{word} store {root}: {free:.0f} GiB free (an overlay of one LLVM takes about 4)")
    say(f"ok       {len(os.sched_getaffinity(0))} processors")
    return lacking


def _mark(value: bool) -> str:
    return "yes" if value else "no"
