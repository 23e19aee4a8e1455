"""Two defects are one finding or two; a finding is known or new; a finding is a lit test. Pure."""

from __future__ import annotations

from dataclasses import replace

import pytest

from harness.fuzz import dedup, reproducer
from harness.fuzz.dedup import Defect
from harness.fuzz.ir import (
    CAPTURE,
    IRFunction,
    IRModule,
    Literal,
    Name,
    Operand,
    Parameter,
    Site,
    SymbolAddress,
)
from harness.fuzz.known import find_known
from harness.model import CrashKind, Signature
from harness.stackmaps.verify.findings import Subject, Violation


def module(callee: Operand, target: str = "x86-64", size: int = 40, convention: str = "") -> IRModule:
    site = Site(7, size, callee, convention, None, (), (Name("i64", 1), Literal("i64", -5 % 2**64)))
    function = IRFunction("f", "", (), (Parameter(1, Literal("i64", 5)),), (site,), (), Literal("i64", 0))
    return IRModule(3, target, 2, False, (function,))


CALL = Literal("ptr", CAPTURE)


@pytest.mark.parametrize(
    ("what", "key"),
    [
        ("location 1: R#1225 is not a register of ppc64", "R# is not a register of ppc64"),
        ("location 3: R#11 r11 is neither stack, frame nor base pointer of s390x",
         "R# is neither stack, frame nor base pointer of s390x"),
        ("live-out 2: R#65535 is not a register of s390x", "R# is not a register of s390x"),
        ("7 bytes are reserved at 16, the function ends at 20", "N bytes are reserved at N, the function ends at N"),  # noqa: E501 - a message as it is
    ],
)  # fmt: skip
def test_numbers_and_registers_make_no_other_violation(what: str, key: str) -> None:
    assert dedup.of_violation("verify", Violation(Subject("f", 0, 1), what)) == Defect(
        "verify", key, what, "f", 1
    )


def test_a_known_defect_is_one_wherever_it_is() -> None:
    one = Violation(Subject("f", 0, 1), "location 1; live-outs 40 to 58", "registers of it (L19)")
    assert dedup.of_violation("verify", one) == Defect(
        "verify", "registers of it (L19)", "registers of it (L19): location 1; live-outs 40 to 58", "f", 1
    )


@pytest.mark.parametrize(
    ("what", "key"),
    [
        ("line 1: location 0 (Indirect R#7 rsp + 8, size 8): expected i64 0x5 (0x5), found 0x3",
         "Indirect rsp: another value"),
        ("line 9: location 2 (Indirect R#6 rbp - 8, size 4): expected float 0x0 (0x0), found 0x3",
         "Indirect rbp: another value"),
        ("line 1: location 0 (Register R#3 rbx, size 8): expected i64 0x5 (0x5), found 0x3",
         "Register: another value"),
        ("line 1: location 0 (Register R#31 sp, size 8): expected i64 0x5 (0x5), found 0x3",
         "Register sp: another value"),
        ("line 1: location 0 (Constant 5): expected i64 0x5 (0x5), found 0x3", "Constant: another value"),
        ("line 1: location 0 (Indirect R#7 rsp, size 2): expected i64 0x5, which is longer",
         "Indirect rsp: shorter than its value"),
        ("line 1: location 0 (Direct R#7 rsp, size 8): expected ptr to i64 0x5, but it is not among what was captured",  # noqa: E501 - a message as it is
         "Direct rsp: outside the captured stack"),
        ("line 4: 3 values, 2 locations", "N values, N locations"),
        ("line 4: the program never stopped at id 77", "the program never stopped at id N"),
    ],
)  # fmt: skip
def test_roots_are_told_apart_by_kind_of_location(what: str, key: str) -> None:
    assert dedup.of_violation("roots", Violation(Subject("f", 0, 1), what)).key == key


def test_a_signal_is_told_apart_by_its_innermost_frame() -> None:
    one = Signature(CrashKind.SIGNAL, "SIGSEGV", frames=("llvm::a", "llvm::b"))
    assert dedup.of_crash(one).key == "signal: SIGSEGV in a"
    assertion = Signature(CrashKind.ASSERTION, "x < 3", "lib/A.cpp:5", ("llvm::a",))
    assert dedup.of_crash(assertion).key == "assertion: x < N"
    assert dedup.of_crash(assertion).text == "assertion: x < 3 (lib/A.cpp:5)"


def test_a_message_that_many_bugs_share_is_a_defect_for_each_place() -> None:
    frames = ("llvm::cast<...>", "llvm::SelectionDAGBuilder::visitPatchpoint")
    cast = Signature(
        CrashKind.ASSERTION, 'isa<To>(Val) && "cast<Ty>() of another type"', "Casting.h:578", frames
    )
    assert dedup.of_crash(cast).key == (
        'assertion: isa<To>(Val) && "cast<Ty>() of another type" in SelectionDAGBuilder::visitPatchpoint'
    )


def test_a_location_does_not_hide_a_crash_of_another_message() -> None:
    one, other = (dedup.of_crash(Signature(CrashKind.UNREACHABLE, text)) for text in ("a", "b"))
    assert one.name != other.name


CRASH = Defect("crash", "signal: SIGSEGV", "signal: SIGSEGV", "f")


@pytest.mark.parametrize(
    ("made", "said", "case"),
    [
        (module(CALL), CRASH, ""),
        (module(CALL, size=5), CRASH, "L1"),
        (module(Name("ptr", 2)), CRASH, "L2"),
        (module(SymbolAddress("capture"), "aarch64"), CRASH, "L3"),
        (module(SymbolAddress("capture")), CRASH, ""),
        (module(SymbolAddress("capture"), "riscv64"), CRASH, "L4"),
        (module(CALL, "riscv64"), CRASH, "L5"),
        (module(CALL, "aarch64", convention="anyregcc"), Defect("roots", "Register sp: another value", ""), "L13"),  # noqa: E501 - a message as it is
        (module(CALL, "aarch64"), Defect("roots", "Register sp: another value", ""), ""),
        (module(CALL, "ppc64le"), Defect("verify", "registers of the SPE extension (L19)", ""), "L19"),
        (module(CALL), Defect("verify", "R# is not a register of x86-64", ""), ""),
    ],
)  # fmt: skip
def test_what_is_known(made: IRModule, said: Defect, case: str) -> None:
    assert find_known(made.target, said, made) == case


@pytest.mark.parametrize(
    ("target", "oracle", "key", "text", "case"),
    [
        ("riscv64", "roots", "Register: another value", "a3: expected i8 0xff (0xff), found 0x98", "L5"),
        ("riscv64", "roots", "Register: another value", "a3: expected i64 0xff (0xff), found 0x98", ""),
        ("aarch64", "roots", "Register: another value", "x3: expected i8 0xff (0xff), found 0x98", ""),
        ("riscv64", "crash", 'assertion: isRegMask() && "Wrong MachineOperand accessor"', "", "L14"),
        ("s390x", "crash", 'assertion: Size && "Missing size value for instruction."', "", "L15"),
        ("s390x", "crash", 'assertion: RegNum >= N && "Invalid Dwarf register number."', "", "issue 85828"),
    ],
)
def test_what_is_known_by_its_words_alone(target: str, oracle: str, key: str, text: str, case: str) -> None:
    assert find_known(target, Defect(oracle, key, text)) == case


def test_a_shape_is_not_guessed_before_a_finding_is_reduced() -> None:
    assert find_known("x86-64", CRASH) == ""


ROOTS = Defect("roots", "Indirect rsp: another value", "line 1: location 0: bad", "f", 7)


def test_a_finding_as_a_test() -> None:
    text = reproducer.text(module(CALL), ROOTS, "harness fuzz --seed 3")
    assert text.split("\n\ndeclare")[0] == (
        "; x86-64, -O2: a live value is not where the stack map says: line 1: location 0: bad\n"
        "; Found by `harness fuzz --seed 3`. In the suite it is an expected failure until LLVM is fixed.\n"
        ";\n"
        "; REQUIRES: x86-registered-target, roots-oracle, run-x86_64\n"
        "; RUN: llc -mtriple=x86_64-unknown-linux-gnu -O2 -enable-patchpoint-liveness=false -filetype=obj -o %t.o %s\n"  # noqa: E501 - a message as it is
        "; RUN: %as-x86_64 -o %t.run.o %S/Inputs/x86_64.s\n"
        "; RUN: %ld-x86_64 --section-start=.capture=0x20000000 -o %t.exe %t.o %t.run.o\n"
        "; RUN: %run-x86_64 %t.exe > %t.capture\n"
        "; RUN: %stackmap roots --capture %t.capture --expect %s %t.exe\n"
        "\n"
        "; ROOTS: 7: i64 0x5, i64 0xfffffffffffffffb"
    )


def test_a_finding_of_another_oracle_needs_no_program() -> None:
    text = reproducer.text(module(CALL), replace(ROOTS, oracle="verify"), "x")
    assert "RUN: %stackmap verify --ir %s %t.o\n" in text
    assert "%run" not in text


def test_records_are_checked_one_by_one() -> None:
    text = reproducer.text(module(CALL), replace(ROOTS, oracle="records"), "x")
    assert (
        "; CHECK: record id 7,\n; CHECK-NEXT: #0 \n; CHECK-NEXT: #1 Constant{{.*[ (]}}-5{{[,)]}}\n; CHECK-NOT: #2\n"  # noqa: E501 - a message as it is
    ) in text
    assert "RUN: FileCheck --input-file=%t.records %s\n" in text


def test_a_file_is_named_after_its_finding() -> None:
    assert reproducer.name("x86-64", ROOTS) == "x86-64-roots-indirect-rsp-another-value.ll"
