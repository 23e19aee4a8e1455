"""A command as a program of its own, as the suite's `%stackmap` is: it ends as it does below `harness`."""

from __future__ import annotations

import sys
from pathlib import Path

import click
import pytest

from harness import process
from harness.console.program import EXIT_INTERRUPTED, Group, run

ALONE = (sys.executable, "-c", "from harness.stackmaps.command import main; main()")
BELOW = (sys.executable, "-c", "from harness.cli import main; main()", "stackmap")
MISSING = "harness: error: missing.o: No such file or directory\nnext: name a file that can be read\n"


def ended(*argv: str | Path) -> tuple[int, str, str]:
    done = process.run(list(argv), env={"PYTHONPATH": str(Path(__file__).parents[2])})
    return done.returncode, done.stdout.decode(), done.stderr.decode()


@pytest.mark.parametrize("command", [ALONE, BELOW], ids=("alone", "below"))
def test_an_error_of_the_harness(command: tuple[str, ...]) -> None:
    assert ended(*command, "show", "missing.o") == (2, "", MISSING)


def test_bad_usage_and_help_name_the_command() -> None:
    code, out, err = ended(*ALONE, "shwo")
    assert (code, out) == (2, "")
    assert err.startswith("Usage: harness stackmap [OPTIONS] COMMAND [ARGS]...\n")
    assert "No such command 'shwo'." in err
    code, out, err = ended(*ALONE, "--help")
    assert (code, err) == (0, "")
    assert out.startswith("Usage: harness stackmap [OPTIONS] COMMAND [ARGS]...\n")


def test_nothing_of_the_command_line_is_loaded() -> None:
    """Else what decides about tests would be in harness/cli, above the key of the base's outcomes."""
    code = "import sys; import harness.stackmaps.command; print([n for n in sys.modules if '.cli' in n])"
    assert ended(sys.executable, "-c", code) == (0, "[]\n", "")


@pytest.mark.parametrize(
    ("error", "code"),
    [(KeyboardInterrupt(), EXIT_INTERRUPTED), (click.UsageError("x"), 2), (KeyError(), 4)],
    ids=repr,
)
def test_what_a_command_raises_is_its_exit_code(
    monkeypatch: pytest.MonkeyPatch, error: BaseException, code: int
) -> None:
    monkeypatch.setattr(process, "exit_on_sigterm", lambda: None)
    monkeypatch.setattr(sys, "argv", ["program", "fail"])

    def fail() -> None:
        raise error

    with pytest.raises(SystemExit) as end:
        run(Group("program", [click.Command("fail", callback=fail)]))
    assert end.value.code == code
