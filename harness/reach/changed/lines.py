"""Where an assertion stands, and its text: what its message says, and nothing that the code does.

`assert` of an overlay (harness/builders/assertions/assert.h) passes the place as a constant that the compiler
makes, and begins its text with a mark.
"""

from __future__ import annotations

from harness.reach.changed.blocks import PRIVATE, Block

MARK = b"\x01assert\x01"
# std::source_location::__impl: two pointers, line and column. clang calls it so; nothing else is.
_SECTION = f".data.rel.ro.{PRIVATE}.constant"
_SIZE, _POINTERS = 24, (0, 8)


def is_place(block: Block) -> bool:
    """Whether a block is a place in the source: file, function and line."""
    named = block.section == _SECTION or block.section.startswith(f"{_SECTION}.")
    return named and block.size == _SIZE and tuple(edge[0] for edge in block.edges) == _POINTERS


def without_text(constant: bytes) -> bytes:
    """A constant, but for the text of an assertion what all of these have in common."""
    kind, _, content = constant.partition(b" ")
    return MARK if kind == b"text" and content.startswith(MARK) else constant
