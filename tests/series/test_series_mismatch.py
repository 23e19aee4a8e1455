"""Finding what a hunk expects in a file that has it differently."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from harness.patch import Hunk
from harness.series.mismatch import closest, explain


def lines(*texts: str) -> list[bytes]:
    return [text.encode() for text in texts]


def test_lines_put_in_the_middle_do_not_hide_the_place() -> None:
    expected = lines("a", "b", "c", "d")
    file = [*lines("a", "b", "new", "c", "d"), *lines(*"-" * 40), *lines("a", "x", "c", "d")]
    place = closest(expected, file, 45)
    assert place is not None
    assert place.start <= 1


def test_the_nearest_of_equal_places() -> None:
    file = lines("a", "b", "x", *"-" * 30, "a", "b", "x")
    for guess, start in ((2, 0), (30, 33)):
        place = closest(lines("a", "b", "c"), file, guess)
        assert place is not None
        assert (place.start, place.end) == (start, start + 3)


def test_lines_that_are_everywhere_tell_nothing() -> None:
    assert closest(lines("}", "", "gone"), lines(*["}", ""] * 50), 0) is None


marks = st.lists(
    st.tuples(st.sampled_from([b" ", b"-", b"+"]), st.binary(max_size=4)), min_size=1, max_size=8
)


@given(marks, st.binary(max_size=200), st.integers(0, 50))
def test_there_is_always_an_explanation(hunk: list[tuple[bytes, bytes]], data: bytes, start: int) -> None:
    clean = tuple(mark + text.replace(b"\n", b"") for mark, text in hunk)
    assert explain(Hunk(start, start, clean), data)
