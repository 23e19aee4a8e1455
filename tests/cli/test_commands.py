"""Commands that need nothing to be built: the suite on the wheel, doctor, toolchain, progress."""

from __future__ import annotations

import json
import os
import pty
import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from harness import process
from harness.authoring import lint
from harness.store import default_root
from tests.known import run_unknown

if TYPE_CHECKING:
    from tests.command import Harness

# All of these start the wheel's LLVM or ask the machine: in one worker they do not disturb each other.
pytestmark = [pytest.mark.needs_llvm, pytest.mark.xdist_group("commands")]
SUITE = Path(__file__).parents[2] / "lit-tests"
ALL = {path.relative_to(SUITE).as_posix() for path in lint.tests_below(SUITE)}


def outcomes(report: Path) -> dict[str, str]:
    record = json.loads(report.read_text())
    return {r["name"]: r["outcome"] for r in record["report"]["suite"]["results"]}


def test_the_suite_is_green_on_the_wheel_alone() -> None:
    from harness.runner.runs import Suite
    from harness.store import Store
    from harness.toolchain.provider import Request
    from harness.toolchain.registry import resolve

    provider = resolve(Store(default_root()), Request("wheel", None, None), lambda _text: None)
    with provider.session() as toolchain:
        results = run_unknown(toolchain, Suite(SUITE, 2, expectations=True)).results
    found = {result.name: result.outcome.value for result in results}
    assert set(found) == ALL
    assert set(found.values()) <= {"PASS", "XFAIL", "UNSUPPORTED"}
    assert sum(outcome == "PASS" for outcome in found.values()) >= 15
    # The embedded LLVM runs the programs, not only the compiler.
    assert found["JIT/patchpoint-symbol-callee.ll"] == "PASS"
    # It has assertions: the bugs that the series fix are expected failures.
    assert found["X86/patchpoint-undersized-symbol-callee.ll"] == "XFAIL"


def test_a_part_of_the_suite_on_the_wheel_alone(harness: Harness, tmp_path: Path) -> None:
    """As the user has it who has no LLVM: from any folder, with progress in lines."""
    part = "^JIT/patchpoint.*(null|symbol-callee)|X86/patchpoint-undersized-symbol"
    args = ("--filter", part, "--json", "r.json", "--junit", "r.xml")
    said = harness("check", "--toolchain", "wheel", *args, cwd=tmp_path)
    assert said.code == 0, said.out + said.err
    assert outcomes(tmp_path / "r.json") == {
        "JIT/patchpoint-null-callee.ll": "PASS",
        "JIT/patchpoint-symbol-callee.ll": "PASS",
        "X86/patchpoint-undersized-symbol-callee.ll": "XFAIL",
    }
    first, *ticks = said.err.splitlines()
    assert first == "harness: running the suite on wheel"
    assert all(tick.startswith("harness: [") for tick in ticks)
    assert said.out.splitlines()[-1].startswith("OK in ")
    assert (tmp_path / "r.xml").read_text().count("<testcase ") == 3


def test_a_part_of_a_suite_that_is_named(harness: Harness, tmp_path: Path) -> None:
    args = ("--suite", SUITE, "--filter", "^JIT/patchpoint.*null", "--json", "r.json")
    said = harness("check", "--toolchain", "wheel", "-q", *args, cwd=tmp_path)
    assert (said.code, said.err) == (0, "")
    assert outcomes(tmp_path / "r.json") == {"JIT/patchpoint-null-callee.ll": "PASS"}


# As docs/suite.md has it.
CONFIG = (
    "import lit.formats\n"
    "config.name = 'red'\nconfig.test_format = lit.formats.ShTest(execute_external=False)\n"
    "config.suffixes = {'.ll'}\nconfig.test_exec_root = lit_config.params['exec_root']\n"
    "config.environment['PATH'] = lit_config.params['toolchain_bin'] + ':/usr/bin:/bin'\n"
)
CRASH = """\
declare void @llvm.experimental.patchpoint.void(i64, i32, ptr, i32, ...)
define void @caller(ptr %callee) {
  call void (i64, i32, ptr, i32, ...) @llvm.experimental.patchpoint.void(i64 1, i32 15, ptr %callee, i32 0)
  ret void
}
"""
RUN = "llc -mtriple=x86_64-unknown-linux-gnu"


def test_a_crash_and_what_the_wheel_lacks_are_told_with_their_reasons(
    harness: Harness, tmp_path: Path
) -> None:
    (tmp_path / "lit.cfg.py").write_text(CONFIG)
    tests = {
        "crash": f"{RUN} < %s",
        "crash-in-not": f"not {RUN} < %s 2>&1 | FileCheck %s\n; CHECK: sorry",
        "option": f"not {RUN} --function-sections < %s",
        "option-of-lli": "sh -c 'lli --extra-module=%s %s || true'",
        "mir": f"{RUN} -x mir < %s",
        "opt": "opt < %s",
    }
    for name, line in tests.items():
        (tmp_path / f"{name}.ll").write_text(f"; RUN: {line}\n{CRASH}")
    reports = ("--json", tmp_path / "r.json", "--junit", tmp_path / "r.xml", "--markdown", tmp_path / "r.md")
    said = harness("check", "--toolchain", "wheel", "-q", "--suite", tmp_path, *reports)
    assert (said.code, said.err) == (1, "")
    assert outcomes(tmp_path / "r.json") == {
        f"{name}.ll": "CRASH" if name.startswith("crash") else "UNSUPPORTED" for name in tests
    }
    died = re.compile(
        r"llc of LLVM 22\.\d\.\d: unreachable: Unrecognized callee operand type\. "
        r"\(lib/Target/X86/X86MCInstLower\.cpp:\d+\)"
    )
    for text in (said.out, (tmp_path / "r.md").read_text(), (tmp_path / "r.xml").read_text()):
        assert died.search(text), text
        for lacking in (
            "needs --function-sections of llc, which this toolchain cannot do",
            "needs --extra-module of lli, which this toolchain cannot do",
            "needs a parser of MIR of llc, which this toolchain cannot do",
            "runs opt, which is not in this toolchain",
        ):
            assert lacking in text


def test_a_red_suite_is_exit_code_1(harness: Harness, tmp_path: Path) -> None:
    (tmp_path / "lit.cfg.py").write_text(CONFIG)
    (tmp_path / "red.ll").write_text(
        "; RUN: llc -mtriple=x86_64-- < %s | FileCheck %s\n; CHECK: nop\ndefine void @f() {\n  ret void\n}\n"
    )
    said = harness("check", "--toolchain", "wheel", "-q", "--suite", tmp_path)
    assert (said.code, said.err) == (1, "")
    assert "red.ll" in said.out


@pytest.mark.parametrize(("options", "env"), [(("-q",), {}), ((), {"CI": "true"})])
def test_no_progress_when_quiet_or_in_ci(
    harness: Harness, options: tuple[str, ...], env: dict[str, str]
) -> None:
    said = harness("check", "--toolchain", "wheel", "--filter", "null-callee-small", *options, env=env)
    assert (said.code, said.err) == (0, "")


def test_progress_on_a_terminal_is_a_live_line(harness: Harness) -> None:
    ours, theirs = pty.openpty()
    argv = harness.argv("check", "--toolchain", "wheel", "--filter", "null-callee-small")
    env = {**os.environ, "TERM": "xterm", "COLUMNS": "100"}
    env.pop("CI", None)
    child = process.Child(argv, process.Limits(wall=120, cpu=0), stdout=-3, stderr=theirs, env=env)
    os.close(theirs)
    shown = b""
    while True:
        try:
            chunk = os.read(ours, 65536)
        except OSError:  # the last writer of the terminal is gone
            break
        if not chunk:
            break
        shown += chunk
    os.close(ours)
    assert child.wait() == 0
    assert b"running the suite on wheel" in shown
    assert b"harness: " not in shown
    assert b"\r" in shown


def test_doctor(harness: Harness) -> None:
    said = harness("doctor", "--offline", env={"CI": "1"})
    assert (said.code, said.err) == (0, ""), said.err
    assert "ok       git " in said.out
    table = said.out.split("\n\n")[1].splitlines()
    assert table[0].split() == ["LLVM", "from", "run", "overlay", "full", "where"]
    wheel = [line.split()[1:5] for line in table if line.split()[1:2] == ["wheel"]]
    assert wheel  # the installed one, and those that the store has
    assert all(row == ["wheel", "yes", "no", "no"] for row in wheel)


def test_toolchain_list_and_show(harness: Harness) -> None:
    import llvmlite.binding

    version = ".".join(map(str, llvmlite.binding.llvm_version_info))
    listed = harness("toolchain", "list", "--offline", env={"CI": "1"})
    assert (listed.code, listed.err) == (0, "")
    assert ["wheel", version] in [line.split()[:2] for line in listed.out.splitlines()]
    said = harness("toolchain", "show", "--toolchain", "wheel", env={"CI": "1"})
    assert (said.code, said.err) == (0, "")
    shown = {line.split()[0]: line.split()[1:] for line in said.out.splitlines()}
    assert list(shown) == ["name", "version", "from", "identity", "features", "llc", "tools"]
    assert (shown["name"], shown["version"]) == (["wheel"], [version])
    assert {"mcjit", "x86-registered-target", f"llvm-{version.split('.')[0]}"} <= set(shown["features"])
    assert os.access(shown["llc"][0], os.X_OK)


def test_toolchain_show_wants_to_know_which(harness: Harness) -> None:
    said = harness("toolchain", "show")
    assert (said.code, said.out) == (2, "")
    assert said.err == (
        "harness: error: which toolchain?\nnext: add --toolchain wheel, --llvm 19, or --prefix DIR\n"
    )
