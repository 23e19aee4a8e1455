"""A case run on many LLVMs, to see which of them have its crash."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

from harness import faults, process
from harness.crash.text.invocation import Invocation
from harness.desk.dialects import translate
from harness.desk.repro.observation import Behaviour, Ended, Observation, observe
from harness.llvm import Toolchain
from harness.model import Signature
from harness.process import scratch
from harness.progress import Progress

SYMBOLIZER = "LLVM_SYMBOLIZER_PATH"
INPUT = "%s"


@dataclass(frozen=True, slots=True)
class Reproducer:
    """What is run: a file's name and text, the tools that it goes through, and the failure to look for.

    Without `expected`, any crash is one.
    """

    name: str
    text: bytes
    steps: tuple[Invocation, ...]
    expected: Signature | None = None

    @property
    def command(self) -> str:
        """The command as a shell would read it, with `%s` for the input."""
        from harness.crash.text.invocation import quote

        words = (" ".join([one.tool, *map(quote, one.options)]) for one in self.steps)
        first, *rest = words
        # llc knows machine IR by the name of its file.
        source = INPUT if self.name.endswith(".mir") else f"< {INPUT}"
        return " | ".join([first if INPUT in first else f"{first} {source}", *rest])


@dataclass(frozen=True, slots=True)
class LlvmPlace:
    """One LLVM to run on, by the name that a report calls it. `find` raises why it cannot be had."""

    name: str
    find: Callable[[], Toolchain]


@dataclass(frozen=True, slots=True)
class Reproduction:
    """What one LLVM did: its version, where it comes from, and the programs that ran, by their paths.

    `translated` says how the module was changed for its reader, if it was.
    """

    place: str
    version: str
    provenance: str
    programs: tuple[str, ...]
    observation: Observation
    translated: str = ""

    @property
    def reproduces(self) -> bool:
        """Whether this LLVM has the crash."""
        return self.observation.behaviour.reproduces


@dataclass(frozen=True, slots=True)
class Runs:
    """How a case is run: so many times on each LLVM, on so many of them at once, with these bounds."""

    times: int = 3
    jobs: int = 2
    limits: process.Limits = process.TOOL_LIMITS


def reproduce(
    case: Reproducer, places: Sequence[LlvmPlace], how: Runs, progress: Progress
) -> tuple[Reproduction, ...]:
    """The case on each of the LLVMs, in their order. What keeps one from being used is its result."""
    done = itertools.count(1)

    def on(place: LlvmPlace) -> Reproduction:
        try:
            found = _on(case, place.name, place.find(), how)
        except Exception as error:
            why = faults.explain_fault(error)
            unseen = Observation(Behaviour.ABSENT, detail=f"{why.what}: {why.next_step}")
            found = Reproduction(place.name, "", "", (), unseen)
        progress.tick(next(done), len(places), place.name)
        return found

    progress.step(f"running {case.name} on {len(places)} LLVMs")
    with ThreadPoolExecutor(how.jobs) as pool:
        return tuple(pool.map(on, places))


def make_argv(step: Invocation, toolchain: Toolchain, source: Path) -> list[str]:
    """The words that run a step on a file: where its options say so, else after them."""
    words = [word.replace(INPUT, str(source)) for word in step.options]
    given = [] if words != list(step.options) else [str(source)]
    return [str(toolchain.tools[step.tool]), *words, *given]


def run_once(case: Reproducer, toolchain: Toolchain, folder: Path, limits: process.Limits) -> Ended:
    """One run of the case in an empty folder: how the tool ended that did not succeed, or the last one."""
    source = folder / case.name
    source.write_bytes(case.text)
    ended = Ended("", 0, "")
    symbolizer = toolchain.tools.get("llvm-symbolizer")
    env = {SYMBOLIZER: str(symbolizer) if symbolizer else None}
    for number, step in enumerate(case.steps):
        last = number == len(case.steps) - 1
        output = "/dev/null" if last else str(folder / f"step{number}")
        argv = [*make_argv(step, toolchain, source), "-o", output]
        done = process.run_enclosed(argv, folder, toolchain.reads, env=env, limits=limits)
        stderr = done.stderr.decode("utf-8", "replace").replace(f"{folder}/", "")
        ended = Ended(step.tool, done.returncode, stderr, done.limit, " ".join([step.tool, *step.options]))
        if not done.ok:
            break
        source = Path(output)
    return ended


def _on(case: Reproducer, name: str, toolchain: Toolchain, how: Runs) -> Reproduction:
    programs = tuple(str(toolchain.tools[step.tool]) for step in case.steps if step.tool in toolchain.tools)
    absent = [step.tool for step in case.steps if step.tool not in toolchain.tools]
    if absent:
        seen = Observation(Behaviour.ABSENT, detail=f"there is no {absent[0]} in it")
        return Reproduction(name, toolchain.version, toolchain.provenance, programs, seen)
    seen, translated = _observe(case, toolchain, how), ""
    if seen.behaviour is Behaviour.UNREADABLE and (other := translate(case.text, toolchain.major)):
        steps = tuple(replace(step, options=(*other.options, *step.options)) for step in case.steps)
        again = _observe(replace(case, text=other.text, steps=steps), toolchain, how)
        if again.behaviour is not Behaviour.UNREADABLE:
            seen, translated = again, other.how
    return Reproduction(name, toolchain.version, toolchain.provenance, programs, seen, translated)


def _observe(case: Reproducer, toolchain: Toolchain, how: Runs) -> Observation:
    def one(_number: int) -> Ended:
        with scratch.folder("repro") as folder:
            return run_once(case, toolchain, folder, how.limits)

    first = one(0)
    # What hangs takes its time, and does so always; what cannot be read never is.
    seen = observe([first], case.expected, case.name)
    if first.limit or seen.behaviour is Behaviour.UNREADABLE:
        return seen
    return observe([first, *map(one, range(1, how.times))], case.expected, case.name)
