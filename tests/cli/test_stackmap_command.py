"""`harness stackmap`, run as a user does: what it prints, its exit codes, its errors."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.command import Harness, Said
from tests.llvm import Llvm
from tests.stackmaps.encode import encode
from tests.stackmaps.test_format import SMALL

pytestmark = pytest.mark.needs_llvm

IR = """\
declare void @llvm.experimental.stackmap(i64, i32, ...)
declare i64 @llvm.experimental.patchpoint.i64(i64, i32, ptr, i32, ...)
define i64 @sum(i64 %a, ptr %p) {
  %slot = alloca i64
  %r = call i64 (i64, i32, ptr, i32, ...) @llvm.experimental.patchpoint.i64(
    i64 7, i32 15, ptr inttoptr (i64 74565 to ptr), i32 1, i64 %a,
    ptr %slot, i64 99999999999, i64 -5000000000)
  call void (i64, i32, ...) @llvm.experimental.stackmap(i64 8, i32 0, i64 %r, i32 -1)
  ret i64 %r
}
"""
OPTIONS = ("-mtriple=x86_64-unknown-linux-gnu", "-enable-patchpoint-liveness=false")
LOST = IR.replace(
    "  call void (i64, i32, ...) @llvm.experimental.stackmap(i64 8, i32 0, i64 %r, i32 -1)\n", ""
)


@pytest.fixture(scope="module")
def folder(llvm19: Llvm, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Objects of the IR, and of what it might become."""
    made = tmp_path_factory.mktemp("stack maps")
    for name, text in (("sum", IR), ("lost", LOST)):
        (made / f"{name}.ll").write_text(text)
        llvm19.llc(made / f"{name}.ll", OPTIONS)
    (made / "raw").write_bytes(encode(SMALL, "big"))
    (made / "garbage.o").write_bytes(b"garbage")
    return made


def ended(said: Said, code: int, out: str, err: str = "") -> None:
    assert (said.code, said.out, said.err) == (code, out, err)


def test_show(harness: Harness, folder: Path) -> None:
    expected = """\
sum.o: ELF x86-64, 1 stack map
  version 3: 1 function, 2 constants, 2 records
  function sum at 0x0, 29 bytes of code, stack size 24
    record id 7, instruction offset 8
      #0 Direct R#6 rbp - 8, size 8
      #1 ConstantIndex #0 (99999999999), size 8
      #2 ConstantIndex #1 (-5000000000), size 8
    record id 8, instruction offset 23
      #0 Register R#0 rax, size 8
      #1 Constant -1, size 8
"""
    ended(harness("stackmap", "show", "sum.o", cwd=folder), 0, expected)


def test_show_as_json(harness: Harness, folder: Path) -> None:
    said = harness("stackmap", "show", "--json", "sum.o", "lost.o", cwd=folder)
    assert (said.code, said.err) == (0, "")
    first, second = json.loads(said.out)
    assert (first["file"], second["file"], first["machine"]) == ("sum.o", "lost.o", "x86-64")
    (one,) = first["maps"]
    assert one["functions"] == [
        {"name": "sum", "address": 0, "size": 29, "stack_size": 24, "record_count": 2}
    ]
    assert one["records"][0]["locations"] == [
        {"kind": "Direct", "size": 8, "dwarf_register": 6, "name": "rbp", "offset": -8, "value": None},
        {
            "kind": "ConstantIndex",
            "size": 8,
            "dwarf_register": None,
            "name": None,
            "offset": 0,
            "value": 99999999999,
        },
        {
            "kind": "ConstantIndex",
            "size": 8,
            "dwarf_register": None,
            "name": None,
            "offset": 1,
            "value": -5000000000,
        },
    ]
    assert one["constants"] == [99999999999, -5000000000]
    assert [record["live_outs"] for record in one["records"]] == [[], []]
    assert [record["function"] for record in one["records"]] == ["sum", "sum"]


def test_show_a_raw_section(harness: Harness, folder: Path) -> None:
    expected = """\
raw: raw section, 1 stack map
  version 3: 1 function, 0 constants, 1 record
  function #0 at 0x0, stack size 8
    record id 7, instruction offset 4
"""
    ended(harness("stackmap", "show", "--raw", "--endian", "big", "raw", cwd=folder), 0, expected)


def test_verify_is_content(harness: Harness, folder: Path) -> None:
    expected = "sum.o: OK: 2 records of 1 functions, 0 violations, 0 not checked\n"
    ended(harness("stackmap", "verify", "--ir", "sum.ll", "sum.o", cwd=folder), 0, expected)


def test_verify_says_what_is_wrong(harness: Harness, folder: Path) -> None:
    expected = """\
sum.o: not checked: the reserved bytes of 1 of 2 records: no size is given for their ids
sum.o: function sum: record 0 (id 7): the 12 reserved bytes at 8 end at 20, inside an instruction
sum.o: NOT OK: 2 records of 1 functions, 1 violations, 1 not checked
"""
    ended(harness("stackmap", "verify", "--reserved", "7=12", "sum.o", cwd=folder), 1, expected)


def test_verify_as_json(harness: Harness, folder: Path) -> None:
    said = harness("stackmap", "verify", "--json", "--reserved", "7=12", "sum.o", cwd=folder)
    assert (said.code, said.err) == (1, "")
    (one,) = json.loads(said.out)
    assert (one["functions"], one["records"], len(one["not_checked"])) == (1, 2, 1)
    assert one["violations"] == [
        {
            "function": "sum",
            "record": 0,
            "id": 7,
            "what": "the 12 reserved bytes at 8 end at 20, inside an instruction",
        }
    ]


def test_diff(harness: Harness, folder: Path) -> None:
    same = "2 records: 2 identical, 0 layout only, 0 moved, 0 lost, 0 added\n"
    ended(harness("stackmap", "diff", "sum.o", "sum.o", cwd=folder), 0, same)
    lost = "lost: function sum: id 8\n2 records: 1 identical, 0 layout only, 0 moved, 1 lost, 0 added\n"
    ended(harness("stackmap", "diff", "sum.o", "lost.o", cwd=folder), 1, lost)


def test_diff_says_constants_with_their_sign(harness: Harness, folder: Path, llvm19: Llvm) -> None:
    (folder / "other.ll").write_text(IR.replace("-5000000000", "-5000000001"))
    llvm19.llc(folder / "other.ll", OPTIONS)
    expected = """\
moved: function sum: id 7
  location 2: Constant -5000000000 -> Constant -5000000001
2 records: 1 identical, 0 layout only, 1 moved, 0 lost, 0 added
"""
    ended(harness("stackmap", "diff", "sum.o", "other.o", cwd=folder), 1, expected)


def test_verify_holds_a_call_against_the_callee(harness: Harness, folder: Path) -> None:
    (folder / "callee.ll").write_text(IR.replace("74565", "74566"))
    expected = """\
sum.o: function sum: record 0 (id 7): the call at 18 leads to 0x12345, not to 0x12346
sum.o: NOT OK: 2 records of 1 functions, 1 violations, 0 not checked
"""
    ended(harness("stackmap", "verify", "--ir", "callee.ll", "sum.o", cwd=folder), 1, expected)


def test_diff_as_json(harness: Harness, folder: Path) -> None:
    said = harness("stackmap", "diff", "--json", "lost.o", "sum.o", cwd=folder)
    assert (said.code, said.err) == (1, "")
    one = json.loads(said.out)
    assert (one["before"], one["after"]) == ("lost.o", "sum.o")
    assert one["totals"] == {"identical": 1, "layout only": 0, "moved": 0, "lost": 0, "added": 1}
    assert one["records"][1] == {
        "function": "sum",
        "id": 8,
        "occurrence": 0,
        "change": "added",
        "what": [],
        "member": None,
    }


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (
            ("show", "gone.o"),
            "gone.o: No such file or directory\nnext: name a file that can be read\n",
        ),
        (
            ("show", "garbage.o"),
            "garbage.o: neither ELF, nor Mach-O, nor COFF of x86-64 or AArch64, nor an archive of these\n"
            "next: name such a file, or give the section's bytes alone with --raw\n",
        ),
        (
            ("show", "--raw", "garbage.o"),
            "garbage.o: byte 0: a stack map starts with 16 bytes, 7 are left\n"
            "next: give an object or section as the compiler wrote it\n",
        ),
        (
            ("show", "--endian", "big", "sum.o"),
            "--endian big: only a raw section needs a byte order\nnext: add --raw\n",
        ),
        (
            ("verify", "--reserved", "seven=15", "sum.o"),
            "--reserved seven=15: not an id and a size\nnext: give one such as --reserved 7=15\n",
        ),
        (
            ("verify", "--reserved", "7", "sum.o"),
            "--reserved 7: not an id and a size\nnext: give one such as --reserved 7=15\n",
        ),
        (
            ("verify", "--reserved", "7=" + "9" * 21, "sum.o"),
            f"--reserved 7={'9' * 21}: not an id and a size\nnext: give one such as --reserved 7=15\n",
        ),
        (
            ("verify", "--ir", "gone.ll", "sum.o"),
            "--ir gone.ll: No such file or directory\nnext: name a .ll file\n",
        ),
        (
            ("verify", "--ir", "sum.o", "sum.o"),
            "--ir sum.o: not textual IR\nnext: llvm-dis sum.o\n",
        ),
        (
            ("verify", "--ir", "garbage.o", "sum.o"),
            "--ir garbage.o: no patch point, stack map or statepoint in it\n"
            "next: name the .ll file the object was made from\n",
        ),
        (
            ("diff", "sum.o", "garbage.o"),
            "garbage.o: neither ELF, nor Mach-O, nor COFF of x86-64 or AArch64, nor an archive of these\n"
            "next: name such a file, or give the section's bytes alone with --raw\n",
        ),
    ],
)
def test_bad_input(harness: Harness, folder: Path, args: tuple[str, ...], message: str) -> None:
    ended(harness("stackmap", *args, cwd=folder), 2, "", f"harness: error: {message}")


def test_a_file_without_stack_maps(harness: Harness, folder: Path, llvm19: Llvm) -> None:
    (folder / "none.ll").write_text("define void @f() {\n  ret void\n}\n")
    llvm19.llc(folder / "none.ll", ["-mtriple=x86_64-apple-darwin"])
    message = (
        "harness: error: none.o: no section __llvm_stackmaps\n"
        "next: name a file with stack maps, or give the section's bytes alone with --raw\n"
    )
    ended(harness("stackmap", "show", "none.o", cwd=folder), 2, "", message)


def test_names_that_would_act_on_a_terminal(harness: Harness, folder: Path, llvm19: Llvm) -> None:
    """A symbol may have any bytes: an escape, a line feed, a command to a CI runner, letters that reorder."""
    name = "\\1B]0;X\\07\\0A::error::x\\E2\\80\\AE"
    (folder / "bad.ll").write_text(IR.replace("@sum", f'@"{name}"'))
    (folder / "worse.ll").write_text(LOST.replace("@sum", f'@"{name}"'))
    for file in ("bad.ll", "worse.ll"):
        llvm19.llc(folder / file, OPTIONS)
    for command in (
        ("show", "bad.o"),
        ("verify", "--reserved", "7=12", "bad.o"),
        ("diff", "bad.o", "worse.o"),
        ("show", "--json", "bad.o"),
        ("diff", "--json", "bad.o", "worse.o"),
    ):
        said = harness("stackmap", *command, cwd=folder)
        text = said.out + said.err
        assert "error::x" in text, command
        assert not {"\x1b", "\x07", "\u202e"} & set(text), command
        assert not [line for line in text.splitlines() if line.lstrip().startswith("::")], command
