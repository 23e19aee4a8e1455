"""Which function holds a line: LLVM's ways to write functions."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.reach.map.source import function_at

SOURCE = b"""\
#define DEBUG_TYPE "x"
STATISTIC(NumX, "x");
static cl::opt<bool> Flag("flag");

namespace {
class Pass : public FunctionPass {
public:
  static char ID;
  Pass() : FunctionPass(ID) {}
  ~Pass() override {
    done();
  }
  bool runOnFunction(Function &F) override {
    auto Each = [&](Value *V) {
      return V;
    };
    return Each(nullptr);
  }
};
} // end anonymous namespace

INITIALIZE_PASS_BEGIN(Pass, "p", "p", false, false)
INITIALIZE_PASS_END(Pass, "p", "p", false, false)

static SDValue lower(SDValue Op,
                     SelectionDAG &DAG) {
#ifndef NDEBUG
  if (Op)
#endif
    return Op;
}

void X86AsmPrinter::LowerPATCHPOINT(const MachineInstr &MI,
                                    X86MCInstLower &MCIL) {
  assert(MI.size());
}
const MCExpr *Printer::lower(int I) {
  return nullptr;
}
bool Loc::operator==(const Loc &O) const {
  return true;
}
template <typename T> T &Box<T>::get() {
  return *this;
}
"""
LINES = SOURCE.decode().splitlines()


def at(text: str) -> str:
    return function_at(SOURCE, 1 + next(n for n, line in enumerate(LINES) if text in line))


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Pass() :", "Pass::Pass"),
        ("done();", "Pass::~Pass"),
        ("bool runOnFunction", "Pass::runOnFunction"),
        ("return V;", "Pass::runOnFunction"),
        ("static SDValue", "lower"),
        ("SelectionDAG &DAG", "lower"),
        ("return Op;", "lower"),
        ("void X86AsmPrinter", "X86AsmPrinter::LowerPATCHPOINT"),
        ("assert(MI", "X86AsmPrinter::LowerPATCHPOINT"),
        ("return nullptr;", "Printer::lower"),
        ("return true;", "Loc::operator=="),
        ("return *this;", "Box<T>::get"),
        ("STATISTIC", ""),
        ("cl::opt", ""),
        ("static char ID", ""),
        ("INITIALIZE_PASS_BEGIN", ""),
        ("#define", ""),
    ],
)
def test_a_line_is_in_the_function_that_holds_it(text: str, name: str) -> None:
    assert at(text) == name


def test_a_line_behind_the_end_is_in_no_function() -> None:
    assert function_at(SOURCE, len(LINES) + 7) == ""
    assert function_at(b"", 1) == ""


@settings(deadline=None)
@given(st.binary(max_size=200), st.integers(1, 12))
def test_any_bytes_are_read(text: bytes, line: int) -> None:
    assert isinstance(function_at(text, line), str)
