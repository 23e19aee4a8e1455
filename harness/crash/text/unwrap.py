"""Pure: lines that were broken at some width, joined again.

Whoever fills lines breaks one only where its next word does not fit. So a line goes on in the next one if
that begins with a word too long for it, and if nothing begins there. A failed assertion goes on to its end, a
frame to the next one. IR needs none of this: to its reader, line ends are blanks.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise

from harness.crash.text.plain import PlainLine

# The widths at which people and mail programs break lines.
_WIDTHS = range(30, 133)
_MOST_JOINED = 24
# So many lines have to be full before it is believed that the text was filled.
_EVIDENCE = 2

# A line that is the start of something, and never goes on what is before it.
_STARTS = re.compile(
    r"""^\s{2,}t\d+:\s | ^\s*(?:
        \*?\s*(?:frame\s)?\#\d+:?(?:\s|$) | \d+\s+\S+\s+0x[0-9A-Fa-f]{6,} | \d+\.\s+\S | \d+:\s+0x
      | \S+\([\w.$@]*\+0x[0-9a-f]+\)\s?\[0x | 0x[0-9A-Fa-f]{8,}(?:\s\(|$) | [0-9a-f]{2}\s[0-9a-f`]{8,}
      | _Z\w{4,} | [\w:~]+\sat(?:\s/|$)
      | Stack\s[Dd]ump | PLEASE\s | Program\sarguments: | Assertion\sfailed: | assertion\s"
      | UNREACHABLE\sexecuted | (?:[\w.+-]+-)?LLVM\sERROR: | fatal\serror: | ==\d+==
      | SUMMARY: | In\sfunction:
      | terminate\scalled | what\(\): | libc\+\+abi | Fatal\sPython | signal\s | Aborted | Segmentation
      | double\sfree | free\(\) | malloc | munmap_chunk | corrupted
      | Backtrace | Allocations: | Crash | Command
      | (?:Target|Thread|Exception|Process|Version|host)\b.*: | (?:error|note|warning):\s
      | [;\#/]*\s*RUN: | \$\s | \+\s(?!(?:0x)?\d) | \#\s*executed
      | \S*\b(?:llc|opt|lli|clang|clang\+\+|llvm-\w+)(?:-\d+)?:\s
      | (?:clang|LLVM|Debian\sLLVM|rustc)\s(?:version)?
      | (?:define|declare|target|attributes|source_filename)\s | [%@!]\S+\s=\s | [}{] | \*\*\* | ;\s[A-Z-]+:\s
    )""",
    re.VERBOSE,
)
# A record that has all that follows it up to the next one: a frame, the command, the name of a pass.
_FRAME = re.compile(
    r"^\s*(?:\*?\s*(?:frame )?#\d+:?(?:\s|$)|\d+\s+\S+\s+0x|0x[0-9A-Fa-f]{8,}(?: \(|$)|_Z\w{4,}|\d+:\s+0x"
    r"|(?:\d+\.\s+)?Program arguments: |\d+\.\s+Running pass )"
)
_INSIDE = re.compile(r"^\s*(?:;|//|#\s)")
# How a failed assertion begins, maybe with the program or the file, and how it ends (crash/assertion.py).
_MAY_FAIL = re.compile(
    r"^\s*(?:\S*\b(?:llc|opt|lli|clang|clang\+\+|rustc|julia|llvm-\w+)(?:-?\d+)?(?:\.exe)?:(?:\s|$)|\S+:\d+:(?:\s|$)"
    r"|(?:.*\s)?[Aa]ssertion\b)"
)
_FAILED = re.compile(
    r"Assertion [`'].*' failed\.?$|Assertion failed: .*(?:, line \d+\.?|\([^():]*: \S*: \d+\))$"
    r"|assertion \".*\" failed(?:: file .*)?$|(?:_LIBCPP_ASSERT|assertion) .* failed[:.] .*$"
)
_MOST_LINES_OF_AN_ASSERTION = 16


def unwrap(lines: Sequence[PlainLine]) -> tuple[str, ...]:
    """The text of the lines, with those joined that were one."""
    whole = _width(lines)
    joined: list[str] = []
    for part in map(_join_assertions, _parts(lines)):
        width = _width(part) or whole
        joined += _join(part, min(width, whole) if whole else width)
    return tuple(joined)


def _parts(lines: Iterable[PlainLine]) -> Iterator[list[PlainLine]]:
    """Paragraphs, with the empty line or border that ends each."""
    part: list[PlainLine] = []
    for line in lines:
        part.append(line)
        if not line.text.strip():
            yield part
            part = []
    yield part


def _join_assertions(part: list[PlainLine]) -> list[PlainLine]:
    """The lines with each failed assertion on one: its head and its end are known, whatever the width."""
    joined: list[PlainLine] = []
    index = 0
    while index < len(part):
        end = index + 1
        if _MAY_FAIL.match(part[index].text):
            window = [line.text for line in part[index : index + _MOST_LINES_OF_AN_ASSERTION]]
            stops = (n for n, line in enumerate(window) if n and (not line.strip() or _STARTS.match(line)))
            stop = next(stops, len(window))
            whole = (n for n in range(1, stop + 1) if _FAILED.search(" ".join(map(str.strip, window[:n]))))
            end = index + next(whole, 1)
        text = " ".join([part[index].text, *(line.text.strip() for line in part[index + 1 : end])])
        joined.append(PlainLine(text, part[end - 1].width, part[index].first))
        index = end
    return joined


def _width(lines: Sequence[PlainLine]) -> int:
    """The width at which these lines were broken; 0 if they do not look so."""
    # A word that is longer than the width stands alone.
    widest = max((line.width for line in lines if line.width > line.first), default=0)
    if widest not in _WIDTHS:
        return 0
    broken = sum(_is_full(one, other, widest) for one, other in pairwise(lines))
    return widest if broken >= _EVIDENCE else 0


def _is_full(line: PlainLine, following: PlainLine, width: int) -> bool:
    """Whether the first word of the line after it would not have fitted."""
    if not line.text.strip() or not following.text.strip() or _STARTS.match(following.text):
        return False
    return line.width + 1 + following.first > width and not _INSIDE.match(following.text)


def _join(part: Sequence[PlainLine], width: int) -> list[str]:
    joined: list[str] = []
    last = PlainLine("", 0, 0)  # the line as it was, that the next one may go on
    count = 0
    for line in part:
        if joined and count < _MOST_JOINED and _goes_on(joined[-1], last, line, width):
            joined[-1] = f"{joined[-1]} {line.text.strip()}"
            count += 1
        else:
            joined.append(line.text)
            count = 0
        last = line
    return joined


def _goes_on(record: str, last: PlainLine, line: PlainLine, width: int) -> bool:
    """Whether `line` belongs to the record whose last line is `last`."""
    if not line.text.strip() or not last.text.strip() or _STARTS.match(line.text):
        return False
    if (width and _is_full(last, line, width)) or _FRAME.match(record):
        return True
    # A command in backticks.
    return record.count("`") % 2 == 1 and line.text.count("`") % 2 == 1 and "Assertion `" not in record
