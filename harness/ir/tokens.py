"""Pure: LLVM IR as tokens; a text is the tokens joined."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

_TOKEN = re.compile(
    r"""(?P<space>\s+)
      | (?P<comment>;[^\n]*)
      | (?P<label>(?<![\w$.-])(?:[\w$.-]+|"[^"\n]*"):(?![:\w]))
      | (?P<local>%(?:"[^"\n]*"|[\w$.-]+))
      | (?P<symbol>@(?:"[^"\n]*"|[\w$.-]+))
      | (?P<metadata>!(?:[A-Za-z$._\\-][\w$.\\-]*|\d+))
      | (?P<group>\#\d+)
      | (?P<comdat>\$(?:"[^"\n]*"|[\w$.-]+))
      | (?P<string>[cu]?"[^"\n]*")
      | (?P<word>[A-Za-z_][\w.]*)
      | (?P<number>[-+]?(?:0x[KLMHR]?[0-9A-Fa-f]+|\d+(?:\.\d*)?(?:[eE][-+]?\d+)?))
      | (?P<dots>\.\.\.)
      | (?P<mark>.)
    """,
    re.VERBOSE | re.DOTALL,
)
# Types of functions that take functions that take functions.
_DEEPEST = 8
_OPEN = {"(": ")", "[": "]", "{": "}"}


@dataclass(frozen=True, slots=True)
class Token:
    """A part of IR: `kind` is the name of its pattern."""

    kind: str
    text: str

    @property
    def is_blank(self) -> bool:
        """Whether LLVM's reader skips it."""
        return self.kind in {"space", "comment"}


def tokenize(text: str) -> list[Token]:
    """All of a text as tokens. Never raises; what no IR has is a `mark`."""
    return [Token(found.lastgroup or "mark", found[0]) for found in _TOKEN.finditer(text)]


def join(tokens: Sequence[Token]) -> str:
    """The text of tokens."""
    return "".join(token.text for token in tokens)


def skip_blanks(tokens: Sequence[Token], place: int) -> int:
    """The place of the first token from `place` on that is not blank."""
    while place < len(tokens) and tokens[place].is_blank:
        place += 1
    return place


def before_blanks(tokens: Sequence[Token], place: int) -> int:
    """The place of the last token before `place` that is not blank; -1 if there is none."""
    place -= 1
    while place >= 0 and tokens[place].is_blank:
        place -= 1
    return place


def text_at(tokens: Sequence[Token], place: int) -> str:
    """The text of the token there; empty beyond the ends."""
    return tokens[place].text if 0 <= place < len(tokens) else ""


def end_of_group(tokens: Sequence[Token], place: int) -> int:
    """The place after the bracket that closes the one at `place`; the end if nothing does. Not for `<`."""
    expected: list[str] = []
    while place < len(tokens):
        text = tokens[place].text
        if tokens[place].kind == "mark":
            if text in _OPEN:
                expected.append(_OPEN[text])
            elif expected and text == expected[-1]:
                expected.pop()
                if not expected:
                    return place + 1
        place += 1
    return place


_SIMPLE = re.compile(
    r"i\d+|void|half|bfloat|float|double|fp128|x86_fp80|ppc_fp128|x86_mmx|x86_amx|ptr|label|token|metadata|opaque"
)


def end_of_type(tokens: Sequence[Token], place: int, depth: int = 0) -> int:
    """The place after the type that begins at `place`; `place` itself if no type does."""
    token = tokens[place] if place < len(tokens) else Token("mark", "")
    if (token.kind == "word" and _SIMPLE.fullmatch(token.text)) or token.kind == "local":
        end = place + 1
    elif token.text in {"[", "{"}:
        end = end_of_group(tokens, place)
    elif token.text == "<":
        end = end_of_angles(tokens, place)
    elif token.kind == "word" and token.text == "target" and text_at(tokens, place + 1) == "(":
        end = end_of_group(tokens, place + 1)
    else:
        return place
    return _with_suffixes(tokens, end, depth)


def _with_suffixes(tokens: Sequence[Token], end: int, depth: int) -> int:
    """The end of a type with its `*`, its address space and its parameters."""
    while True:
        following = skip_blanks(tokens, end)
        text = text_at(tokens, following)
        if text == "*":
            end = following + 1
        elif text == "addrspace" and text_at(tokens, skip_blanks(tokens, following + 1)) == "(":
            end = end_of_group(tokens, skip_blanks(tokens, following + 1))
        elif text == "(" and depth < _DEEPEST and _is_parameters(tokens, following, depth + 1):
            end = end_of_group(tokens, following)
        else:
            return end


def _is_parameters(tokens: Sequence[Token], place: int, depth: int) -> bool:
    """Whether brackets hold types only, as those of a function's type do."""
    end = end_of_group(tokens, place) - 1
    inner = skip_blanks(tokens, place + 1)
    while inner < end:
        if tokens[inner].kind == "dots":
            return skip_blanks(tokens, inner + 1) == end
        after = end_of_type(tokens, inner, depth)
        if after == inner:
            return False
        inner = skip_blanks(tokens, after)
        if inner == end:
            return True
        if text_at(tokens, inner) != ",":
            return False
        inner = skip_blanks(tokens, inner + 1)
    return inner == end


def end_of_angles(tokens: Sequence[Token], place: int) -> int:
    """The end of a vector `<4 x i32>` or a packed struct `<{ i8 }>`."""
    depth = 0
    while place < len(tokens):
        depth += {"<": 1, ">": -1}.get(tokens[place].text, 0)
        place += 1
        if not depth:
            break
    return place


def end_of_value(tokens: Sequence[Token], place: int) -> int:
    """The place after the brackets that open at `place`, or after the one token there."""
    if tokens[place].text == "<":
        return end_of_angles(tokens, place)
    return end_of_group(tokens, place) if tokens[place].text in _OPEN else place + 1


def split_at_commas(tokens: Sequence[Token]) -> Iterator[Sequence[Token]]:
    """The parts between commas that are in no brackets."""
    start = place = 0
    while place < len(tokens):
        if tokens[place].text == ",":
            yield tokens[start:place]
            start = place + 1
        place = end_of_value(tokens, place)
    if start < len(tokens):
        yield tokens[start:]


def pointee(type_: Sequence[Token]) -> str:
    """What a pointer type points to, also in a vector of pointers; empty if it is none."""
    tokens = [token for token in type_ if not token.is_blank]
    if tokens and tokens[0].text == "<" and tokens[-1].text == ">" and len(tokens) > 4:
        # The element type is after `<4 x` or `<vscale x 4 x`.
        start = max(i for i, token in enumerate(tokens[:6]) if token.text == "x") if _is_vector(tokens) else 0
        return pointee(tokens[start + 1 : -1]) if start else ""
    text = join(type_).strip()
    if not text.endswith("*"):
        return ""
    return re.sub(r"\s*addrspace\(\d+\)$", "", text[:-1].rstrip()).strip()


def _is_vector(tokens: Sequence[Token]) -> bool:
    return any(token.text == "x" for token in tokens[:6])


def callee_type(tokens: Sequence[Token], place: int) -> tuple[int, int]:
    """Where the type of a call begins and ends whose opcode is at `place`; twice the same if there is none.

    Before it are calling conventions, attributes and flags.
    """
    at = skip_blanks(tokens, place + 1)
    while at < len(tokens):
        end = end_of_type(tokens, at)
        if end > at:
            return at, end
        if text_at(tokens, at) == "(":
            at = end_of_group(tokens, at)
        elif tokens[at].kind in {"word", "number", "group", "string", "mark"} and tokens[at].text != ",":
            at += 1
        else:
            break
        at = skip_blanks(tokens, at)
    return at, at
