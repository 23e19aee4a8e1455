"""A case of llc as machine IR: what llc has before the pass that fails, and a command that goes on there."""

from __future__ import annotations

import re
from dataclasses import replace

from harness.crash.text.invocation import Invocation
from harness.desk.reduce.command import run_step
from harness.desk.reduce.search import ReductionSearch

MACHINE_IR = ".mir"
_ARGUMENTS = re.compile(r"^Pass Arguments: +(?P<names>.*)$", re.M)
_NAME = re.compile(r"-([a-z0-9][\w-]*)")


def isolate_machine_pass(search: ReductionSearch) -> None:
    """Begin as late as the failure allows, with the machine IR that llc has there.

    Of a pass that fails, or that comes after it, llc cannot write what is before it; not every pass may be
    named. So they are tried from the last one on.
    """
    (step, *others) = search.best.steps
    if others or step.tool != "llc" or search.best.name.endswith(MACHINE_IR):
        return
    for name in reversed(_list_passes(search, step)):
        if not search.remaining:
            return
        if not (text := _stop_before(search, step, name)):
            continue
        later = Invocation("llc", (*step.options, f"-start-before={name}"))
        stem = search.best.name.rpartition(".")[0]
        if search.attempt(replace(search.best, name=stem + MACHINE_IR, text=text, steps=(later,))):
            return


def _list_passes(search: ReductionSearch, step: Invocation) -> list[str]:
    """The passes of llc by the names that options take, in their order; of one that runs twice the first."""
    done = run_step(search, step, ("-debug-pass=Arguments", "-o", "/dev/null")).done
    said = done.stderr.decode("utf-8", "replace")
    names = (name for line in _ARGUMENTS.finditer(said) for name in _NAME.findall(line["names"]))
    return list(dict.fromkeys(names))


def _stop_before(search: ReductionSearch, step: Invocation, name: str) -> bytes:
    made = f"before{MACHINE_IR}"
    ran = run_step(search, step, (f"-stop-before={name}", "-simplify-mir", "-o", made), made)
    return ran.made if ran.done.ok else b""
