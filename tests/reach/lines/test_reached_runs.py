"""What is called unreached makes no difference: sample.cpp, edited line by line, compiled and run."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from harness.reach.lines.counts import read_export
from harness.reach.lines.reached import find_edits, find_reason

DATA = Path(__file__).with_name("data")
OLD = (DATA / "sample.cpp").read_text()
COUNTS = read_export(json.loads((DATA / "export.json").read_text()))["/sample.cpp"]


def edits_of_a_line(number: int) -> Iterator[str]:
    """Texts that differ from the sample at one line."""
    lines = OLD.split("\n")
    before, line, after = lines[: number - 1], lines[number - 1], lines[number:]
    for there in (["abort();", line], ["return 7;", line], [], [line, line], ["if (count_of > 9)", line]):
        yield "\n".join([*before, *there, *after])


def run(folder: Path, text: str) -> tuple[int, ...] | None:
    """What both runs of the sample end with; None if it does not compile."""
    folder.mkdir()
    (folder / "sample.cpp").write_text(text)
    shutil.copy(DATA / "sample.h", folder)
    argv = ["g++", "-O0", "-w", "-Dcount_of=1", "sample.cpp", "-o", "sample"]
    if subprocess.run(argv, cwd=folder, check=False, capture_output=True).returncode:
        return None
    runs: tuple[list[str], ...] = ([], ["1", "2"])
    return tuple(
        subprocess.run([folder / "sample", *args], check=False, capture_output=True, timeout=10).returncode
        for args in runs
    )


@pytest.mark.builds
@pytest.mark.slow
def test_what_is_unreached_makes_no_difference(tmp_path: Path) -> None:
    texts = [text for number in range(1, OLD.count("\n")) for text in edits_of_a_line(number)]
    unreached = [
        text for text in texts if text != OLD and not find_reason(find_edits(OLD, text), OLD, COUNTS)
    ]
    wanted = run(tmp_path / "old", OLD)
    assert wanted not in {None, (0, 0)}
    with ThreadPoolExecutor(2) as pool:
        ends = list(pool.map(run, (tmp_path / str(n) for n in range(len(unreached))), unreached))
    assert set(ends) <= {None, wanted}
    assert sum(end == wanted for end in ends) >= 8, "of those that compile"
    assert run(tmp_path / "new", OLD.replace("sum += 2;", "sum += 3;")) not in {None, wanted}
