"""Report files: what cannot be written is refused before the work, and later never instead of the verdict."""

from __future__ import annotations

import os
import shlex
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from harness import process
from harness.cli import reports
from harness.console.say import ReaderGoneError, say_report
from harness.errors import EXIT_ENVIRONMENT, EnvironmentLacksError, HarnessFaultError, UsageError

if TYPE_CHECKING:
    from rich.console import Console

    from tests.command import Harness

REPOSITORY = Path(__file__).parents[2]
AGAIN = "next: the verdict is above; for this report, run it again with another file"


def refusal(files: dict[str, Path | None], *inputs: str | Path) -> str:
    with pytest.raises(UsageError) as raised:
        reports.require(files, inputs)
    return str(raised.value)


def test_one_file_for_two_reports(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "there").touch()
    (tmp_path / "link").symlink_to("there")
    os.link(tmp_path / "there", tmp_path / "hard")
    said = " is given for --json and for --junit\nnext: name two files"
    for one, other in (("s", "s"), ("s", "./s"), ("there", "link"), ("there", "hard")):
        assert (
            refusal({"--json": Path(one), "--markdown": None, "--junit": Path(other)})
            == f"{Path(other)}:{said}"
        )
    assert sorted(path.name for path in tmp_path.iterdir()) == ["hard", "link", "there"]


def test_what_any_number_of_reports_may_go_to() -> None:
    reports.require({"--json": Path("/dev/null"), "--junit": Path("/dev/null")})


def test_a_report_over_what_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "my.patch").write_text("x")
    message = "my.patch: is read, and --json would write over it\nnext: give another file"
    assert refusal({"--json": tmp_path / "my.patch"}, "a-series", "my.patch") == message
    assert (tmp_path / "my.patch").read_text() == "x"
    reports.require({"--json": Path("a-series")}, ["a-series"])  # the name of a series, and no file yet


def test_a_pipe_without_a_reader_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    reports.require({"--json": tmp_path / "pipe"})


@pytest.mark.parametrize(
    "args",
    [
        ("fuzz", "--toolchain", "wheel", "--json", "nofolder/x"),
        ("compile", "--source", "debian:23", "--json", "nofolder/x"),
        ("mutants", "--json", "nofolder/x"),
    ],
)
def test_every_command_refuses_it_before_the_work(
    harness: Harness, tmp_path: Path, args: tuple[str, ...]
) -> None:
    said = harness(*args, cwd=tmp_path)
    assert (said.code, said.out, said.err) == (
        2,
        "",
        "harness: error: nofolder/x: cannot be written: No such file or directory\nnext: give another file\n",
    )


def test_a_folder_for_findings(tmp_path: Path) -> None:
    with pytest.raises(UsageError) as raised:
        reports.require_folder("--out", Path("/proc/nofolder/x"))
    assert str(raised.value) == (
        "--out /proc/nofolder/x: No such file or directory\nnext: name a folder that can be written"
    )
    reports.require_folder("--out", tmp_path / "new/one")
    reports.require_folder("--out", tmp_path)
    reports.require_folder("--out", None)
    assert list(tmp_path.iterdir()) == []


def test_a_folder_for_findings_in_which_nobody_can_create_a_file() -> None:
    """Root has every permission in /proc, and yet no file can be created there."""
    with pytest.raises(UsageError, match=r"^--out /proc: .*\nnext: name a folder that can be written$"):
        reports.require_folder("--out", Path("/proc"))


def delivered(show: Callable[[], None], *files: tuple[Path | None, Callable[[], str]]) -> Exception:
    with pytest.raises(Exception) as raised:  # noqa: PT011 - which it is the callers say
        reports.deliver(show, files)
    return raised.value


def test_a_report_that_cannot_be_written_at_the_end(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def broken() -> str:
        raise KeyError("x")

    last = tmp_path / "last"
    error = delivered(
        lambda: print("the verdict"),
        (Path("/dev/full"), lambda: "x" * 100000),
        (tmp_path / "gone/x", lambda: "x"),
        (tmp_path / "y", broken),
        (None, broken),
        (last, lambda: "all of it"),
    )
    assert isinstance(error, EnvironmentLacksError)
    assert str(error) == f"/dev/full: cannot be written: No space left on device\n{AGAIN}"
    out, err = capsys.readouterr()
    assert out == "the verdict\n"
    first, second, *_ = err.split("harness: error: ")[1:]
    assert first == f"{tmp_path}/gone/x: cannot be written: No such file or directory\n{AGAIN}\n"
    assert second.startswith(
        "this is a fault of the harness, and says nothing about the patch: KeyError: 'x'\n"
    )
    assert last.read_text() == "all of it"
    assert not (tmp_path / "y").exists()


def test_a_fault_in_a_writer_is_no_verdict(tmp_path: Path) -> None:
    def broken() -> str:
        raise RecursionError

    error = delivered(lambda: None, (tmp_path / "x", broken))
    assert isinstance(error, HarnessFaultError)
    assert error.exit_code == EXIT_ENVIRONMENT


def test_reports_are_written_though_nobody_reads_the_verdict(tmp_path: Path) -> None:
    def gone() -> None:
        raise ReaderGoneError

    assert isinstance(delivered(gone, (tmp_path / "x", lambda: "all")), ReaderGoneError)
    assert (tmp_path / "x").read_text() == "all"


@pytest.mark.needs_llvm
@pytest.mark.xdist_group("commands")
def test_no_verdict_is_lost(harness: Harness, tmp_path: Path) -> None:
    """Standard output is full, and so is the place of one report."""
    command = (
        f"{shlex.quote(harness.path)} check --toolchain wheel --suite s -q --json r.json --junit /dev/full"
    )
    (tmp_path / "s").mkdir()
    (tmp_path / "s/lit.cfg.py").write_text(
        "import lit.formats\nconfig.name = 's'\nconfig.test_format = lit.formats.ShTest(False)\n"
        "config.suffixes = ['.ll']\nconfig.test_exec_root = lit_config.params['exec_root']\n"
    )
    (tmp_path / "s/a.ll").write_text("; RUN: true\n")
    done = process.run(["bash", "-c", f"{command} >/dev/full"], cwd=tmp_path, env={"CI": None})
    err = done.stderr.decode()
    assert (done.returncode, done.stdout) == (EXIT_ENVIRONMENT, b"")
    verdict, _, errors = err.partition("harness: error: ")
    assert verdict.splitlines()[-1].startswith("OK in ")
    assert errors == (
        f"/dev/full: cannot be written: No space left on device\n{AGAIN}\n"
        "harness: error: standard output cannot be written: No space left on device\n"
        "next: send it to another file\n"
    )
    assert '"outcome": "PASS"' in (tmp_path / "r.json").read_text()


def test_the_verdict_on_a_terminal_is_in_colour_and_whole(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def write(console: Console) -> None:
        console.print("[bold]a[/bold] " + "b" * 200, soft_wrap=True)

    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.delenv("NO_COLOR", raising=False)
    say_report(write)
    assert capsys.readouterr().out == f"\x1b[1ma\x1b[0m {'b' * 200}\n"
    monkeypatch.delenv("FORCE_COLOR")
    say_report(write)
    assert capsys.readouterr().out == f"a {'b' * 200}\n"
