"""Each log in data/ is a tool's output, with its expected signature; then properties of any text."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.crash import death
from harness.crash.signature import signature
from harness.model import CrashKind, Signature

DATA = Path(__file__).parent / "data"


@dataclass(frozen=True)
class Case:
    name: str
    text: str
    returncode: int
    limit: str
    expected: Signature | None


def _load(path: Path) -> Case:
    facts = tomllib.loads(path.with_suffix(".toml").read_text())
    expected = facts.get("signature")
    return Case(
        path.stem,
        path.read_text(),
        facts["returncode"],
        facts.get("limit", ""),
        expected
        and Signature(
            CrashKind(expected["kind"]), expected["message"], expected["location"], tuple(expected["frames"])
        ),
    )


CASES = [_load(path) for path in sorted(DATA.glob("*.txt"))]


def _fields(found: Signature | None) -> tuple[object, ...] | None:
    """Signatures compare without location and frames; the logs pin those too."""
    return None if found is None else (found.kind, found.message, found.location, found.frames)


def test_every_log_has_expectations_and_the_reverse() -> None:
    assert {p.stem for p in DATA.glob("*.txt")} == {p.stem for p in DATA.glob("*.toml")}
    assert len(CASES) >= 26


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_log(case: Case) -> None:
    assert _fields(signature(case.text, case.returncode, case.limit)) == _fields(case.expected)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
@settings(max_examples=20, deadline=None)
@given(addresses=st.lists(st.integers(0, 2**48 - 1), min_size=1, max_size=8))
def test_addresses_do_not_matter(case: Case, addresses: list[int]) -> None:
    numbers = iter(addresses * case.text.count("0x"))
    text = re.sub(r"0x[0-9a-f]{7,}", lambda _match: f"0x{next(numbers):016x}", case.text)
    assert _fields(signature(text, case.returncode, case.limit)) == _fields(case.expected)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_the_folder_of_the_build_and_line_ends_do_not_matter(case: Case) -> None:
    text = case.text.replace("/build/", "/home/me/llvm/build/").replace("\n", "\r\n")
    assert _fields(signature(text, case.returncode, case.limit)) == _fields(case.expected)


def test_status_0_is_no_crash_whatever_was_written() -> None:
    assert all(signature(case.text, 0) is None for case in CASES)


@pytest.mark.parametrize(
    ("returncode", "kind", "message"),
    [
        (-11, CrashKind.SIGNAL, "SIGSEGV"),
        (139, CrashKind.SIGNAL, "SIGSEGV"),
        (-6, CrashKind.SIGNAL, "SIGABRT"),
        (134, CrashKind.SIGNAL, "SIGABRT"),
        (-7, CrashKind.SIGNAL, "SIGBUS"),
        (-4, CrashKind.SIGNAL, "SIGILL"),
        (-8, CrashKind.SIGNAL, "SIGFPE"),
        (-9, CrashKind.SIGNAL, "SIGKILL"),
        (137, CrashKind.SIGNAL, "SIGKILL"),
        (-200, CrashKind.SIGNAL, "signal 200"),
        (-24, CrashKind.LIMIT, "used too much processor time"),
        (152, CrashKind.LIMIT, "used too much processor time"),
        (-25, CrashKind.LIMIT, "wrote too large a file"),
        (153, CrashKind.LIMIT, "wrote too large a file"),
    ],
)
def test_a_death_without_text(returncode: int, kind: CrashKind, message: str) -> None:
    assert signature("", returncode) == Signature(kind, message)


@pytest.mark.parametrize("returncode", [1, 2, 64, 127, 128, 129, 255])
def test_a_status_is_no_signal(returncode: int) -> None:
    assert signature("llc: error: no such target\n", returncode) is None


@pytest.mark.parametrize(
    "limit",
    [
        "ran longer than 20 s",
        "wrote more than 32 MiB of output",
        "used more than 10 s of processor time",
        "wrote a file of more than 32 MiB",
    ],
)
def test_a_limit_is_named_as_it_was(limit: str) -> None:
    assert signature("", -9, limit) == Signature(CrashKind.LIMIT, limit)
    # lit's shell may have taken the status of another command of the pipe.
    assert signature("", 0, limit) == Signature(CrashKind.LIMIT, limit)


def test_an_assertion_identifies_a_tool_that_was_killed_while_symbolising() -> None:
    text = "llc: /src/llvm/lib/IR/Type.cpp:7: void f(): Assertion `x' failed.\nStack dump:\n"
    found = signature(text, -9, "ran longer than 20 s")
    assert _fields(found) == (CrashKind.ASSERTION, "x", "lib/IR/Type.cpp:7", ("f",))


def test_what_a_tool_wrote_before_it_died_is_no_trace() -> None:
    text = "0 not 0x1 this()\nStack dump:\n #0 0x0000000000000001 llvm::f() (/usr/bin/llc+0x1)\n"
    found = signature(text, -11)
    assert found is not None
    assert found.frames == ("llvm::f",)


@pytest.mark.parametrize(
    ("line", "message", "location"),
    [
        (
            "/usr/include/c++/12/bits/stl_vector.h:1123: constexpr T& std::vector<T>::operator[](size_type)"
            ": Assertion '__n < this->size()' failed.",
            "__n < this->size()",
            "include/c++/12/bits/stl_vector.h:1123",
        ),
        (
            'Assertion failed: (isa<X>(Val) && "cast<Ty>() argument of incompatible type!"), function cast, '
            "file /src/llvm/include/llvm/Support/Casting.h, line 239.",
            'isa<X>(Val) && "cast<Ty>() argument of incompatible type!"',
            "include/llvm/Support/Casting.h:239",
        ),
        (
            r"Assertion failed: x, file C:\llvm\lib\IR\Type.cpp, line 9",
            "x",
            "lib/IR/Type.cpp:9",
        ),
        ("llc: ../llvm/lib/IR/Type.cpp:9: Assertion `a' failed.", "a", "lib/IR/Type.cpp:9"),
        ("llc: Type.cpp:9: void f(): Assertion `a && \"it's so\"' failed.", 'a && "it\'s so"', "Type.cpp:9"),
        (
            "llc: /src/llvm/tools/llvm-exegesis/lib/X86/Target.cpp:9: void f(): Assertion `a' failed.",
            "a",
            "tools/llvm-exegesis/lib/X86/Target.cpp:9",
        ),
        (
            "llc: /usr/lib/llvm-19/include/llvm/ADT/X.h:9: void f(): Assertion `a' failed.",
            "a",
            "include/llvm/ADT/X.h:9",
        ),
        ("llc: Type.cpp:9: void f(): Assertion `' failed.", "assertion failed", "Type.cpp:9"),
        ("Assertion failed: (), file Type.cpp, line 9.", "assertion failed", "Type.cpp:9"),
        ("Assertion failed: a(b) (/src/llvm/lib/IR/Type.cpp: f: 9)", "a(b)", "lib/IR/Type.cpp:9"),
        (
            'assertion "a && "it"" failed: file "/src/llvm/lib/IR/Type.cpp", line 9, function "f"',
            'a && "it"',
            "lib/IR/Type.cpp:9",
        ),
        ('assertion "a" failed: file "Type.cpp", line 9', "a", "Type.cpp:9"),
        ('lib/IR/Type.cpp:9: void f(int): assertion "a" failed', "a", "lib/IR/Type.cpp:9"),
        (
            "/usr/include/c++/v1/span:9: assertion n < size() failed: index out of range",
            "n < size(): index out of range",
            "include/c++/v1/span:9",
        ),
        (
            "/usr/include/c++/v1/span:9: libc++ Hardening assertion n < size() failed: no",
            "n < size(): no",
            "include/c++/v1/span:9",
        ),
        ("Fatal glibc error: malloc.c:9 (sysmalloc): assertion failed: a", "a", "malloc.c:9"),
        ("somewhere: Assertion `0xdeadbeef == /a/b/c' failed.", "0xdeadbeef == /a/b/c", ""),
    ],
)
def test_assertions_of_other_libraries(line: str, message: str, location: str) -> None:
    found = signature(f"noise\n{line}\n", -6)
    assert found is not None
    assert (found.kind, found.message, found.location) == (CrashKind.ASSERTION, message, location)


@pytest.mark.parametrize(
    ("text", "kind", "message"),
    [
        ("LLVM ERROR: \n", CrashKind.FATAL_ERROR, "LLVM ERROR"),
        ("LLVM ERROR: no file /a/b/c.o: pid 77\n", CrashKind.FATAL_ERROR, "no file c.o: pid ..."),
        (
            "LLVM ERROR: Cannot select: 0x55d0c8a3f0: i64 = add 0xff\n",
            CrashKind.FATAL_ERROR,
            "Cannot select: 0x...: i64 = add 0xff",
        ),
        ("fatal error: error in backend: broken\n", CrashKind.FATAL_ERROR, "broken"),
        ("what():  std::bad_alloc\n", CrashKind.LIMIT, "ran out of memory"),
        ("LLVM ERROR: out of memory\nAllocation failed\n", CrashKind.LIMIT, "ran out of memory"),
        ("UNREACHABLE executed!\n", CrashKind.UNREACHABLE, "UNREACHABLE executed"),
        ("bad type\nUNREACHABLE executed!\n", CrashKind.UNREACHABLE, "bad type"),
        ("\nUNREACHABLE executed at a.cpp:3!\n", CrashKind.UNREACHABLE, "UNREACHABLE executed"),
        ("  12: LLVM ERROR: shown by FileCheck\n", CrashKind.SIGNAL, "SIGABRT"),
        ("julia-1.12-LLVM ERROR: broken\n", CrashKind.FATAL_ERROR, "broken"),
        ("rustc-LLVM ERROR: out of memory\n", CrashKind.LIMIT, "ran out of memory"),
        (
            "LLVM ERROR: Broken module found, compilation aborted!\n",
            CrashKind.FATAL_ERROR,
            "Broken module found, compilation aborted!",
        ),
        (
            "a.ll: warning: ignoring invalid debug info\nbad type!\n  %x = call i32 @f()\nptr @f\nworse!\n"
            "in function f\nLLVM ERROR: Broken function found, compilation aborted!\n",
            CrashKind.FATAL_ERROR,
            "Broken function found: bad type!",
        ),
        (
            "define void @f() {\n  ret void\n}\nEntry block to function must not have predecessors!\n"
            "label %a\nLLVM ERROR: Broken module found, compilation aborted!\n",
            CrashKind.FATAL_ERROR,
            "Broken module found: Entry block to function must not have predecessors!",
        ),
        ("libc++abi: terminating\n", CrashKind.FATAL_ERROR, "std::terminate called"),
        (
            "libc++abi: terminating due to uncaught exception of type int\n",
            CrashKind.FATAL_ERROR,
            "uncaught exception of type int",
        ),
        (
            "libc++abi: terminating due to uncaught exception of type std::bad_alloc: std::bad_alloc\n",
            CrashKind.LIMIT,
            "ran out of memory",
        ),
        (
            "pure virtual method called\nterminate called without an active exception\n",
            CrashKind.FATAL_ERROR,
            "pure virtual function called",
        ),
        (
            "terminate called after throwing an instance of 'int'\n",
            CrashKind.FATAL_ERROR,
            "uncaught exception of type int",
        ),
        (
            "==9==ERROR: AddressSanitizer: SEGV on unknown address 0x0 (pc 0x5)\n",
            CrashKind.SANITIZER,
            "AddressSanitizer: SEGV",
        ),
        (
            "==9==WARNING: MemorySanitizer: use-of-uninitialized-value\n",
            CrashKind.SANITIZER,
            "MemorySanitizer: use-of-uninitialized-value",
        ),
        ("WARNING: ThreadSanitizer: data race (pid=99)\n", CrashKind.SANITIZER, "ThreadSanitizer: data race"),
        (
            "LLVM ERROR: no\n==9==ERROR: AddressSanitizer: ABRT on unknown address 0x9 (pc 0x5)\n",
            CrashKind.FATAL_ERROR,
            "no",
        ),
        (
            "* thread #1, name = 'llc', stop reason = signal SIGSEGV: invalid address\n",
            CrashKind.SIGNAL,
            "SIGABRT",
        ),
    ],
)
def test_messages(text: str, kind: CrashKind, message: str) -> None:
    assert signature(text, -6) == Signature(kind, message)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("AddressSanitizer:DEADLYSIGNAL\n", "unknown signal"),
        ("* thread #1, name = 'llc', stop reason = signal SIGSEGV: invalid address\n", "SIGSEGV"),
        ('Thread 2 "llc" received signal SIGILL, Illegal instruction.\n', "SIGILL"),
    ],
)
def test_a_signal_that_another_program_tells_of(text: str, message: str) -> None:
    assert signature(text, 1) == Signature(CrashKind.SIGNAL, message)


def test_a_runaway_that_dies_is_judged_by_its_last_mebibyte() -> None:
    assert signature("\tnop\n" * 2**20 + "LLVM ERROR: at last\n", 1) == Signature(
        CrashKind.FATAL_ERROR, "at last"
    )


_PIECES = st.sampled_from(
    [
        "Assertion `",
        "' failed.",
        "llc: a/lib/B.cpp:1: f(): ",
        "LLVM ERROR: ",
        "UNREACHABLE executed at ",
        "UNREACHABLE executed!",
        "Assertion failed: (",
        ", file x, line 3.",
        "Stack dump:",
        " #0 0x00007f llvm::f(",
        "3  llc 0x12 ",
        "operator()(",
        "operator<",
        "<",
        ">",
        "{lambda(",
        "->",
        "0x123456",
        "/a/b/",
        "/a/",
        "pid 12",
        "\r",
        "\n",
    ]
)
_GARBAGE = st.lists(_PIECES | st.text(max_size=8), max_size=30).map("".join)


@settings(deadline=None)
@given(_GARBAGE, st.integers(-300, 300), st.sampled_from(["", "ran longer than 20 s", "\n"]))
def test_garbage_never_raises_and_a_signature_is_one_line(text: str, returncode: int, limit: str) -> None:
    found = signature(text, returncode, limit)
    if found is None:
        assert returncode >= 0
        return
    assert found.message
    assert "\n" not in found.message + found.location + "".join(found.frames)
    assert all(found.frames)


@settings(deadline=None)
@given(_GARBAGE)
def test_normalising_twice_is_normalising_once(text: str) -> None:
    once = death.normalise(text)
    assert death.normalise(once) == once
    assert not re.search(r"\b0x[0-9A-Fa-f]{6}", once)


def test_a_long_message_is_cut() -> None:
    found = signature("LLVM ERROR: " + "x" * 5000, 1)
    assert found is not None
    assert len(found.message) == 2000
