"""What pytest prints of lit tests whose names and tools want to act on whoever reads it."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.printable import safe_line
from tests.hostile import HOSTILE, MARK, read_xml, require_log
from tests.pytest_plugin.started import Ended, make_prefix, make_suite, run_pytest

pytestmark = pytest.mark.slow
# Tests of two names that would look the same if what cannot be printed were left out.
NAME = HOSTILE.partition("\u2028")[0].replace("\x85", "").replace("\x9b", "") + "\u202e"
NAMES = (f"{NAME}.test", f"\x1b{NAME}.test", "plain.test")


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("hostile")


@pytest.fixture(scope="module")
def ended(place: Path) -> Ended:
    """A run of tests that fail, each after its tool wrote the text."""
    make_suite(place / "suite", dict.fromkeys(NAMES, "RUN: llc say\n"))
    llc = make_prefix(place / "p") / "bin/llc"
    said = place / "p/said"
    said.write_text(HOSTILE)
    body = f'[ "$1" = say ] && {{ cat {said}; exit 3; }}'
    head, rest = llc.read_text().split("\n", 1)
    llc.write_text(f"{head}\n{body}\n{rest}")
    return run_pytest(place, "suite", "--llvm", "tree:p", "-rA", "--junitxml", place / "junit.xml")


def test_nothing_of_it_acts(ended: Ended) -> None:
    assert ended.code == 1, ended.text
    require_log(ended.text)


def test_each_test_has_a_name_of_its_own(ended: Ended) -> None:
    listed = [line for line in ended.lines if line.startswith("FAILED ")]
    assert len(listed) == len(set(listed)) == len(NAMES)
    assert [f"suite/<U+001B>{MARK}" in line for line in listed].count(True) == 1


@pytest.mark.usefixtures("ended")
def test_junit_has_them(place: Path) -> None:
    text = (place / "junit.xml").read_text()
    assert len(read_xml(text).findall(".//testcase/failure")) == len(NAMES)
    assert safe_line("::error file=x.c,line=1::owned") in text
