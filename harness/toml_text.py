"""TOML that users write, read into typed values; an error names the file, the line and the key."""

from __future__ import annotations

import re
import tomllib
from typing import Any, NoReturn, TypeVar

from harness.errors import UsageError

T = TypeVar("T")
_HEADER = re.compile(r"^\s*(\[{1,2})\s*([\w.-]+)\s*\]{1,2}\s*(?:#.*)?$")
_STEP = re.compile(r"([\w-]+)((?:\[\d+\])*)")


class TomlText:
    """The text of one file: what it says, and where. `name` is its path. Raises UsageError for no TOML."""

    def __init__(self, name: str, data: bytes) -> None:
        self.name = name
        try:
            self._lines = data.decode("utf-8").splitlines()
            self._table = tomllib.loads(data.decode("utf-8"))
        except UnicodeDecodeError as error:
            line = data[: error.start].count(b"\n") + 1
            raise UsageError(f"{name}: line {line} is not UTF-8", "save the file as UTF-8") from None
        except tomllib.TOMLDecodeError as error:
            raise UsageError(
                f"{name}: is not TOML: {error}", "correct that line; strings need quotes"
            ) from None
        except RecursionError:
            raise UsageError(f"{name}: is not TOML: nested too deeply", "remove a level") from None

    def read(self, shape: type[T]) -> T:
        """What it says, as a msgspec struct with `forbid_unknown_fields`. Raises UsageError."""
        import msgspec

        try:
            return msgspec.convert(self._table, shape)
        except msgspec.ValidationError as error:
            message, _, path = str(error).partition(" - at `$")
            where = path.rstrip("`").lstrip(".")
            allowed = ", ".join(_keys(shape, where))
            if unknown := re.fullmatch(r"Object contains unknown field `(.*)`", message, re.DOTALL):
                key = f"{where}.{unknown[1]}" if where else unknown[1]
                self.refuse(key, f'unknown key "{unknown[1]}"{_inside(where)}', f"use one of {allowed}")
            if missing := re.fullmatch(r"Object missing required field `(.*)`", message):
                what = f'key "{missing[1]}" is missing{_inside(where)}'
                self.refuse(where, what, f"add it; the keys are {allowed}")
            if message.startswith("Invalid enum value"):
                self._refuse_value(shape, where, message)
            self.refuse(where, f"{where}: {message[:1].lower()}{message[1:]}", "give it a value of that type")

    def _refuse_value(self, shape: type[Any], where: str, message: str) -> NoReturn:
        """Raise UsageError for a value that is none of those there are."""
        given = message.removeprefix("Invalid enum value ")
        values = getattr(_place(shape, where), "cls", ())
        self.refuse(
            where,
            f"{where}: {given} is none of its values",
            f"use one of {', '.join(v.value for v in values)}",
        )

    def refuse(self, key: str, what: str, next_step: str) -> NoReturn:
        """Raise UsageError for a key such as `llvm[2].depth`, with the line it is in."""
        line = self.line(key)
        raise UsageError(f"{self.name}: {f'line {line}: ' if line else ''}{what}", next_step)

    def line(self, key: str) -> int:
        """The line of a key, or of the table it would be in; 0 if there is neither."""
        steps = _STEP.findall(key)
        found = 0
        for end in range(len(steps), 0, -1):
            table = steps[:end]
            header, start = self._header(".".join(name for name, _ in table), _index(table[-1][1]))
            if header:
                return self._assignment(steps[end][0], start) or header if end < len(steps) else header
        if steps:
            found = self._assignment(steps[0][0], 0)
        return found

    def _header(self, name: str, index: int) -> tuple[int, int]:
        """The line of the `index`-th header of this name, and the index of the line after it; or zeros."""
        seen = -1
        for number, line in enumerate(self._lines, 1):
            if (header := _HEADER.match(line)) and header[2] == name:
                seen += 1
                if seen == index:
                    return number, number
        return 0, 0

    def _assignment(self, key: str, start: int) -> int:
        """The line from `start` on, before the next header, that gives this key a value; or 0."""
        for number, line in enumerate(self._lines[start:], start + 1):
            if _HEADER.match(line):
                return 0
            if re.match(rf'\s*"?{re.escape(key)}"?\s*=', line):
                return number
        return 0


def _index(brackets: str) -> int:
    return int(brackets.strip("[]").partition("]")[0]) if brackets else 0


def _inside(where: str) -> str:
    return f" in {where}" if where else ""


def _keys(shape: type[Any], where: str) -> list[str]:
    """The keys of the table at a place of a struct's shape."""
    return [field.encode_name for field in getattr(_place(shape, where), "fields", ())]


def _place(shape: type[Any], where: str) -> Any:
    """The type at a place of a struct's shape, as msgspec describes types."""
    import msgspec

    found: Any = msgspec.inspect.type_info(shape)
    for name, brackets in _STEP.findall(where):
        fields = {field.encode_name: field.type for field in getattr(found, "fields", ())}
        found = fields.get(name)
        for _ in range(brackets.count("[")):
            found = getattr(found, "item_type", None)
    return found
