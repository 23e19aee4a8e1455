"""TOML of users: errors name the file, the line and the key."""

import msgspec
import pytest

from harness.errors import UsageError
from harness.toml_text import TomlText


class Part(msgspec.Struct, forbid_unknown_fields=True):
    name: str
    number: int = 0


class Whole(msgspec.Struct, forbid_unknown_fields=True):
    title: str = ""
    part: list[Part] = []
    other: Part | None = None


TEXT = b"""title = "a"

[[part]]
name = "first"

[[part]]  # the second
name = "second"
number = 2

[other]
name = "o"
"""


def test_reads_what_the_shape_says() -> None:
    whole = TomlText("a.toml", TEXT).read(Whole)
    assert [part.number for part in whole.part] == [0, 2]


@pytest.mark.parametrize(
    ("key", "line"),
    [
        ("title", 1),
        ("part[0]", 3),
        ("part[1]", 6),
        ("part[1].number", 8),
        ("part[1].absent", 6),
        ("part[7].name", 0),
        ("other.name", 11),
        ("", 0),
    ],
)
def test_finds_the_line_of_a_key(key: str, line: int) -> None:
    assert TomlText("a.toml", TEXT).line(key) == line


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            b'[[part]]\nname = "a"\n[[part]]\nname = "b"\nnumer = 1\n',
            'a.toml: line 5: unknown key "numer" in part[1]\nnext: use one of name, number',
        ),
        (
            b'titel = "a"\n',
            'a.toml: line 1: unknown key "titel"\nnext: use one of title, part, other',
        ),
        (
            b"[[part]]\nnumber = 1\n",
            'a.toml: line 1: key "name" is missing in part[0]\nnext: add it; the keys are name, number',
        ),
        (
            b'[other]\nname = "a"\nnumber = "1"\n',
            "a.toml: line 3: other.number: expected `int`, got `str`\nnext: give it a value of that type",
        ),
        (b"title = a\n", None),
        (b'title = "\xff"\n', "a.toml: line 1 is not UTF-8\nnext: save the file as UTF-8"),
        (b"part = " + b"[" * 5000, None),
    ],
)
def test_errors_are_of_one_form(text: bytes, message: str | None) -> None:
    with pytest.raises(UsageError) as error:
        TomlText("a.toml", text).read(Whole)
    if message is None:
        assert str(error.value).startswith("a.toml: is not TOML")
    else:
        assert str(error.value) == message
