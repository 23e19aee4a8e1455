"""`%records`: a stack map in assembly, one line for each thing it says."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.litsite import records
from harness.litsite.records import NoStackMapError, lines
from harness.process import run

TOOL = Path(records.__file__)
X86 = {1: ".byte", 2: ".short", 4: ".long", 8: ".quad"}
AARCH64 = {1: ".byte", 2: ".hword", 4: ".word", 8: ".xword"}
RISCV = {1: ".byte", 2: ".half", 4: ".word", 8: ".quad"}

Data = tuple[int, int | str]

HEADER: tuple[Data, ...] = ((1, 3), (1, 0), (2, 0))
# One function, constant and record: registers, a place in the frame, a spilled value, constants, live-outs.
BODY: tuple[Data, ...] = (
    *((4, 1), (4, 1), (4, 1)),
    *((8, "caller"), (8, -1), (8, 1)),
    (8, 4294967296),
    *((8, -2), (4, ".Ltmp0-caller"), (2, 0), (2, 6)),
    *((1, 1), (1, 0), (2, 8), (2, 5), (2, 0), (4, 0)),
    *((1, 1), (1, 0), (2, 4), (2, 17), (2, 0), (4, 32)),
    *((1, 2), (1, 0), (2, 8), (2, 6), (2, 0), (4, -8)),
    *((1, 3), (1, 0), (2, 8), (2, 7), (2, 0), (4, 0)),
    *((1, 4), (1, 0), (2, 8), (2, 0), (2, 0), (4, -1)),
    *((1, 5), (1, 0), (2, 8), (2, 0), (2, 0), (4, 0)),
    *((2, 0), (2, 2)),
    *((2, 7), (1, 0), (1, 8)),
    *((2, 17), (1, 0), (1, 16)),
)
SAID = """\
version 3
function caller: stack 18446744073709551615, records 1
constant 4294967296
record 18446744073709551614 at .Ltmp0-caller
  Register reg 5, size 8
  Register reg 17, offset 32, size 4
  Direct reg 6, offset -8, size 8
  Indirect reg 7, offset 0, size 8
  Constant -1, size 8
  ConstantIndex 0 (4294967296), size 8
  live-out reg 7, size 8
  live-out reg 17, size 16
"""


def assembly(data: Iterable[Data], names: dict[int, str], label: str = "__LLVM_StackMaps:") -> str:
    """Assembler text as the targets write it; a directive before the label is none of the map's."""
    body = "".join(f"\t{names[size]}\t{value}\n" for size, value in data)
    return f"caller:\n\t{names[1]}\t9\n\t.p2align\t3\n{label}\n{body}\t.p2align\t3\n"


@pytest.mark.parametrize(
    ("names", "label"),
    [(X86, "__LLVM_StackMaps:"), (AARCH64, "__LLVM_StackMaps:"), (RISCV, "_LLVM_StackMaps:")],
)
def test_every_kind_of_line(names: dict[int, str], label: str) -> None:
    text = assembly((*HEADER, *BODY), names, label)
    assert "\n".join(lines(text)) + "\n" == SAID


@pytest.mark.parametrize("comment", ["# imm = 0x1", "// a", "; a", "@ a"])
def test_comments_are_skipped(comment: str) -> None:
    text = assembly((*HEADER, (4, 0), (4, 0), (4, 0)), X86).replace("\n", f"  {comment}\n")
    assert list(lines(text.replace(f"Maps:  {comment}", "Maps:"))) == ["version 3"]


def test_a_location_of_an_unknown_kind_and_a_constant_that_is_not_there() -> None:
    head = (*HEADER, (4, 0), (4, 0), (4, 1), (8, 1), (4, "a"), (2, 0), (2, 2))
    body = ((1, 9), (1, 0), (2, 8), (2, 3), (2, 0), (4, 4), (1, 5), (1, 0), (2, 8), (2, 0), (2, 0), (4, 7))
    assert list(lines(assembly((*head, *body, (2, 0), (2, 0)), X86)))[2:] == [
        "  9 reg 3, offset 4, size 8",
        "  ConstantIndex 7 (out of the pool), size 8",
    ]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("caller:\n\tretq\n", "no label __LLVM_StackMaps"),
        (assembly((), X86), "1 bytes expected, found the end (0 bytes)"),
        (assembly((*HEADER, (8, 1)), X86), "4 bytes expected, found 1 (8 bytes)"),
        (assembly(((1, 2),), X86), "version 2, not 3"),
    ],
)
def test_a_text_that_is_not_a_stack_map(text: str, message: str) -> None:
    with pytest.raises(NoStackMapError) as error:
        list(lines(text))
    assert str(error.value) == message


def test_the_program_needs_nothing_but_python() -> None:
    text = assembly((*HEADER, *BODY), X86)
    done = run([sys.executable, "-IS", TOOL], stdin=text.encode())
    assert done.ok, done.text
    assert done.stdout.decode() == SAID
    done = run([sys.executable, "-IS", TOOL], stdin=b"")
    assert (done.returncode, done.text) == (1, "records: no label __LLVM_StackMaps\n")


@given(st.integers(0, len(HEADER) + len(BODY) - 1))
def test_a_map_that_breaks_off_anywhere_is_an_error(length: int) -> None:
    with pytest.raises(NoStackMapError):
        list(lines(assembly((*HEADER, *BODY)[:length], X86)))


@given(st.text(alphabet="\t .byte#/;@1x\u2028\u00a0", max_size=30))
def test_a_comment_begins_at_the_first_mark_of_any_target(line: str) -> None:
    assert records._without_comment(line) == re.sub(r"\s*(?:#|//|;|@).*$", "", line, flags=re.DOTALL).strip()


@given(st.text(alphabet="_LV", max_size=4), st.text(alphabet=":_x", max_size=3))
def test_a_label_may_have_underscores_before_it(before: str, after: str) -> None:
    text = f"{before}LLVM_StackMaps{after}\n\t.byte\t3\n"
    found = re.match(r"_*LLVM_StackMaps:", text) is not None
    with pytest.raises(NoStackMapError, match="expected" if found else "no label"):
        list(lines(text))


def test_it_imports_nothing_that_takes_time() -> None:
    """Tests start it a hundred times, and importing `re` takes half as long as starting Python."""
    bare = run([sys.executable, "-IS", "-X", "importtime", "-c", "import __future__"])
    ours = run([sys.executable, "-IS", "-X", "importtime", TOOL], stdin=b"LLVM_StackMaps:\n")
    names = [{line.rpartition(b"|")[2].strip() for line in one.stderr.splitlines()} for one in (bare, ours)]
    assert {name for name in names[1] - names[0] if b" " not in name} == set()
