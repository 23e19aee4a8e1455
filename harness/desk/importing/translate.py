"""What LLVM itself makes of the IR in a report: old IR as today's, and whether it reads the result."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from harness import process
from harness.crash.text.fragments import find_fragments
from harness.crash.text.plain import plain_lines
from harness.errors import HarnessError
from harness.ir.old import has_typed_pointers
from harness.ir.opaque import upgrade_pointers
from harness.litsite.features import OPAQUE_POINTERS_DEFAULT_SINCE
from harness.llvm import Toolchain

# The last LLVM that reads pointers with types in text.
TYPED_UNTIL = OPAQUE_POINTERS_DEFAULT_SINCE - 1


@dataclass(frozen=True, slots=True)
class Reading:
    """IR as an LLVM reads it. `refused` is why it does not; `unchecked` why nobody knows whether it does.

    `translated` are the versions of LLVM that made it of the IR before; `rewritten` is why the harness did.
    """

    ir: str
    translated: tuple[str, ...] = ()
    refused: str = ""
    unchecked: str = ""
    rewritten: str = ""

    @property
    def said(self) -> tuple[str, ...]:
        """What was done to it, in words."""
        if self.rewritten:
            return (f"the IR's syntax: pointers without types, word by word; {self.rewritten}",)
        if not self.translated:
            return ()
        older, newer = self.translated
        return (f"the IR's syntax: by llvm-as of {older} and llvm-dis of {newer}",)


def read_with_llvm(ir: str, toolchain: Toolchain, old: Callable[[], Toolchain]) -> Reading:
    """The IR as this LLVM reads it. `old` gives one that reads pointers with types, if that is needed."""
    if not has_typed_pointers(ir) or toolchain.major <= TYPED_UNTIL:
        return _check(Reading(ir), toolchain)
    missing = [name for name in ("llvm-as", "llvm-dis") if name not in toolchain.tools]
    if missing:
        return _rewrite(ir, toolchain, f"{toolchain.name} has no {missing[0]}")
    try:
        older = old()
    except HarnessError as error:
        why = f"there is no LLVM {TYPED_UNTIL} to translate it: {error.what}; {error.next_step}"
        return _rewrite(ir, toolchain, why)
    return _translate(ir, older, toolchain)


def _check(reading: Reading, toolchain: Toolchain) -> Reading:
    if "llvm-as" not in toolchain.tools:
        return replace(reading, unchecked=f"{toolchain.name} has no llvm-as")
    return replace(reading, refused=find_refusal(toolchain, reading.ir))


def _rewrite(ir: str, toolchain: Toolchain, why: str) -> Reading:
    """Without LLVM's own readers: it mostly comes to the same."""
    return _check(Reading(upgrade_pointers(ir), rewritten=why), toolchain)


def _translate(ir: str, older: Toolchain, toolchain: Toolchain) -> Reading:
    # Of its time, it need not pass today's verifier before it is upgraded.
    assembler: list[str | Path] = [older.tools["llvm-as"], "-disable-verify", "-o", "-", "-"]
    bitcode = process.ask(assembler, older.reads, stdin=ir.encode())
    if not bitcode.ok:
        return Reading(ir, refused=_said(older, bitcode))
    disassembler: list[str | Path] = [toolchain.tools["llvm-dis"], "-o", "-", "-"]
    shown = process.ask(disassembler, toolchain.reads, stdin=bitcode.stdout)
    if not shown.ok:
        return Reading(ir, refused=_said(toolchain, shown))
    text = _lay_out(shown.stdout.decode("utf-8", "replace"))
    return Reading(text, (older.version, toolchain.version), find_refusal(toolchain, text))


def _lay_out(shown: str) -> str:
    """What llvm-dis wrote, without its comments and the name of its input."""
    lines = [line for line in shown.split("\n") if not line.startswith("source_filename = ")]
    fragments = find_fragments(plain_lines("\n".join(lines)))
    return fragments[0].text if len(fragments) == 1 else "\n".join(lines)


def find_refusal(toolchain: Toolchain, ir: str) -> str:
    """Why llvm-as does not read IR; empty if it does."""
    argv: list[str | Path] = [toolchain.tools["llvm-as"], "-o", "-", "-"]
    done = process.ask(argv, toolchain.reads, stdin=ir.encode())
    return "" if done.ok else _said(toolchain, done)


def _said(toolchain: Toolchain, done: process.Completed) -> str:
    """The first lines of an error, without the path of the tool."""
    said = done.stderr.decode("utf-8", "replace").strip().split("\n")
    first = said[0].partition("llvm-as: ")[2] or said[0].partition("llvm-dis: ")[2] or said[0]
    if done.limit:
        first = done.limit
    rest = [line for line in said[1:3] if line.strip()]
    return "\n".join([f"LLVM {toolchain.version}: {first.strip() or f'status {done.returncode}'}", *rest])
