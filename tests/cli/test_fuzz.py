"""`harness fuzz`, as a user runs it: known defects are found, reduced, deduplicated, and kept as tests."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path

import pytest

from harness import process
from harness.process import Completed, Limits
from harness.store import Store, default_root
from harness.toolchain.provider import Request
from harness.toolchain.registry import resolve
from tests.llvm import llvm

LIMITS = Limits(wall=300, cpu=0, memory=0, output=0)
BIN = Path(sys.executable).parent
SMALL = ("--count", "1", "--functions", "6", "--target", "x86-64", "-q", "-j", "1")


def fuzz(*args: str | Path) -> Completed:
    return process.run([BIN / "harness", "fuzz", *args], limits=LIMITS, env={"CI": None})


def lit(folder: Path, tools: Path, *params: str) -> str:
    more = [word for one in params for word in ("--param", one)]
    argv: list[str | Path] = [BIN / "lit", "-v", "--param", f"toolchain_bin={tools}", *more, folder]
    return process.run(argv, limits=LIMITS).text


@pytest.mark.needs_llvm
@pytest.mark.xdist_group("commands")
def test_a_callee_in_a_register_is_found_reduced_and_known(tmp_path: Path) -> None:
    """L2 on the LLVM with assertions."""
    out, record = tmp_path / "out", tmp_path / "r.json"
    said = fuzz("--toolchain", "wheel", "--hazard", "L2", *SMALL, "--out", out, "--json", record)
    assert said.returncode == 0, said.text  # nothing new
    found = json.loads(record.read_text())["findings"]
    # A value spilled in a realigned frame is an assertion of its own.
    assert {"L2"} <= {one["case"] for one in found} <= {"L2", "issue 55193"}
    assert {one["oracle"] for one in found} >= {"crash"}
    keys = [(one["target"], one["oracle"], one["key"]) for one in found]
    assert len(set(keys)) == len(keys)
    crash = next(one for one in found if "Unrecognized callee operand type" in one["key"])
    assert sum(crash["met"].values()) >= 2  # of several functions, one finding
    again = crash["replay"].split()[1:]
    assert crash["key"] in process.run([BIN / "harness", *again], limits=LIMITS).text

    (path,) = out.glob("x86-64-crash-unreachable-unrecognized*.ll")
    text = path.read_text()
    assert len(re.findall(r"^define i64 @f", text, re.MULTILINE)) == 1
    assert len(re.findall(r"  call .*patchpoint", text)) == 1
    tools = resolve(Store(default_root()), Request("wheel", None, None), lambda _text: None).toolchain()
    ran = lit(path, tools.tools["llc"].parent)
    assert "Failed: 1" in ran, ran
    assert "Unrecognized callee operand type." in ran


@pytest.mark.needs_llvm
@pytest.mark.xdist_group("commands")
def test_an_undersized_reservation_is_found(tmp_path: Path) -> None:
    """L1 on the LLVM with assertions: a release floods until it is stopped, at each step of reducing."""
    out, record = tmp_path / "out", tmp_path / "r.json"
    said = fuzz("--toolchain", "wheel", "--hazard", "L1", *SMALL, "--out", out, "--json", record)
    assert said.returncode == 0, said.text
    (found,) = json.loads(record.read_text())["findings"]
    assert (found["case"], found["oracle"]) == ("L1", "crash")
    assert "Patchpoint can't request size less than the length of a call." in found["key"]
    assert said.stdout.decode().splitlines()[-1] == "go on with --seed 1"
    tools = resolve(Store(default_root()), Request("wheel", None, None), lambda _text: None).toolchain()
    ran = lit(out, tools.tools["llc"].parent)
    assert "Failed: 1" in ran, ran


@pytest.mark.needs_llvm
def test_a_live_value_in_another_place_is_found_by_running_the_program(tmp_path: Path) -> None:
    """A pushed frame pointer on x86-64: only a program that runs shows that the slot is another."""
    out = tmp_path / "out"
    args = ("--llvm", "22", "--count", "1", "--functions", "12", "--target", "x86-64", "--out", out, "-q")
    said = fuzz(*args)
    assert said.returncode == 0, said.text
    assert "known: pull request 81048: x86-64: roots: " in said.text
    (path,) = out.glob("x86-64-roots-indirect-rsp*.ll")
    assert "ghccc" in path.read_text()
    ran = lit(path, llvm(22).tools)
    assert re.search(r"location 0 \(Indirect R#7 rsp.*\): expected .*, found", ran), ran


@pytest.mark.needs_llvm
def test_two_llvms_are_told_apart(tmp_path: Path) -> None:
    """The pushed frame pointer is a defect of LLVM 22 that 19 has not."""
    record = tmp_path / "r.json"
    args = ("--llvm", "19", "--against", "22", "--count", "1", "--target", "x86-64", "-q", "--json", record)
    said = fuzz(*args)
    assert said.returncode == 0, said.text
    (found,) = json.loads(record.read_text())["findings"]
    assert found["case"] == "pull request 81048"
    assert [name.split()[0] for name in found["met"]] == ["debian-22"]


@pytest.mark.needs_llvm
@pytest.mark.builds
@pytest.mark.xdist_group("overlays")
def test_what_a_series_mends_is_gone_and_the_error_it_gives_is_nothing_brought(tmp_path: Path) -> None:
    record = tmp_path / "r.json"
    said = fuzz("x86-undersized-patchpoint", "--llvm", "19", "--hazard", "L1", *SMALL, "--json", record)
    assert said.returncode == 0, said.text
    assert said.stdout.decode().splitlines()[-1] == "x86-undersized-patchpoint: 0 introduced, 1 gone"
    found = {one["oracle"]: one for one in json.loads(record.read_text())["findings"]}
    assert {oracle: (one["case"], list(one["met"])) for oracle, one in found.items()} == {
        "crash": ("L1", ["base 19.1.7"]),
        "refused": ("L1", ["x86-undersized-patchpoint 19.1.7"]),
    }


@pytest.mark.needs_llvm
@pytest.mark.builds
@pytest.mark.xdist_group("overlays")
def test_what_a_mutant_breaks_is_brought_by_it(tmp_path: Path) -> None:
    record = tmp_path / "r.json"
    said = fuzz("reintroduce-symbolic-callee-crash", "--llvm", "19", *SMALL, "--json", record)
    assert said.returncode == 1, said.text
    assert said.stdout.decode().splitlines()[-1] == "reintroduce-symbolic-callee-crash: 1 introduced, 0 gone"
    (found,) = json.loads(record.read_text())["findings"]
    assert "cast<Ty>() argument of incompatible type!" in found["key"]
    assert list(found["met"]) == ["reintroduce-symbolic-callee-crash 19.1.7"]
    assert found["replay"].startswith("harness fuzz reintroduce-symbolic-callee-crash --llvm 19 ")


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (
            ("x86-undersized-patchpoint", "--against", "22"),
            "--against with a series: a series is already compared with its base\n"
            "next: leave out one of them",
        ),
        (
            ("--target", "mips"),
            "--target mips: no such target\nnext: use one of x86-64, aarch64, ppc64le, s390x, riscv64",
        ),
        (
            ("--count", "1", "--minutes", "1"),
            "--count and --minutes: only one of them can end the search\nnext: leave out one of them",
        ),
        (("--minutes", "nan"), "Invalid value for '--minutes': nan is not a finite number."),
        (("--minutes", "1e999"), "Invalid value for '--minutes': 1e999 is not a finite number."),
        (("--minutes", "-1"), "Invalid value for '--minutes': -1.0 is not in the range x>0."),
        (("--against", "x"), "--against x: not a version\nnext: give a number such as 19 or 19.1.7"),
    ],
)
def test_bad_usage(args: tuple[str, ...], message: str) -> None:
    said = fuzz(*args)
    assert (said.returncode, said.stdout) == (2, b"")
    assert message in said.stderr.decode()


def test_a_hazard_is_one_of_the_cases() -> None:
    said = fuzz("--hazard", "L99")
    assert said.returncode == 2
    assert "--hazard L99: no such case\nnext: use one of L1, L2, " in said.stderr.decode()
