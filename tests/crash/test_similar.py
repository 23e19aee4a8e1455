"""When two signatures are one failure, related, or different."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from harness.crash.commonplace import Scope, phase, scope, telling
from harness.crash.signature import signature
from harness.crash.similar import Degree, compare_signatures, tells
from harness.model import CrashKind, Signature

CAST = 'isa<To>(Val) && "cast<Ty>() argument of incompatible type!"'
CASTING = "include/llvm/Support/Casting.h:578"
IN_PATCHPOINT = (
    "llvm::cast<...>",
    "llvm::SelectionDAGBuilder::visitPatchpoint",
    "llvm::SelectionDAGBuilder::visit",
)
IN_STATEPOINT = ("llvm::SelectionDAGBuilder::LowerStatepoint", "llvm::SelectionDAGBuilder::visit")
DATA = Path(__file__).parent / "data"
SELECTION = "DAG->DAG Pattern Instruction Selection"


def _assertion(message: str, location: str = "", *frames: str, function: str = "") -> Signature:
    return Signature(CrashKind.ASSERTION, message, location, frames, function=function)


def _fatal(message: str, *frames: str, target: str = "", stage: str = "") -> Signature:
    return Signature(CrashKind.FATAL_ERROR, message, "", frames, target=target, stage=stage)


def _signal(*frames: str, target: str = "", stage: str = "") -> Signature:
    return Signature(CrashKind.SIGNAL, "SIGSEGV", "", frames, target=target, stage=stage)


def _compared(one: Signature, other: Signature) -> tuple[str, str]:
    found = compare_signatures(one, other)
    assert compare_signatures(other, one).degree is found.degree
    return found.degree.value, found.why


def test_a_message_of_its_own_identifies_a_failure_whatever_the_frames() -> None:
    one = _assertion('x && "odd"', "lib/A.cpp:7", "llvm::f")
    assert _compared(one, _assertion('x && "odd"', "lib/A.cpp:9", "llvm::g")) == ("same", "the same message")
    assert _compared(one, _assertion('x && "even"', "lib/A.cpp:7", "llvm::g")) == (
        "different",
        "another message",
    )
    moved = _assertion('x && "odd"', "lib/B.cpp:7", "llvm::h")
    assert _compared(one, moved) == ("different", "in A.cpp and in B.cpp")
    # A release may move a function: then the frames tell.
    assert _compared(one, replace(moved, frames=("llvm::f",)))[0] == "same"


def test_a_cast_needs_the_function_that_casts() -> None:
    one = _assertion(CAST, CASTING, *IN_PATCHPOINT)
    assert _compared(one, _assertion(CAST, CASTING, *IN_PATCHPOINT)) == (
        "same",
        "in SelectionDAGBuilder::visitPatchpoint",
    )
    assert _compared(one, _assertion(CAST, CASTING, *IN_STATEPOINT)) == (
        "different",
        "in SelectionDAGBuilder::visitPatchpoint and in SelectionDAGBuilder::LowerStatepoint",
    )


@pytest.mark.parametrize("message", ["idx < size()", "N < Length", "anything at all"])
def test_an_assertion_in_a_header_is_that_of_any_caller(message: str) -> None:
    one = _assertion(message, "include/llvm/ADT/ArrayRef.h:250", "llvm::ArrayRef<...>::operator[]", "llvm::f")
    other = replace(one, frames=("llvm::ArrayRef<...>::operator[]", "llvm::g"))
    assert _compared(one, other) == ("different", "in f and in g")


def test_the_same_text_may_be_asserted_twice() -> None:
    calls, jumps = (
        _assertion('Known && "odd"', "lib/A.cpp:7", "llvm::f", function=f"llvm::Printer::{name}")
        for name in ("call", "jump")
    )
    assert _compared(calls, jumps) == ("different", "in Printer::call and in Printer::jump")
    # Compilers call a lambda differently.
    for name in (
        "llvm::Printer::call::{lambda}::operator()",
        "llvm::f::(anonymous class)::operator()",
        "llvm::f::<...>",
    ):
        assert _compared(calls, replace(calls, function=name))[0] == "same"


def test_a_function_without_its_class_tells_nothing() -> None:
    """As on macOS, whose assert() prints __func__."""
    one = _assertion("idx < size()", "include/llvm/ADT/ArrayRef.h:250", "llvm::f", function="operator[]")
    assert _compared(one, replace(one, frames=("llvm::g",)))[0] == "different"
    qualified = "llvm::ArrayRef<...>::operator[]"
    assert _compared(one, replace(one, function=qualified)) == ("same", "in f")
    own = _assertion("x", "lib/A.cpp:7", function="visitPatchpoint")
    assert _compared(own, replace(own, function="llvm::SelectionDAGBuilder::visitPatchpoint"))[0] == "same"


def test_a_report_of_2013_is_what_happens_today() -> None:
    reported, today = (
        signature((DATA / f"thread-2013-{when}.txt").read_text(), -6) for when in ("macos", "today")
    )
    assert reported is not None
    assert today is not None
    assert _compared(reported, today) == ("same", "in SelectionDAGBuilder::visitPatchpoint")


def test_an_inlined_frame_is_no_difference() -> None:
    lower, emit = "llvm::X86AsmPrinter::LowerPATCHPOINT", "llvm::X86AsmPrinter::emitInstruction"
    whole = _assertion(CAST, CASTING, lower, emit, "llvm::AsmPrinter::emitFunctionBody")
    assert _compared(whole, replace(whole, frames=whole.frames[1:])) == (
        "same",
        "in X86AsmPrinter::emitInstruction",
    )
    # Both sides have a frame of their own: nothing was inlined.
    shadow = replace(whole, frames=("llvm::X86AsmPrinter::LowerSTACKMAP", emit))
    assert _compared(whole, shadow)[0] == "different"
    far = replace(whole, frames=("a", "b", "c", "d", "e", "f", "g", emit))
    assert _compared(far, replace(whole, frames=(emit,)))[0] == "different"


def test_the_function_in_an_assertion_needs_no_frames() -> None:
    one = _assertion(
        "Register.isVirtual()", "include/llvm/CodeGen/Register.h:9", function="llvm::Pass::first"
    )
    assert _compared(one, replace(one, frames=("llvm::Inlined::here",))) == ("same", "in Pass::first")
    assert _compared(one, replace(one, function="llvm::Pass::second"))[0] == "different"
    # `cast` itself tells nothing.
    assert (
        _compared(_assertion(CAST, CASTING, function="llvm::cast"), _assertion(CAST, CASTING))[0] == "related"
    )


def test_a_side_without_a_trace_is_related_and_not_different() -> None:
    why = "a common message, and a side without a trace"
    bare = _assertion(CAST, CASTING)
    assert _compared(_assertion(CAST, CASTING, *IN_PATCHPOINT), bare) == ("related", why)
    assert _compared(bare, bare) == ("related", why)
    assert _compared(_signal("main"), _signal(*IN_PATCHPOINT)) == ("related", why)
    assert not tells(bare)
    assert not tells(_signal("main"))
    assert tells(_signal("llvm::f"))


def test_without_a_trace_pass_and_target_may_still_tell() -> None:
    one = _signal(target="avr", stage="Machine Sinking")
    assert _compared(one, replace(one, stage="Machine CSE")) == (
        "different",
        "in Machine Sinking and in Machine CSE",
    )
    assert _compared(one, replace(one, target="bpf")) == ("different", "for avr and for bpf")
    assert _compared(one, replace(one, stage="", target=""))[0] == "related"


def test_releases_call_a_pass_differently() -> None:
    one = _signal(target="riscv", stage=f"RISCV {SELECTION}")
    for stage in (f"RISC-V {SELECTION}", "RISC-V DAG->DAG Instruction Selection"):
        assert _compared(one, replace(one, stage=stage))[0] == "related"
    assert _compared(one, replace(one, stage="RISC-V Assembly Printer"))[0] == "different"


def test_parts_of_instruction_selection_tell_signals_apart() -> None:
    legalizes, selects = "llvm::SelectionDAG::LegalizeTypes", "llvm::SelectionDAGISel::DoInstructionSelection"
    assert _compared(_signal(legalizes), _signal(selects))[0] == "different"
    assert _compared(_signal(legalizes), _signal(legalizes))[0] == "related"
    assert phase((legalizes, selects)) == "SelectionDAG::LegalizeTypes"


@pytest.mark.parametrize(
    "message",
    ["Cannot select: t...: f128 = fadd t..., t...", "Do not know how to expand this operator's operand!"],
)
def test_what_any_target_may_lack_is_one_failure_on_one_target_alone(message: str) -> None:
    sparc = _fatal(message, target="sparc")
    assert _compared(sparc, sparc) == ("same", "the same message for the same target")
    assert _compared(sparc, replace(sparc, target="avr")) == ("different", "for sparc and for avr")
    unknown = "a common message, for a target that is not known"
    assert _compared(sparc, replace(sparc, target="")) == ("related", unknown)
    calls, returns = (
        replace(sparc, frames=(f"llvm::SelectionDAGBuilder::{f}",)) for f in ("visitCall", "visitRet")
    )
    assert _compared(calls, returns)[0] == "different"


def test_other_fatal_errors_of_two_targets_are_one_only_in_the_same_function() -> None:
    one = _fatal("no such GC", target="sparc")
    assert _compared(one, replace(one, target="avr"))[0] == "different"
    found = replace(one, frames=("llvm::getGCStrategy",))
    assert _compared(found, replace(found, target="avr")) == ("same", "the same message")
    assert _compared(one, replace(one, target=""))[0] == "same"


def test_a_signal_in_what_serves_targets_needs_the_same_target() -> None:
    table = _signal("llvm::SelectionDAGBuilder::visitRet", target="avr")
    assert _compared(table, replace(table, target="bpf")) == (
        "different",
        "in SelectionDAGBuilder::visitRet, for avr and for bpf",
    )
    maps = _signal("llvm::StackMaps::parseOperand", target="avr")
    assert _compared(maps, replace(maps, target="bpf"))[0] == "same"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (
            "Cannot select: 0x...: i32,ch = load<(load (s32) from %ir.p)> 0x...",
            "cannot select: t...: i32,ch = load<> t...",
        ),
        ("Unsupported library call operation!", "unsupported library call operation"),
        ("no (i8** @x to i64)", "no (ptr @y to i64)"),
        ("bad [2 x i8] addrspace(1)* @x", "bad ptr @x"),
        ('Function "f": over-aligned', 'Function "g": over-aligned'),
        ("odd (in function: f)", "odd (in function: g)"),
    ],
)
def test_releases_write_a_message_differently(one: str, other: str) -> None:
    assert _compared(_fatal(one, target="avr"), _fatal(other, target="avr"))[0] == "same"


def test_a_message_that_says_more_is_the_same_in_the_same_place() -> None:
    short = _fatal("Unsupported calling convention", "llvm::TargetLowering::LowerCallTo", target="bpf")
    long = replace(short, message="unsupported calling convention: 79")
    assert _compared(short, long)[0] == "same"
    assert _compared(replace(short, frames=()), long)[0] == "different"
    number = replace(long, message="unsupported calling convention: 16")
    assert _compared(long, number)[0] == "same"
    other = replace(short, message="No calling convention")
    assert _compared(short, other) == (
        "related",
        "another message in the same place, TargetLowering::LowerCallTo",
    )


def test_assertions_that_differ_in_a_number_alone_are_two() -> None:
    """Of one function: they are two lines of its source."""
    text = "llc: lib/A.cpp:3: void llvm::A::f(): Assertion `n > {}' failed.\n"
    one, other = (signature(text.format(number), -6) for number in (0, 1))
    assert one is not None
    assert other is not None
    assert compare_signatures(one, other).degree is Degree.RELATED


def test_a_release_build_that_runs_past_a_function_dies_in_any_other() -> None:
    """Seen in findBaseDefiningValue: what follows it in the tool differs with each link."""
    rest = ("llvm::findBasePointer", "llvm::insertParsePoints")
    one, other = _signal("llvm::Shuffle::isSplat", *rest), _signal("findBase", "findBaseOrBDV", *rest)
    assert _compared(one, other) == (
        "related",
        "in Shuffle::isSplat and in findBase, both called by one function",
    )
    assert _compared(one, _signal("a", "b", "c"))[0] == "different"
    asserted = [replace(side, kind=CrashKind.ASSERTION, message="idx < size()") for side in (one, other)]
    assert _compared(*asserted)[0] == "different"


@pytest.mark.parametrize("frames", [(), ("llvm::f",)])
def test_where_a_limit_is_reached_is_chance(frames: tuple[str, ...]) -> None:
    slow = Signature(CrashKind.LIMIT, "ran longer than 20 s", "", ("llvm::g",), stage="GVN", target="avr")
    assert _compared(slow, replace(slow, frames=frames)) == ("same", "the same limit in GVN")
    perhaps = "the same limit, perhaps for another reason"
    assert _compared(slow, replace(slow, stage="Machine Sinking")) == ("related", perhaps)
    assert _compared(replace(slow, stage=""), slow) == ("related", perhaps)
    assert _compared(slow, replace(slow, message="ran out of memory")) == ("different", "another limit")
    assert _compared(slow, replace(slow, target="bpf")) == ("different", "for avr and for bpf")


def test_signals_at_one_address_of_one_file_are_one() -> None:
    one = replace(_signal(), address="libLLVM.so.19.1+0x3b075ce")
    assert _compared(one, one) == ("same", "at libLLVM.so.19.1+0x3b075ce")
    assert _compared(one, replace(one, address="llc+0x3b075ce"))[0] == "related"
    assert _compared(replace(one, target="avr"), replace(one, target="bpf"))[0] == "different"


def test_how_it_died_is_part_of_it() -> None:
    segv = _signal("llvm::f")
    assert _compared(segv, _assertion("x", "", "llvm::g")) == ("different", "signal and assertion")
    assert _compared(segv, replace(segv, message="SIGABRT")) == ("different", "another signal")


def test_without_assertions_a_bug_may_end_in_another_way() -> None:
    asserts = _assertion("x", "lib/A.cpp:1", "llvm::f", function="llvm::f")
    assert _compared(asserts, _signal("llvm::f")) == ("related", "assertion and signal in f")
    selects = _fatal("Cannot select: x", "llvm::SelectionDAG::getNode", target="avr")
    crashes = _signal("llvm::SelectionDAG::getNode", target="avr")
    assert _compared(selects, crashes)[0] == "related"
    assert _compared(selects, replace(crashes, target="bpf"))[0] == "different"
    slow = Signature(CrashKind.LIMIT, "ran longer than 20 s", "", ("llvm::f",))
    assert _compared(asserts, slow) == ("different", "assertion and limit")


def test_a_report_may_not_say_which_signal_it_was() -> None:
    pasted = replace(_signal("llvm::f"), message="unknown signal")
    assert _compared(pasted, _signal("llvm::f")) == ("same", "in f")
    assert _compared(pasted, _signal("llvm::g"))[0] == "different"
    assert _compared(replace(pasted, frames=()), _signal("llvm::f"))[0] == "related"
    lldb = replace(pasted, message="EXC_BAD_ACCESS")
    assert _compared(lldb, _signal("llvm::f")) == ("same", "in f")
    assert _compared(lldb, replace(pasted, message="SIGABRT")) == ("different", "another signal")


@pytest.mark.parametrize(
    "frames",
    [
        ("llvm::cast<...>", "llvm::isa<...>", "decltype"),
        ("llvm::ArrayRef<...>::operator[]", "llvm::SmallVectorTemplateCommon<...>::operator[]"),
        ("llvm::SelectionDAGISel::CannotYetSelect", "reportGISelDiagnostic", "std::vector<...>::at"),
        ("llvm::legacy::PassManagerImpl::run", "llvm::FPPassManager::runOnFunction", "main"),
        ("llvm::detail::PassModel<...>::run", "llvm::PassManager<...>::run", "runImpl"),
        ("__memcpy_avx512_unaligned_erms", "llvm::raw_ostream::write", "malloc"),
    ],
)
def test_frames_that_all_bugs_share_tell_nothing(frames: tuple[str, ...]) -> None:
    assert telling(frames) in {(), ("decltype",)}


def test_telling_frames_are_listed_once_without_namespaces() -> None:
    frames = ("(anonymous namespace)::Legalizer::split", "llvm::Legalizer::run", "llvm::Legalizer::run")
    assert telling(frames) == ("Legalizer::split", "Legalizer::run")


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        (_signal(), Scope.PLACE),
        (_assertion("x", "lib/A.cpp:1"), Scope.BUG),
        (_assertion("x", "include/A.h:1"), Scope.PLACE),
        (_assertion(CAST), Scope.PLACE),
        (_fatal("Broken module found, compilation aborted!"), Scope.PLACE),
        (_fatal("Broken module found: PHI node entries do not match predecessors!"), Scope.BUG),
        (_fatal("Cannot select: intrinsic %llvm.x86.rdpid"), Scope.TARGET),
        (_fatal("ran out of registers during register allocation"), Scope.TARGET),
        (Signature(CrashKind.UNREACHABLE, "UNREACHABLE executed", "lib/A.cpp:1"), Scope.PLACE),
        (Signature(CrashKind.LIMIT, "ran out of memory"), Scope.PLACE),
    ],
)
def test_what_a_message_identifies(found: Signature, expected: Scope) -> None:
    assert scope(found) is expected


_WORDS = st.sampled_from(
    ["", "llvm::f", "llvm::g", "main", "llvm::cast<...>", "llvm::SelectionDAG::Legalize", "avr"]
)
_SIGNATURES = st.builds(
    Signature,
    st.sampled_from(CrashKind),
    st.sampled_from(["x", CAST, "Cannot select: a", "y", "SIGSEGV"]) | st.text(max_size=20),
    st.sampled_from(["", CASTING, "lib/A.cpp:1", "lib/B.cpp:2"]),
    st.lists(_WORDS, max_size=4).map(tuple),
    function=_WORDS,
    stage=_WORDS,
    target=_WORDS,
    address=_WORDS,
)


@given(_SIGNATURES, _SIGNATURES)
def test_the_degree_does_not_depend_on_the_order(one: Signature, other: Signature) -> None:
    _compared(one, other)


@given(_SIGNATURES)
@example(Signature(CrashKind.FATAL_ERROR, "Cannot select: a", address="llvm::f"))
def test_a_failure_is_itself(one: Signature) -> None:
    assert compare_signatures(one, one).degree is (Degree.SAME if tells(one) else Degree.RELATED)


@given(_SIGNATURES)
def test_a_lost_trace_never_makes_a_difference(one: Signature) -> None:
    bare = Signature(one.kind, one.message, one.location)
    assert compare_signatures(one, bare).degree is not Degree.DIFFERENT
