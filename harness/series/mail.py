"""Patches in mails: one message or an mbox, as `git format-patch` and mail programs write them (pure)."""

from __future__ import annotations

import email
import email.errors
import email.header
import re
from dataclasses import dataclass

from harness.errors import UsageError

# As `git mailsplit` knows the start of a message: a time and a year end the line, unlike "From here on ...".
_FROM = re.compile(rb"^From \S+ .*\d\d:\d\d(?::\d\d)? .*\d{4}\r?$", re.MULTILINE)
_COMMIT = re.compile(rb"From ([0-9a-f]{40}) ")
_FIELD = re.compile(rb"[!-9;-~]+:[ \t]?")
_NUMBER = re.compile(r"^\s*\[[^\]]*\bPATCH\b[^\]]*?(?:(\d+)/(\d+))?\s*\]\s*", re.IGNORECASE)
_REPLY = re.compile(r"^\s*(re|aw|sv|fwd?):", re.IGNORECASE)
_DIFF = re.compile(rb"^(diff --git |--- \S.*\n\+\+\+ \S|Index: )", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Message:
    """One mail. `first_line` is the line of the input on which `body` starts; 1 if the body was encoded.

    `number` of `total` is the patch's place in its series (`[PATCH 2/3]`), 0 of 0 if it has none. `commit` is
    what git wrote it from, empty if that is not said.
    """

    name: str
    subject: str
    body: bytes
    first_line: int
    number: int = 0
    total: int = 0
    reply: bool = False
    commit: str = ""

    @property
    def is_cover_letter(self) -> bool:
        """Whether it introduces a series (`[PATCH 0/3]`) and has no patch itself."""
        return self.total > 0 and self.number == 0


def is_mail(data: bytes) -> bool:
    """Whether `data` starts like an mbox or like the header of one mail."""
    first = data.split(b"\n", 1)[0]
    if _FROM.fullmatch(first):
        return True
    header = re.split(rb"\n\r?\n", data, maxsplit=1)[0]
    return bool(_FIELD.match(first)) and bool(re.search(rb"^subject:", header, re.IGNORECASE | re.MULTILINE))


def read(name: str, data: bytes) -> tuple[Message, ...]:
    """The messages of a mail or mbox, in its order. Raises UsageError for a header that cannot be read."""
    starts = [
        m.start()
        for m in _FROM.finditer(data)
        if m.start() == 0 or data[: m.start()].endswith((b"\n\n", b"\n\r\n"))
    ]
    if not starts or starts[0] != 0:
        starts.insert(0, 0)
    messages = []
    line = 1
    for index, (start, end) in enumerate(zip(starts, [*starts[1:], len(data)], strict=True), 1):
        raw = data[start:end]
        messages.append(_message(name if len(starts) == 1 else f"{name} #{index}", raw, line))
        line += raw.count(b"\n")
    return tuple(messages)


def _message(name: str, raw: bytes, line: int) -> Message:
    from_line = raw.split(b"\n", 1)[0] + b"\n" if _FROM.match(raw) else b""
    blank = re.compile(rb"\n\r?\n").search(raw)
    header, body = (raw, b"") if blank is None else (raw[: blank.start() + 1], raw[blank.end() :])
    header = header[len(from_line) :]
    first_line = line + raw[: len(raw) - len(body)].count(b"\n")
    fields = _fields(name, header, line + bool(from_line))
    subject = _decode(name, fields.get("subject", ""))
    encoding = fields.get("content-transfer-encoding", "").strip().lower()
    if fields.get("content-type", "").strip().lower().startswith("multipart/") or encoding in {
        "base64",
        "quoted-printable",
    }:
        body, first_line, name = _decoded_body(name, raw[len(from_line) :]), 1, f"{name} (decoded)"
    reply = bool(_REPLY.match(subject))
    tag = _NUMBER.match(subject)
    number, total = (int(tag[1]), int(tag[2])) if tag and tag[1] and len(tag[1] + tag[2]) < 12 else (0, 0)
    title = subject[tag.end() :] if tag else subject
    commit = _COMMIT.match(from_line)
    named = commit[1].decode() if commit and commit[1].strip(b"0") else ""
    return Message(name, " ".join(title.split()), body, first_line, number, total, reply, named)


def _fields(name: str, header: bytes, line: int) -> dict[str, str]:
    """The header fields that are read here, unfolded, by lower-case name; the first of each counts."""
    fields: dict[str, str] = {}
    key = ""
    for number, raw in enumerate(header.splitlines(), line):
        if raw[:1] in (b" ", b"\t"):
            value = raw
        else:
            label, _, value = raw.partition(b":")
            key = label.decode("ascii", "replace").lower()
            if key in fields:
                key = ""
        if key not in {"subject", "content-type", "content-transfer-encoding"}:
            continue
        try:
            fields[key] = fields.get(key, "") + value.decode("utf-8").rstrip("\r")
        except UnicodeDecodeError:
            raise UsageError(
                f"{name}: line {number}: the mail's {key} is not UTF-8",
                "make the mail with `git format-patch`, which encodes its header",
            ) from None
    return fields


def _decode(name: str, subject: str) -> str:
    """A subject with its encoded words (`=?UTF-8?q?...?=`) in plain text."""
    try:
        return str(email.header.make_header(email.header.decode_header(subject.strip())))
    except (LookupError, ValueError, email.errors.MessageError):
        raise UsageError(
            f"{name}: the mail's subject is encoded in a way that cannot be read: {subject.strip()[:80]!r}",
            "make the mail with `git format-patch`",
        ) from None


def _decoded_body(name: str, raw: bytes) -> bytes:
    """The text of a MIME mail: all its parts that have a diff in them, or its first text."""
    try:
        message = email.message_from_bytes(raw)
        parts = [part for part in message.walk() if not part.is_multipart()]
        texts = []
        for part in parts:
            payload = part.get_payload(decode=True)
            if isinstance(payload, bytes):
                # The newline before a part's boundary is the boundary's, not the part's.
                end = b"\n" if message.is_multipart() and not payload.endswith(b"\n") else b""
                texts.append(_to_utf8(payload, part.get_content_charset()) + end)
    except (LookupError, ValueError, RecursionError, email.errors.MessageError) as error:
        raise UsageError(
            f"{name}: the mail's MIME structure cannot be read",
            "save the attached patch and give that file",
            str(error),
        ) from None
    with_diff = [text for text in texts if _DIFF.search(text)]
    return b"\n".join(with_diff or texts[:1])


def _to_utf8(text: bytes, charset: str | None) -> bytes:
    """As `git mailinfo` does: text of another charset becomes UTF-8; what does not decode stays as it is."""
    if charset is None or charset.lower() in {"utf-8", "us-ascii", "ascii", "utf8"}:
        return text
    try:
        return text.decode(charset).encode("utf-8")
    except (LookupError, ValueError):
        return text
