"""Pure: which LLVM, and for which target, a report is about."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Fact:
    """A value with where it comes from; `guessed` if the report does not say so itself."""

    value: str
    origin: str
    guessed: bool = False


NOTHING = Fact("", "")

_NUMBER = r"(?P<version>\d{1,2}(?:\.\d{1,2}){1,2}(?:git|svn|-?rc\d)?)"
# In the order in which they are believed.
_VERSIONS = tuple(
    (re.compile(form), origin)
    for form, origin in (
        (rf"\bLLVM version:? {_NUMBER}", "LLVM version"),
        (rf"\b(?:Apple )?clang version {_NUMBER}", "clang version"),
        (rf"\b(?:libLLVM|libclang-cpp)(?:\.so\.|-)?{_NUMBER}", "a library's name"),
        (rf"/(?:clang|llvm)-?{_NUMBER}/", "a path"),
        (r"\blibLLVM(?:\.so\.|-)(?P<version>\d{1,2})(?:jl)?\b(?!\.\d)", "a library's name"),
        (r"/(?:lib/)?(?:llvm|clang)-?(?P<version>\d{1,2})/", "a path"),
        (r"\b(?:llc|opt|clang|clang\+\+|lli)-(?P<version>\d{1,2})\b", "a tool's name"),
        (rf"\b(?:LLVM|llvm|llc|opt|clang)(?: trunk)?[\s-]v?{_NUMBER}", "the text"),
        (r"\b(?:LLVM|llvm|clang) ?(?P<version>1\d|2\d|[4-9])\b(?!\.\d|%)", "the text"),
        (r"\b(?:LLVM|llvm|llc|opt|clang)\b.{0,40}\b(?P<version>trunk|HEAD)\b", "the text"),
    )
)
# What is in the wheels of llvmlite.
_LLVMLITE = re.compile(r"\bllvmlite[ =v-]{1,3}(?P<release>0\.\d\d)\b")
_IN_LLVMLITE = {"0.43": "14.0.6", "0.44": "15.0.7", "0.47": "20.1.8", "0.50": "22.1.0"}

_ARCH = (
    r"(?:x86_64|amd64|i[3-6]86|aarch64(?:_be|_32)?|arm64(?:e|_32)?|armv\d\w*|arm|armeb|thumb\w*|riscv(?:32|64)|powerpc"
    r"(?:64)?(?:le)?|ppc(?:64)?(?:le)?|s390x|mips(?:64)?(?:el)?|sparc(?:v9|el)?|loongarch(?:32|64)|wasm(?:32|64)|hexagon"
    r"|amdgcn|r600|nvptx(?:64)?|bpf(?:el|eb)?|avr|msp430|lanai|ve|xcore|csky|m68k)"
)
# In the order in which they are believed.
_TRIPLES = tuple(
    (re.compile(form, re.MULTILINE), origin)
    for form, origin in (
        (r"target triple = \"(?P<triple>[^\"\n]+)\"", "target triple"),
        (r"--?mtriple[= ][\"']?(?P<triple>[\w.-]+)", "-mtriple"),
        (r"(?<![\w-])--?target[= ][\"']?(?P<triple>[\w.-]+-[\w.-]+)", "--target"),
        (r"(?<![\w-])-triple[= ][\"']?(?P<triple>[\w.-]+)", "-triple"),
        (r"^\s*Target: (?P<triple>[\w.]+-[\w.-]+)", "Target:"),
        (r"^\s*(?:Default target|host): (?P<triple>[\w.]+-[\w.-]+)", "the host"),
        (
            rf"(?<![\w/.-])(?P<triple>{_ARCH}-[A-Za-z_][\w.]*(?:-[A-Za-z][\w.]*){{0,2}})(?![\w/-])",
            "the text",
        ),
    )
)
_MARCH = re.compile(r"\bllc\b.*?\s--?march[= ](?P<arch>[\w-]+)")
# rustup's folders: the host, which is the target of most.
_IN_PATH = re.compile(rf"/toolchains/[\w.]+-(?P<triple>{_ARCH}-[a-z]+-[a-z]+(?:-[a-z]+)?)/")
# Where no triple stands: names of LLVM's own functions, and what macOS writes about the machine.
_TRACES = (
    (
        r"\bX86(?:DAGTo|Target|Instr|Frame|AsmPrinter|MC|_MC| DAG->DAG)|Code Type: +X86-64|^\s*rax: 0x",
        "x86_64",
    ),
    (r"\bAArch64(?:DAGTo|Target|Instr|Frame|AsmPrinter|MC| )|Code Type: +ARM-64", "aarch64"),
    (r"\bARM(?:DAGTo|Target|BaseInstr|AsmPrinter| Instruction Sel)", "armv7"),
    (r"\bRISCV(?:DAGTo|Target|Instr|AsmPrinter| DAG)", "riscv64"),
    (r"\bPPC(?:DAGTo|Target|Instr|AsmPrinter)|PowerPC DAG", "powerpc64le"),
    (r"\bSystemZ(?:DAGTo|Target|Instr|AsmPrinter| DAG)", "s390x"),
    (r"\bLoongArch(?:DAGTo|Target|Instr|AsmPrinter| DAG)", "loongarch64"),
    (r"\bMips(?:DAGTo|Target|Instr|AsmPrinter|SE)", "mips64el"),
    (r"\bSparc(?:DAGTo|Target|Instr|AsmPrinter)", "sparcv9"),
    (r"\bWebAssembly(?:DAGTo|Target|Instr|AsmPrinter)", "wasm32"),
)
_BY_TRACE = tuple((re.compile(form, re.MULTILINE), arch) for form, arch in _TRACES)
_SYSTEMS = (
    (re.compile(r"\.dylib\b|libsystem_|EXC_(?:BAD|CRASH|BREAK)|macOS|OS X\b"), "apple-macosx"),
    (re.compile(r"\.exe\b|\.dll\b|[A-Z]:\\|0xC0000005", re.IGNORECASE), "pc-windows-msvc"),
)


def find_version(lines: Iterable[str]) -> Fact:
    """The version of LLVM that the report names: the most telling mention, as exact as it is anywhere."""
    text = "\n".join(lines)
    mentions = [
        Fact(found["version"], origin) for pattern, origin in _VERSIONS for found in pattern.finditer(text)
    ]
    if not mentions:
        lite = _LLVMLITE.search(text)
        inside = _IN_LLVMLITE.get(lite["release"], "") if lite else ""
        return Fact(inside, "llvmlite's version", guessed=True) if inside else NOTHING
    best = mentions[0]
    finer = [one for one in mentions if one.value.startswith(f"{best.value}.")]
    return max(finer, key=lambda one: len(one.value), default=best)


def find_target(lines: Iterable[str]) -> Fact:
    """The triple that the report names, or one that fits what it says otherwise."""
    text = "\n".join(lines)
    for pattern, origin in _TRIPLES:
        if found := pattern.search(text):
            return Fact(found["triple"].strip(".-"), origin)
    return _guess_target(text)


def _guess_target(text: str) -> Fact:
    if march := _MARCH.search(text):
        arch = {"x86-64": "x86_64", "x86": "i686"}.get(march["arch"], march["arch"])
        return Fact(f"{arch}-{_system(text, arch)}", "-march", guessed=True)
    if path := _IN_PATH.search(text):
        return Fact(path["triple"], "a path", guessed=True)
    if arch := next((arch for pattern, arch in _BY_TRACE if pattern.search(text)), ""):
        return Fact(f"{arch}-{_system(text, arch)}", "the names of functions", guessed=True)
    system = _system(text, "x86_64")
    if system != "unknown-linux-gnu":
        return Fact(f"x86_64-{system}", "the names of libraries", guessed=True)
    return NOTHING


def _system(text: str, arch: str) -> str:
    system = next((name for pattern, name in _SYSTEMS if pattern.search(text)), "unknown-linux-gnu")
    return system if arch in {"x86_64", "aarch64"} else "unknown-linux-gnu"
