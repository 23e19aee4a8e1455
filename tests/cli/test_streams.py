"""Streams that are closed, full or gone, exceptions nobody foresaw: the exit code is right and never 1."""

from __future__ import annotations

import json
import os
import re
import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from harness import cli, process
from harness.console.say import say_json
from harness.errors import EXIT_ENVIRONMENT, EXIT_OK, EXIT_USAGE
from harness.stackmaps import command
from harness.stackmaps.verify.findings import Subject, Verification, Violation

if TYPE_CHECKING:
    from tests.command import Harness

REPOSITORY = Path(__file__).parents[2]
NO_COMMAND = "Error: No such command 'chek'."


def shell(harness: Harness, line: str, cwd: Path = REPOSITORY) -> tuple[int, str, str]:
    """Run a line of sh, in which `harness` is the command."""
    text = line.replace("harness", shlex.quote(harness.path))
    done = process.run(["bash", "-c", text], cwd=cwd, env={"CI": None, "HARNESS_STORE": os.devnull})
    return done.returncode, done.stdout.decode(), done.stderr.decode()


@pytest.mark.parametrize(
    ("line", "code", "err"),
    [
        ("harness --version >&-", EXIT_OK, ""),
        # Its list asks the machine's own LLVM where it is.
        pytest.param(
            "harness toolchain list --offline >/dev/full",
            EXIT_ENVIRONMENT,
            "harness: error: standard output cannot be written: No space left on device\n"
            "next: send it to another file\n",
            marks=pytest.mark.needs_llvm,
        ),
        ("harness chek 2>&-", EXIT_USAGE, ""),
        ("harness chek 2>/dev/full", EXIT_USAGE, ""),
        ("harness chek >&- 2>&- <&-", EXIT_USAGE, ""),
        pytest.param(
            "harness toolchain list --offline | true; exit ${PIPESTATUS[0]}",
            EXIT_ENVIRONMENT,
            "",
            marks=pytest.mark.needs_llvm,
        ),
        ("(sleep 0.3; harness check --help) | true; exit ${PIPESTATUS[0]}", EXIT_ENVIRONMENT, ""),
    ],
)
def test_the_code_is_right_whatever_can_be_said(harness: Harness, line: str, code: int, err: str) -> None:
    found = shell(harness, line)
    assert (found[0], found[2]) == (code, err)


def test_a_folder_that_was_removed(harness: Harness, tmp_path: Path) -> None:
    (tmp_path / "gone").mkdir()
    found = shell(harness, f"rmdir {shlex.quote(str(tmp_path / 'gone'))}; harness check", tmp_path / "gone")
    message = "harness: error: the current directory was removed\nnext: cd to one that exists\n"
    assert found == (EXIT_USAGE, "", message)


def ended(monkeypatch: pytest.MonkeyPatch, error: BaseException) -> int:
    """The code of a command that raises this, run in this process."""

    def survey(*_args: object, **_named: object) -> None:
        raise error

    monkeypatch.setattr("harness.toolchain.registry.survey", survey)
    monkeypatch.setattr(process, "exit_on_sigterm", lambda: None)
    monkeypatch.setattr(sys, "argv", ["harness", "toolchain", "list", "--offline"])
    with pytest.raises(SystemExit) as end:
        cli.main()
    assert isinstance(end.value.code, int)
    return end.value.code


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (KeyError("x"), EXIT_ENVIRONMENT),
        (RecursionError("maximum recursion depth exceeded"), EXIT_ENVIRONMENT),
        (BrokenPipeError(32, "Broken pipe"), EXIT_ENVIRONMENT),
        (SystemExit("a text"), EXIT_ENVIRONMENT),
        (SystemExit(3), 3),
        (SystemExit(None), EXIT_OK),
        (KeyboardInterrupt(), 130),
    ],
    ids=repr,
)
def test_no_exception_ends_as_a_verdict(
    monkeypatch: pytest.MonkeyPatch, error: BaseException, code: int
) -> None:
    assert ended(monkeypatch, error) == code


def test_a_fault_is_told(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    assert ended(monkeypatch, KeyError("\x1b]0;x\x07::y")) == EXIT_ENVIRONMENT
    out, err = capsys.readouterr()
    first, *frames, last = err.removeprefix("harness: listing\n").splitlines()
    assert out == ""
    assert first == (
        "harness: error: this is a fault of the harness, and says nothing about the patch: "
        "KeyError: '\\x1b]0;x\\x07::y'"
    )
    assert frames[-1].startswith("  at tests/cli/test_streams.py:")
    assert last.startswith("next: report it with the command")


def test_names_that_are_not_utf8_are_printed(harness: Harness, tmp_path: Path) -> None:
    code, out, err = shell(
        harness, "PYTHONIOENCODING=ascii harness stackmap show $'\\xff\\u202e.o'", tmp_path
    )
    assert (code, out) == (EXIT_USAGE, "")
    first, last = err.splitlines()
    assert first == "harness: error: \\xff<U+202E>.o: No such file or directory"
    assert last == "next: name a file that can be read"


NAME = "\x1b]0;PWNED\x07\n::error file=x.c::pwned\u202e"


def test_names_of_symbols_act_on_no_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    found = Violation(Subject(NAME), f"{NAME} is not there")
    command._print(Verification("::x.o", 1, 1, 1, (found,)))
    shown = "]0;PWNED<U+000A>::error file=x.c::pwned<U+202E>"
    assert capsys.readouterr().out == (
        f": :x.o: function {shown}: {shown} is not there\n"
        ": :x.o: NOT OK: 1 records of 1 functions, 1 violations, 0 not checked\n"
    )


def test_json_says_the_same_and_acts_on_no_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    data = {"name": f"{NAME}\x9b31m\x7f\u2028é"}
    say_json(json.dumps(data, ensure_ascii=False))
    out = capsys.readouterr().out
    assert json.loads(out) == data
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u202e]", out)
    assert "é" in out
