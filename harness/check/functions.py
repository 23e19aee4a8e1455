"""Pure: the text that a tool wrote, by function, without what is no difference.

Assembly is split at its labels, LLVM IR at `define`, machine IR at its documents, a disassembly at its
symbols; what is in no function has the name "". Numbers of local labels count on through a whole file, so one
more label in a function would change all that follow: they are counted anew in each function.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class FunctionText:
    """The lines of one function, or of what is in none (`name` is empty); and how many are instructions."""

    name: str
    lines: tuple[str, ...]
    instructions: int


@dataclass(slots=True)
class _Piece:
    """A part of a text that is being read: its lines and, of each, whether it is an instruction."""

    name: str
    lines: list[tuple[str, bool]] = field(default_factory=list)


_Splitter = Callable[[Sequence[str]], Iterator[_Piece]]


def split(text: str) -> tuple[FunctionText, ...]:
    """The functions of a text in its order; first what is in none, if there is anything."""
    lines = text.splitlines()
    outside = _Piece("")
    found: list[_Piece] = []
    for piece in _splitter(text)(lines):
        if piece.name:
            found.append(piece)
        else:
            outside.lines += piece.lines
    return tuple(_finish(piece) for piece in [*([outside] if outside.lines else []), *found])


def _finish(piece: _Piece) -> FunctionText:
    lines = tuple(_renumber([line for line, _ in piece.lines]))
    return FunctionText(piece.name, lines, sum(instruction for _, instruction in piece.lines))


_DISASSEMBLY = re.compile(r"^Disassembly of section ", re.MULTILINE)
_MIR = re.compile(r"^body: +\|", re.MULTILINE)
_IR = re.compile(r"^(?:define |; ModuleID = )", re.MULTILINE)
_ASSEMBLY = re.compile(r"^[ \t]+\.(?:text|section|globl|file|type|p2align|csect|module)\b", re.MULTILINE)


def _splitter(text: str) -> _Splitter:
    """How to split a text: by what only one form of it has."""
    forms = (
        (_DISASSEMBLY, _of_disassembly),
        (_MIR, _of_machine_ir),
        (_IR, _of_ir),
        (_ASSEMBLY, _of_assembly),
    )
    return next((splitter for mark, splitter in forms if mark.search(text)), _of_nothing)


def _of_nothing(lines: Sequence[str]) -> Iterator[_Piece]:
    yield _Piece("", [(line, False) for line in lines])


# Assembly. Local labels: llvm/lib/MC/MCAsmInfo*.cpp, PrivateGlobalPrefix and PrivateLabelPrefix.

_LABEL = re.compile(r'^(?P<name>"[^"]+"|[A-Za-z_$.?@][\w$.?@]*):')
_LOCAL = r"(?:\.L|L|\$)(?:BB|tmp|CPI|JTI|func_begin|func_end|func_gep|func_lep|pcrel_hi|loh|cfi)"
_LOCAL_LABEL = re.compile(rf"^(?:\.L|{_LOCAL}\d)")
# What says nothing of the code, or says again what its label does.
_NOISE = re.compile(
    r"^\s*(?:\.(?:size|cfi_\w+|type|globl|global|file|ident|addrsig\w*|text|popsection)\b.*"
    r"|(?:#|;|@|//|\*)+ *-- (?:Begin|End) function.*)?$"
)
_END = re.compile(r"^\s*\.(?:size|cfi_endproc)\b|-- End function")
_BEFORE_LABEL = re.compile(r"^\s*\.(?:section|p2align|align|balign|data|bss|weak|hidden|protected|code)\b")
_NO_INSTRUCTION = re.compile(r"^\S|^\s*(?:[.#;@|*]|//|/\*|$)")


def _of_assembly(lines: Sequence[str]) -> Iterator[_Piece]:
    piece: _Piece | None = None
    pending: list[tuple[str, bool]] = []
    for line in lines:
        label = _LABEL.match(line)
        if label and not _LOCAL_LABEL.match(line):
            if piece is not None:
                pending = _take_trailing(piece) + pending
                yield piece
            piece, pending = _Piece(label["name"].strip('"'), pending), []
        if not _NOISE.match(line):
            mine = piece.lines if piece is not None else pending
            mine.append((line, not _NO_INSTRUCTION.match(line)))
        if _END.search(line) and piece is not None:
            yield piece
            piece = None
    yield from (one for one in (piece, _Piece("", pending)) if one is not None)


def _take_trailing(piece: _Piece) -> list[tuple[str, bool]]:
    """Take away a piece's last directives: they are about the label that follows."""
    start = len(piece.lines)
    while start and _BEFORE_LABEL.match(piece.lines[start - 1][0]):
        start -= 1
    trailing = piece.lines[start:]
    del piece.lines[start:]
    return trailing


# LLVM IR

_DEFINE = re.compile(r'^define .*?@(?P<name>"[^"]+"|[\w$.-]+)\s*\(')
_NO_IR = re.compile(r"^\S|^\s*(?:;|$|#dbg_|\])")


def _of_ir(lines: Sequence[str]) -> Iterator[_Piece]:
    piece = _Piece("")
    for line in lines:
        if head := _DEFINE.match(line):
            yield piece
            piece = _Piece(head["name"].strip('"'))
        if line.strip() and not line.startswith("; ModuleID"):
            piece.lines.append((line, bool(piece.name) and not _NO_IR.match(line)))
        if line == "}" and piece.name:
            yield piece
            piece = _Piece("")
    yield piece


# Machine IR

_NAME = re.compile(r"^name: +(?P<name>\S+)")
_MIR_INSTRUCTION = re.compile(r"^ {4,}(?!(?:successors|liveins):|;)\S")


def _of_machine_ir(lines: Sequence[str]) -> Iterator[_Piece]:
    piece, body = _Piece(""), False
    for line in lines:
        if line.startswith("---"):
            yield piece
            piece, body = _Piece(""), False
        if name := _NAME.match(line):
            piece.name = name["name"].strip("'\"")
        body = body or line.startswith("body:")
        piece.lines.append((line, body and bool(_MIR_INSTRUCTION.match(line))))
    yield piece


# A disassembly

_SYMBOL = re.compile(r"^(?:[0-9a-f]{8,16} )?<(?P<name>.+)>:$")
_ADDRESS = re.compile(r"^\s*[0-9a-f]+:(?:\s+(?:[0-9a-f]{2,8} )+)?\s*")
_RELOCATION = re.compile(r"^\s*[0-9a-f]{4,16}:\s+(?=[A-Z]+_)")
_TARGET = re.compile(r"\b(?:0x)?[0-9a-f]+ (?=<)")


def _of_disassembly(lines: Sequence[str]) -> Iterator[_Piece]:
    piece = _Piece("")
    for line in lines:
        if symbol := _SYMBOL.match(line):
            yield piece
            piece = _Piece(symbol["name"])
        elif _DISASSEMBLY.match(line):
            yield piece
            piece = _Piece("")
        elif line.strip():
            relocation = _RELOCATION.match(line)
            bare = (_RELOCATION if relocation else _ADDRESS).sub("", line)
            instruction = bool(piece.name) and not relocation
            piece.lines.append((_TARGET.sub("", f"\t{bare.strip()}"), instruction))
    yield piece


# Local labels

_NUMBERED = re.compile(rf"(?<![\w.$])(?P<prefix>{_LOCAL})(?P<number>\d+(?:_\d+)?)(?!\w)")


def _renumber(lines: Sequence[str]) -> Iterator[str]:
    """The lines, local labels numbered in the order in which each kind of them appears."""
    numbers: dict[str, dict[str, int]] = defaultdict(dict)

    def renumbered(found: re.Match[str]) -> str:
        known = numbers[found["prefix"]]
        return f"{found['prefix']}{known.setdefault(found['number'], len(known))}"

    return (_NUMBERED.sub(renumbered, line) for line in lines)
