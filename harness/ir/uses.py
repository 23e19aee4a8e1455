"""Pure: what a line of IR uses, each with the type that stands before it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from harness.ir.tokens import (
    Token,
    before_blanks,
    callee_type,
    end_of_group,
    end_of_type,
    join,
    skip_blanks,
    split_at_commas,
    text_at,
)

LABEL = "label"
_CALLS = frozenset({"call", "invoke", "callbr"})


@dataclass(frozen=True, slots=True)
class Use:
    """A value, symbol or block that is used: by its name, as it is written, with its type."""

    name: str
    type: str


@dataclass(frozen=True, slots=True)
class CalledSymbol:
    """What is called: its result, its parameters, and whether there may be more of them."""

    name: str
    result: str
    parameters: tuple[str, ...]

    @property
    def declaration(self) -> str:
        """The line that declares it."""
        return f"declare {self.result} {self.name}({', '.join(self.parameters)})"


def uses(tokens: Sequence[Token]) -> Iterator[Use]:
    """The locals and symbols that a line uses as values, those that it calls left out.

    A value without a type of its own has that of the one before it; in brackets of a phi, a block follows a
    value.
    """
    is_phi = any(token.text == "phi" and token.kind == "word" for token in tokens)
    called = {place for place, _callee in _callees(tokens)}
    for _place, pointer in _callees(tokens, frozenset({"local"})):
        yield Use(pointer.name, "ptr")
    type_ = ""
    place = _after_result(tokens)
    while place < len(tokens):
        token = tokens[place]
        if token.text in _TYPED and text_at(tokens, skip_blanks(tokens, place + 1)) == "(":
            # `byval(%T)` says something of the value after it, and is not its type.
            place = end_of_group(tokens, skip_blanks(tokens, place + 1))
            continue
        if token.kind in {"local", "symbol"} and not is_type(tokens, place):
            in_phi = (
                is_phi and text_at(tokens, before_blanks(tokens, place)) == "," and _closes(tokens, place)
            )
            if place not in called and (type_ or in_phi):
                yield Use(token.text, LABEL if in_phi else type_)
            place += 1
            continue
        end = end_of_type(tokens, place)
        if end > place and not (token.text in {"{", "[", "<"} and not _is_aggregate(tokens, place, end)):
            type_ = join(tokens[place:end]).strip()
            place = end
            continue
        place += 1


def _after_result(tokens: Sequence[Token]) -> int:
    """The place after `%x =`, if a line begins so."""
    first = skip_blanks(tokens, 0)
    equals = skip_blanks(tokens, first + 1)
    if first < len(tokens) and tokens[first].kind in {"local", "symbol"} and text_at(tokens, equals) == "=":
        return equals + 1
    return first


def _closes(tokens: Sequence[Token], place: int) -> bool:
    return text_at(tokens, skip_blanks(tokens, place + 1)) == "]"


def is_type(tokens: Sequence[Token], place: int) -> bool:
    """Whether a local names a type: a pointer to it, or a value of it, follows."""
    if tokens[place].kind != "local":
        return False
    following = skip_blanks(tokens, place + 1)
    after = tokens[following] if following < len(tokens) else Token("mark", "")
    if after.text in {"*", "addrspace"} or after.kind in {"local", "symbol"}:
        return True
    before = text_at(tokens, before_blanks(tokens, place))
    if before in {
        "alloca",
        "x",
        "inbounds",
        "getelementptr",
        "define",
        "declare",
        "global",
        "constant",
        "elementtype",
    }:
        return True
    if before in {"byval", "sret"}:
        return True
    if before == "(":
        word = text_at(tokens, before_blanks(tokens, before_blanks(tokens, place)))
        return word in _TYPED or word in {"getelementptr", "inbounds"}
    # `load %T, ptr %p`.
    return before == "load" and after.text == ","


_TYPED = frozenset({"byval", "sret", "elementtype", "inalloca", "preallocated", "byref"})


def _is_aggregate(tokens: Sequence[Token], place: int, end: int) -> bool:
    """Whether brackets are a type, and not a value or the operands of a switch or a phi."""
    opened = skip_blanks(tokens, place + 1)
    if tokens[place].text == "<":
        return (
            text_at(tokens, opened) in {"{", "vscale"}
            or text_at(tokens, skip_blanks(tokens, opened + 1)) == "x"
        )
    if tokens[place].text == "[":
        return text_at(tokens, skip_blanks(tokens, opened + 1)) == "x"
    # A struct's fields are types alone.
    while opened < end - 1:
        after = end_of_type(tokens, opened)
        if after == opened:
            return False
        opened = skip_blanks(tokens, after)
        if text_at(tokens, opened) not in {",", "}"}:
            return False
        opened = skip_blanks(tokens, opened + 1)
    return True


def callees(tokens: Sequence[Token]) -> Iterator[CalledSymbol]:
    """The symbols that a line calls."""
    return (callee for _place, callee in _callees(tokens))


def _callees(
    tokens: Sequence[Token], kinds: frozenset[str] = frozenset({"symbol"})
) -> Iterator[tuple[int, CalledSymbol]]:
    for place, token in enumerate(tokens):
        if token.kind != "word" or token.text not in _CALLS:
            continue
        start, end = callee_type(tokens, place)
        name_at = skip_blanks(tokens, end)
        opened = skip_blanks(tokens, name_at + 1)
        if (
            end > start
            and name_at < len(tokens)
            and tokens[name_at].kind in kinds
            and text_at(tokens, opened) == "("
        ):
            yield name_at, _callee(tokens, start, end, name_at, opened)


def _callee(tokens: Sequence[Token], start: int, end: int, name_at: int, opened: int) -> CalledSymbol:
    """The whole type may stand there, or only the result; then the arguments say the rest."""
    name = tokens[name_at].text
    result, parameters = function_type(tokens[start:end])
    if parameters is None:
        arguments = tokens[opened + 1 : end_of_group(tokens, opened) - 1]
        parameters = tuple(types_of(arguments))
    return CalledSymbol(name, result, parameters)


def function_type(type_: Sequence[Token]) -> tuple[str, tuple[str, ...] | None]:
    """The result and the parameters of a function's type, or of a pointer to it; None if it is none."""
    end = len(type_)
    last = before_blanks(type_, end)
    if text_at(type_, last) == "*":
        last = before_blanks(type_, last)
    if text_at(type_, last) != ")":
        return join(type_).strip(), None
    # Of `void (i32)* (i8*)`, the last group is the function's own.
    opened = next(
        (
            i
            for i in range(len(type_))
            if type_[i].text == "(" and end_of_group(type_, i) == last + 1 and i > 0
        ),
        -1,
    )
    before = text_at(type_, before_blanks(type_, opened))
    if opened < 0 or before == "addrspace":
        return join(type_).strip(), None
    inner = type_[opened + 1 : last]
    return join(type_[:opened]).strip(), tuple(types_of(inner))


def types_of(tokens: Sequence[Token]) -> Iterator[str]:
    """The type of each part between commas; `...` is itself."""
    for part in split_at_commas(tokens):
        place = skip_blanks(part, 0)
        end = end_of_type(part, place)
        if end > place:
            yield join(part[place:end]).strip()
        elif text_at(part, place) == "...":
            yield "..."
