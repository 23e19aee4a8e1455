"""Pure: how the program of a report ended, from the formats of debuggers, shells, systems and languages.

What LLVM's own tools write is read by `harness.crash.signature`. Traces of others are brought into the form
that it reads, and words for a signal into a status.
"""

from __future__ import annotations

import re
import signal
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from harness.crash.signature import signature
from harness.model import CrashKind, Signature

# The first that is found says what ended the program, unless it said so itself. Windows has codes for it
# (ntstatus.h), shells and CI systems print 128 + signal, macOS names the Mach exception.
_SIGNALS = (
    (signal.SIGSEGV, r"segmentation fault|SIGSEGV|EXC_BAD_ACCESS|0xC0000005|0xC00000FD|access violation"),
    (signal.SIGILL, r"illegal instruction|SIGILL|EXC_BAD_INSTRUCTION|0xC000001D"),
    (signal.SIGBUS, r"\bbus error|SIGBUS"),
    (signal.SIGFPE, r"floating[ -]point exception|SIGFPE|EXC_ARITHMETIC|0xC0000094|0xC0000095"),
    (signal.SIGTRAP, r"trace/breakpoint trap|SIGTRAP|EXC_BREAKPOINT|0x80000003"),
    (signal.SIGABRT, r"^Aborted\b|\bAborted \(core dumped\)|SIGABRT|0xC0000409|Abort trap: 6"),
    (signal.SIGKILL, r"^Killed\b|SIGKILL"),
)
_BY_WORD = tuple((number, re.compile(words, re.IGNORECASE | re.MULTILINE)) for number, words in _SIGNALS)
_STATUS = re.compile(
    r"(?:exit(?:ed)?(?: with)?(?: (?:code|status))?|returned|return code|terminated by|failed with)"
    r"[: ]+(?:(?:signal|code|status)[: ]+)?(?P<number>-?\d{1,3})\b",
    re.IGNORECASE,
)
_NUMBERED = re.compile(r"\bsignal[: ]+\(?(?P<number>\d{1,2})\b", re.IGNORECASE)
_TIMEOUT = re.compile(r"\b(?:reached timeout of|timed out after) (?P<seconds>\d+(?:\.\d+)?) ?s(?:ec)?", re.I)

# Text before these on their line was written by whoever quotes them.
_MIDWAY = re.compile(
    r"(?:^|[\s`\"'(:])(?P<said>Assertion failed: .*, line \d+\.?|(?:[\w.+-]+-)?LLVM ERROR: .*"
    r"|UNREACHABLE executed.*|terminate called .*|Stack dump:?|==\d+==\s?ERROR: .*"
    r"|fatal error: error in backend: .*)"
)


@dataclass(frozen=True, slots=True)
class Ending:
    """How a program ended; `stage` is the pass that LLVM's own trace names, `function` what it worked on.

    `optimizing` says whether that was a pass of the middle end: None if the trace does not say.
    """

    signature: Signature | None
    stage: str = ""
    function: str = ""
    optimizing: bool | None = None


def read_ending(lines: Sequence[str]) -> Ending:
    """How the program ended whose output is in these lines, joined ones. Never raises."""
    stage, function, optimizing = _stage(lines)
    if recorded := _recorded(lines):
        return Ending(recorded, recorded.stage, function, optimizing)
    shaped = list(_shape(lines))
    text = "\n".join(shaped)
    timeout = _TIMEOUT.search(text)
    limit = f"ran longer than {float(timeout['seconds']):g} s" if timeout else ""
    status = _status(text) or 1
    ends = [one for part in _parts(shaped) if (one := signature("\n".join(part), status, limit))]
    found = min(ends, key=lambda one: _RANKS.index(one.kind), default=None)
    return Ending(found, stage, function, optimizing)


# A message says more than a signal; of equals, the first counts.
_RANKS = (
    CrashKind.ASSERTION,
    CrashKind.UNREACHABLE,
    CrashKind.SANITIZER,
    CrashKind.FATAL_ERROR,
    CrashKind.LIMIT,
    CrashKind.SIGNAL,
)
# `signature` reads the last MiB of a text; the crash may be anywhere in a report.
_MOST_CHARACTERS = 1 << 19
_OVERLAP = 300


def _parts(lines: Sequence[str]) -> Iterator[Sequence[str]]:
    """The lines in parts that are read as a whole, each with some of the one before."""
    start = size = 0
    for index, line in enumerate(lines):
        size += len(line) + 1
        if size > _MOST_CHARACTERS:
            yield lines[max(0, start - _OVERLAP) : index + 1]
            start, size = index + 1, 0
    if start < len(lines):
        yield lines[max(0, start - _OVERLAP) :]


# What an imported test says of the crash that it was made for (harness/desk/importing/lit_test.py).
_RECORD = re.compile(r"^; CRASH(?:-(?P<part>AT|IN|FUNCTION|STAGE|TARGET))?: (?P<text>.*)$")


def _recorded(lines: Sequence[str]) -> Signature | None:
    found = [(hit["part"] or "", hit["text"]) for line in lines if (hit := _RECORD.match(line))]
    said = dict(found)
    kind, _, message = said.get("", "").partition(": ")
    if kind not in {one.value for one in CrashKind}:
        return None
    frames = tuple(text for part, text in found if part == "IN")
    return Signature(
        CrashKind(kind),
        message,
        said.get("AT", ""),
        frames,
        function=said.get("FUNCTION", ""),
        stage=said.get("STAGE", ""),
        target=said.get("TARGET", ""),
    )


def _status(text: str) -> int:
    """What a shell would say: 128 + the signal that the text names; 0 if it names none."""
    for number, words in _BY_WORD:
        if words.search(text):
            return 128 + number
    for pattern in (_STATUS, _NUMBERED):
        for found in pattern.finditer(text):
            code = abs(int(found["number"]))
            code = (
                code - 128 if code > 128 else code if pattern is _NUMBERED or found["number"][0] == "-" else 0
            )
            if code in {one for one, _words in _SIGNALS}:
                return 128 + code
    return 0


# Traces whose lines have no number, or other ones than LLVM's. `symbol` may be mangled.
_TRACES = tuple(
    re.compile(form)
    for form in (
        # glibc's backtrace(), which rustc prints: `/usr/lib/libLLVM.so.19.1(_ZN4llvm1fEv+0x12)[0x7f00]`.
        r"^\s*(?:\d+:? )?\S+\((?P<symbol>[\w.$@]*)\+0x[0-9a-f]+\) ?\[0x[0-9a-f]+\]$",
        # rustc's and Rust's own: `  12:     0x7f0012345678 - llvm::f(int)`.
        r"^\s*\d+:\s+0x[0-9a-f]+ - (?P<symbol>.*)$",
        # Julia: `_ZN4llvm1fEv at /usr/lib/libLLVM-16jl.so (unknown line)`, `f at /src/F.cpp:12 [inlined]`.
        r"^\s*(?P<symbol>[^\s(]+(?:\(.*\))?) at \S+?(?::\d+| \(unknown line\))(?: \[inlined\])?$",
        # Microsoft's, as LLVM prints it on Windows: `0x00007FF6 (0x12 0x34), llvm::f() + 0x12 bytes(s),
        # F.cpp`.
        r"^\s*0x[0-9A-Fa-f]{8,}(?: \([^()]*\))?, (?P<symbol>.*?)(?:\(\))? \+ 0x[0-9A-Fa-f]+ bytes?\(s\).*$",
        # WinDbg: `03 000000c1`12345678 00007ff6`12345678 clang!llvm::f+0x12 [F.cpp @ 12]`.
        r"^\s*[0-9a-f]{2} (?:[0-9a-f`]{8,} ){2}[\w.]+!(?P<symbol>.*?)\+0x[0-9a-f]+(?: \[.*\])?$",
        # valgrind: `==12==    by 0x4C2: llvm::f(int) (F.cpp:12)`.
        r"^==\d+==\s+(?:at|by) 0x[0-9A-F]+: (?P<symbol>.*?)(?: \([^()]*\))?$",
    )
)
# Where such a trace begins, for the forms that prose may look like.
_BEGINS = re.compile(
    r"backtrace|^signal |\bstack ?trace|in expression starting at|callstack|rustc interrupted by", re.I
)
_LONGEST_LINE = 1 << 12
_PROMPT = re.compile(r"^\s*(?:\$|\+(?!\s*(?:0x)?\d)|[A-Z]:[^>]*>|RUN:|# executed command:)\s?\S")


def _shape(lines: Iterable[str]) -> Iterator[str]:
    """The lines, with foreign frames as LLVM writes them, and what is quoted midway on a line of its own."""
    number = 0
    announced = False
    for line in lines:
        announced = announced or bool(_BEGINS.search(line))
        if _PROMPT.match(line):
            yield ""  # what follows is the output of another program
            continue
        found = _foreign(line, announced) if len(line) < _LONGEST_LINE else None
        if found is not None:
            yield f"#{number} 0x0 {demangle(found)}"
            number += 1
            continue
        said = _MIDWAY.search(line) if len(line) < _LONGEST_LINE else None
        yield said["said"] if said else _unindented(line)


def _foreign(line: str, announced: bool) -> str | None:
    for form in _TRACES:
        found = form.match(line)
        # Julia's looks like prose elsewhere.
        if found and (announced or " at " not in form.pattern or line.startswith("_ZN")):
            return found["symbol"].strip()
    return None


_MESSAGE = re.compile(
    r"^\s+(?=\S*: \S+:\d+: .*Assertion|Assertion|Stack dump|(?:PLEASE|terminate|libc\+\+abi|SUMMARY|==\d))"
)


def _unindented(line: str) -> str:
    return _MESSAGE.sub("", line)


_NESTED = re.compile(r"^_{1,2}ZNK?(?P<parts>.*)$")
_STANDARD = {"St": "std", "Sa": "std::allocator", "Ss": "std::string"}


def demangle(symbol: str) -> str:
    """`_ZN4llvm1A1fEi` as `llvm::A::f`: the nested names of the Itanium ABI without templates' arguments."""
    nested = _NESTED.match(symbol)
    if nested is None:
        return symbol
    rest, names = nested["parts"], []
    while rest and rest[0] != "E":
        sized = re.match(r"(\d{1,4})", rest)
        if sized:
            end = sized.end() + int(sized[1])
            name = rest[sized.end() : end]
            names.append("(anonymous namespace)" if name.startswith("_GLOBAL__N") else name)
            rest = rest[end:]
        elif rest[:2] in _STANDARD:
            names.append(_STANDARD[rest[:2]])
            rest = rest[2:]
        elif rest[0] == "I" and names:
            names[-1] += "<...>"
            rest = rest[_arguments(rest) :]
        elif re.match(r"[CD]\d", rest) and names:
            plain = names[-1].removesuffix("<...>")
            names.append(plain if rest[0] == "C" else f"~{plain}")
            rest = rest[2:]
        else:
            return symbol
    return "::".join(names) if names else symbol


def _arguments(rest: str) -> int:
    """The length of a template's arguments, `I...E`: names inside are skipped by their length."""
    depth, position = 0, 0
    while position < len(rest):
        sized = re.match(r"\d{1,4}", rest[position:])
        if sized:
            position += sized.end() + int(sized[0])
            continue
        if rest[position] == "L":  # a number: its digits are no length
            position = rest.find("E", position) + 1 or len(rest)
            continue
        depth += {"I": 1, "N": 1, "X": 1, "F": 1, "J": 1, "E": -1}.get(rest[position], 0)
        position += 1
        if depth <= 0:
            break
    return position


# lib/IR/LegacyPassManager.cpp and the new pass manager's pretty stack trace: `Running pass 'X86 DAG->DAG
# Instruction Selection' on function '@f'`, `Running pass "loop-vectorize<...>" on function "f"`.
_RUNNING = re.compile(
    r"Running pass (?:'(?P<legacy>.*?)'|\"(?P<pass>.*)\") on \w+(?: \w+)? ['\"]@?(?P<function>[^'\"]*)['\"]"
)
_DUMPED = re.compile(
    r"^\*\*\* (?:Dump of )?.*?\bIR (?:Before Last Pass|Dump Before|Dump After) (?P<pass>\S+)"
)
_OF_CODEGEN = re.compile(
    r"SelectionDAG|DAGTo|DAG->DAG|MachineFunction|AsmPrinter|MCStreamer|MCInst|ISel|CodeGenPrepare|RegAlloc"
    r"|LiveIntervals|MachineInstr|TargetLowering|PrologEpilog|^GlobalISel|IRTranslator|Legaliz"
    r"|Code generation"
)
_OF_OPTIMIZER = re.compile(
    r"Optimizer$|InstCombine|SimplifyCFG|LoopVectorize|SLPVectorizer|llvm::\w+Pass::run\b|ScalarEvolution"
)


def _stage(lines: Sequence[str]) -> tuple[str, str, bool | None]:
    """The innermost pass of the trace, the function it worked on, and whether it is of the middle end."""
    stage = function = ""
    optimizing: bool | None = None
    for line in lines:
        if len(line) >= _LONGEST_LINE:
            continue
        if running := _RUNNING.search(line):
            stage = running["legacy"] or running["pass"]
            optimizing = running["pass"] is not None
            # The passes of a whole module name the file.
            function = running["function"] if "module" not in line.split(" on ")[-1] else function
        elif dumped := _DUMPED.match(line):
            stage = stage or dumped["pass"]
            optimizing = True if optimizing is None else optimizing
        elif optimizing is None and _OF_CODEGEN.search(line):
            optimizing = False
        elif optimizing is None and _OF_OPTIMIZER.search(line):
            optimizing = True
    return stage, function, optimizing
