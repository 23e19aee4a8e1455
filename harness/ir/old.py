"""Pure: IR of LLVM 2.9 to 3.8 as LLVM 14 reads it. What LLVM reads by itself is left to LLVM.

Each item and instruction is a line, as `layout` makes them. LLVM 14 is the last that reads pointers with
types in text; from there LLVM's own bitcode goes on to today's.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from harness.ir.statepoints import upgrade_statepoints
from harness.ir.tokens import (
    Token,
    before_blanks,
    callee_type,
    end_of_group,
    end_of_type,
    join,
    pointee,
    skip_blanks,
    text_at,
    tokenize,
)


@dataclass(frozen=True, slots=True)
class Modernised:
    """IR in newer syntax, and what was done to it in words. `until` is the last LLVM that wrote it so."""

    text: str
    changes: tuple[str, ...] = ()
    until: str = ""


def has_typed_pointers(text: str) -> bool:
    """Whether pointers say what they point to, as `i8*` does. Nothing else in IR is an asterisk."""
    return any(token.text == "*" and token.kind == "mark" for token in tokenize(text))


def modernise(text: str) -> Modernised:
    """IR with pointers of types as LLVM 14 reads it; other IR as it is."""
    if not has_typed_pointers(text) and " metadata !" not in text:
        return Modernised(text)
    lines = text.split("\n")
    changes: list[str] = []
    until = ""
    if any(_OLD_NODE.match(line) for line in lines):
        kept = [_without_debug(line) for line in lines if not _DEBUG.search(line)]
        if kept != lines:
            changes.append("debug information of LLVM 3.5 or before is left out")
        lines = kept
    for words, rule, last in _RULES:
        after = [rule(line) if any(word in line for word in words.split("|")) else line for line in lines]
        if after != lines:
            until = min(filter(None, (until, last)), key=_number)
            changes += [_SAID[words]] if words in _SAID else []
        lines = after
    lines = upgrade_statepoints(_with_personalities(lines))
    return Modernised("\n".join(lines), tuple(changes), until)


def _number(version: str) -> tuple[int, ...]:
    return tuple(map(int, version.split(".")))


_OLD_NODE = re.compile(r"!\d+ = metadata ")
_DEBUG = re.compile(r"\bcall void @llvm\.dbg\.|^!llvm\.dbg\.|^declare void @llvm\.dbg\.")
_DEBUG_ATTACHMENT = re.compile(r",? !dbg !\d+")


def _without_debug(line: str) -> str:
    return line if line.startswith("!") else _DEBUG_ATTACHMENT.sub("", line)


def _with_pointee(line: str, word: str, flags: frozenset[str]) -> str:
    """`load i32* %p` as `load i32, i32* %p`, and the same for getelementptr, in expressions too."""
    tokens = tokenize(line)
    for place in range(len(tokens) - 1, -1, -1):
        if tokens[place].text != word or tokens[place].kind != "word":
            continue
        start = skip_blanks(tokens, place + 1)
        while text_at(tokens, start) in flags:
            start = skip_blanks(tokens, start + 1)
        end = end_of_type(tokens, start)
        to = pointee(tokens[start:end])
        if to and text_at(tokens, skip_blanks(tokens, end)) != ",":
            tokens[start:start] = tokenize(f"{to}, ")
    return join(tokens)


def _load(line: str) -> str:
    return _with_pointee(line, "load", frozenset({"atomic", "volatile"}))


def _getelementptr(line: str) -> str:
    return _with_pointee(line, "getelementptr", frozenset({"inbounds", "("}))


def _call(line: str) -> str:
    """`call i32 (i8*, ...)* @f` as `call i32 (i8*, ...) @f`."""
    tokens = tokenize(line)
    for place, token in enumerate(tokens):
        if token.kind != "word" or token.text not in {"call", "invoke"}:
            continue
        start, end = callee_type(tokens, place)
        star = before_blanks(tokens, end)
        callee = skip_blanks(tokens, end)
        named = callee < len(tokens) and tokens[callee].kind in {"symbol", "local"}
        named = named or text_at(tokens, callee) in {"bitcast", "asm", "inttoptr"}
        if end > start and named and text_at(tokens, star) == "*" and _ends_parameters(tokens[start:star]):
            return join([*tokens[:star], *tokens[star + 1 :]])
        return line
    return line


def _ends_parameters(type_: Sequence[Token]) -> bool:
    text = join(type_).rstrip()
    return text.endswith(")") and not re.search(r"addrspace\(\d+\)$", text)


_LINKAGES = frozenset(
    {"weak", "weak_odr", "linkonce", "linkonce_odr", "internal", "private", "external", "hidden", "protected"}
)


def _alias(line: str) -> str:
    """`alias weak i32* @b` as `weak alias i32, i32* @b`."""
    tokens = tokenize(line)
    place = next((i for i, token in enumerate(tokens) if token.text == "alias"), -1)
    if place < 0 or not line.startswith("@"):
        return line
    start = skip_blanks(tokens, place + 1)
    moved: list[str] = []
    while text_at(tokens, start) in _LINKAGES:
        moved.append(tokens[start].text)
        start = skip_blanks(tokens, start + 1)
    end = end_of_type(tokens, start)
    to = pointee(tokens[start:end])
    if not to or text_at(tokens, skip_blanks(tokens, end)) == ",":
        return line
    head = join(tokens[:place]).rstrip()
    return f"{' '.join([head, *moved])} alias {to}, {join(tokens[start:])}"


_LINKER_PRIVATE = re.compile(r"\blinker_private(?:_weak(?:_def_auto)?)?\b")
_PRIVATE_HIDDEN = re.compile(r"\b(private|internal) (?:hidden|protected) ")


def _linkage(line: str) -> str:
    return _LINKER_PRIVATE.sub("private", line) if line.startswith(("@", "define", "declare")) else line


def _local_visibility(line: str) -> str:
    return _PRIVATE_HIDDEN.sub(r"\1 ", line) if line.startswith(("@", "define")) else line


def _typed_attributes(line: str) -> str:
    """`%S* byval` as `%S* byval(%S)`."""
    tokens = tokenize(line)
    for place in range(len(tokens) - 1, -1, -1):
        if tokens[place].kind != "word" or tokens[place].text not in {"byval", "sret", "inalloca"}:
            continue
        if text_at(tokens, skip_blanks(tokens, place + 1)) == "(":
            continue
        # The type is before this and other attributes, after the last comma or bracket.
        start = place
        while start > 0 and text_at(tokens, start - 1) not in {",", "("}:
            start -= 1
        start = skip_blanks(tokens, start)
        to = pointee(tokens[start : end_of_type(tokens, start)])
        if to:
            tokens[place] = Token("word", f"{tokens[place].text}({to})")
    return join(tokens)


def _metadata(line: str) -> str:
    """`metadata !{metadata !"x"}` as `!{!"x"}`; as an argument, `metadata !{i32 %x}` as `metadata i32 %x`."""
    if line.startswith("!"):
        return join(_without_word(tokenize(line), "metadata"))
    tokens = tokenize(line)
    place = 0
    while place < len(tokens):
        brace = place
        if tokens[place].text == "metadata":
            mark = skip_blanks(tokens, place + 1)
            brace = mark + 1 if text_at(tokens, mark) == "!" and text_at(tokens, mark + 1) == "{" else place
        if brace > place:
            end = end_of_group(tokens, brace)
            inner = _without_word(tokens[brace + 1 : end - 1], "metadata")
            first = inner[skip_blanks(inner, 0)] if skip_blanks(inner, 0) < len(inner) else Token("mark", "")
            if first.kind != "metadata" and not any(token.text == "," for token in inner):
                tokens[place:end] = [Token("word", "metadata"), Token("space", " "), *inner]
        place += 1
    return join(tokens)


def _without_word(tokens: Sequence[Token], word: str) -> list[Token]:
    kept: list[Token] = []
    for token in tokens:
        if token.text == word and token.kind == "word":
            continue
        if token.kind == "space" and (not kept or kept[-1].kind == "space"):
            continue
        kept.append(token)
    return kept


_ORDERING = r"(?:monotonic|acquire|release|acq_rel|seq_cst)"
_CMPXCHG = re.compile(
    rf"^(?P<indent>\s*)(?P<name>%[\w.$-]+) = cmpxchg (?P<rest>.*? (?P<type>i\d+) \S+, i\d+ \S+"
    rf"(?: singlethread)?) (?P<first>{_ORDERING})(?P<end>,.*)?$"
)
_FAILURE = {"release": "monotonic", "acq_rel": "acquire"}


def _cmpxchg(line: str) -> str:
    """One ordering and the old value (LLVM 3.4) as two orderings and a pair."""
    old = _CMPXCHG.match(line)
    if old is None or re.search(rf"{_ORDERING} {_ORDERING}", line):
        return line
    failure = _FAILURE.get(old["first"], old["first"])
    pair = f"%pair.{old['name'][1:]}"
    operation = f"{old['indent']}{pair} = cmpxchg {old['rest']} {old['first']} {failure}{old['end'] or ''}"
    value = f"{old['indent']}{old['name']} = extractvalue {{ {old['type']}, i1 }} {pair}, 0"
    return f"{operation}\n{value}"


_VOLATILE = re.compile(r"\bvolatile (load|store)\b")
_SCOPE = re.compile(r"\bsinglethread\b")
_SYNCSCOPE = 'syncscope("singlethread")'


def _volatile(line: str) -> str:
    return _VOLATILE.sub(r"\1 volatile", line)


def _scope(line: str) -> str:
    return _SCOPE.sub(_SYNCSCOPE, line) if "syncscope" not in line else line


# A word of the lines that each rule is for, the rule, and the last LLVM that wrote so; in this order.
_RULES: tuple[tuple[str, Callable[[str], str], str], ...] = (
    ("metadata !", _metadata, "3.5"),
    ("volatile ", _volatile, "2.9"),
    ("singlethread", _scope, "4.0"),
    ("linker_private", _linkage, "3.4"),
    ("private |internal ", _local_visibility, "3.4"),
    (" alias ", _alias, "3.6"),
    ("load ", _load, "3.6"),
    ("getelementptr", _getelementptr, "3.6"),
    ("call |invoke ", _call, "3.6"),
    ("byval|sret|inalloca", _typed_attributes, "11.0"),
    ("cmpxchg ", _cmpxchg, "3.4"),
)
_SAID = {
    "cmpxchg ": "cmpxchg gives a pair since LLVM 3.5; its old value is taken out",
    "linker_private": "linker_private is private",
}

_LANDINGPAD = re.compile(
    r"\blandingpad (?P<type>.*?) personality (?P<personality>.*?)(?P<end> (?:cleanup|catch|filter)\b.*)$"
)


def _with_personalities(lines: Iterable[str]) -> list[str]:
    """The personality of landing pads is one of their function since LLVM 3.7."""
    kept: list[str] = []
    head = -1
    for old in lines:
        line = old
        if line.startswith("define "):
            head = len(kept)
        pad = _LANDINGPAD.search(line)
        if pad and head >= 0:
            if " personality " not in kept[head]:
                kept[head] = f"{kept[head].removesuffix('{').rstrip()} personality {pad['personality']} {{"
            line = f"{line[: pad.start()]}landingpad {pad['type']}{pad['end']}"
        kept.append(line)
    return kept
