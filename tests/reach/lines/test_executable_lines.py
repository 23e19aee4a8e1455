"""Lines that no test has to execute."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.reach.lines.executable import find_inert

# Marked by `!`: inert.
SOURCE = """\
! {
  x = 1; // {
!   // } else {
! } else {
!   /* a; // b
!      c; */
  /* a */ b; /* c */
! });
! #define ADD(x) \\
!   f(x); \\
!   g(x)
  h("#define // not", '"', 1'000);
! #ifdef X
  call();
! #endif
! public:
!   using Vector = SmallVector<int>;
!   typedef int Word;
  unsigned Count;
! do {
  const char *Text = R"x(
  llvm_unreachable("in a text");
)x";
  switch (x) {
  case 1:
    return;
! case 2:
! // never
! default:
!   llvm_unreachable("no such "
!                    "kind");
  case Kind::Other: {
    break;
! }
! default: llvm_unreachable("x");
  elsewhere: {
  llvm_unreachable_internal();
  doubled();
! };
"""


def test_what_is_inert() -> None:
    marked = SOURCE.splitlines()
    text = "\n".join(line[2:] if line.startswith("! ") else line for line in marked)
    found = find_inert(text) - {len(marked) + 1}
    shown = [f"{'! ' if n in found else ''}{line}" for n, line in enumerate(text.split("\n"), 1)]
    assert shown == marked


@pytest.mark.parametrize("line", ["x();", "return;", "case 1:", "default:", "else x();", "}, y);", "int X;"])
def test_what_is_not(line: str) -> None:
    assert not find_inert(line)


@settings(deadline=None)
@given(st.text(alphabet="ab \n\"'/*\\{};#R()1", max_size=60))
def test_any_text_is_read(text: str) -> None:
    """Whatever it is: the numbers are those of its lines, and a line more at its end changes none before."""
    found = find_inert(text)
    assert found <= set(range(1, text.count("\n") + 2))


@settings(deadline=None)
@given(st.lists(st.sampled_from([line.removeprefix("! ") for line in SOURCE.splitlines()]), max_size=12))
def test_a_statement_after_a_text_is_never_inert(lines: list[str]) -> None:
    whole = [line for line in lines if "/*" not in line and "*/" not in line and "x(" not in line]
    text = "\n".join([*whole, "", "done();"])
    inert = find_inert(text)
    unfinished = any("llvm_unreachable(" in line for line in whole)
    assert unfinished or len(whole) + 2 not in inert
