"""What llc does to a module before and after parsing it, done to the text. Pure.

llc hands the parser the target machine's data layout (llvm/tools/llc/llc.cpp, SetDataLayout): accesses
without `align` take their alignment from it *while* parsing, so setting it on the parsed module is too late
(`load i64, ptr %p` would be `align 4`). llvmlite's parser takes nothing but text, so the layout goes into the
text, on the first line and over the module's own, and the parser's messages are translated back to the file.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_GAP = rb"(?:[ \t\r\n\0]|;[^\n]*(?:\n|\Z))*"
_DEFINITION = re.compile(
    _GAP
    + rb"(?P<all>(?P<key>target"
    + _GAP
    + rb"triple|target"
    + _GAP
    + rb"datalayout|source_filename)"
    + _GAP
    + rb"="
    + _GAP
    + rb'"(?P<value>[^"]*)")'
)
_CODE_MODEL = re.compile(rb'i32\s+\d+\s*,\s*!"Code Model"\s*,\s*i32\s+(\d)')
# CodeModel::Model of llvm/include/llvm/Support/CodeGen.h.
_CODE_MODELS = ("tiny", "small", "kernel", "medium", "large")
_TAB = 8


@dataclass(frozen=True, slots=True)
class Header:
    """A module's own target lines; `layouts` are the spans of its data layouts."""

    triple: str | None
    layouts: tuple[tuple[int, int], ...]
    names_source: bool


@dataclass(frozen=True, slots=True)
class PreparedModule:
    """Text for the parser; the first `shift` bytes of its first line are not the file's."""

    text: bytes
    shift: int


def is_bitcode(data: bytes) -> bool:
    """Whether the bytes are bitcode, raw or in its wrapper (llvm/Bitcode/BitcodeReader.h)."""
    return data[:4] in {b"BC\xc0\xde", b"\xde\xc0\x17\x0b"}


def unescape(text: bytes) -> bytes:
    r"""A string of IR without its escapes: two backslashes, or a backslash and two hexadecimal digits."""
    return re.sub(
        rb"\\(\\|[0-9a-fA-F]{2})", lambda m: b"\\" if m[1] == b"\\" else bytes([int(m[1], 16)]), text
    )


def quote(text: bytes) -> bytes:
    """A string of IR in quotes."""
    plain = [bytes([c]) if 32 <= c < 127 and c not in b'"\\' else b"\\%02X" % c for c in text]
    return b'"' + b"".join(plain) + b'"'


def read_header(text: bytes) -> Header:
    """The target definitions, which the grammar wants before everything else."""
    triple: str | None = None
    layouts: list[tuple[int, int]] = []
    names_source = False
    at = 0
    while match := _DEFINITION.match(text, at):
        at = match.end()
        if match["key"] == b"source_filename":
            names_source = True
        elif match["key"].endswith(b"triple"):
            triple = unescape(match["value"]).decode("utf-8", "replace")
        else:
            layouts.append(match.span("all"))
    return Header(triple, tuple(layouts), names_source)


def prepare(text: bytes, header: Header, layout: str, source: str) -> PreparedModule:
    """The text with this data layout and, if it names none, this source file. Lines keep their numbers."""
    lead = b"target datalayout = " + quote(layout.encode())
    if not header.names_source:
        lead = b"source_filename = " + quote(source.encode("utf-8", "surrogateescape")) + b" " + lead
    # A whole number of tab stops: LLVM expands tabs in the line it shows.
    lead += b" " * (_TAB - len(lead) % _TAB)
    body = bytearray(text)
    for start, end in header.layouts:
        body[start:end] = re.sub(rb"[^\n]", b" ", text[start:end])
    return PreparedModule(lead + bytes(body), len(lead))


def locate(message: str, shift: int, name: str) -> str:
    """A parser's message with the file's name and, on the first line, the file's columns."""
    match = re.match(r"(?::\s*)?<string>:(\d+):(\d+): ", message)
    if match is None:
        return message.replace("<string>", name, 1)
    line, column = int(match[1]), int(match[2])
    rest = message[match.end() :].split("\n")
    if line == 1:
        column -= shift
        rest = [rest[0], *(text[shift:] for text in rest[1:3]), *rest[3:]]
    return f"{name}:{line}:{column}: " + "\n".join(rest)


def code_model(text: bytes) -> str:
    """The code model that a module's flags ask for, or an empty string."""
    match = _CODE_MODEL.search(text)
    return _CODE_MODELS[int(match[1])] if match and int(match[1]) < len(_CODE_MODELS) else ""


_TOKEN = re.compile(rb'"[^"]*"|;[^\n]*|[A-Za-z_$.\-][\w$.\-]*|[@%](?:"[^"]*"|[\w$.\-]+)|[^\s]')
_BEFORE_ATTRIBUTES = frozenset([b"unnamed_addr", b"local_unnamed_addr"])


def _attribute_place(text: bytes, at: int) -> int:
    """Where a function's attributes may begin. `at` is the end of its `define` keyword."""
    depth, named, place = 0, False, len(text)
    tokens = _TOKEN.finditer(text, at)
    for token in tokens:
        word = token[0]
        named = named or (word.startswith(b"@") and depth == 0)
        depth += {b"(": 1, b")": -1}.get(word, 0)
        if named and word == b")" and depth == 0:
            place = token.end()
            break
    for token in tokens:  # what the grammar has between the parameters and the attributes
        word = token[0]
        if word in _BEFORE_ATTRIBUTES:
            place = token.end()
        elif word == b"addrspace":
            place = text.index(b")", token.end()) + 1
        elif not (word.startswith(b";") or (token.start() < place)):
            break
    return place


def with_attributes(text: bytes, attributes: tuple[tuple[str, str], ...]) -> bytes:
    """A valid module's text with these attributes on every defined function that does not have them.

    They come before the function's own attributes and groups, and the parser lets the later one win.
    """
    words = b"".join(
        b" " + quote(k.encode()) + (b"=" + quote(v.encode()) if v else b"") for k, v in attributes
    )
    pieces: list[bytes] = []
    done = depth = 0
    at = 0
    while token := _TOKEN.search(text, at):
        at = token.end()
        word = token[0]
        depth += {b"{": 1, b"}": -1}.get(word, 0)
        if word == b"define" and depth == 0:
            at = _attribute_place(text, at)
            pieces += [text[done:at], words]
            done = at
    return b"".join([*pieces, text[done:]])


_FEATURES = re.compile(rb'("target-features"[ \t]*=[ \t]*")([^"]*)(")')


def with_features(text: bytes, features: str) -> bytes:
    """The text with these features after those that functions ask for themselves (-mattr in llc)."""
    return _FEATURES.sub(lambda m: m[1] + b",".join(filter(None, [m[2], features.encode()])) + m[3], text)


def has_constructors(text: bytes) -> bool:
    """Whether the module has static constructors or destructors."""
    return re.search(rb"@llvm\.global_[cd]tors\b", text) is not None


_COMMENT_OR_STRING = re.compile(rb'"[^"]*"|;[^\n]*')
_INLINE_ASM = re.compile(rb'(?<![\w.$%@!-])asm(?:\s+[a-z]+)*\s*"[^"]')


def has_inline_asm(text: bytes) -> bool:
    """Whether the module has inline assembly that is not empty, in a function or of its own."""
    return _INLINE_ASM.search(without_comments(text)) is not None


def without_comments(text: bytes) -> bytes:
    """The text without its comments."""
    return _COMMENT_OR_STRING.sub(lambda m: b"" if m[0].startswith(b";") else m[0], text)
