"""Pure: what LLVM was doing when it died, and for which target, from what it says below `Stack dump:`.

    0.	Program arguments: llc -mtriple=riscv64 f.ll
    1.	Running pass 'Function Pass Manager' on module 'f.ll'.
    2.	Running pass 'RISC-V DAG->DAG Pattern Instruction Selection' on function '@f'

The last pass is the one that died. The new pass manager writes its pipeline's own text, such as
`instcombine<max-iterations=1>`, in double quotes.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from harness.crash.death import LONGEST_LINE, clean

_PASS = re.compile(r"""^\d+\.\s+Running pass (?P<quote>['"])(?P<name>.+?)(?P=quote) on """)
_ARGUMENTS = re.compile(r"^\d+\.\s+Program arguments: (?P<text>.*)$")
_TRIPLE = re.compile(r"""(?:^|\s)["']?--?(?:mtriple|march|target|triple)["']?[= ]["']?(?P<name>[\w.-]+)""")
# These run other passes: that one of them ran says nothing.
_MANAGER = re.compile(r"^(?:\w+ )*Pass Manager$")
# LLVM's default name of a pass (lib/IR/Pass.cpp).
_UNNAMED = "Unnamed pass: implement Pass::getPassName()"
_OPTIONS = re.compile(r"<[^<>]*>")

# The backend for what a triple begins with, by the name of its folder in lib/Target; passes begin with that
# name, mostly.
_FAMILIES = tuple(
    (re.compile(begin), family)
    for begin, family in (
        (r"x86|i[3-9]86|amd64", "x86"),
        (r"aarch64|arm64", "aarch64"),
        (r"arm|thumb", "arm"),
        (r"riscv|risc-v", "riscv"),
        (r"p(?:ower)?pc|powerpc", "powerpc"),
        (r"mips", "mips"),
        (r"sparc", "sparc"),
        (r"s390x|systemz", "systemz"),
        (r"amdgcn|r600|amdgpu", "amdgpu"),
        (r"nvptx", "nvptx"),
        (r"wasm|webassembly", "webassembly"),
        (r"loongarch", "loongarch"),
        (r"spirv", "spirv"),
        (r"csky", "csky"),
        (r"(?:arc|avr|bpf|hexagon|lanai|m68k|msp430|ve|xcore|xtensa)\b", ""),
    )
)


def pass_name(lines: Iterable[str]) -> str:
    """The pass that ran, without its options; empty if LLVM does not say."""
    found = ""
    for line in lines:
        match = _PASS.match(line) if len(line) < LONGEST_LINE else None
        if match:
            name = clean(match["name"])
            found = "" if _MANAGER.match(name) or name == _UNNAMED else _without_options(name)
    return found


def target_name(lines: Iterable[str], stage: str) -> str:
    """The backend that ran, such as `riscv`: of the command line's triple, else of the pass's name."""
    telling = (line for line in lines if "Program arguments" in line[:40] and len(line) < LONGEST_LINE)
    told = (match for line in telling if (match := _ARGUMENTS.match(line)))
    names = [name for match in told for name in _TRIPLE.findall(match["text"])]
    return _family(names[-1]) if names else _family(stage)


def _family(name: str) -> str:
    name = name.lower()
    for begin, family in _FAMILIES:
        match = begin.match(name)
        if match:
            return family or match[0]
    return ""


def _without_options(name: str) -> str:
    before = ""
    while name != before:
        before, name = name, _OPTIONS.sub("", name)
    return name
