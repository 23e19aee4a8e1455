"""What the IR says is reserved."""

from __future__ import annotations

import pytest

from harness.stackmaps.verify.ir import Callee, Intrinsic, Reservation, reservations

PATCHPOINT, STACKMAP, STATEPOINT = Intrinsic.PATCHPOINT, Intrinsic.STACKMAP, Intrinsic.STATEPOINT


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "call void (i64, i32, ptr, i32, ...) @llvm.experimental.patchpoint.void"
            "(i64 5, i32 15, ptr null, i32 0)",
            Reservation(PATCHPOINT, 5, 15, callee=Callee()),
        ),
        (
            "%r = tail call anyregcc i64 (i64, i32, i8*, i32, ...)* "
            "@llvm.experimental.patchpoint.i64(i64 -1, i32 20, i8* null, i32 0)",
            Reservation(PATCHPOINT, 2**64 - 1, 20, callee=Callee()),
        ),
        (
            "invoke void (i64, i32, ptr, i32, ...) @llvm.experimental.patchpoint.void(\n"
            "  i64 7, i32 0, ptr null, i32 0) to label %a unwind label %b",
            Reservation(PATCHPOINT, 7, 0, callee=Callee()),
        ),
        (
            "call void (i64, i32, ...) @llvm.experimental.stackmap(i64 9, i32 4)",
            Reservation(STACKMAP, 9, 4),
        ),
        (
            "%t = call token (i64, i32, ptr, i32, i32, ...) @llvm.experimental.gc.statepoint.p0"
            "(i64 2882400000, i32 6, ptr elementtype(void ()) @f, i32 0, i32 0, i32 0, i32 0)",
            Reservation(STATEPOINT, 2882400000, 6, callee=Callee("f")),
        ),
        (
            "%t = call token @llvm.experimental.gc.statepoint.p0f_isVoidf"
            "(i64 immarg 3, i32 immarg 0, void ()* @f)",
            Reservation(STATEPOINT, 3, 0, callee=Callee("f")),
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


@pytest.mark.parametrize(
    ("operand", "callee"),
    [
        ("ptr @f", Callee("f")),
        ("ptr elementtype(void (ptr, { i32, [2 x i8] }, <4 x i32>)) @f.1", Callee("f.1")),
        ("void (i64, i8*)* nonnull @f", Callee("f")),
        ("i8* bitcast (void (i64, i8*)* @f to i8*)", Callee("f")),
        ("ptr addrspacecast (ptr addrspace(1) @f to ptr)", Callee("f")),
        ('ptr @"a, b) \\22c"', Callee('a, b) "c')),
        ('ptr @"\\01_f"', Callee("\1_f")),
        ("ptr inttoptr (i64 74565 to ptr)", Callee(address=74565)),
        ("ptr inttoptr ( i64 -1 to ptr )", Callee(address=2**64 - 1)),
        ("ptr null", Callee()),
        # Computed, or not known: nothing is said.
        ("ptr %f", None),
        ("ptr undef", None),
        ("ptr inttoptr (i64 ptrtoint (ptr @f to i64) to ptr)", None),
        ("ptr getelementptr (i8, ptr @f, i64 4)", None),
        # LLVM lowers intrinsics to other callees; and a number is not a name in an object.
        ("ptr @llvm.memcpy.p0.p0.i64", None),
        ("ptr @0", None),
    ],
)
def test_callees(operand: str, callee: Callee | None) -> None:
    text = f"call void @llvm.experimental.patchpoint.void(i64 5, i32 15,\n  {operand}, i32 0)"
    assert [one.callee for one in reservations(text)] == [callee]


def test_an_operand_without_end() -> None:
    """Damaged or malicious text is not searched quadratically."""
    for text in ("(" * 100_000, "bitcast (" * 10_000, "x @" * 30_000, '@"' * 50_000):
        call = f"call void @llvm.experimental.patchpoint.void(i64 5, i32 15, ptr {text}"
        assert next(reservations(call * 20)).callee is None
