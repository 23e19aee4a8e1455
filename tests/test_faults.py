"""What an exception that nobody foresaw is told as: a limit of the machine, or a fault of the harness."""

from __future__ import annotations

import errno
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from harness import faults
from harness.errors import (
    EXIT_ENVIRONMENT,
    EXIT_USAGE,
    EXIT_VERDICT,
    HarnessFaultError,
    UsageError,
)

LONG = "x" * 5000


def test_an_error_of_ours_is_told_as_it_is() -> None:
    error = UsageError("no", "yes")
    assert faults.explain_fault(error) is error


@pytest.mark.parametrize(
    ("error", "code", "text"),
    [
        (
            OSError(errno.ENOSPC, "No space left on device", "/disk/x"),
            EXIT_ENVIRONMENT,
            "no space is left on the disk: /disk/x\nnext: free some there; TMPDIR names another disk for it",
        ),
        (
            OSError(errno.EFBIG, "File too large"),
            EXIT_ENVIRONMENT,
            "a file grew larger than this shell allows\nnext: raise the limit: ulimit -f unlimited",
        ),
        (
            OSError(errno.EMFILE, "Too many open files"),
            EXIT_ENVIRONMENT,
            "more files are open than this shell allows\nnext: raise the limit: ulimit -n 1024",
        ),
        (
            BlockingIOError(errno.EAGAIN, "Resource temporarily unavailable"),
            EXIT_ENVIRONMENT,
            "no other process may be started\nnext: raise the limit: ulimit -u unlimited",
        ),
        (
            PermissionError(errno.EACCES, "Permission denied", b"/root/\xff"),
            EXIT_ENVIRONMENT,
            "permission denied: /root/\nnext: check whose it is, and its permissions",
        ),
        (
            OSError(errno.ENAMETOOLONG, "File name too long", LONG),
            EXIT_USAGE,
            f"a name is longer than the file system takes: {'x' * 80}...{'x' * 80}\nnext: shorten it",
        ),
        (
            FileNotFoundError(errno.ENOENT, "No usable temporary directory found in ['/tmp']"),
            EXIT_ENVIRONMENT,
            "there is no folder for temporary files that can be written\n"
            "next: set TMPDIR to one on a disk with room",
        ),
        (
            UnicodeEncodeError("utf-8", "s/b\udcff.ll", 3, 4, "surrogates not allowed"),
            EXIT_USAGE,
            "a name in bytes that are not UTF-8: s/b\\xff.ll\nnext: rename it",
        ),
        (
            MemoryError(),
            EXIT_ENVIRONMENT,
            "out of memory\nnext: give fewer --jobs, or raise the limit: ulimit -v unlimited",
        ),
        (
            RuntimeError("can't start new thread"),
            EXIT_ENVIRONMENT,
            "no other thread may be started\nnext: raise the limit: ulimit -u unlimited",
        ),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else "",
)
def test_limits_of_the_machine(error: Exception, code: int, text: str) -> None:
    known = faults.explain_fault(error)
    assert (known.exit_code, str(known)) == (code, text)
    assert not isinstance(known, HarnessFaultError)


def raised(text: str = "boom") -> Exception:
    try:
        json.loads(text)
    except ValueError as error:
        return error
    raise AssertionError(text)


def test_a_fault_says_where_it_is_and_is_no_verdict(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("HARNESS_TRACEBACK", raising=False)
    known = faults.explain_fault(raised())
    assert isinstance(known, HarnessFaultError)
    assert known.exit_code == EXIT_ENVIRONMENT != EXIT_VERDICT
    what, *frames, next_step = str(known).splitlines()
    assert what == (
        "this is a fault of the harness, and says nothing about the patch: "
        "JSONDecodeError: Expecting value: line 1 column 1 (char 0)"
    )
    assert next_step == (
        "next: report it with the command, its input and these lines; "
        "HARNESS_TRACEBACK=1 in the environment tells more"
    )
    assert re.fullmatch(r"  at tests/test_faults\.py:\d+ in raised", frames[0])
    assert re.fullmatch(r"  at json/decoder\.py:\d+ in raw_decode", frames[-1])


def test_all_of_the_traceback_on_request(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HARNESS_TRACEBACK", "1")
    text = str(faults.explain_fault(raised()))
    assert "\n  Traceback (most recent call last):\n" in text
    assert "\n      json.loads(text)\n" in text


def test_what_is_foreign_in_it_is_bounded_and_one_line() -> None:
    known = faults.explain_fault(ValueError(f"a\nb{LONG}"))
    assert str(known).splitlines()[0].endswith(f"ValueError: a<U+000A>b{'x' * 297}...")


def test_an_error_of_the_system_that_is_not_listed_is_a_fault() -> None:
    known = faults.explain_fault(OSError(errno.EBADF, os.strerror(errno.EBADF)))
    assert isinstance(known, HarnessFaultError)


def test_a_program_of_ours_ends_with_the_code_of_its_work(capsys: pytest.CaptureFixture[str]) -> None:
    assert faults.run_program(lambda: EXIT_VERDICT) == EXIT_VERDICT
    assert capsys.readouterr() == ("", "")


def test_a_program_of_ours_tells_what_ended_it(capsys: pytest.CaptureFixture[str]) -> None:
    def work() -> int:
        raise UsageError("no\x1b[2J", "yes")

    assert faults.run_program(work) == EXIT_USAGE
    assert capsys.readouterr() == ("", "harness: error: no\nnext: yes\n")


def test_what_ends_a_program_of_ours_unforeseen_is_never_a_verdict(tmp_path: Path) -> None:
    (tmp_path / "a.ll").write_bytes(b"; RUN: \xff\n")
    argv = [sys.executable, "-m", "harness.authoring.lint", str(tmp_path)]
    ran = subprocess.run(argv, capture_output=True, text=True, cwd=Path(__file__).parents[1], check=False)
    first = "harness: error: this is a fault of the harness, and says nothing about the patch: Unicode"
    assert (ran.returncode, ran.stdout, ran.stderr[: len(first)]) == (EXIT_ENVIRONMENT, "", first)


def test_a_program_of_ours_that_nobody_reads_ends_in_silence() -> None:
    program = "sys.exit(run_program(lambda: print('x' * 99) or 0))"
    code = f"import sys; from harness.faults import run_program; {program}"
    reader, writer = os.pipe()
    os.close(reader)
    argv = [sys.executable, "-c", code]
    ran = subprocess.run(
        argv, stdout=writer, stderr=subprocess.PIPE, cwd=Path(__file__).parents[1], check=False
    )
    os.close(writer)
    assert (ran.returncode, ran.stderr) == (EXIT_ENVIRONMENT, b"")


@pytest.mark.parametrize("module", ["bench.job", "ledger.page"])
def test_they_say_what_was_wrong_with_their_input(module: str) -> None:
    wrong = {"bench.job": ["--llvm", "x"], "ledger.page": ["no-such-file"]}[module]
    argv = [sys.executable, "-m", f"harness.{module}", *wrong]
    ran = subprocess.run(argv, capture_output=True, text=True, cwd=Path(__file__).parents[1], check=False)
    assert ran.returncode == EXIT_USAGE
    assert (
        ran.stderr.splitlines()[-2 if module == "ledger.page" else -1]
        == {
            "bench.job": "python -m harness.bench.job: error: argument --llvm: invalid int value: 'x'",
            "ledger.page": "harness: error: no-such-file: cannot be read: No such file or directory",
        }[module]
    )
