"""Pure: the LLVM IR in a report: whole modules, functions, or lone instructions among prose."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from harness.crash.text.plain import BORDER, PlainLine
from harness.ir import layout, words
from harness.ir.tokens import Token, before_blanks, end_of_group, end_of_type, skip_blanks, text_at, tokenize


@dataclass(frozen=True, slots=True)
class IRItem:
    """One item of IR: `kind` is its first word (`define`, `@`, `!`, ...), `instruction` for a lone one.

    `text` has no comments and one line per instruction. `cut`: its end is missing. `line` counts from 1,
    `last` is where it ends.
    """

    kind: str
    name: str
    text: str
    line: int
    cut: bool = False
    last: int = 0


@dataclass(frozen=True, slots=True)
class Fragment:
    """Pieces that belong together; `line` is where the first of them is."""

    pieces: tuple[IRItem, ...] = field(default=())

    @property
    def text(self) -> str:
        """The IR as it is, an item or instruction each line."""
        return "".join(f"{piece.text}\n" for piece in self.pieces)

    @property
    def line(self) -> int:
        """The line of the report in which it begins."""
        return self.pieces[0].line if self.pieces else 0

    @property
    def functions(self) -> tuple[str, ...]:
        """The names of the functions with a body."""
        return tuple(piece.name for piece in self.pieces if piece.kind == "define")

    @property
    def is_lone(self) -> bool:
        """Whether there are instructions without a function, and no function."""
        return not self.functions and any(piece.kind == "instruction" for piece in self.pieces)

    @property
    def description(self) -> str:
        """`2 functions (f, g) at line 12`, `instructions at line 7`."""
        if self.is_lone:
            return f"instructions at line {self.line}"
        named = ", ".join(name.removeprefix("@") for name in self.functions[:3])
        more = ", ..." if len(self.functions) > 3 else ""
        count = f"{len(self.functions)} functions" if len(self.functions) > 1 else "the function"
        return f"{count} {named}{more} at line {self.line}" if named else f"declarations at line {self.line}"


def find_fragments(report: Sequence[PlainLine]) -> tuple[Fragment, ...]:
    """All IR with code in it, in the order of the report. Never raises."""
    lines = [line.text for line in report]
    groups: list[list[IRItem]] = [[]]
    start = 0
    for end, line in enumerate([*lines, BORDER]):
        if line != BORDER:
            continue
        for piece in _pieces(lines[start:end], start + 1):
            if _begins_another(piece, groups[-1]):
                groups.append([])
            if piece.kind != "module-id" and not _is_known(piece, groups[-1]):
                groups[-1].append(piece)
        start = end + 1
    plain = enumerate(_without_comment_ends(lines), 1)
    blank = frozenset(
        n
        for n, line in plain
        if lines[n - 1] != BORDER and (not line.strip() or line.lstrip().startswith(";"))
    )
    found = [Fragment(_without_strays(group, blank)) for group in groups]
    return tuple(one for one in found if one.functions or one.is_lone)


def _without_strays(group: Sequence[IRItem], blank: frozenset[int]) -> tuple[IRItem, ...]:
    """A module without the instructions outside its functions; of several runs of them, the longest.

    `blank` are the lines that do not end a run.
    """
    if any(piece.kind == "define" for piece in group):
        return tuple(piece for piece in group if piece.kind not in _LONE)
    runs: list[list[IRItem]] = []
    for piece in group:
        if piece.kind not in _LONE:
            continue
        between = range(runs[-1][-1].last + 1, piece.line) if runs else ()
        if runs and len(between) <= _WIDEST_GAP and blank.issuperset(between):
            runs[-1].append(piece)
        else:
            runs.append([piece])
    longest = max(map(_with_blocks, runs), key=lambda run: sum(len(piece.text) for piece in run), default=[])
    return (*(piece for piece in group if piece.kind not in _LONE), *longest)


_LONE = frozenset({"instruction", "label"})
_WIDEST_GAP = 3


def _with_blocks(run: Sequence[IRItem]) -> list[IRItem]:
    """The instructions and those labels that one of them names: other words before a colon are prose."""
    text = " ".join(piece.text for piece in run if piece.kind == "instruction")
    named = set(re.findall(r"%([\w$.-]+)", text))
    kept = [piece for piece in run if piece.kind == "instruction" or piece.text[:-1] in named]
    return [replace(piece, kind="instruction") for piece in kept]


# Of these, one module has one each.
_ONCE = frozenset({"target triple", "target datalayout", "source_filename", "module-id"})


def _begins_another(piece: IRItem, group: Sequence[IRItem]) -> bool:
    if piece.kind == "module-id":
        return any(one.kind == "define" for one in group)
    if piece.kind in _ONCE:
        return any(one.kind == piece.kind and one.text != piece.text for one in group)
    if piece.kind in {"declare", *_LONE}:
        return False
    same = [one for one in group if one.name == piece.name and one.kind not in {"declare", *_LONE}]
    return any(one.text != piece.text for one in same)


def _is_known(piece: IRItem, group: list[IRItem]) -> bool:
    """Whether the group has it already; a declaration makes way for a definition."""
    if piece.kind == "define":
        group[:] = [one for one in group if not (one.kind == "declare" and one.name == piece.name)]
    same = [one for one in group if one.name == piece.name and one.kind not in _LONE]
    return piece.kind not in _LONE and bool(same)


_ITEM = re.compile(
    r"^\s*(?:(?P<word>define|declare)\s|(?P<once>target (?:triple|datalayout)|source_filename)\s*="
    r"|module (?P<asm>asm)\s|(?P<attributes>attributes) #\d+\s*=|(?P<symbol>@[\w$.-]+|@\"[^\"]+\")\s*=\s"
    r"|(?P<type>%[\w$.-]+|%\"[^\"]+\")\s*=\s*type\b"
    r"|(?P<comdat>\$[\w$.-]+|\$\"[^\"]+\")\s*=\s*comdat|(?P<metadata>![\w.$-]+)\s*=\s)"
)
_MODULE_ID = re.compile(r"^\s*; ModuleID = ")
_MAYBE_INSTRUCTION = re.compile(r"^\s*(?:[%\w].*|\w+)$")
# A comment that was broken at the end of a line goes on without a semicolon.
_IR_LINE = re.compile(r"^\s*(?:[%@!#}\])({,<\"$;*\[.+-]|[\w.$-]+:\s*(?:;|$)|i\d+\b|(?P<word>[A-Za-z_]\w*)\b)")
# LLVM's own: `; preds = %a, %b`.
_BLOCKS = re.compile(r"^\s*(?:= ?)?%[\w.]+(?:, %[\w.]+)*,?$")
_COMMENTED = re.compile(r"^(?:[^;\"]|\"[^\"]*\")*;")


def _without_comment_ends(lines: Sequence[str]) -> list[str]:
    kept: list[str] = []
    in_comment = names_blocks = False
    for line in lines:
        match = _IR_LINE.match(line)
        is_ir = match is not None and (match["word"] is None or match["word"] in words.KNOWN)
        if names_blocks and _BLOCKS.match(line):
            is_ir = False
        if in_comment and line.strip() and not is_ir:
            kept.append("")
            continue
        in_comment = bool(_COMMENTED.match(line))
        names_blocks = in_comment and "preds" in line
        kept.append(line)
    return kept


def _pieces(lines: Sequence[str], first: int) -> Iterator[IRItem]:
    """The pieces of a part of a report without borders in it, whose first line has the number `first`."""
    lines = _without_comment_ends(lines)
    text = "\n".join(lines)
    tokens = tokenize(text)
    places: dict[int, int] = {}
    offset = 0
    for index, token in enumerate(tokens):
        places[offset] = index
        offset += len(token.text)
    offset = done = 0
    for number, line in enumerate(lines, first):
        place = places.get(offset + len(line) - len(line.lstrip()), -1)
        offset += len(line) + 1
        if _MODULE_ID.match(line):
            yield IRItem("module-id", "", "", number)
        if place < done:
            continue
        piece, end = _piece(tokens, place, line, number)
        if piece is not None:
            yield replace(piece, last=number + sum(token.text.count("\n") for token in tokens[place:end]))
            done = end


def _piece(tokens: Sequence[Token], place: int, line: str, number: int) -> tuple[IRItem | None, int]:
    """The piece that a line begins, and the place after it."""
    item = _ITEM.match(line)
    if item is None:
        return _instruction(tokens, place, number) if _MAYBE_INSTRUCTION.match(line) else (None, place)
    if item["word"]:
        return _function(tokens, place, number, item["word"])
    name = item["symbol"] or item["type"] or item["comdat"] or item["metadata"] or ""
    if item["attributes"]:
        name = f"#{re.findall(r'[0-9]+', line)[0]}"
    end = _end_of_item(tokens, place)
    kind = item["once"] or (name[:1] if name else "asm")
    if item["symbol"] and not any(t.text in _GLOBAL for t in tokens[place:end]):
        return None, place
    # Each line of assembly is an item of its own.
    return IRItem(kind, name or item["once"] or f"asm {number}", layout.flow(tokens[place:end]), number), end


_GLOBAL = frozenset({"global", "constant", "alias", "ifunc"})


def _function(tokens: Sequence[Token], place: int, number: int, word: str) -> tuple[IRItem | None, int]:
    """A declaration or a definition: its name is before its parameters."""
    name_at = next((i for i in range(place, min(place + 600, len(tokens))) if tokens[i].kind == "symbol"), -1)
    parameters = skip_blanks(tokens, name_at + 1)
    if name_at < 0 or text_at(tokens, parameters) != "(":
        return None, place
    name = tokens[name_at].text
    end = end_of_group(tokens, parameters)
    if word == "declare":
        end = _end_of_item(tokens, place, end)
        return IRItem("declare", name, layout.flow(tokens[place:end]), number), end
    body = next((i for i in range(end, min(end + 200, len(tokens))) if tokens[i].text == "{"), -1)
    if body < 0:
        return None, place
    end = end_of_group(tokens, body)
    cut = text_at(tokens, before_blanks(tokens, end)) != "}" or end - 1 == body
    return IRItem("define", name, layout.function(tokens[place:end], body - place, cut=cut), number, cut), end


# What never ends an item, and what never begins one.
_OPEN_ENDED = frozenset(
    {",", "=", "(", "[", "{", "<", "to", "global", "constant", "type", "section", "align", "metadata"}
)
_CONTINUES = frozenset(
    {",", ")", "]", "}", ">", "*", "(", "=", "to", "align", "section", "comdat", "unwind", "x"}
)


def _end_of_item(tokens: Sequence[Token], place: int, least: int = 0) -> int:
    """The place after an item or an instruction: the end of its line, or of one on which it goes on."""
    while place < len(tokens):
        token = tokens[place]
        if token.kind == "mark" and token.text in {"(", "[", "{"}:
            end = end_of_group(tokens, place)
            # What nothing closes is a mistake: it must not swallow the rest of the report.
            closed = end < len(tokens) or text_at(tokens, end - 1) in {")", "]", "}"}
            place = end if closed else place + 1
            continue
        if token.kind == "space" and "\n" in token.text and place >= least:
            following = skip_blanks(tokens, place)
            before = text_at(tokens, before_blanks(tokens, place))
            after = tokens[following] if following < len(tokens) else Token("mark", "")
            if token.text.count("\n") > 1 or not _goes_on(before, after, tokens, following):
                return place
        place += 1
    return place


def _goes_on(before: str, after: Token, tokens: Sequence[Token], place: int) -> bool:
    if place >= len(tokens) or (after.text == "*" and text_at(tokens, place + 1) == "*"):
        return False
    if before in _OPEN_ENDED or after.text in _CONTINUES or after.kind in {"group", "string"}:
        return True
    if after.kind in {"symbol", "comdat", "metadata", "local"}:
        return text_at(tokens, skip_blanks(tokens, place + 1)) != "="
    starts = after.kind == "label" or layout.starts_instruction(tokens, place)
    if starts or after.text in {"define", "declare", "target", "attributes", "source_filename", "module"}:
        return False
    # A broken line goes on with a value after its type, or with a word of IR that is not one of English.
    return before != "" and (
        after.kind == "local" or bool(re.fullmatch(r"i\d+|ptr|readnone|nounwind|inbounds|label", after.text))
    )


def _instruction(tokens: Sequence[Token], place: int, number: int) -> tuple[IRItem | None, int]:
    """A lone instruction or a label, if `place` begins one."""
    if tokens[place].kind == "label" and _ends_line(tokens, place + 1):
        return IRItem("label", "", tokens[place].text, number), place + 1
    if not layout.starts_instruction(tokens, place) or not _has_operands(tokens, place):
        return None, place
    end = _end_of_item(tokens, place)
    return IRItem("instruction", "", layout.flow(tokens[place:end]), number), end


def _ends_line(tokens: Sequence[Token], place: int) -> bool:
    """Whether there is nothing more on the line, but for a comment."""
    while place < len(tokens) and tokens[place].is_blank:
        if "\n" in tokens[place].text:
            return True
        place += 1
    return place >= len(tokens)


def _has_operands(tokens: Sequence[Token], place: int) -> bool:
    """Whether a type follows soon: `call me back` is no instruction, and no more is `ret`."""
    word = place
    if tokens[place].kind == "local":
        word = skip_blanks(tokens, skip_blanks(tokens, place + 1) + 1)
    elif text_at(tokens, place) in {"unreachable", "fence"}:
        return False
    opcode = text_at(tokens, word)
    at = word
    for _ in range(6):
        at = skip_blanks(tokens, at + 1)
        if at >= len(tokens) or "\n" in text_at(tokens, at - 1):
            break
        end = end_of_type(tokens, at)
        if end > at and (tokens[at].kind != "local" or opcode != "call"):
            value = (
                tokens[skip_blanks(tokens, end)]
                if skip_blanks(tokens, end) < len(tokens)
                else Token("mark", "")
            )
            return value.kind != "word" or value.text in words.KNOWN or text_at(tokens, at) == "void"
    return False
