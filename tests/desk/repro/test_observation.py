"""How the runs of a case are read."""

from __future__ import annotations

import pytest

from harness.desk.repro.observation import Behaviour, Ended, observe
from harness.model import CrashKind, Signature

ASSERTS = "llc: /b/llvm/lib/A.cpp:3: void f(): Assertion `n > 0' failed.\n"
OTHER = "llc: /b/llvm/lib/A.cpp:3: void f(): Assertion `n > 1' failed.\n"
EXPECTED = Signature(CrashKind.ASSERTION, "n > 0", "lib/A.cpp:9")
PASS = Ended("llc", 0, "warning: odd\n")


def crash(text: str) -> Ended:
    return Ended("llc", -6, text)


@pytest.mark.parametrize(
    ("run", "expected", "said"),
    [
        (PASS, None, "passes"),
        (PASS, EXPECTED, "passes"),
        (crash(ASSERTS), None, "crash: llc: assertion: n > 0 (lib/A.cpp:3)"),
        (crash(ASSERTS), EXPECTED, "the same failure: llc: assertion: n > 0 (lib/A.cpp:3)"),
        (crash(OTHER), EXPECTED, "another failure: llc: assertion: n > 1 (lib/A.cpp:3)"),
        (Ended("llc", -24, "", "used more than 10 s of processor time"), None, None),
        (Ended("llc", 1, "llc: error: llc: case.ll:3:5: error: expected type\n"), EXPECTED, None),
        (Ended("llc", 1, "llc: /t/case.ll:3:5: error: expected type\n  x\n"), EXPECTED, None),
        (Ended("llc", 1, "case.ll:3:5: error: no\n<inline asm>:1:2: error: x"), EXPECTED, None),
        (
            Ended("llc", 1, "<inline asm>:1:2: error: no such instruction\n"),
            EXPECTED,
            "an error message: no such instruction",
        ),
        (Ended("llc", 3, ""), EXPECTED, "an error message: exit status 3"),
        (Ended("llc", 1, "llc: for the -x option\nmore"), None, "an error message: llc: for the -x option"),
    ],
)
def test_a_run_is_described(run: Ended, expected: Signature | None, said: str | None) -> None:
    found = observe([run], expected, "case.ll")
    if said is None:
        said = {
            "": "no end: llc: used more than 10 s of processor time",
            "l": "does not read the input: line 3: expected type",
            "c": "does not read the input: line 3: no",
        }[run.stderr[:1]]
    assert found.description == said


def test_a_limit_is_the_same_failure_whatever_its_length() -> None:
    expected = Signature(CrashKind.LIMIT, "ran longer than 60 s")
    endless = Ended("llc", -24, "", "used more than 10 s of processor time")
    assert observe([endless], expected, "c.ll").behaviour is Behaviour.SAME
    assert observe([endless], EXPECTED, "c.ll").behaviour is Behaviour.OTHER
    memory = Ended("llc", -6, "LLVM ERROR: out of memory\n")
    assert observe([memory], expected, "c.ll").behaviour is Behaviour.OTHER


def test_a_common_message_elsewhere_is_another_failure() -> None:
    cast = 'isa<To>(Val) && "cast<Ty>() argument of incompatible type!"'
    expected = Signature(CrashKind.ASSERTION, cast, "include/llvm/Support/Casting.h:9", ("llvm::A::f",))
    text = f"llc: include/llvm/Support/Casting.h:3: void cast(): Assertion `{cast}' failed.\n"
    trace = " #{} 0x00000000004 llvm::{}(int) (/b/llc+0x4)\n"
    found = {
        name: observe([crash(text + trace.format(4, name))], expected, "c.ll").behaviour
        for name in ("A::f", "B::f")
    }
    assert found == {"A::f": Behaviour.SAME, "B::f": Behaviour.OTHER}
    assert observe([crash(text)], expected, "c.ll").behaviour is Behaviour.RELATED


def test_a_rare_crash_counts_and_is_said_to_be_rare() -> None:
    found = observe([PASS, crash(OTHER), crash(ASSERTS), PASS], EXPECTED, "c.ll")
    assert (found.behaviour, found.times, found.runs) == (Behaviour.SAME, 1, 4)
    assert found.description == "the same failure, 1 of 4 times: llc: assertion: n > 0 (lib/A.cpp:3)"
    assert found.output == ASSERTS


def test_what_reproduces() -> None:
    names = {one.name for one in Behaviour if one.reproduces}
    assert names == {"SAME", "CRASH", "HANG"}


def test_the_target_is_that_of_the_command_if_the_tool_does_not_say() -> None:
    text = "LLVM ERROR: Do not know how to promote this operator's operand!\n"
    expected = Signature(CrashKind.FATAL_ERROR, text[12:-1], target="riscv")
    said = text + "Stack dump:\n0.\tProgram arguments: llc -mtriple=riscv64-linux-gnu a.ll\n"
    for stderr, command, behaviour in (
        (text, "llc -O0", Behaviour.RELATED),
        (text, "llc -O0 -mtriple=riscv64-linux-gnu", Behaviour.SAME),
        (text, "llc -mtriple=x86_64-linux-gnu", Behaviour.OTHER),
        (said, "llc -mtriple=x86_64-linux-gnu", Behaviour.SAME),
    ):
        assert observe([Ended("llc", -6, stderr, "", command)], expected, "c.ll").behaviour is behaviour
