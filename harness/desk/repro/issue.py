"""Pure: the text of a bug report for LLVM, from a case that was reproduced."""

from __future__ import annotations

import re
from collections.abc import Iterator

from harness.desk.repro.record import ReproReport
from harness.desk.repro.run import INPUT, Reproducer, Reproduction
from harness.model import CrashKind, Signature
from harness.printable import one_line, printable
from harness.report.markdown import code, fence, inline

_TRIPLE = re.compile(rb'^target triple = "(?P<triple>[^"]+)"', re.M)
_OPTION = re.compile(r"-mtriple[= ](?P<triple>\S+)")
# By LLVM's names for its targets, which begin the titles of its issues.
_TARGETS = (
    ("x86_64 i386 i486 i586 i686 x86", "X86"),
    ("aarch64 arm64", "AArch64"),
    ("arm thumb armv7 armv8", "ARM"),
    ("powerpc ppc", "PowerPC"),
    ("riscv", "RISC-V"),
    ("loongarch", "LoongArch"),
    ("s390x systemz", "SystemZ"),
    ("mips", "MIPS"),
    ("sparc", "SPARC"),
    ("amdgcn r600", "AMDGPU"),
    ("nvptx", "NVPTX"),
    ("hexagon", "Hexagon"),
    ("wasm", "WebAssembly"),
    ("bpf", "BPF"),
    ("avr", "AVR"),
    ("msp430", "MSP430"),
)
# Where somebody's tools and libraries are tells nobody else anything.
_FOLDERS = re.compile(r"(?<![\w./-])/(?:[^\s/()'\":]+/)+(?=[^\s/()'\":])")
_MOST_TITLE = 120
# A module of more lines goes into a file of its own.
_MOST_LINES = 400


def write_issue(case: Reproducer, report: ReproReport) -> str:
    """The report's text, in Markdown: title, what happens, input, command, stack, releases.

    The case and what the tools said of it are anybody's: they are text in it, and no Markdown.

    `report` has at least one LLVM with the crash.
    """
    shown = report.hits[0]
    found = shown.observation.signature
    assert found is not None  # what reproduces has one
    triple = find_triple(case)
    lines = [
        one_line(title(found, triple)),
        "",
        f"{code(case.steps[-1].tool)} of LLVM {inline(shown.version)} {_what(found)}",
        "",
        f"Target: {code(triple) or 'the default of the tool'}",
        "",
        "### Input",
        "",
        _input(case),
        "",
        "### Command",
        "",
        fence(case.command.replace(INPUT, case.name)),
        "",
        "### Output",
        "",
        fence(_FOLDERS.sub("", shown.observation.output).strip(), "text"),
        "",
        "### Releases",
        "",
        "| LLVM | result |",
        "|---|---|",
        *_releases(report.reproductions),
    ]
    return "\n".join(lines) + "\n"


def title(found: Signature, triple: str) -> str:
    """`[X86] llc: assertion ... in llvm::X::y`, as LLVM's issues are called."""
    arch = triple.partition("-")[0]
    target = next((name for archs, name in _TARGETS if arch.startswith(tuple(archs.split()))), "")
    where = f" in {found.frames[0]}" if found.frames else ""
    text = f"{found.tool}: {found.cause.partition(' (lib/')[0]}"
    text = text if len(text) <= _MOST_TITLE else f"{text[:_MOST_TITLE]}..."
    return f"[{target}] {text}{where}" if target and arch else f"{text}{where}"


def find_triple(case: Reproducer) -> str:
    """The target of a case, if its command or its module names one."""
    if found := _OPTION.search(case.command):
        return found["triple"].strip("'\"")
    if inside := _TRIPLE.search(case.text):
        return inside["triple"].decode("ascii", "replace")
    return ""


def _what(found: Signature) -> str:
    where = f" ({code(found.location)})" if found.location else ""
    if found.kind is CrashKind.LIMIT:
        return f"does not end: it {inline(found.message)}."
    if found.kind is CrashKind.SIGNAL:
        return f"dies of {inline(found.message)}."
    return f"stops with this {found.kind.value}{where}: {code(found.message)}"


def _input(case: Reproducer) -> str:
    """The module as it is, or where it is: a character that cannot be shown may be what crashes LLVM."""
    text = case.text.decode("utf-8", "replace").strip("\n")
    if text.count("\n") >= _MOST_LINES or printable(text) != text:
        return f"See the attached file {inline(case.name)}."
    return fence(text, "llvm")


def _releases(reproductions: tuple[Reproduction, ...]) -> Iterator[str]:
    for one in reproductions:
        where = inline(f"{one.version or one.place} ({one.place})")
        yield f"| {where} | {code(one.observation.description)} |"
