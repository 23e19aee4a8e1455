"""The JSON records of finished values: indented, with a final newline and a version.

A record is a dataclass whose first field is `version`; the name of another field says what it is a record of
(`report`, `compilation`, `plan`). A tag would say it twice, and the records of version 1 have none.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeVar

from harness.errors import UsageError
from harness.printable import safe_json

T = TypeVar("T")
VERSION = 1


@dataclass(frozen=True, slots=True)
class _Versioned:
    version: int


def encode(record: object) -> bytes:
    """The JSON of a record, where a failure is its text. Who prints the file prints nothing that acts."""
    import msgspec

    text = msgspec.json.format(msgspec.json.encode(record, enc_hook=str), indent=2)
    return safe_json(text.decode()).encode() + b"\n"


def decode(data: bytes, kind: type[T]) -> T:
    """The record of JSON. Raises msgspec.DecodeError."""
    import msgspec

    return msgspec.json.decode(data, type=kind, dec_hook=lambda custom, value: custom(value))


def read(data: bytes, kind: type[T], what: str, command: str) -> T:
    """A record that `harness <command> --json` wrote, of `what`.

    Raises UsageError if it is not one, or of another version.
    """
    import msgspec

    try:
        version = msgspec.json.decode(data, type=_Versioned).version
        if version == VERSION:
            return decode(data, kind)
    except msgspec.DecodeError as error:
        raise UsageError(
            f"this is not a record of {what}",
            f"give a file that `harness {command} --json` wrote",
            str(error),
        ) from None
    raise UsageError(
        f"a record of version {version}; this harness reads version {VERSION}",
        f"read it with the harness that wrote it, or run `harness {command}` again",
    )


def has_field(data: bytes, name: str) -> bool:
    """Whether JSON is a record with this field."""
    import msgspec

    try:
        return name in msgspec.json.decode(data, type=dict[str, msgspec.Raw])
    except msgspec.DecodeError:
        return False
