"""JSON of finished values: indented, with a final newline."""

from __future__ import annotations

from typing import TypeVar

T = TypeVar("T")


def encode(record: object) -> bytes:
    """The JSON of a record, where a failure is its text.

    Version 1 has no field for the reason why a test is red (`TestVerdict.red`): `reasons` name these tests.
    """
    import msgspec

    compact = msgspec.json.encode(_without_red(msgspec.to_builtins(record, enc_hook=str)))
    return msgspec.json.format(compact, indent=2) + b"\n"


def decode(data: bytes, kind: type[T]) -> T:
    """The record of JSON. Raises msgspec.DecodeError."""
    import msgspec

    return msgspec.json.decode(data, type=kind, dec_hook=lambda custom, value: custom(value))


def _without_red(value: object) -> object:
    if isinstance(value, dict):
        return {name: _without_red(one) for name, one in value.items() if name != "red"}
    return [_without_red(one) for one in value] if isinstance(value, list | tuple) else value
