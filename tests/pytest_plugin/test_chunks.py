"""How tests are cut into chunks for the workers of pytest-xdist."""

from __future__ import annotations

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from harness.pytest_plugin.chunks import split_in_chunks


@given(
    st.dictionaries(st.sampled_from(["19", "22", "wheel"]), st.integers(0, 400), min_size=1),
    st.integers(1, 16),
)
def test_each_test_is_in_one_chunk_of_its_llvm(numbers: dict[str, int], workers: int) -> None:
    labels = {column: f"llvm-{column}" if column.isdigit() else column for column in numbers}
    ids = [f"s/{n}.ll[{labels[column]}]" for column, number in numbers.items() for n in range(number)]
    chunks = split_in_chunks([*ids, "test_a.py::test_a", "test_a.py::test_b[x]"], list(numbers), workers)
    assert list(chunks) == ids
    for one, chunk in chunks.items():
        assert one.endswith(f"[{chunk.rpartition(' ')[0]}]")
    sizes = Counter(chunks.values())
    assert all(size <= 32 for size in sizes.values())
    for column, number in numbers.items():
        # Enough of them that no worker waits for another at the end.
        mine = [chunk for chunk in sizes if chunk.startswith(labels[column])]
        assert len(mine) >= min(number, 4 * workers)


def test_groups_of_xdist_do_not_hide_an_id() -> None:
    assert split_in_chunks(["s/a.ll[llvm-19]@group"], ["19"], 2) == {"s/a.ll[llvm-19]@group": "llvm-19 0"}
