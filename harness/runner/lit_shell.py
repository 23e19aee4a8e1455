"""lit's shell, watched: every program bounded, FileCheck in this process, the output of programs kept.

lit runs all of a pipeline but a FileCheck at its end.
"""

from __future__ import annotations

import contextlib
import os
import posixpath
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

from harness import process
from harness.model import Capture, CrashKind, Signature
from harness.runner import lit_internals
from harness.runner.bounds import Bounds
from harness.runner.filecheck import CheckResult, check
from harness.runner.gate import Gate, Refusal, RefusedError
from harness.runner.lit_internals import Command, CommandResult, Pipeline, RunPipeline, ShellEnvironment
from harness.runner.outputs import OutputLog
from harness.runner.program import SAID_LIMIT, Program, programs_of_lit

Reader = Callable[[str, int, str], Signature | None]
_FILECHECK = {"FileCheck", "filecheck"}


@dataclass(frozen=True, slots=True)
class Checker:
    """Which FileCheck checks: `pypi` and `both` run PyPI's in this process; `bin` has LLVM's."""

    which: str
    bin: str = ""

    @property
    def in_process(self) -> bool:
        """Whether PyPI's FileCheck runs in this process."""
        return self.which != "llvm"


@dataclass(slots=True)
class Watch:
    """What happened in one test: the inputs of FileCheck, and how programs failed.

    `stopped`: a program reached a limit; `hung`: one on time. `refusals`: programs that `gate` refused.
    `disagreement`: what the two FileChecks wrote, if they disagree on one text. `log`: what LLVM's tools
    wrote. `cpu`: the processor time of all programs, in seconds, at the end.
    """

    checker: Checker
    bounds: Bounds
    captures: list[Capture] = field(default_factory=list)
    signatures: list[Signature] = field(default_factory=list)
    stopped: bool = False
    hung: bool = False
    gate: Gate | None = None
    refusals: list[Refusal] = field(default_factory=list)
    disagreement: str = ""
    log: OutputLog | None = None
    cpu: float = 0.0

    def check(self, name: str, path: str) -> None:
        """Raise RefusedError, and note why, if the program `name`, found at `path`, may not start."""
        if self.gate is not None and (refusal := self.gate.refusal(name, path)):
            self.refusals.append(refusal)
            raise RefusedError(refusal.why)

    def stop(self, limit: str) -> None:
        """Note the limit that a program reached, if any."""
        self.stopped = self.stopped or bool(limit)
        self.hung = self.hung or limit.startswith(("ran longer", "used more"))

    def filecheck(
        self, command: Command, results: list[CommandResult], shenv: ShellEnvironment, piped: bool
    ) -> int:
        """Check with PyPI's FileCheck what the pipeline wrote (or a file), and add lit's result for it."""
        cwd = Path(shenv.cwd)
        words, text = _given(command, results, cwd, piped)
        checked = check(words[1:], text, cwd, self.bounds.program_cpu)
        shown = " ".join(str(word) for word in (results[-1].command.args if piped else words))
        self.captures.append(Capture(shown, checked.text[:SAID_LIMIT]))
        self.stop(checked.limit)
        if checked.limit:
            self.signatures.append(Signature(CrashKind.LIMIT, checked.limit))
        elif self.checker.which == "both":
            theirs = process.run(
                [Path(self.checker.bin, "FileCheck"), *words[1:]],
                cwd=cwd,
                env={**dict.fromkeys(os.environ), **shenv.env},
                stdin=(text or "").encode(),
                limits=self.bounds.of_program,
            )
            self.stop(theirs.limit)
            self.disagreement = self.disagreement or _disagreement(checked, theirs)
        results.append(lit_internals.command_result(command, checked.message, checked.returncode))
        return checked.returncode


@contextlib.contextmanager
def watch_test(
    signature: Reader,
    checker: Checker,
    bounds: Bounds,
    gate: Gate | None = None,
    log: OutputLog | None = None,
) -> Iterator[Watch]:
    """Watch the test that lit runs in this block: keep it within its bounds, run FileCheck as `checker` says.

    `signature` reads how a program died from its text, its exit status and the limit that it reached. What
    `gate` refuses does not start. What LLVM's tools write goes to `log`.
    """
    watch = Watch(checker, bounds, gate=gate, log=log)

    def execute(
        by_lit: RunPipeline,
        cmd: Pipeline,
        shenv: ShellEnvironment,
        results: list[CommandResult],
        timeout: object,
    ) -> int | None:
        own = checker.in_process and _is_filecheck(cmd.commands[-1])
        front = cmd.commands[:-1] if own else cmd.commands
        front_code = 0
        done, begun = len(results), len(programs)
        if front:
            part = lit_internals.pipeline(front, False if own else cmd.negate, cmd.pipe_err)
            try:
                front_code = by_lit(part, shenv, results, timeout) or 0
            except Exception as error:
                if missing := lit_internals.missing_program(error):
                    with contextlib.suppress(RefusedError):
                        watch.check(missing, "")
                raise
            _record(watch, signature, results[done:], programs[begun:])
            _note_deaths(watch, signature, results[done:], programs[begun:])
        if not own:
            if _is_filecheck(front[-1]):
                watch.captures += _overheard(front, programs[begun:], Path(shenv.cwd))
            return front_code
        code = watch.filecheck(cmd.commands[-1], results, shenv, len(results) > done)
        if cmd.pipe_err and not code:
            code = front_code
        return int(not code) if cmd.negate else code

    began = time.process_time()
    channels = tuple(gate.channels.values()) if gate is not None else ()
    with programs_of_lit(watch.check, bounds, channels) as programs:
        try:
            with lit_internals.replace_pipelines(lambda by_lit: partial(execute, by_lit)):
                yield watch
        finally:
            watch.cpu = time.process_time() - began + sum(program.cpu for program in programs)


def _given(
    command: Command, results: list[CommandResult], cwd: Path, piped: bool
) -> tuple[list[str], str | None]:
    """A FileCheck's words and its input: the output of the pipeline before it, or a redirected file."""
    text: str | None = results[-1].stdout if piped else None
    if piped:
        results[-1].stdout = ""  # consumed, as by a pipe; lit would print it otherwise
    for operator, target in command.redirects:
        if operator[0] != "<":
            raise ValueError(f"FileCheck with the redirection {operator[0]!r} is not supported")
        text = (cwd / str(target)).read_bytes().decode("utf-8", "replace")
    return [str(word) for word in command.args], text


def _disagreement(ours: CheckResult, theirs: process.Completed) -> str:
    """What the two FileChecks wrote about one text, if only one of them passes."""
    if theirs.ok == (not ours.returncode):
        return ""
    said = {True: "PASS", False: "FAIL"}
    return (
        f"PyPI's filecheck says {said[not ours.returncode]}, LLVM's FileCheck says {said[theirs.ok]}\n"
        f"-- PyPI's\n{ours.message}\n-- LLVM's\n{theirs.text}"
    )


def _overheard(commands: Sequence[Command], programs: Sequence[Program], cwd: Path) -> Iterator[Capture]:
    """The input of a FileCheck that is a program: the output of the one before it, or a redirected file."""
    if len(commands) > 1 and len(programs) > 1:
        yield Capture(" ".join(str(word) for word in commands[-2].args), programs[-2].piped_output())
    for operator, target in commands[-1].redirects:
        if operator[0] == "<":
            with contextlib.suppress(OSError), (cwd / str(target)).open("rb") as file:
                yield Capture(str(target), file.read(SAID_LIMIT).decode("utf-8", "replace"))


def _record(watch: Watch, signature: Reader, results: list[CommandResult], programs: list[Program]) -> None:
    """Record what LLVM's tools wrote. lit tells of no program of a pipeline that it gave up."""
    if watch.log is None:
        return
    told = results if len(results) == len(programs) else [None] * len(programs)
    for result, program in zip(told, programs, strict=True):
        tool = _which(watch, program)
        if tool and "/" not in tool:
            death = ""
            if program.returncode < 0 or program.limit:
                found = signature(_last_words(result, program), program.returncode, program.limit)
                # Without its place: a patch moves lines.
                death = f"{found.kind.value}: {found.message}" if found else f"signal {-program.returncode}"
            watch.log.record(tool, program, result, death)


def _last_words(result: CommandResult | None, program: Program) -> str:
    """What a program that died may have said of the reason, wherever it went."""
    err, out = (result.stderr, result.stdout[-SAID_LIMIT:]) if result is not None else ("", "")
    return f"{err}\n{program.unseen_output()}\n{out}"


def _note_deaths(
    watch: Watch, signature: Reader, results: list[CommandResult], programs: list[Program]
) -> None:
    """Note how programs died. lit adds one result for each program of a pipeline, in order."""
    for program in programs:
        watch.stop(program.limit)
    if len(results) != len(programs):
        return  # a builtin of lit's, or a pipeline that lit gave up
    for result, program in zip(results, programs, strict=True):
        if program.limit:
            result.stderr += f"\nharness: the program was stopped: it {program.limit}\n"
        checker = _is_filecheck(result.command) and program.returncode > 0 and not program.limit
        # A FileCheck that fails quotes the words of another program.
        if checker or not (program.returncode or program.limit):
            continue
        found = signature(_last_words(result, program), program.returncode, program.limit)
        if found is None:
            continue
        if found.kind is CrashKind.LIMIT:
            watch.stopped = True
        elif program.wanted:
            continue
        watch.signatures.append(replace(found, tool=_which(watch, program)))


def _which(watch: Watch, program: Program) -> str:
    """The name of the toolchain's tool that died, or the path of another program."""
    if watch.gate is None:
        return program.path
    # A Python script that rewrites IR for an old LLVM (typed.py) becomes the tool that it is given.
    words = program.args if isinstance(program.args, list) and program.path == sys.executable else []
    paths = [program.path, *(word for word in map(str, words) if word.startswith("/"))]
    tools = map(watch.gate.tool, paths)
    return next(filter(None, tools), program.path)


def _is_filecheck(command: Command) -> bool:
    return bool(command.args) and posixpath.basename(str(command.args[0])) in _FILECHECK
