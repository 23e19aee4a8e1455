"""What goes of a store: the least recently used, no more than is asked, nothing that must stay."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from harness.store.choose import Stay, StoredEntry, choose

ENTRIES = st.lists(
    st.builds(
        StoredEntry,
        kind=st.sampled_from(("object", "overlay", "source")),
        key=st.text("abcdef0123456789", min_size=1, max_size=4),
        bytes=st.integers(0, 100),
        used=st.integers(0, 50).map(float),
        is_last=st.booleans(),
        stay=st.sampled_from((Stay.NOT, Stay.NOT, *Stay)),
    ),
    max_size=12,
    unique_by=lambda one: one.name,
)


def size(entries: list[StoredEntry] | tuple[StoredEntry, ...]) -> int:
    return sum(one.bytes for one in entries)


@given(ENTRIES, st.integers(0, 600), st.integers(0, 100), st.none() | st.integers(0, 50).map(float))
def test_what_goes(entries: list[StoredEntry], most: int, others: int, before: float | None) -> None:
    chosen = choose(entries, most, others=others, before=before)
    allowed = {one for one in entries if one.stay is Stay.NOT and (before is None or one.used < before)}
    assert len(set(chosen)) == len(chosen)
    assert set(chosen) <= allowed
    # It fits, or nothing more may go.
    rest = others + size(entries) - size(chosen)
    assert rest <= most or set(chosen) == allowed
    # The last one had to go.
    assert not chosen or rest + chosen[-1].bytes > most
    # What stays and might have gone was used later, or costs a download.
    order = [(one.is_last, one.used) for one in chosen]
    assert order == sorted(order)
    assert all(order[-1] <= (one.is_last, one.used) for one in allowed.difference(chosen) if order)


@given(ENTRIES, st.integers(0, 600))
def test_a_second_time_nothing_more_goes(entries: list[StoredEntry], most: int) -> None:
    chosen = choose(entries, most)
    assert choose([one for one in entries if one not in chosen], most) == ()


def test_a_toolchain_goes_after_what_was_used_later() -> None:
    toolchain = StoredEntry("debian", "llvm-19", 10, 1.0, is_last=True)
    older, newer = StoredEntry("object", "a", 10, 2.0), StoredEntry("object", "b", 10, 3.0)
    assert choose([toolchain, newer, older], 15) == (older, newer)
    assert choose([toolchain, newer, older], 0) == (older, newer, toolchain)
    assert choose([toolchain, newer, older], 0, before=2.5) == (older, toolchain)
