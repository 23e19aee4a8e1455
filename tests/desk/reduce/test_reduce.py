"""A case made smaller, with scripts in the place of LLVM's tools."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from harness import process
from harness.crash.text.invocation import Invocation
from harness.desk.reduce.job import Reduction
from harness.desk.reduce.run import ReductionTools, reduce
from harness.desk.reduce.search import Effort, with_command
from harness.desk.reduce.state import ReductionState
from harness.desk.repro.observation import Behaviour
from harness.desk.repro.run import LlvmPlace, Reproducer
from harness.errors import EnvironmentLacksError, UsageError
from harness.model import CrashKind, Signature
from harness.progress import Silent
from tests.desk.places import make_place


def asserts(tool: str, message: str) -> str:
    return f'{{ echo "{tool}: lib/A.cpp:3: void f(): Assertion \\`{message}\' failed." >&2; kill -ABRT $$; }}'


# `bad` is one bug and `odd` another. Whoever takes any crash for the first loses `bad` soon.
DIES = (
    f'grep -q bad "$input" && {asserts("llc", "n > 0")}\n'
    f'grep -q odd "$input" && {asserts("llc", "m > 0")}\ntrue'
)
FILLER = "".join(f"  %x{number} = add i32 {number}, odd\n" for number in range(3))
CASE = Reproducer(
    "case.ll",
    f"define i32 @f() {{\n{FILLER}  bad i32 1\n{FILLER}}}\ndefine @g() {{\n{FILLER}}}\n".encode(),
    (Invocation("llc", ("-mtriple=x86_64-linux-gnu", "-O0", "-verify-x")),),
)
EFFORT = Effort(times=2, limits=replace(process.TOOL_LIMITS, wall=20))


def run(
    place: LlvmPlace,
    folder: Path,
    case: Reproducer = CASE,
    *,
    effort: Effort = EFFORT,
    reducers: tuple[LlvmPlace, ...] = (),
    control: LlvmPlace | None = None,
) -> Reduction:
    toolchain = place.find()
    state = ReductionState(folder / "out.state", case, toolchain)
    return reduce(case, ReductionTools(toolchain, reducers, control), effort, state, Silent())


def text(done: Reduction) -> str:
    assert done.case is not None
    return done.case.text.decode()


def test_it_never_slides_onto_another_failure(tmp_path: Path) -> None:
    done = run(make_place(tmp_path / "a", "a", llc=DIES), tmp_path)
    assert text(done) == "; RUN: llc -mtriple=x86_64-linux-gnu < %s\n  bad\n"
    assert done.observation.description == "the same failure: llc: assertion: n > 0 (lib/A.cpp:3)"
    assert done.complete
    assert not (tmp_path / "out.state").exists()
    assert done.notes == ("no llvm-reduce went through it: only its text was cut",)


def test_what_passes_without_the_patch_still_does(tmp_path: Path) -> None:
    """Without `fine`, another bug shows there, which hides behind this one."""
    hidden = f'grep -q fine "$input" || {asserts("llc", "k > 0")}; true'
    case = replace(CASE, text=b"bad\nodd\nfine\n", steps=(Invocation("llc"),))
    patched, base = make_place(tmp_path / "a", "a", llc=DIES), make_place(tmp_path / "b", "base", llc=hidden)
    done = run(patched, tmp_path, case, control=base)
    assert (text(done), done.notes[0]) == ("; RUN: llc < %s\nbad\nfine\n", "it passes on base")
    fails = make_place(tmp_path / "c", "base", llc=asserts("llc", "k > 0"))
    done = run(patched, tmp_path, case, control=fails)
    assert (text(done), done.notes[0]) == (
        "; RUN: llc < %s\nbad\n",
        "it does not pass on base either, so what it does there does not count",
    )


def test_what_does_not_fail_is_not_reduced(tmp_path: Path) -> None:
    done = run(make_place(tmp_path / "a", "a", llc="true"), tmp_path)
    assert (done.case, done.observation.behaviour) == (None, Behaviour.PASSES)
    other = replace(CASE, expected=Signature(CrashKind.ASSERTION, "k > 0"))
    done = run(make_place(tmp_path / "b", "b", llc=DIES), tmp_path, other)
    assert (done.case, done.observation.behaviour) == (None, Behaviour.OTHER)


def test_a_failure_like_many_others_is_not_reduced(tmp_path: Path) -> None:
    with pytest.raises(EnvironmentLacksError) as caught:
        run(make_place(tmp_path / "a", "a", llc="kill -SEGV $$"), tmp_path)
    assert str(caught.value) == (
        "llc: SIGSEGV: nothing tells this failure from others\n"
        "next: use an LLVM that has symbols and an llvm-symbolizer, or assertions enabled"
    )


@pytest.mark.usefixtures("unenclosed")
def test_a_failure_that_comes_and_goes_is_tried_more_than_once(tmp_path: Path) -> None:
    turns = f"echo >> {tmp_path}/turns; (( $(wc -l < {tmp_path}/turns) % 2 )) || exit 0\n{DIES}"
    done = run(make_place(tmp_path / "a", "a", llc=turns), tmp_path)
    assert text(done).endswith(" < %s\n  bad\n")
    assert (done.observation.times, done.observation.runs) == (1, 2)


def test_the_step_that_fails_is_all_that_is_left(tmp_path: Path) -> None:
    opt = 'for o; do :; done; sed "s/bat/bad/" "$input" > "$o"'
    place = make_place(tmp_path / "a", "a", opt=opt, llc=DIES)
    piped = replace(CASE, steps=(Invocation("opt", ("-O2",)), Invocation("llc", ("-O0",))))
    assert text(run(place, tmp_path, piped)) == "; RUN: llc < %s\n  bad\n"
    # llc alone does not fail here: it gets what opt makes.
    made = replace(piped, text=CASE.text.replace(b"bad", b"bat"))
    assert text(run(place, tmp_path, made)) == "; RUN: llc < %s\n  bad\n"
    # Without what opt writes there is no other way than both.
    lost = make_place(tmp_path / "b", "b", opt=f"[[ $* == *-S* ]] && exit 1; {opt}", llc=DIES)
    assert text(run(lost, tmp_path, made)) == "; RUN: opt < %s | llc\n  bat\n"


def test_the_pass_that_fails_runs_alone_on_its_own_input(tmp_path: Path) -> None:
    opt = (
        "for o; do case $o in -passes=*) passes=${o#-passes=};; "
        "-print-on-crash-path=*) path=${o#*path=};; esac; done\n"
        '[[ $passes == "function(dce<a;b>)" ]] && ! grep -q folded "$input" && exit 0\n'
        '[[ $passes == *dce* && $passes != "dce<a;b>" ]] || exit 0\n'
        '[[ $path ]] && sed "s/bad/folded bad/" "$input" > "$path"\n'
        'grep -q bad "$input" || exit 0\n'
        "echo 'Stack dump:\n0.\tProgram arguments: opt\n"
        '1.\tRunning pass "function(x,dce<a;b>)" on module "a"\n'
        '2.\tRunning pass "dce<a;b>" on function "f"\' >&2\n' + asserts("opt", "n > 0")
    )
    case = replace(CASE, steps=(Invocation("opt", ("-passes=function(x,dce<a;b>),adce",)),))
    done = run(make_place(tmp_path / "a", "a", opt=opt), tmp_path, case)
    assert text(done) == "; RUN: opt '-passes=function(dce<a;b>)' < %s\n  folded bad\n"


def test_passes_that_are_not_needed_are_dropped(tmp_path: Path) -> None:
    dies = f'[[ $* == *gvn* ]] && grep -q bad "$input" && {asserts("opt", "n > 0")}; true'
    case = replace(CASE, steps=(Invocation("opt", ("-passes=sroa<a,b>,gvn,dce", "-x")),))
    assert text(run(make_place(tmp_path / "a", "a", opt=dies), tmp_path, case)).startswith(
        "; RUN: opt -passes=gvn < %s\n"
    )


def test_a_level_becomes_the_passes_that_it_means(tmp_path: Path) -> None:
    opt = (
        '[[ $* == *-print-pipeline-passes* ]] && echo "sroa,function(gvn,dce)" && exit 0\n'
        f'[[ $* == *-O2* || $* == *gvn* ]] && grep -q bad "$input" && {asserts("opt", "n > 0")}; true'
    )
    case = replace(CASE, steps=(Invocation("opt", ("-O2",)),))
    done = run(make_place(tmp_path / "a", "a", opt=opt), tmp_path, case)
    assert text(done).startswith("; RUN: opt '-passes=function(gvn)' < %s\n")


def test_an_old_llvm_gets_typed_pointers(tmp_path: Path) -> None:
    refuses = 'grep -q "ptr @" "$input" && { echo "$input:1:9: error: expected type" >&2; exit 1; }'
    place = make_place(tmp_path / "a", "a", "13.0.1", llc=f"{refuses}\n{DIES}")
    case = replace(CASE, text=b"declare ptr @f()\n; bad\n  bad\n")
    assert text(run(place, tmp_path, case)).endswith(" < %s\n  bad\n")


def test_bitcode_is_reduced_as_text(tmp_path: Path) -> None:
    place = make_place(tmp_path / "a", "a", llc=DIES, **{"llvm-dis": "tr X '\\n' < $1"})
    done = run(place, tmp_path, replace(CASE, name="a.bc", text=b"badXoddXfine"))
    assert text(done).endswith(" < %s\nbad\n")
    assert done.case is not None
    assert (done.before.name, done.before.text, done.case.name) == ("a.bc", b"bad\nodd\nfine", "a.ll")


def test_the_reducer_asks_about_each_of_its_files(tmp_path: Path) -> None:
    """It takes what holds, and its own result is no better than what it was told of."""
    reduces = (
        "test=${1#--test=}; folder=${input%/*}\n"
        'grep -v bad "$input" > $folder/one.ll; "$test" $folder/one.ll && exit 7\n'
        'grep -v "= add" "$input" > $folder/two.ll; "$test" $folder/two.ll || exit 8\n'
        'cp $folder/two.ll "$4"'
    )
    reducer = make_place(tmp_path / "r", "r", **{"llvm-reduce": reduces})
    refuses = make_place(tmp_path / "s", "s", **{"llvm-reduce": 'echo "no such type" >&2; exit 1'})
    absent = LlvmPlace("gone", lambda: make_place(tmp_path / "t", "t").find())
    place = make_place(tmp_path / "a", "a", llc=DIES)
    done = run(place, tmp_path, reducers=(absent, refuses, reducer))
    assert text(done).endswith(" < %s\n  bad\n")
    assert done.notes == ("s: llvm-reduce 19.1.7 does not read it",)


def test_machine_ir_stays_what_it_is(tmp_path: Path) -> None:
    reduces = 'echo "x.cpp: LLVM ERROR: $@" >&2; "${1#--test=}" "$2"; exit 1'
    reducer = make_place(tmp_path / "r", "r", **{"llvm-reduce": reduces})
    options = ("-mtriple=x86_64", "-O2", "-start-before=greedy", "-run-pass=x")
    case = replace(CASE, name="a.mir", text=b"--- |\nodd\nbad x\n", steps=(Invocation("llc", options),))
    done = run(make_place(tmp_path / "a", "a", llc=DIES), tmp_path, case, reducers=(reducer,))
    assert text(done) == "# RUN: llc -mtriple=x86_64 -start-before=greedy -run-pass=x %s\nbad x\n"
    told, *words = done.notes[0].split(" LLVM ERROR: ")[1].split()
    assert done.notes[0].startswith("r: llvm-reduce 19.1.7 stopped: ")
    assert told.startswith("--test=")
    assert "-j" not in words
    assert words[-1] == "--mtriple=x86_64"


@pytest.mark.slow
def test_what_hangs_runs_no_more_often_than_it_has_to(tmp_path: Path) -> None:
    case = replace(CASE, text=b"bad\nodd\n", steps=(Invocation("llc"),))
    place = make_place(tmp_path / "a", "a", llc='grep -q bad "$input" && sleep 60; true')
    limits = replace(process.TOOL_LIMITS, wall=1)
    done = run(place, tmp_path, case, effort=replace(EFFORT, limits=limits))
    assert text(done) == "; RUN: llc < %s\nbad\n"
    assert (done.observation.runs, done.observation.description) == (
        1,
        "the same failure: llc: ran longer than 1 s",
    )


def test_a_second_call_goes_on_from_the_first(tmp_path: Path) -> None:
    slow = f"sleep 0.3\n{DIES}"
    place = make_place(tmp_path / "a", "a", llc=slow)
    first = run(place, tmp_path, effort=replace(EFFORT, seconds=4.5))
    assert not first.complete
    assert len(text(first)) < len(CASE.text)
    assert first.observation.behaviour is Behaviour.SAME
    second = run(place, tmp_path)
    assert text(second).endswith(" < %s\n  bad\n")
    assert second.complete
    assert second.runs < first.runs + 60


def test_a_state_of_something_else_is_not_taken(tmp_path: Path) -> None:
    place = make_place(tmp_path / "a", "a", llc=f"sleep 0.1\n{DIES}")
    run(place, tmp_path, effort=replace(EFFORT, seconds=0.5))
    with pytest.raises(UsageError) as caught:
        run(place, tmp_path, replace(CASE, text=b"bad\n"))
    assert str(caught.value) == (
        f"{tmp_path}/out.state: is of another case, command or LLVM\n"
        "next: remove it, or give another file to -o"
    )
    (tmp_path / "out.state").write_text("{}")
    with pytest.raises(UsageError, match=r"out\.state: this is not a record of a reduction\n"):
        run(place, tmp_path)


def test_an_interruption_keeps_the_best(tmp_path: Path) -> None:
    class Interrupts(Silent):
        def tick(self, done: int, total: int, what: str) -> None:
            raise KeyboardInterrupt

    toolchain = make_place(tmp_path / "a", "a", llc=DIES).find()
    state = ReductionState(tmp_path / "out.state", CASE, toolchain)
    done = reduce(CASE, ReductionTools(toolchain), EFFORT, state, Interrupts())
    assert done.interrupted
    assert not done.complete
    assert text(done).startswith("; RUN: llc -mtriple=x86_64-linux-gnu")
    assert (tmp_path / "out.state").exists()


def test_text_that_no_comment_may_stand_in_gets_none() -> None:
    assert with_command(replace(CASE, name="a.mir")).text.startswith(b"# RUN: llc ")
    assert with_command(replace(CASE, name="a.bc")) == replace(CASE, name="a.bc")
