"""`harness report import`: from a pasted report to a test that LLVM reads, and that stops it."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from tests.command import REPOSITORY, Harness

SEED = REPOSITORY / "tests/desk/data/mail-lldb-2013.txt"
GOLDEN = Path(__file__).parents[1] / "desk/golden"


def without_versions(text: str) -> str:
    return re.sub(r"\b\d+\.\d+\.\d+\b", "N.N.N", text)


@pytest.mark.needs_llvm
def test_the_mail_of_2013_becomes_a_test_that_llvm_reads(harness: Harness, tmp_path: Path) -> None:
    # The folder of the test need not be there.
    folder = tmp_path / "new"
    test, record = folder / "seed.ll", tmp_path / "seed.json"
    said = harness("report", "import", "-q", SEED, "-o", test, "--json", record)
    assert (said.code, said.err) == (0, "")
    assert without_versions(test.read_text()) == (GOLDEN / "mail-lldb-2013.ll").read_text()
    shown = without_versions(said.out).replace(str(folder), "DIR")
    assert shown == (GOLDEN / "mail-lldb-2013.out").read_text()
    reported = json.loads(record.read_text())["reported"]
    assert reported["command"] == [["llc"]]
    assert reported["signature"]["kind"] == "assertion"
    assert (reported["missing"], reported["refused"]) == (["version", "command"], "")
    # Printed, it is the same; and imported again, but for where it comes from.
    printed = harness("report", "import", "-q", "-", stdin=SEED.read_bytes())
    assert printed.out == test.read_text().replace(SEED.name, "standard input")
    assert printed.err.splitlines() == [line for line in said.out.splitlines() if " " in line][:-3]
    again = harness("report", "import", "-q", test)
    assert again.out.split("\n\n")[1] == test.read_text().split("\n\n")[1]


@pytest.mark.slow
@pytest.mark.needs_llvm
def test_the_test_of_the_mail_dies_of_the_reservation_in_a_build_with_assertions(
    harness: Harness, tmp_path: Path
) -> None:
    """The cast that was reported is mended since 2013; what is left is that no bytes hold no call."""
    harness("report", "import", "-q", SEED, "-o", tmp_path / "seed.ll")
    ran = harness("check", "--no-patch", "-q", "--toolchain", "wheel", "--suite", tmp_path)
    assert ran.code == 1
    assert "Patchpoint can't request size less than the length of a call." in ran.out


@pytest.mark.needs_llvm
def test_what_llvm_does_not_read_is_written_and_ends_with_1(harness: Harness, tmp_path: Path) -> None:
    report = tmp_path / "report"
    report.write_text("llc crashes on\n\ndefine void @f() {\n  %x = add i32 1, i32 2\n  ret void\n}\n")
    said = harness("report", "import", "-q", report)
    assert said.code == 1
    assert "define void @f() {\n  %x = add i32 1, i32 2\n  ret void\n}\n" in said.out
    assert without_versions(said.err).splitlines()[-3:] == [
        "the test is no use yet: LLVM N.N.N: <stdin>:2:19: error: expected value token",
        "    %x = add i32 1, i32 2",
        "                    ^",
    ]


def test_bad_input_is_one_error_with_a_next_step(harness: Harness, tmp_path: Path) -> None:
    for given, code, error in (
        ((tmp_path,), 2, f"{tmp_path}: is a folder without IR"),
        ((tmp_path / "none",), 2, f"{tmp_path}/none: No such file or directory"),
        (("-",), 2, "standard input: is empty"),
        ((SEED, "-o", SEED / "x.ll"), 2, f"{SEED}/x.ll: cannot be written: File exists"),
        ((SEED, "-o", SEED), 2, f"{SEED}: is read, and -o would write over it"),
        ((SEED, "--llvm", "x"), 2, "--llvm x: not a version"),
    ):
        said = harness("report", "import", "-q", *given)
        assert (said.code, said.out) == (code, "")
        first, step = said.err.splitlines()
        assert first == f"harness: error: {error}"
        assert step.startswith("next: ")


def test_a_report_without_ir_needs_no_llvm(harness: Harness, tmp_path: Path) -> None:
    report = tmp_path / "report"
    report.write_text("It crashes.\n")
    said = harness("report", "import", "-q", report, "--prefix", tmp_path)
    assert said.code == 2
    assert said.err.startswith("harness: error: report: there is no LLVM IR in it\nnext: ")
