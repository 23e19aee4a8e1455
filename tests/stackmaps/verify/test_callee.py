"""The call at a record leads to the callee that the IR names, in every format."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from harness.stackmaps.load import load, read_image
from harness.stackmaps.verify import ir
from harness.stackmaps.verify.findings import Violation
from harness.stackmaps.verify.verifier import promises, verify
from harness.targets.relocations import FixupKind
from tests.llvm import Llvm

pytestmark = pytest.mark.needs_llvm

DECLARATIONS = """\
declare i64 @llvm.experimental.patchpoint.i64(i64, i32, ptr, i32, ...)
declare token @llvm.experimental.gc.statepoint.p0(i64, i32, ptr, i32, i32, ...)
declare void @ext()
declare void @"odd name"()
define void @near() noinline {
  ret void
}
define internal void @own() noinline {
  ret void
}
define void @user() {
  call void @own()
  call void @own()
  ret void
}
"""
# As linked files have them: the callees of another file.
REST = 'define void @ext() {\n  ret void\n}\ndefine void @"odd name"() {\n  ret void\n}\n'
SYMBOLS = ("@ext", "@near", "@own", '@"odd name"')
ADDRESSES = ("inttoptr (i64 74565 to ptr)", "inttoptr (i64 140737488355327 to ptr)", "null")


def patchpoint(number: int, callee: str) -> str:
    return (
        f"define i64 @p{number}() {{\n  %r = call i64 (i64, i32, ptr, i32, ...)"
        f" @llvm.experimental.patchpoint.i64(i64 {number}, i32 60, ptr {callee}, i32 0)\n  ret i64 %r\n}}\n"
    )


def statepoint(number: int, callee: str) -> str:
    return (
        f'define void @s{number}() gc "statepoint-example" {{\n'
        "  %t = call token (i64, i32, ptr, i32, i32, ...) @llvm.experimental.gc.statepoint.p0"
        f"(i64 {number}, i32 0, ptr elementtype(void ()) {callee}, i32 0, i32 0, i32 0, i32 0)\n"
        "  ret void\n}\n"
    )


def module(patched: tuple[str, ...], called: tuple[str, ...]) -> str:
    sites = [patchpoint(number, callee) for number, callee in enumerate(patched, 1)]
    sites += [statepoint(number, callee) for number, callee in enumerate(called, 101)]
    return DECLARATIONS + "".join(sites)


# By triple: the callees of patch points, of statepoints, and how the two are linked. (LLVM 19 has symbols as
# the callees of patch points on three targets; no statepoints on two.)
ELF = ("ld.lld", "-e", "near")
DARWIN = ("-platform_version", "macos", "11", "11", "-dylib")
CASES = {
    "x86_64-linux-gnu": ((*SYMBOLS, *ADDRESSES), SYMBOLS, ELF),
    "x86_64-apple-darwin": ((*SYMBOLS, *ADDRESSES), SYMBOLS, ("ld64.lld", "-arch", "x86_64", *DARWIN)),
    "x86_64-pc-windows-msvc": ((*SYMBOLS, *ADDRESSES), SYMBOLS, ()),
    "aarch64-linux-gnu": (ADDRESSES, SYMBOLS, ELF),
    "aarch64_be-linux-gnu": (ADDRESSES, SYMBOLS, ()),
    "arm64-apple-darwin": (ADDRESSES, SYMBOLS, ("ld64.lld", "-arch", "arm64", *DARWIN)),
    "aarch64-pc-windows-msvc": (ADDRESSES, SYMBOLS, ()),
    "powerpc64-linux-gnu": ((*SYMBOLS, *ADDRESSES), (), ELF),
    "powerpc64le-linux-gnu": ((*SYMBOLS, *ADDRESSES), (), ELF),
    "s390x-linux-gnu": ((*SYMBOLS, *ADDRESSES), (), ELF),
    "riscv64-linux-gnu": (ADDRESSES, SYMBOLS, ELF),
}


def findings(file: Path, text: str) -> list[str]:
    """Callees only: LLVM 19 has other defects."""
    found = verify(load(file, calls=True), promises(ir.reservations(text))).findings
    callees = re.compile("leads to|callee|no call of")
    assert all(isinstance(one, Violation) for one in found if callees.search(one.what))
    return [str(one) for one in found if callees.search(one.what)]


@pytest.mark.parametrize("options", [(), ("-function-sections",)], ids=["one section", "many"])
@pytest.mark.parametrize("triple", CASES)
def test_every_callee(llvm19: Llvm, triple: str, options: tuple[str, ...], tmp_path: Path) -> None:
    """The IR's callees are found, and any other is noticed, in the object and in the linked file."""
    patched, called, link = CASES[triple]
    text = module(patched, called)
    (tmp_path / "a.ll").write_text(text)
    (tmp_path / "b.ll").write_text(REST)
    objects = [
        llvm19.llc(tmp_path / name, (f"-mtriple={triple}", "-enable-patchpoint-liveness=false", *options))
        for name in ("a.ll", "b.ll")
    ]
    files = objects[:1]
    if link:
        linker, *arguments = link
        files.append(tmp_path / "linked")
        llvm19.run(linker, *arguments, "-o", files[1], *objects)
    for file in files:
        assert findings(file, text) == []
        for before in (*patched, *called):
            other = "@near" if before in {"@ext", ADDRESSES[0]} else "@user"
            changed = text.replace(f" {before},", f" {other},")
            count = patched.count(before) + called.count(before)
            assert len(findings(file, changed)) == count, (file, before)


@pytest.mark.parametrize("triple", [triple for triple, case in CASES.items() if case[2]])
def test_what_a_linker_leaves_open(llvm19: Llvm, triple: str, tmp_path: Path) -> None:
    """Calls of undefined functions lead to stubs or nowhere, which is unknown. The file's own are known."""
    patched, called, (linker, *arguments) = CASES[triple]
    text = module(patched, called)
    (tmp_path / "a.ll").write_text(text)
    options = (f"-mtriple={triple}", "-relocation-model=pic", "-enable-patchpoint-liveness=false")
    made = llvm19.llc(tmp_path / "a.ll", options)
    kinds: tuple[tuple[str, ...], ...] = (("-undefined", "dynamic_lookup"),)
    if linker == "ld.lld":
        # `notext` leaves dynamic relocations in X86's movabs.
        kinds = (
            ("-shared", "-z", "notext"),
            ("-shared", "-z", "notext", "-z", "rel"),
            ("-pie", "-z", "notext", "--unresolved-symbols=ignore-all"),
            ("--unresolved-symbols=ignore-all",),
        )
    for number, kind in enumerate(kinds):
        linked = tmp_path / str(number)
        llvm19.run(linker, *arguments, *kind, "-o", linked, made)
        found = verify(load(linked, calls=True), promises(ir.reservations(text)))
        about = [one.what for one in found.findings if "leads to" in one.what]
        assert not [one for one in found.violations if one.what in about], kind
        # In a shared library another one's `near` may be called, so its own may be a stub too.
        allowed = ("@ext", "@odd name", *(("@near",) if "-shared" in kind else ()))
        assert [one for one in about if not any(f" leads to {name}: " in one for name in allowed)] == [], kind


RESULT = """\
declare token @llvm.experimental.gc.statepoint.p0(i64, i32, ptr, i32, i32, ...)
declare i256 @llvm.experimental.gc.result.i256(token)
declare i256 @callee()
define i256 @caller() gc "statepoint-example" {
  %t = call token (i64, i32, ptr, i32, i32, ...) @llvm.experimental.gc.statepoint.p0(
    i64 1, i32 0, ptr elementtype(i256 ()) @callee, i32 0, i32 0, i32 0, i32 0)
  %r = call i256 @llvm.experimental.gc.result.i256(token %t)
  ret i256 %r
}
"""


@pytest.mark.parametrize(
    ("triple", "where"),
    [
        ("x86_64-linux-gnu", r"the call at \d+ leads to 0x0"),
        # A distance of 0 from the call itself.
        ("riscv64-linux-gnu", r"the call at (\d+) leads to caller \+ \1"),
    ],
)
def test_the_record_of_another_call(llvm19: Llvm, triple: str, where: str, tmp_path: Path) -> None:
    """A result in memory: the callee is called, then null, and the record is that of the second call."""
    (tmp_path / "a.ll").write_text(RESULT)
    (found,) = findings(llvm19.llc(tmp_path / "a.ll", [f"-mtriple={triple}"]), RESULT)
    assert re.fullmatch(rf"function caller: record 0 \(id 1\): {where}, not to @callee", found)


def test_a_symbol_that_became_a_number(llvm19: Llvm, tmp_path: Path) -> None:
    """Where LLVM 19 takes only numbers, a symbol is the address of its own value in the compiler's memory."""
    text = DECLARATIONS + patchpoint(1, "@ext")
    (tmp_path / "a.ll").write_text(text)
    (found,) = findings(llvm19.llc(tmp_path / "a.ll", ["-mtriple=aarch64-linux-gnu"]), text)
    assert re.search(r"the call at \d+ leads to 0x[0-9a-f]{6,}, not to @ext", found)


@pytest.mark.parametrize(
    ("triple", "lines", "forms"),
    [
        (
            "x86_64-linux-gnu",
            ("call ext", "call *ext@GOTPCREL(%rip)", "movabs $ext, %r11"),
            {1: FixupKind.CALL, 7: FixupKind.SLOT, 13: FixupKind.VALUE},
        ),
        (
            "x86_64-apple-darwin",
            ("call ext", "call *ext@GOTPCREL(%rip)", "movabs $ext, %r11"),
            {1: FixupKind.CALL, 7: FixupKind.SLOT, 13: FixupKind.VALUE},
        ),
        (
            "x86_64-pc-windows-msvc",
            ("call ext", "call *__imp_ext(%rip)", "movabs $ext, %r11"),
            {1: FixupKind.CALL, 7: FixupKind.SLOT, 13: FixupKind.VALUE},
        ),
        (
            "aarch64-linux-gnu",
            ("bl ext", "ldr x16, [x16, :got_lo12:ext]", "add x16, x16, :lo12:ext", "adrp x16, :got:ext"),
            {0: FixupKind.CALL, 4: FixupKind.SLOT, 8: FixupKind.VALUE, 12: FixupKind.OTHER},
        ),
        (
            "arm64-apple-darwin",
            (
                "bl ext",
                "ldr x16, [x16, ext@GOTPAGEOFF]",
                "add x16, x16, ext@PAGEOFF",
                "adrp x16, ext@GOTPAGE",
            ),
            {0: FixupKind.CALL, 4: FixupKind.SLOT, 8: FixupKind.VALUE, 12: FixupKind.OTHER},
        ),
        (
            "aarch64-pc-windows-msvc",
            ("bl ext", "ldr x16, [x16, :lo12:__imp_ext]", "add x16, x16, :lo12:ext", "adrp x16, __imp_ext"),
            {0: FixupKind.CALL, 4: FixupKind.SLOT, 8: FixupKind.VALUE, 12: FixupKind.OTHER},
        ),
        ("powerpc64le-linux-gnu", ("bl ext", "bl ext@notoc"), {0: FixupKind.CALL, 4: FixupKind.CALL}),
        (
            "s390x-linux-gnu",
            ("brasl %r14, ext", "brasl %r14, ext@PLT"),
            {2: FixupKind.CALL, 8: FixupKind.CALL},
        ),
        (
            "riscv64-linux-gnu",
            (".option norelax", "call ext", "jal ext", "auipc t1, %pcrel_hi(ext)"),
            {0: FixupKind.CALL, 8: FixupKind.CALL, 12: FixupKind.OTHER},
        ),
    ],
)
def test_relocations_of_calls(
    llvm19: Llvm, triple: str, lines: tuple[str, ...], forms: dict[int, FixupKind], tmp_path: Path
) -> None:
    """LLVM's assembler output for each reference to a symbol leads exactly to that symbol."""
    (tmp_path / "a.s").write_text("\n".join((".text", *lines, "")))
    llvm19.run("llvm-mc", f"-triple={triple}", "-filetype=obj", "-o", tmp_path / "a.o", tmp_path / "a.s")
    image = read_image((tmp_path / "a.o").read_bytes(), "a.o", calls=True)
    (fixups,) = [one.fixups for one in image.sections if one.fixups]
    assert {place: fixup.kind for place, fixup in fixups.items()} == forms
    goals = [fixup.goal for fixup in fixups.values() if fixup.kind is not FixupKind.OTHER]
    assert [(one.symbol.removeprefix("__imp_"), one.section, one.offset) for one in goals] == [
        ("ext", None, 0)
    ] * len(goals)
