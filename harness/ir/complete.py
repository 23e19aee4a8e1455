"""Pure: a fragment of IR as a module that LLVM reads: what is used and not there is declared.

A report has a function without the declarations it needs, a call without its function, metadata that nobody
kept. What is made up is said, as it may be what matters.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from harness.ir.blocks import close_function, number_anew, opcode
from harness.ir.old import has_typed_pointers
from harness.ir.tokens import Token, end_of_type, join, pointee, text_at, tokenize
from harness.ir.types import define_types
from harness.ir.uses import LABEL, Use, callees, function_type, uses
from harness.ir.words import TERMINATORS

# The function around lone instructions.
WRAPPER = "imported"


@dataclass(frozen=True, slots=True)
class CompleteModule:
    """A module, and what was added to it, in words."""

    text: str
    added: tuple[str, ...] = ()


@dataclass(slots=True)
class _Module:
    """The lines of a module while it is completed."""

    lines: list[str]
    added: list[str] = field(default_factory=list)

    def tokens(self) -> Iterator[list[Token]]:
        return (tokenize(line) for line in self.lines if line)


def complete(text: str, instructions: Sequence[str] = ()) -> CompleteModule:
    """A module of IR, an item or instruction each line; `instructions` are those without a function."""
    module = _Module([line for line in text.split("\n") if line])
    if instructions:
        function = _wrap(instructions)
        module.lines += function
        operands = "" if f"@{WRAPPER}()" in function[0] else "; its arguments are what they use"
        module.added.append(f"the function @{WRAPPER} around the instructions{operands}")
    for step in (_close_functions, _strip_attachments, _define_metadata, _strip_groups, _define_comdats):
        step(module)
    module.lines, added = define_types(module.lines)
    module.added += added
    _declare(module)
    return CompleteModule("\n".join(module.lines) + "\n", tuple(module.added))


# Lone instructions


def _wrap(instructions: Sequence[str]) -> list[str]:
    """A function of the instructions: what they use and do not define are its arguments and its blocks."""
    body = _with_entry(_with_blocks([_named(line) for line in instructions]))
    defined = {found[1] for line in body if (found := _RESULT.match(line))}
    used = [use for line in body for use in uses(tokenize(line))]
    type_, value = _result(body)
    # The end of the instructions is before the blocks that are added.
    if opcode(body[-1]) not in TERMINATORS:
        body.append(f"  ret {type_} {value}" if value else "  unreachable" if type_ else "  ret void")
    typed = has_typed_pointers("\n".join(body))
    labels = {line[:-1] for line in body if line.endswith(":")}
    pads = set(_UNWINDS.findall("\n".join(body)))
    for name in dict.fromkeys(use.name[1:] for use in used if use.type == LABEL):
        if name not in labels:
            body += [f"{name}:", *([f"  {_pad(typed=typed)}"] if name in pads else []), _end_of(name, body)]
    arguments = {
        use.name: use.type
        for use in reversed(used)
        if use.name.startswith("%") and use.name not in defined and use.type not in _NO_ARGUMENTS
    }
    listed = ", ".join(f"{type_} {name}" for name, type_ in reversed(arguments.items()))
    personality = f" personality {_PERSONALITY[typed]}" if pads - labels else ""
    # The verifier wants a collector around statepoints.
    collector = ' gc "statepoint-example"' if any("gc.statepoint." in line for line in body) else ""
    return [f"define {type_ or 'void'} @{WRAPPER}({listed}){collector}{personality} {{", *body, "}"]


_PHI = re.compile(r"^\s*%\S+ = phi .*?(?P<pairs>\[.*\])")


def _with_entry(body: list[str]) -> list[str]:
    """The body with a first block that nothing branches to, which LLVM wants."""
    first = body[0][:-1] if body[0].endswith(":") else ""
    if not first or f"label %{first}" not in re.sub(r"\[.*?\]", "", " ".join(body)):
        return body
    labels = {line[:-1] for line in body if line.endswith(":")}
    comes = [name for line in body[1:] if (phi := _PHI.match(line)) for name in _incoming(phi["pairs"])]
    entry = next((name for name in comes if name not in labels), "start")
    return [f"{entry}:", f"  br label %{first}", *body]


def _incoming(pairs: str) -> list[str]:
    return re.findall(r", %([\w$.-]+) ?\]", pairs)


def _end_of(name: str, body: Sequence[str]) -> str:
    """How a block ends that is made up: it goes to the block of a phi that names it, if one does."""
    block = ""
    for line in body:
        block = line[:-1] if line.endswith(":") else block
        phi = _PHI.match(line)
        if phi and block and name in _incoming(phi["pairs"]):
            return f"  br label %{block}"
    return "  unreachable"


_NO_ARGUMENTS = frozenset({LABEL, "metadata", "void", "token"})
_UNWINDS = re.compile(r"\bunwind label %([\w.$-]+)")
_PERSONALITY = {
    False: "ptr @__gxx_personality_v0",
    True: "i8* bitcast (i32 (...)* @__gxx_personality_v0 to i8*)",
}


def _pad(*, typed: bool) -> str:
    return f"%pad = landingpad {{ {'i8*' if typed else 'ptr'}, i32 }} cleanup"


def _with_blocks(instructions: Iterable[str]) -> list[str]:
    """The instructions, with a label for each that follows the end of a block and has none."""
    body: list[str] = []
    for line in instructions:
        if line.endswith(":"):
            body.append(line)
            continue
        if body and opcode(body[-1]) in TERMINATORS:
            body.append(f"next.{len(body)}:")
        body.append(f"  {line.strip()}")
    return body


_RESULT = re.compile(r"^\s*(%[\w.$-]+|%\"[^\"]*\") = (.*)$")
_NUMBERED = re.compile(r"%(\d+)")


def _named(line: str) -> str:
    """A line whose numbered values have names: LLVM counts numbers from 0 on."""
    tokens = tokenize(line)
    for place, token in enumerate(tokens):
        if token.kind == "local" and _NUMBERED.fullmatch(token.text):
            tokens[place] = Token("local", f"%v{token.text[1:]}")
        elif token.kind == "label" and token.text[:-1].isdigit():
            tokens[place] = Token("label", f"v{token.text}")
    return join(tokens)


def _result(body: Sequence[str]) -> tuple[str, str]:
    """The type and the name of what is returned: the last value, as nothing else would use it."""
    returns = [line.strip() for line in body if opcode(line) == "ret"]
    if returns:
        tokens = tokenize(returns[0].removeprefix("ret "))
        type_ = join(tokens[: end_of_type(tokens, 0)])
        return "" if type_ == "void" else type_, ""
    found = _RESULT.match(body[-1])
    type_ = _type_of(tokenize(found[2])) if found else ""
    return (type_, found[1]) if found and type_ not in {"", "void", "token", "label"} else ("", "")


_CASTS = re.compile(
    r"^(?:trunc|zext|sext|fptrunc|fpext|fptoui|fptosi|uitofp|sitofp|ptrtoint|inttoptr|bitcast|addrspacecast)\b"
    r".* to (.*)$"
)


def _type_of(tokens: Sequence[Token]) -> str:
    """The type of an instruction's result; empty if that is not plain from it."""
    text = join(tokens)
    if cast := _CASTS.match(text):
        return cast[1]
    word = text_at(tokens, 0)
    if word in {"call", "tail", "musttail", "notail"}:
        return next((callee.result for callee in callees(tokens)), "")
    if word in {
        "icmp",
        "fcmp",
        "getelementptr",
        "alloca",
        "extractvalue",
        "extractelement",
        "cmpxchg",
        "phi",
    }:
        return ""
    first = next(iter(uses(tokens)), None)
    if word == "load":
        at = next((i for i in range(1, len(tokens)) if end_of_type(tokens, i) > i), len(tokens))
        return join(tokens[at : end_of_type(tokens, at)])
    plain = word in {"add", "sub", "mul", "and", "or", "xor", "shl", "lshr", "ashr", "udiv", "sdiv", "urem"}
    plain = plain or word in {"srem", "fadd", "fsub", "fmul", "fdiv", "freeze"}
    return first.type if first and plain else ""


# Functions


def _close_functions(module: _Module) -> None:
    lines: list[str] = []
    for line in module.lines:
        if line == "}" and lines:
            closed = close_function(lines)
            if closed:
                lines.append(closed)
                module.added.append("an end for a function that was cut off")
        lines.append(line)
    module.lines = lines
    module.lines, renamed = number_anew(module.lines)
    if renamed:
        module.added.append(
            f"names for the numbered values of {', '.join(renamed)}: some numbers are missing"
        )


# Metadata, attributes, comdats

_ATTACHMENT = re.compile(r",? (?:!(?P<kind>[\w.]+)) (?P<node>!\d+)\b")
_NODE = re.compile(r"^(![\w.$-]+) = ")


def _defined(lines: Iterable[str], pattern: re.Pattern[str]) -> set[str]:
    return {found[1] for line in lines if (found := pattern.match(line))}


def _strip_attachments(module: _Module) -> None:
    """Attachments whose metadata is not there; of debug information all, if some of it is not there."""
    nodes = _defined(module.lines, _NODE)
    dropped: set[str] = set()
    incomplete = _is_debug_incomplete(module.lines, nodes)

    def strip(found: re.Match[str]) -> str:
        if found["node"] in nodes and not (found["kind"] == "dbg" and incomplete):
            return found[0]
        dropped.add(f"!{found['kind']}")
        return ""

    lines = [line if line.startswith("!") else _ATTACHMENT.sub(strip, line) for line in module.lines]
    if incomplete:
        lines = [line for line in lines if not _DEBUG_LINE.search(line)]
        dropped.add("!dbg")
    module.lines = lines
    if dropped:
        module.added.append(
            f"nothing for {', '.join(sorted(dropped))}: left out, their metadata is not there"
        )


_DEBUG_LINE = re.compile(r"\bcall void @llvm\.dbg\.|^\s*#dbg_|^!llvm\.dbg\.|^declare void @llvm\.dbg\.")
_REFERENCE = re.compile(r"!\d+\b")


def _is_debug_incomplete(lines: Sequence[str], nodes: set[str]) -> bool:
    """Whether there is debug information that refers to what is not there."""
    if not any("!dbg " in line or _DEBUG_LINE.search(line) for line in lines):
        return False
    telling = (line for line in lines if "!DI" in line or "!dbg" in line or _DEBUG_LINE.search(line))
    return any(set(_REFERENCE.findall(_without_strings(line))) - nodes for line in telling)


def _without_strings(line: str) -> str:
    return re.sub(r'"[^"]*"', '""', line)


def _define_metadata(module: _Module) -> None:
    nodes = _defined(module.lines, _NODE)
    used = {name for line in module.lines for name in _REFERENCE.findall(_without_strings(line))}
    missing = sorted(used - nodes, key=lambda name: int(name[1:]))
    module.lines += [f"{name} = !{{}}" for name in missing]
    if missing:
        module.added.append(f"empty metadata {', '.join(missing)}")


_GROUP = re.compile(r"^attributes (#\d+) = ")


def _strip_groups(module: _Module) -> None:
    groups = _defined(module.lines, _GROUP)
    dropped: set[str] = set()
    lines: list[str] = []
    for line in module.lines:
        tokens = tokenize(line)
        missing = [i for i, token in enumerate(tokens) if token.kind == "group" and token.text not in groups]
        dropped |= {tokens[i].text for i in missing}
        for place in reversed(missing):
            del tokens[place - 1 if text_at(tokens, place - 1) == " " else place : place + 1]
        lines.append(join(tokens) if missing else line)
    module.lines = lines
    if dropped:
        module.added.append(f"nothing for the attributes {', '.join(sorted(dropped))}: they are not there")


# `comdat` alone is that of the symbol's own name.
_OWN_COMDAT = re.compile(r"^(?:define [^@]*)?@(?P<name>[\w$.-]+|\"[^\"]+\").*\bcomdat(?! ?\()")
_COMDAT = re.compile(r"^(\$[\w$.-]+|\$\"[^\"]+\") = comdat")


def _define_comdats(module: _Module) -> None:
    known = _defined(module.lines, _COMDAT)
    used = {t.text for tokens in module.tokens() for t in tokens if t.kind == "comdat"}
    used |= {f"${found['name']}" for line in module.lines if (found := _OWN_COMDAT.match(line))}
    module.lines[:0] = [f"{name} = comdat any" for name in sorted(used - known)]


# Symbols

_SYMBOL = re.compile(r"^(?:(?:define|declare)\b[^@]*)?(@[\w$.-]+|@\"[^\"]+\")")
# Whose argument of this place is a function, though its type does not say so.
_CALLS_ITS_ARGUMENT = re.compile(r"@llvm\.experimental\.(?:patchpoint|gc\.statepoint)\.")


def _declare(module: _Module) -> None:
    """Declarations for the symbols that nothing defines: from how they are called, or from their type."""
    known = _defined(module.lines, _SYMBOL)
    wanted: dict[str, str] = {}
    for line in module.lines:
        tokens = tokenize(line)
        for callee in callees(tokens):
            if callee.name not in known:
                wanted[callee.name] = callee.declaration
        for use in uses(tokens):
            if use.name.startswith("@") and use.name not in known:
                wanted.setdefault(use.name, _declaration(use, line))
    module.lines += wanted.values()
    functions = [name for name, text in wanted.items() if text.startswith("declare") and "@llvm." not in name]
    variables = [name for name, text in wanted.items() if not text.startswith("declare")]
    if functions:
        module.added.append(f"declarations of {', '.join(functions)}")
    if variables:
        module.added.append(f"external variables {', '.join(variables)}")


def _declaration(use: Use, line: str) -> str:
    """A function if its type or its use says so, else a variable."""
    result, parameters = function_type(tokenize(use.type))
    if parameters is not None:
        return f"declare {result} {use.name}({', '.join(parameters)})"
    if f"personality {use.type} {use.name}" in line:
        return f"declare i32 {use.name}(...)"
    if use.type == "ptr" and _CALLS_ITS_ARGUMENT.search(line):
        return f"declare void {use.name}()"
    space = re.search(r"addrspace\(\d+\)", use.type)
    where = f"{space[0]} " if space else ""
    return f"{use.name} = external {where}global {pointee(tokenize(use.type)) or 'i8'}"
