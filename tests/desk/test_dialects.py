"""IR for older and newer LLVMs."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.desk.dialects import Rewritten, downgrade, translate, upgrade
from harness.errors import UsageError
from harness.llvm import Toolchain
from tests.desk.places import make_place

TODAY = "define ptr @f(ptr %p) { ; a ptr\n  ret ptr %p\n}\n"
TYPED = "define i8* @f(i8* %p) { ; a ptr\n  ret i8* %p\n}\n"


def toolchain(version: str) -> Toolchain:
    return Toolchain("made up", version, {}, "", "")


def test_what_an_old_llvm_is_given() -> None:
    old = translate(TODAY.encode(), 13)
    assert old is not None
    assert (old.options, old.how) == ((), "translated to typed pointers")
    assert b"ret i8* %p" in old.text
    new = translate(TODAY.encode(), 14)
    assert new is not None
    assert (new.text, new.options) == (TODAY.encode(), ("-opaque-pointers",))
    assert translate(TODAY.encode(), 15) is None
    newer = translate(TYPED.encode(), 19)
    assert newer is not None
    assert (newer.text, newer.how) == (TODAY.encode(), "translated from typed pointers")
    assert translate(TYPED.encode(), 14) is None
    older = translate(b"define i32 @f(i32* %p) {\n  %v = load i32* %p\n  ret i32 %v\n}\n", 14)
    assert older is not None
    assert older.how == "translated from older syntax"
    assert b"load i32, i32* %p" in older.text
    assert translate(b"define i32 @ptr.x(i32 %ptr) { ret i32 %ptr }", 13) is None


def test_down_and_up_again() -> None:
    why = "made up has no llvm-as"
    down = downgrade(TODAY, toolchain("14.0.6"))
    assert down == Rewritten(down.text, ("pointers have types",), unchecked=why)
    assert "define i8* @f(i8* %p)" in down.text
    assert upgrade(TYPED, toolchain("19.1.7")) == Rewritten(TODAY, ("pointers have no types",), unchecked=why)
    assert upgrade(TODAY, toolchain("19.1.7")) == Rewritten(TODAY, (), unchecked=why)
    assert downgrade(TYPED, toolchain("13.0.1")).text == TYPED


def test_there_is_nothing_to_downgrade_for_newer_ones() -> None:
    with pytest.raises(UsageError, match="LLVM 15 reads pointers without types"):
        downgrade(TODAY, toolchain("15.0.6"))


def test_what_is_not_read_is_said(tmp_path: Path) -> None:
    refuses = {"llvm-as": "echo 'llvm-as: <stdin>:1:1: error: no' >&2; exit 1"}
    place = make_place(tmp_path, "a", "19.1.7", **refuses)
    assert upgrade(TYPED, place.find()).refused == "LLVM 19.1.7: <stdin>:1:1: error: no"
    reads = make_place(tmp_path, "b", "19.1.7", **{"llvm-as": "exit 0"})
    assert upgrade(TYPED, reads.find()) == Rewritten(TODAY, ("pointers have no types",))
