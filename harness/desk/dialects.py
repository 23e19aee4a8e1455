"""IR that an LLVM does not read, in words that it does: opaque pointers for LLVM 14 and before."""

from __future__ import annotations

import re
from dataclasses import dataclass

from harness.litsite import features, typed

_OPAQUE = re.compile(rb"(?<![\w%@!.$#-])ptr(?![\w.-])")


@dataclass(frozen=True, slots=True)
class Translation:
    """The same module for an older reader: its text, the option that the tools need, and how to say it."""

    text: bytes
    options: tuple[str, ...]
    how: str


def translate(text: bytes, major: int) -> Translation | None:
    """The module for the reader of an LLVM of this version; None if nothing is known to help."""
    if not _OPAQUE.search(text):
        return None
    if options := features.extra_options(features.version_features(major)):
        return Translation(text, options, f"read with {' '.join(options)}")
    if major >= features.OPAQUE_POINTERS_SINCE:
        return None
    rewritten = typed.rewrite(text.decode("utf-8", "replace"))
    return Translation(rewritten.encode(), (), "translated to typed pointers")
