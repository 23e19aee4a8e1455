"""IR in the words of another LLVM: pointers have types for LLVM 14 and before, and none since."""

from __future__ import annotations

import re
from dataclasses import dataclass

from harness.desk.importing.translate import TYPED_UNTIL, find_refusal
from harness.errors import UsageError
from harness.ir.old import has_typed_pointers, modernise
from harness.ir.opaque import upgrade_pointers
from harness.ir.tokens import tokenize
from harness.litsite import features, typed
from harness.llvm import Toolchain

_OPAQUE = re.compile(rb"(?<![\w%@!.$#-])ptr(?![\w.-])")


_COMMENT = re.compile(r";(\d+)")


@dataclass(frozen=True, slots=True)
class Translation:
    """The same module for another reader: its text, the option that the tools need, and how to say it."""

    text: bytes
    options: tuple[str, ...]
    how: str


def translate(text: bytes, major: int) -> Translation | None:
    """The module for the reader of an LLVM of this version; None if nothing is known to help."""
    words = text.decode("utf-8", "replace")
    if has_typed_pointers(words) or not _OPAQUE.search(text):
        return _newer(words, major)
    if options := features.extra_options(features.version_features(major)):
        return Translation(text, options, f"read with {' '.join(options)}")
    if major >= features.OPAQUE_POINTERS_SINCE:
        return None
    return Translation(typed.rewrite(words).encode(), (), "translated to typed pointers")


def _newer(text: str, major: int) -> Translation | None:
    """Old syntax as LLVM 14 reads it, and without types of pointers for a later one."""
    made = modernise(text).text
    if major > TYPED_UNTIL:
        made = upgrade_pointers(made)
    how = "translated from typed pointers" if major > TYPED_UNTIL else "translated from older syntax"
    return Translation(made.encode(), (), how) if made != text else None


@dataclass(frozen=True, slots=True)
class Rewritten:
    """A file of IR for another LLVM, comments and RUN lines as they were; `changes` say what was done.

    `refused` is why that LLVM does not read it, `unchecked` why that is not known.
    """

    text: str
    changes: tuple[str, ...] = ()
    refused: str = ""
    unchecked: str = ""


def upgrade(text: str, toolchain: Toolchain) -> Rewritten:
    """The text for LLVM 15 and later, which `toolchain` reads."""
    newer = modernise(text)
    changes = list(newer.changes)
    made = newer.text
    if has_typed_pointers(made):
        made = upgrade_pointers(made)
        changes.append("pointers have no types")
    elif made != text and not changes:
        changes.append("newer syntax")
    return _checked(made, tuple(changes), toolchain)


def downgrade(text: str, toolchain: Toolchain) -> Rewritten:
    """The text for `toolchain`, of LLVM 14 or before. Raises UsageError for a later one."""
    if toolchain.major > TYPED_UNTIL:
        raise UsageError(
            f"LLVM {toolchain.major} reads pointers without types: there is nothing to downgrade",
            f"name LLVM {TYPED_UNTIL} or an earlier one",
        )
    bare, comments = _take_out_comments(text)
    if not _OPAQUE.search(bare.encode()):
        return _checked(text, (), toolchain)
    made = _COMMENT.sub(lambda found: comments[int(found[1])], typed.rewrite(bare))
    return _checked(made, ("pointers have types",), toolchain)


def _take_out_comments(text: str) -> tuple[str, list[str]]:
    """The text with `;0`, `;1` and so on for its comments, and these: no word of them is IR."""
    comments: list[str] = []
    parts: list[str] = []
    for token in tokenize(text):
        if token.kind == "comment":
            parts.append(f";{len(comments)}")
            comments.append(token.text)
        else:
            parts.append(token.text)
    return "".join(parts), comments


def _checked(text: str, changes: tuple[str, ...], toolchain: Toolchain) -> Rewritten:
    if "llvm-as" not in toolchain.tools:
        return Rewritten(text, changes, unchecked=f"{toolchain.name} has no llvm-as")
    return Rewritten(text, changes, find_refusal(toolchain, text))
