"""Pure: failed assertions as C and C++ libraries print them, one row per library."""

from __future__ import annotations

import re

from harness.crash.death import LONGEST_LINE, Death, Match, clean, location
from harness.crash.frames import function_name
from harness.model import CrashKind

# Groups: `text`, the expression; then `file`, `line`, `function` and `why`, if the library prints them.
_FORMS = tuple(
    re.compile(form)
    for form in (
        # glibc (assert/assert.c): `llc: File.cpp:12: R f(args): Assertion `e' failed.`; libstdc++
        # (__glibcxx_assert) writes no program and quotes 'e'. The head is taken apart below.
        r"^(?P<head>.*?): Assertion [`'](?P<text>.*)' failed\.?\s*$",
        # Apple and FreeBSD: `Assertion failed: (e), function f, file File.cpp, line 12.`; Windows names no
        # function.
        r"^Assertion failed: (?P<text>.*?)(?:, function (?P<function>.*?))?, file (?P<file>.*?)"
        r", line (?P<line>\d+)\.?\s*$",
        # musl (src/exit/assert.c): `Assertion failed: e (File.cpp: f: 12)`.
        r"^Assertion failed: (?P<text>.*) \((?P<file>[^():]*): (?P<function>\S*): (?P<line>\d+)\)\s*$",
        # NetBSD, OpenBSD, newlib: `assertion "e" failed: file "File.cpp", line 12, function "f"`.
        r'^assertion "(?P<text>.*)" failed: file "(?P<file>.*?)", line (?P<line>\d+)'
        r'(?:, function "(?P<function>.*?)")?\s*$',
        # Android (bionic): `File.cpp:12: f: assertion "e" failed`.
        r'^(?P<file>[^\s:][^:]*):(?P<line>\d+): (?P<function>.*?): assertion "(?P<text>.*)" failed\s*$',
        # libc++ until 14, then until 19, then: `v:12: _LIBCPP_ASSERT 'e' failed. why`,
        # `v:12: assertion e failed: why`, `v:12: libc++ Hardening assertion e failed: why`.
        r"^(?P<file>\S[^:]*):(?P<line>\d+): _LIBCPP_ASSERT '(?P<text>.*?)' failed\. ?(?P<why>.*)$",
        r"^(?P<file>\S[^:]*):(?P<line>\d+): (?:libc\+\+ Hardening )?assertion (?P<text>.*?) failed: "
        r"(?P<why>.*)$",
        # glibc's own, since 2.38: `Fatal glibc error: malloc.c:12 (f): assertion failed: e`.
        r"^Fatal glibc error: (?P<file>.*?):(?P<line>\d+) \((?P<function>.*?)\): assertion failed: "
        r"(?P<text>.*)$",
    )
)
# Microsoft's debug library, in a window or on lines of its own.
_WINDOW = re.compile(r"^(?P<what>File|Line|Expression): (?P<text>.*)$")
_HEAD = re.compile(r"(?:^|: )(?P<file>[^\s:][^:]*):(?P<line>\d+)(?:: |$)")


def assertion(death: Death) -> Match | None:
    """The failed assertion. Its text is source code: it does not differ between runs."""
    # Most lines of a runaway's output are not assertions: this is a faster test than the patterns.
    telling = (line for line in death.lines if "ssert" in line or "_ASSERT" in line)
    hits = (form.match(line) for line in telling if len(line) < LONGEST_LINE for form in _FORMS)
    hit = next(filter(None, hits), None)
    if hit is None:
        return _in_window(death)
    parts = hit.groupdict(default="")
    if "head" in parts:
        return _with_head(parts["text"], parts["head"])
    text = parts["text"]
    # macOS puts the expression in parentheses; an assertion has the same text on every system.
    text = text[1:-1] if text.startswith("(") and text.endswith(")") else text
    text = clean(text) or "assertion failed"
    if why := clean(parts.get("why", "")):
        text = f"{text}: {why}"
    function = function_name(clean(parts.get("function", "")))
    return Match(CrashKind.ASSERTION, text, location(parts["file"], parts["line"]), function)


def _in_window(death: Death) -> Match | None:
    """`Assertion failed!`, then program, file, line and expression, each on a line."""
    start = next((i for i, line in enumerate(death.lines) if line.strip() == "Assertion failed!"), -1)
    if start < 0:
        return None
    near = (_WINDOW.match(line.strip()) for line in death.lines[start : start + 12])
    said = {hit["what"]: clean(hit["text"]) for hit in near if hit}
    if "Expression" not in said:
        return None
    place = location(said["File"], said["Line"]) if said.keys() >= {"File", "Line"} else ""
    return Match(CrashKind.ASSERTION, said["Expression"], place)


def _with_head(text: str, head: str) -> Match:
    message = clean(text) or "assertion failed"
    place = _HEAD.search(head)
    if place is None:
        return Match(CrashKind.ASSERTION, message)
    function = function_name(clean(head[place.end() :]))
    return Match(CrashKind.ASSERTION, message, location(place["file"], place["line"]), function)
