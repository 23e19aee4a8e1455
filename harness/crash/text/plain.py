"""Pure: the lines of a report without what mail programs, trackers and CI systems put around them.

Quoting, escape sequences, HTML, MIME, time stamps and smart quotes go. Lines that were broken are left to
`unwrap`. Fences and other borders between parts become `BORDER`, so that no part runs into the next one.
"""

from __future__ import annotations

import email
import email.policy
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

# Between two parts of a report. No line of a text is this one: control characters are taken out.
BORDER = "\x1f"

# What is longer than this is cut to what is near something telling.
LONGEST_WHOLE = 8 << 20
_LONGEST_LINE = 1 << 14
# Lines kept before and after a telling line, and lines kept in all.
_NEAR = 60
_MOST_LINES = 40_000

_ESCAPES = re.compile(r"\x1b(?:\[[0-9;?]*[A-Za-z]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[@-Z\\-_])")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u200b-\u200f\u2060\ufeff]")
_ENTITIES = {
    "lt": "<",
    "gt": ">",
    "amp": "&",
    "quot": '"',
    "apos": "'",
    "nbsp": " ",
    "#39": "'",
    "#34": '"',
    "#x27": "'",
    "#x22": '"',
    "#x3C": "<",
    "#x3E": ">",
    "#60": "<",
    "#62": ">",
    "#38": "&",
    "#96": "`",
}
_ENTITY = re.compile("&(" + "|".join(map(re.escape, _ENTITIES)) + ");")
# Only these: `<4 x i32>` and `<{ i8 }>` are types.
_TAG = re.compile(
    r"</?(?:details|summary|pre|code|p|div|span|br|li|ul|ol|blockquote|h[1-6])"
    r"(?:\s+[\w-]+=(?:\"[^\"]*\"|'[^']*'))*\s*/?>",
    re.IGNORECASE,
)
_SMART = str.maketrans(
    {
        **dict.fromkeys("\u2018\u2019\u201b\u2032", "'"),
        **dict.fromkeys("\u201c\u201d\u201e\u201f\u2033", '"'),
        **dict.fromkeys("\u00a0\u2007\u2009\u202f\u3000", " "),
        **dict.fromkeys("\u2010\u2011\u2013\u2212", "-"),
        "\u2014": "--",
        "\u2026": "...",
    }
)
_BACKSLASHED = re.compile(r"\\([_*])")

# Where one part ends: fences, Mailman's and git's borders.
_BORDER = re.compile(
    r"^\s*(?:`{3,}|~{3,})[^`~]*$|^-{4,} next part -{4,}|^-- $|^-{3,}\s*(?:snip|8<|>8)|^(?:[=*_]\s?){6,}$"
)

# What is put before each line. Each is strict enough not to match a line of IR or of a stack trace.
_QUOTES = re.compile(r"^(?:> ?)+")
_PREFIXES = tuple(
    re.compile(prefix)
    for prefix in (
        _QUOTES.pattern,
        # GitHub Actions: `2024-05-01T12:00:00.1234567Z `; others put brackets around it, or have no date.
        r"^\[?\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:[.,]\d+)?(?:Z|[+-]\d\d:?\d\d)?\]?:?(?: |$)",
        r"^\[?\d\d:\d\d:\d\d(?:[.,]\d+)?\]?:?(?: |$)",
        # BuildKit: `#12 3.456 `; ninja: `[12/345] ` and make: `[ 12%] `.
        r"^#\d+ \d+\.\d+ ",
        r"^\[ *\d+(?:%|/\d+)\] ",
        # lit (TestRunner.py) since LLVM 18: `# | ` before what a command wrote; GitHub's groups.
        r"^# \| ?",
        r"^##\[\w+\]",
        # docker compose: `service-1  | `.
        r"^[\w.-]+-\d+ +\| ",
    )
)
# The text of a failed assertion and the like, at the start of an indented line.
_WHOLE_IN_BACKTICKS = re.compile(r"^\s*`([^`]+)`\s*[.,:;]?\s*$")

_QUOTED = re.compile(r"^> ?", re.MULTILINE)
_HEADER = re.compile(
    r"\A(?:From [^\n]*\n)?(?:[A-Za-z][\w-]*:[^\n]*\n(?:[ \t][^\n]*\n)*)+?(?:MIME-Version|Content-Type):", re.I
)

_TELLING = re.compile(
    r"ssertion|LLVM ERROR|UNREACHABLE|tack dump|Program arguments|Sanitizer|runtime error|signal|SIG[A-Z]{3}"
    r"|#\d+[ :] *0x|frame #\d|^\s*(?:define|declare|target|attributes)\b|[@%!$]\S+ = |\bllvm\."
    r"|terminate called|fatal error|Exception|LLVM version|clang version|RUN:|corrupt|invalid pointer"
    r"|(?:llc|opt)(?:-\d+)? +-",
    re.MULTILINE,
)


@dataclass(frozen=True, slots=True)
class PlainLine:
    """A line as it was before anyone passed it on.

    `width` and `first` are the columns that it and its first word had where lines were broken.
    """

    text: str
    width: int
    first: int


def plain_lines(text: str) -> tuple[PlainLine, ...]:
    """The lines of a report. Never raises."""
    lines: list[PlainLine] = []
    for line in _without_diff(_excerpt(_unfold(text))):
        if line == BORDER:
            lines.append(PlainLine(BORDER, 0, 0))
            continue
        unquoted = _QUOTES.sub("", line[:_LONGEST_LINE]).rstrip()
        plain = _plain(unquoted)
        first = unquoted.split(maxsplit=1)[0] if unquoted.strip() else ""
        lines.append(PlainLine(BORDER if _BORDER.match(plain) else plain, len(unquoted), len(first)))
    return tuple(lines)


def _unfold(text: str) -> str:
    """The text parts and attachments of a mail, if it is one; their transfer encodings undone."""
    if text.startswith(">"):  # quoted as a whole
        unquoted = _QUOTED.sub("", text)
        return _unfold(unquoted) if _HEADER.match(unquoted[:_LONGEST_LINE]) else text
    if _HEADER.match(text[:_LONGEST_LINE]) is None:
        return text
    try:
        message = email.message_from_string(text, policy=email.policy.compat32)
        parts = [part for part in message.walk() if not part.is_multipart()]
        shown = [part for part in parts if part.get_content_type() != "text/html"] or parts
        bodies = [part.get_payload(decode=True) for part in shown]
    except (ValueError, LookupError, AssertionError):  # the parser gives up on some garbage
        return text
    kept = [body.decode("utf-8", "replace") for body in bodies if isinstance(body, bytes) and body]
    subject = f"{message['Subject']}\n" if message["Subject"] else ""
    return subject + "\n```\n".join(kept) if kept else text


_DIFF = re.compile(r"^(?P<quotes>(?:> ?)*)(?:\+\+\+ (?P<file>\S+)|(?P<hunk>@@ -\d[\d,]* \+\d[\d,]* @@))")


def _without_diff(lines: Iterable[str]) -> Iterator[str]:
    """The lines, those that a patch adds to a test without its plus."""
    is_test = in_hunk = False
    quotes = ""
    for line in lines:
        start = _DIFF.match(line)
        if start:
            quotes = start["quotes"]
            in_hunk = bool(start["hunk"]) and is_test
            is_test = is_test if start["hunk"] else (start["file"] or "").endswith((".ll", ".test"))
            yield BORDER
            continue
        sign = line.removeprefix(quotes)[:1] if in_hunk else ""
        in_hunk = in_hunk and sign in {"+", "-", " "}
        if in_hunk and sign == "-":
            continue
        yield quotes + line.removeprefix(quotes)[1:] if in_hunk else line


def _excerpt(text: str) -> Iterator[str]:
    """All lines, or of a very long text those near one that tells something."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    if len(text) <= LONGEST_WHOLE:
        yield from text.split("\n")
        return
    windows = list(_windows(text.split("\n")))
    if len(windows) > _MOST_LINES:
        # The input tends to be at the start, and how it ended at the end.
        windows = [*windows[: _MOST_LINES // 2], BORDER, *windows[-_MOST_LINES // 2 :]]
    yield from windows


def _windows(lines: Sequence[str]) -> Iterator[str]:
    """The lines near one that tells something, with a border between those that are apart."""
    telling = (i for i, line in enumerate(lines) if len(line) < _LONGEST_LINE and _TELLING.search(line))
    end = 0
    for index in telling:
        start = max(end, index - _NEAR)
        if start > end:
            yield BORDER
        stop = min(len(lines), index + _NEAR)
        yield from lines[start:stop]
        end = max(end, stop)


def _plain(line: str) -> str:
    line = _ESCAPES.sub("", line)
    line = _CONTROL.sub("", line).replace("\t", " ")
    line = _TAG.sub("", line)
    line = _ENTITY.sub(lambda found: _ENTITIES[found[1]], line)
    line = line.translate(_SMART)
    before = None
    while before != line:
        before = line
        for prefix in _PREFIXES:
            line = prefix.sub("", line, count=1)
    line = _BACKSLASHED.sub(r"\1", line).rstrip()
    whole = _WHOLE_IN_BACKTICKS.match(line)
    return whole[1] if whole else line
