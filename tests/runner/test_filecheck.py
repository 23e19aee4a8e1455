"""PyPI's filecheck in this process: its exit code, its message, and the text it was given."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from harness.runner.filecheck import CheckResult, check


@pytest.fixture
def checks(tmp_path: Path) -> Path:
    (tmp_path / "t.ll").write_text("; CHECK: nop\n; OTHER: ret\n")
    return tmp_path


def test_checks_that_hold_print_nothing(checks: Path) -> None:
    assert check([str(checks / "t.ll")], "  nop\n", Path("/")) == CheckResult(0, "", "  nop\n")


def test_a_failed_check_is_named(checks: Path) -> None:
    done = check(["t.ll"], "ret\n", checks)
    said = f'{checks}/t.ll:1: error: Couldn\'t match "nop".\nCurrent position at <stdin>:0:0\nret\n^\n'
    assert done == CheckResult(1, said, "ret\n")


def test_options_apply_and_paths_start_at_the_folder(checks: Path) -> None:
    (checks / "out.s").write_text("ret\n")
    assert check(["--check-prefix=OTHER", "--input-file=out.s", "t.ll"], None, checks) == CheckResult(
        0, "", "ret\n"
    )


def test_a_missing_input_is_a_failed_check(checks: Path) -> None:
    place = checks / "gone.s"
    message = f"Could not open input file '{place}': No such file or directory"
    assert check(["--input-file=gone.s", "t.ll"], None, checks) == CheckResult(2, message, "")


def test_bytes_that_are_not_text_are_replaced(checks: Path) -> None:
    (checks / "out.o").write_bytes(b"nop\xff\n")
    assert check(["--input-file=out.o", "t.ll"], None, checks) == CheckResult(0, "", "nop\ufffd\n")


def test_no_text_at_all_fails(checks: Path) -> None:
    assert check(["t.ll"], "", checks).returncode != 0


def test_nothing_is_printed_and_the_streams_come_back(
    checks: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    streams = (sys.stdout, sys.stderr)
    check(["t.ll"], "ret\n", checks)
    assert (sys.stdout, sys.stderr) == streams
    assert capfd.readouterr() == ("", "")
