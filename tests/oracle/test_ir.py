"""What the IR says is reserved."""

from __future__ import annotations

import pytest

from harness.oracle.ir import Intrinsic, Reservation, reservations

PATCHPOINT, STACKMAP, STATEPOINT = Intrinsic.PATCHPOINT, Intrinsic.STACKMAP, Intrinsic.STATEPOINT


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "call void (i64, i32, ptr, i32, ...) @llvm.experimental.patchpoint.void"
            "(i64 5, i32 15, ptr null, i32 0)",
            Reservation(PATCHPOINT, 5, 15),
        ),
        (
            "%r = tail call anyregcc i64 (i64, i32, i8*, i32, ...)* "
            "@llvm.experimental.patchpoint.i64(i64 -1, i32 20, i8* null, i32 0)",
            Reservation(PATCHPOINT, 2**64 - 1, 20),
        ),
        (
            "invoke void (i64, i32, ptr, i32, ...) @llvm.experimental.patchpoint.void(\n"
            "  i64 7, i32 0, ptr null, i32 0) to label %a unwind label %b",
            Reservation(PATCHPOINT, 7, 0),
        ),
        (
            "call void (i64, i32, ...) @llvm.experimental.stackmap(i64 9, i32 4)",
            Reservation(STACKMAP, 9, 4),
        ),
        (
            "%t = call token (i64, i32, ptr, i32, i32, ...) @llvm.experimental.gc.statepoint.p0"
            "(i64 2882400000, i32 6, ptr elementtype(void ()) @f, i32 0, i32 0, i32 0, i32 0)",
            Reservation(STATEPOINT, 2882400000, 6),
        ),
        (
            "%t = call token @llvm.experimental.gc.statepoint.p0f_isVoidf"
            "(i64 immarg 3, i32 immarg 0, void ()* @f)",
            Reservation(STATEPOINT, 3, 0),
        ),
    ],
)
def test_every_form_of_a_site(text: str, expected: Reservation) -> None:
    assert list(reservations(text)) == [expected]


def test_sites_know_their_function() -> None:
    text = """\
declare void @llvm.experimental.stackmap(i64, i32, ...)
define void @f(ptr %x) {
  call void (i64, i32, ...) @llvm.experimental.stackmap(i64 1, i32 0)
  ret void
}
define linkonce_odr dso_local noundef i64 @"a; name"(i64 %x) "attribute"="; no comment" {
  ; call void (i64, i32, ...) @llvm.experimental.stackmap(i64 2, i32 0)
  call void (i64, i32, ...) @llvm.experimental.stackmap(i64 3, i32 8) ; one
  ret i64 %x
}
"""
    assert list(reservations(text)) == [
        Reservation(STACKMAP, 1, 0, "f"),
        Reservation(STACKMAP, 3, 8, "a; name"),
    ]
