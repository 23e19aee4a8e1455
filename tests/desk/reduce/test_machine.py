"""Machine IR of a case, with a script in the place of llc."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from harness import process
from harness.crash.text.invocation import Invocation
from harness.desk.reduce.job import Reduction
from harness.desk.reduce.run import ReductionTools, reduce
from harness.desk.reduce.search import Effort
from harness.desk.reduce.state import ReductionState
from harness.desk.repro.run import Reproducer
from harness.progress import Silent
from tests.desk.places import make_place

EFFORT = Effort(times=1, mir=True, limits=replace(process.TOOL_LIMITS, wall=20))
CASE = Reproducer("case.ll", b"bad @f\n", (Invocation("llc", ("-O2",)),))
DIES = '{ echo "llc: lib/A.cpp:3: void f(): Assertion \\`n > 0\' failed." >&2; kill -ABRT $$; }'
# It has passes first, middle, fails and last, writes machine IR before the first three, and dies in one.
# From `fails` on it forgets what is bad.
LLC = f"""
source= out=/dev/null stop= start=
while (( $# )); do
  case $1 in
  -o) out=$2; shift ;;
  -stop-before=*) stop=${{1#*=}} ;;
  -start-before=*) start=${{1#*=}} ;;
  -debug-pass=*) echo 'Pass Arguments:  -first -middle -fails -last' >&2 ;;
  -*) ;;
  *) source=$1 ;;
  esac
  shift
done
case $stop in
first|middle|fails) sed 's/bad/bad machine/' "$source" > "$out"; exit 0 ;;
last) {DIES} ;;
?*) echo "llc: error: no such pass" >&2; exit 1 ;;
esac
[[ $start == fails ]] && exit 0
[[ -n $start && $source != *.mir ]] && exit 0
grep -q bad "$source" && {DIES}
exit 0
"""


def run(folder: Path, case: Reproducer = CASE, effort: Effort = EFFORT, llc: str = LLC) -> Reduction:
    toolchain = make_place(folder / "llvm", "a", llc=llc).find()
    state = ReductionState(folder / "out.state", case, toolchain)
    return reduce(case, ReductionTools(toolchain), effort, state, Silent())


def test_it_begins_before_the_last_pass_from_which_it_still_fails(tmp_path: Path) -> None:
    done = run(tmp_path)
    assert done.case is not None
    assert done.case.name == "case.mir"
    assert done.case.text == b"# RUN: llc -start-before=middle %s\nbad\n"
    assert done.complete
    assert not (tmp_path / "out.state").exists()


def test_it_stays_ir_if_nobody_asks_or_it_does_not_fail_from_there(tmp_path: Path) -> None:
    asked = run(tmp_path / "a", llc=LLC.replace("$start == fails", "-n $start"))
    assert asked.case is not None
    assert asked.case.text == b"; RUN: llc < %s\nbad\n"
    assert "llc does not fail from machine IR on: the case stays IR" in asked.notes
    plain = run(tmp_path / "b", effort=replace(EFFORT, mir=False))
    assert plain.case is not None
    assert plain.case.name == "case.ll"


def test_a_reduction_goes_on_from_machine_ir(tmp_path: Path) -> None:
    toolchain = make_place(tmp_path / "llvm", "a", llc=LLC).find()
    state = ReductionState(tmp_path / "out.state", CASE, toolchain)
    later = (Invocation("llc", ("-start-before=middle",)),)
    state.save(replace(CASE, name="case.mir", text=b"bad machine @f\n", steps=later))
    state.finish("machine IR")
    again = ReductionState(tmp_path / "out.state", CASE, toolchain)
    done = reduce(CASE, ReductionTools(toolchain), EFFORT, again, Silent())
    assert done.case is not None
    assert done.case.text == b"# RUN: llc -start-before=middle %s\nbad\n"
