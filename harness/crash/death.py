"""Pure: the output of a crashed tool, what a matcher finds in it, and text without what differs by run."""

from __future__ import annotations

import re
from dataclasses import dataclass

from harness.model import CrashKind

LONGEST_LINE = 1 << 16
_LONGEST_MESSAGE = 2000


@dataclass(frozen=True, slots=True)
class Death:
    """What the matchers read: the output's lines, the signal (0: none) and the limit (empty: none)."""

    lines: tuple[str, ...]
    signal: int
    limit: str

    def find(self, pattern: re.Pattern[str], start: int = 0) -> tuple[int, re.Match[str]] | None:
        """The first matching line from index `start` on, with its index."""
        for index in range(start, len(self.lines)):
            line = self.lines[index]
            match = pattern.match(line) if len(line) < LONGEST_LINE else None
            if match:
                return index, match
        return None


@dataclass(frozen=True, slots=True)
class Match:
    """What a matcher found. An assertion's `function` is the only frame if there is no trace."""

    kind: CrashKind
    message: str
    location: str = ""
    function: str = ""


_ADDRESS = re.compile(r"\b0x[0-9A-Fa-f]{6,}")
_DIRECTORIES = re.compile(r"(?<![\w./~-])~?/(?:[^\s/'\"`:,;()<>]+/)+(?=[^\s/'\"`:,;()<>])")
_PROCESS = re.compile(r"\b(pid|PID|process) \d+")
# Blocks; SelectionDAG's nodes, numbered as they are made (`t143: i64 = add t12, t3`); GlobalISel's virtual
# registers (`%12:gpr(s64)`); clang's temporary files (`a-12ab34.o`).
_BLOCK = re.compile(r"%bb\.\d+")
_NODE = re.compile(r"(?<![\w.$@%-])t\d+(?=:|,|\s|$)")
_NODES = re.compile(r"(?<![\w.$@%-])t\d+: ?\S+ = ")
_REGISTER = re.compile(r"%\d+(?=:\w+(?:\(|\b))")
_TEMPORARY = re.compile(r"(?<=\w)-[0-9a-f]{6,}(?=\.\w)")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]+")


def clean(text: str) -> str:
    """One line of at most 2,000 characters, without control characters."""
    return _CONTROL.sub(" ", text).strip()[:_LONGEST_MESSAGE].rstrip()


def normalise(text: str) -> str:
    """A message without what differs between two runs of one failure: addresses, directories, pids, numbers
    of blocks, nodes and virtual registers, names of temporary files.

    Meaningful numbers stay (registers, sizes, `0xff`). Assertions are source text and do not need this.
    Idempotent.
    """
    before = None
    while text != before:  # one replacement may expose another; each removes digits or slashes
        before = text
        text = _ADDRESS.sub("0x...", _DIRECTORIES.sub("", clean(text)))
        text = clean(_PROCESS.sub(r"\1 ...", text))
        text = _TEMPORARY.sub("-...", _REGISTER.sub("%...", _BLOCK.sub("%bb....", text)))
        text = _NODE.sub("t...", text) if _NODES.search(text) else text
    return text


_OF_LLVM = re.compile(r"^(?:.*/)?llvm/(?P<path>(?:lib|include|tools)/.*)$")
_LAST = re.compile(r"^(?:.*/)?(?P<path>(?:lib|include|tools)/.*)$")


def location(file: str, line: str) -> str:
    """`lib/Target/X86/X86MCInstLower.cpp:1092`: the path below LLVM's folder, else the file name."""
    file = clean(file.replace("\\", "/"))
    match = _OF_LLVM.match(file) or _LAST.match(file)
    return f"{match['path'] if match else file.rpartition('/')[2]}:{line}"
