"""A case with a shorter command: the step of a pipe that fails, the pass that fails, the options it needs."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from harness import process
from harness.crash.text.invocation import Invocation
from harness.desk.reduce.pipeline import shorten_pipeline
from harness.desk.reduce.search import ReductionSearch
from harness.desk.reduce.text import minimise
from harness.desk.repro.run import INPUT, make_argv
from harness.process import scratch

# What a tool is told to write, in the folder it runs in.
_BEFORE, _MADE = "before-pass.ll", "made.ll"
# Without it a case is about another target on another machine.
_TARGET = re.compile(r"--?(?:mtriple|march)=")
# Without it llc begins with the IR that is beside the machine IR.
_PLACE = re.compile(r"--?(?:(?:start|stop)-(?:before|after)|run-pass)=")
_PASSES = re.compile(r"(?P<option>--?passes=)(?P<passes>.+)")
_LEVEL = re.compile(r"--?O[0-3sz]")
_RAN = re.compile(r'^\d+\.\s+Running pass "(?P<name>[^"\n]{1,400})" on \w+', re.M)
# How a pass of a function or of a loop is asked for, where its name alone does not do.
_ADAPTORS = ("{}", "function({})", "cgscc({})", "loop-mssa({})", "loop({})")


def isolate_step(search: ReductionSearch) -> None:
    """Leave out the steps of a pipe that the failure does not need, or take what comes out of them."""
    steps = search.best.steps
    for step in steps if len(steps) > 1 else ():
        if search.attempt(replace(search.best, steps=(step,))):
            return
    for count in range(2, len(steps)):
        if search.attempt(replace(search.best, steps=steps[:count])):
            break
    while len(search.best.steps) > 1:
        first, *rest = search.best.steps
        text = _output(search, first, ("-S",) if first.tool == "opt" else ())
        if not text or not search.attempt(replace(search.best, text=text, steps=tuple(rest))):
            return


def isolate_pass(search: ReductionSearch) -> None:
    """Replace the pipeline of opt by the pass that fails, with the IR that it gets.

    If that alone does not fail, -O2 and the like become the passes that they mean, to be dropped one by one.
    """
    (step, *others) = search.best.steps
    if others or step.tool != "opt":
        return
    kept = [one for one in step.options if not (_PASSES.match(one) or _LEVEL.match(one))]
    names = _RAN.findall(search.observe(search.best).output)
    options = ("-print-module-scope", f"-print-on-crash-path={_BEFORE}", "-o", "/dev/null")
    text = run_step(search, step, options, _BEFORE).made
    if names and text:
        for form in _ADAPTORS:
            alone = Invocation("opt", (*kept, f"-passes={form.format(names[-1])}"))
            if search.attempt(replace(search.best, text=text, steps=(alone,))):
                return
    written = run_step(search, step, ("-print-pipeline-passes", "-disable-output")).done
    if written.ok and (pipeline := written.stdout.decode("utf-8", "replace").strip()):
        _attempt_options(search, 0, [*kept, f"-passes={pipeline}"])


def drop_options(search: ReductionSearch) -> None:
    """Leave out the options and passes that the failure does not need. Targets stay."""
    for number in range(len(search.best.steps)):
        _drop_options(search, number)
        for option in search.best.steps[number].options:
            if (found := _PASSES.fullmatch(option)) is not None:
                _drop_passes(search, number, option, found)


def _drop_options(search: ReductionSearch, number: int) -> None:
    options = search.best.steps[number].options
    kept = [_TARGET, _PLACE] if search.best.name.endswith(".mir") else [_TARGET]
    fixed = [one for one in options if INPUT in one or any(form.match(one) for form in kept)]
    free = [one for one in options if one not in fixed]

    def holds(some: Sequence[str]) -> bool:
        return _attempt_options(search, number, [*fixed, *some])

    minimise(free, holds)


def _drop_passes(search: ReductionSearch, number: int, option: str, found: re.Match[str]) -> None:
    others = [one for one in search.best.steps[number].options if one != option]

    def holds(pipeline: str) -> bool:
        return _attempt_options(search, number, [*others, found["option"] + pipeline])

    shorten_pipeline(found["passes"], holds)


def _attempt_options(search: ReductionSearch, number: int, options: Sequence[str]) -> bool:
    steps = list(search.best.steps)
    steps[number] = Invocation(steps[number].tool, tuple(options))
    return search.attempt(replace(search.best, steps=tuple(steps)))


def _output(search: ReductionSearch, step: Invocation, more: Sequence[str]) -> bytes:
    """What a step makes of the best case's input; empty if it fails."""
    ran = run_step(search, step, (*more, "-o", _MADE), _MADE)
    return ran.made if ran.done.ok else b""


@dataclass(frozen=True, slots=True)
class StepRun:
    """A tool that ran on the best case's input: how it ended, and what it `made`, empty if nothing."""

    done: process.Completed
    made: bytes


def run_step(search: ReductionSearch, step: Invocation, more: Sequence[str], name: str = "") -> StepRun:
    """Run a tool on the best case's input, with further options; `name` is the file that it makes."""
    with scratch.folder("reduce") as folder:
        source, made = folder / search.best.name, folder / name
        source.write_bytes(search.best.text)
        argv = [*make_argv(step, search.toolchain, source), *more]
        reads = search.toolchain.reads
        done = process.run_enclosed(argv, folder, reads, limits=search.effort.limits)
        text = made.read_bytes() if process.is_regular(made) else b""
        # A module is named by its file.
        return StepRun(done, text.replace(f"{folder}/".encode(), b""))
