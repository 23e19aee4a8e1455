"""One text that wants everything from whoever prints it; values full of it; and what may be left of it."""

from __future__ import annotations

import dataclasses
import enum
import re
import xml.etree.ElementTree as ET
from html.parser import HTMLParser
from typing import Any, TypeVar

from markdown_it import MarkdownIt

T = TypeVar("T")
MARK = "Mallory"
HOSTILE = (
    f"{MARK}\x1b]0;owned\x07\x1b[31m\x9b2J\x85\x0c\x08\u2028\u2029\u202e\u2066\u200f\u061c\ufffe\r\n"
    "::error file=x.c,line=1::owned\n \u3000::add-mask::x\n##[error]x ##vso[task.complete]y\n"
    "--- group\n+++ group\n~~~ group\n^^^ +++\nsection_start:1:x\r\x1b[0K\nsection_end:1:x\r\x1b[0K"
    "</code></details></pre><script>alert(1)</script><img src=x onerror=alert(1)> ]]> <!-- &amp; | ``` ```` `"
    " [a](https://x.example) ![i](https://x.example/i) <https://x.example> https://x.example www.x.example"
    " @everyone #1 *b* _i_ $x$ \\\n# head\n- item\n> quote\n\n    code\n"
)
# What moves a cursor, names a window or shows text in another order; XML has no way to name some of it.
ACTING = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff\ufffe]"
)
# GitHub's, Azure's, TeamCity's, Buildkite's and GitLab's.
COMMAND = re.compile(
    r"^\s*::|##\w*\[|^(?:---|\+\+\+|~~~)[^\S\n]|^\^\^\^[^\S\n]|section_(?:start|end):", re.MULTILINE
)


def poison(value: T) -> T:
    """The same value with HOSTILE before each text in it: names that were the same stay so."""
    poisoned: Any = value
    if isinstance(value, enum.Enum):
        return value
    if isinstance(value, str):
        poisoned = type(value)(f"{HOSTILE}{value}") if value else value
    elif isinstance(value, tuple):
        poisoned = tuple(map(poison, value))
    elif isinstance(value, dict):
        poisoned = {poison(key): poison(one) for key, one in value.items()}
    elif dataclasses.is_dataclass(value) and not isinstance(value, type):
        changed = {
            field.name: poison(getattr(value, field.name))
            for field in dataclasses.fields(value)
            if field.init
        }
        poisoned = dataclasses.replace(value, **changed)
    return poisoned  # type: ignore[no-any-return]  # each branch makes a value of the type that it got


def require_inert(text: str) -> None:
    """Nothing in a text that anybody prints acts on a terminal; and the text is there."""
    assert MARK in text
    found = ACTING.search(text)
    assert found is None, repr(text[max(0, found.start() - 40) : found.end() + 40])


def require_log(text: str) -> None:
    """Nor is a line of it a command to a CI runner."""
    require_inert(text)
    found = COMMAND.search(text)
    assert found is None, repr(text[max(0, found.start() - 40) : found.end() + 40])


def read_xml(text: str) -> ET.Element:
    """Well-formed XML, in which nothing acts once it is read."""
    require_inert(text)
    root = ET.fromstring(text)  # noqa: S314 - our own
    for element in root.iter():
        for said in (element.text or "", element.tail or "", *element.attrib.values()):
            assert not ACTING.search(said)
    return root


class _Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.seen: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.add(tag)
        self.seen |= {f"{tag} {name}" for name, _value in attrs}

    def handle_comment(self, data: str) -> None:
        self.seen.add("comment")


def tags(text: str) -> set[str]:
    """The tags of HTML, and the attributes of each: `td class`."""
    require_inert(text)
    parser = _Tags()
    parser.feed(text)
    parser.close()
    return parser.seen


def require_markdown(text: str) -> None:
    """Nothing of HOSTILE is Markdown, HTML, or a name or address that GitHub makes a link of."""
    require_inert(text)
    html: set[str] = set()
    for block in MarkdownIt("commonmark").enable(["table", "strikethrough"]).parse(text):
        assert block.type not in {"code_block", "blockquote_open", "html_block"} or _is_ours(block.content)
        if block.type == "html_block":
            html |= tags_of(block.content)
        for token in block.children or ():
            assert token.type not in {"link_open", "image", "em_open", "s_open"}, block.content
            if token.type == "html_inline":
                html |= tags_of(token.content)
            if token.type == "code_inline":
                assert "\n" not in token.content
        if block.type == "inline" and not block.content.startswith("Changes since"):
            # GitHub looks for these outside of code, in the text as it is written.
            said = re.sub(r"`[^`]*`", "", block.content)
            assert not re.search(r"://|www\.|@\w|(?<!&)#\d|\$", said), said
    assert html <= {"details", "summary", "code"}


def tags_of(text: str) -> set[str]:
    """The tags in a piece of HTML."""
    parser = _Tags()
    parser.feed(text)
    parser.close()
    return parser.seen


def _is_ours(text: str) -> bool:
    return re.match(r"</?details>", text) is not None
