"""A record: read as the stub writes it, and never taken for one that it is not."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.reach.names import FunctionName
from harness.reach.watch import record
from harness.reach.watch.copy import record_size
from harness.reach.watch.record import prepare, read_hits
from harness.reach.watch.values import Hits, LinkedFunction, Unwatchable, Watched
from harness.runner.recording import BESIDE

STUB = Path(record.__file__).with_name("stub.c")


def tool(count: int) -> Watched:
    listed = tuple(LinkedFunction((FunctionName("", str(i)),), 16 * i, 5) for i in range(count))
    return Watched(Path("llc"), listed, {}, "0123", record_size(count))


@given(st.sets(st.integers(0, 99)), st.integers(1, 1000))
def test_each_bit_is_a_function(
    tmp_path_factory: pytest.TempPathFactory, entered: set[int], processes: int
) -> None:
    folder = tmp_path_factory.mktemp("records")
    data = bytearray(record_size(100))
    data[:4] = processes.to_bytes(4, "little")
    for index in entered:
        data[64 + index // 8] |= 1 << index % 8
    (folder / "0123").write_bytes(data)
    assert read_hits(folder, tool(100)) == Hits(processes, frozenset(entered))


def test_nothing_is_entered_where_no_process_noted(tmp_path: Path) -> None:
    prepare(tmp_path / "test", [tool(10)])
    assert (tmp_path / "test/0123").read_bytes() == bytes(66)
    assert read_hits(tmp_path / "test", tool(10)) == Hits(0, frozenset())
    (tmp_path / "test/0123").unlink()
    assert read_hits(tmp_path / "test", tool(10)) == Hits(0, frozenset())


def test_what_is_no_record_of_the_tool_is_unknown(tmp_path: Path) -> None:
    assert read_hits(tmp_path / "no", tool(10)) == Unwatchable(f"{tmp_path / 'no'}: the test has no records")
    prepare(tmp_path / "test", [tool(10)])
    path = tmp_path / "test/0123"
    said = read_hits(tmp_path / "test", tool(100))
    assert said == Unwatchable(f"{path}: is 66 bytes, and 77 are needed")
    path.write_bytes(bytes([3, 0, 0, 0, 2]) + bytes(61))
    said = read_hits(tmp_path / "test", tool(10))
    assert said == Unwatchable("the code of llc could not be written to in 2 processes")
    path.write_bytes(bytes([1]) + bytes(64) + bytes([4]))
    said = read_hits(tmp_path / "test", tool(10))
    assert said == Unwatchable(f"{path}: names a function that llc has not")


def test_the_stub_looks_where_the_runner_puts_records() -> None:
    text = STUB.read_text()
    assert re.findall(r'#define VARIABLE "(.*)="', text) == [record.VARIABLE]
    assert re.findall(r'#define BESIDE "/../(.*)"', text) == [BESIDE]
