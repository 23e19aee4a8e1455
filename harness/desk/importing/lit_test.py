"""Pure: a case as a lit test, with where it comes from and how LLVM is expected to end.

A report is untrusted, and lit runs what follows `RUN:` wherever it stands, in a string or in a label too. So
the test has the RUN lines that are written here and no others.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from harness.crash.text.invocation import Invocation, quote
from harness.desk.importing.case import CrashCase
from harness.desk.importing.runnable import DEFAULT_TRIPLE, RunnableCase
from harness.ir.tokens import join, tokenize
from harness.model import Signature

# lit's own (lit/TestRunner.py, parseIntegratedTestScript).
_KEYWORDS = r"RUN:|XFAIL:|REQUIRES:|UNSUPPORTED:|ALLOW_RETRIES:|END\.|DEFINE:|REDEFINE:"
_KEYWORD = re.compile(rf"(?:{_KEYWORDS})")
_LONGEST_COMMENT = 400
_MOST_FRAMES = 8

# How a triple begins, and the feature that says that an LLVM has the target (harness/litsite/features.py).
_TARGETS = (
    (r"x86_64|amd64|i[3-6]86|x86", "x86"),
    (r"aarch64|arm64", "aarch64"),
    (r"arm|thumb", "arm"),
    (r"riscv", "riscv"),
    (r"powerpc|ppc", "powerpc"),
    (r"s390x|systemz", "systemz"),
    (r"loongarch", "loongarch"),
    (r"mips", "mips"),
    (r"sparc", "sparc"),
    (r"wasm", "webassembly"),
)


def write_test(runnable: RunnableCase, source: str) -> str:
    """The text of the test; `source` is the name of the report."""
    case = runnable.case
    head = [
        *_sentence(case.signature),
        f"Imported by `harness report import` from {source}.",
        *_provenance(case),
        *(f"GUESSED: {guess.what}: {guess.why}" for guess in case.guesses),
        *([f"MISSING: {', '.join(case.missing)}"] if case.missing else []),
        *(f"MADE UP: {made_up}" for made_up in runnable.made_up),
    ]
    lines = [f"; {_comment(line)}" for line in head]
    triple = case.target.value or DEFAULT_TRIPLE
    runs = [";", *(f"; REQUIRES: {one}" for one in _requires(runnable.steps, triple))]
    runs.append(f"; RUN: {_run_line(runnable.steps)}")
    return "\n".join([*lines, *runs, "", ""]) + disarm(runnable.ir)


def _comment(text: str) -> str:
    """A line of others' text that is no command to lit, of a length that people read."""
    plain = " ".join(text.replace("\t", " ").split())
    plain = plain if len(plain) <= _LONGEST_COMMENT else f"{plain[:_LONGEST_COMMENT]}..."
    return _KEYWORD.sub(lambda found: f"{found[0][:-1]} {found[0][-1]}", plain)


def _sentence(signature: Signature | None) -> Iterator[str]:
    """Why the test exists. It fails while LLVM has the bug."""
    if signature is None:
        yield "A report says that LLVM stops on this module, and not how."
        return
    yield f"A report says that LLVM stops on this module: {signature.cause}"


def _provenance(case: CrashCase) -> Iterator[str]:
    known = case.version.value and not case.version.guessed
    version = f"LLVM {case.version.value}" if known else "an LLVM of unknown version"
    ran = f", running {case.command.original}" if case.command.original else ""
    yield f"REPORTED: {version}{ran}"
    if signature := case.signature:
        yield f"CRASH: {signature.kind.value}: {signature.message}"
        facts = {
            "AT": signature.location,
            "FUNCTION": signature.function,
            "STAGE": signature.stage,
            "TARGET": signature.target,
        }
        yield from (f"CRASH-{name}: {value}" for name, value in facts.items() if value)
        yield from (f"CRASH-IN: {frame}" for frame in signature.frames[:_MOST_FRAMES])


def _requires(steps: Iterable[Invocation], triple: str) -> Iterator[str]:
    named = next((step.triple for step in steps if step.triple), "") or triple
    march = next((one.partition("=")[2] for step in steps for one in step.options if "march=" in one), "")
    for form, feature in _TARGETS:
        if re.match(form, march.replace("x86-64", "x86_64") or named):
            yield f"{feature}-registered-target"
            break
    if any(step.tool == "opt" for step in steps):
        yield "opt"


def _run_line(steps: tuple[Invocation, ...]) -> str:
    """The pipe of the steps: the first reads the test, the last writes to a file."""
    commands: list[str] = []
    for number, step in enumerate(steps):
        words = [step.tool, *map(quote, step.options)]
        words += ["-o", "-" if number + 1 < len(steps) else "%t"]
        commands.append(" ".join([*words, "< %s"] if number == 0 else words))
    return " | ".join(commands)


def disarm(ir: str) -> str:
    """IR that means the same to LLVM, in which lit finds none of its keywords, and without tabs."""
    tokens = tokenize(ir.replace("\t", " "))
    if not any(_KEYWORD.search(token.text) for token in tokens):
        return _spaced(join(tokens))
    for place, token in enumerate(tokens):
        if not _KEYWORD.search(token.text):
            continue
        if '"' in token.text:
            text = _KEYWORD.sub(_escaped, token.text)
        elif token.kind == "label":
            text = f'"{_KEYWORD.sub(_escaped, token.text)[:-1]}":'
        else:
            continue
        tokens[place] = type(token)(token.kind, text)
    return _spaced(join(tokens))


def _escaped(found: re.Match[str]) -> str:
    """The keyword with its first letter as LLVM writes bytes in quotes: `\\52UN:`."""
    return f"\\{ord(found[0][0]):02X}{found[0][1:]}"


def _spaced(text: str) -> str:
    """What is left is no string and no label: LLVM refuses it anyway."""
    return _KEYWORD.sub(lambda found: f"{found[0][:-1]} {found[0][-1]}", text)
