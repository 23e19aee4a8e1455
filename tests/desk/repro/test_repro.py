"""A case on several LLVMs."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path

import pytest

from harness import process
from harness.crash.text.invocation import Invocation
from harness.desk.repro.observation import Behaviour
from harness.desk.repro.run import LlvmPlace, Reproducer, Runs, reproduce
from harness.errors import EnvironmentLacksError
from harness.llvm import Toolchain
from harness.model import CrashKind, Signature
from harness.progress import Silent
from tests.desk.places import make_place

TEXT = b"declare ptr @f()\n"
ASSERTS = 'echo "llc: lib/A.cpp:3: void f(): Assertion \\`n > 0\' failed." >&2; kill -ABRT $$'
CASE = Reproducer("case.ll", TEXT, (Invocation("llc", ("-O0",)),))
EXPECTED = Signature(CrashKind.ASSERTION, "n > 0")
HOW = Runs(times=2, limits=replace(process.TOOL_LIMITS, wall=20))


def behaviours(*places: LlvmPlace, case: Reproducer = CASE, how: Runs = HOW) -> list[str]:
    return [one.observation.description for one in reproduce(case, places, how, Silent())]


def test_each_llvm_says_what_it_does(tmp_path: Path) -> None:
    places = [
        make_place(tmp_path / "a", "a", llc=ASSERTS),
        make_place(tmp_path / "b", "b", llc="true"),
        make_place(
            tmp_path / "c", "c", llc='echo "llc: error: llc: $input:1:9: error: expected type" >&2; exit 1'
        ),
        make_place(tmp_path / "d", "d", opt="true"),
    ]
    assert behaviours(*places, case=replace(CASE, expected=EXPECTED)) == [
        "the same failure: llc: assertion: n > 0 (lib/A.cpp:3)",
        "passes",
        "does not read the input: line 1: expected type",
        "not run: there is no llc in it",
    ]


def test_an_llvm_that_cannot_be_had_keeps_no_other_from_running(tmp_path: Path) -> None:
    def find() -> Toolchain:
        raise EnvironmentLacksError("no LLVM 17", "use 19")

    found = behaviours(LlvmPlace("debian 17", find), make_place(tmp_path, "b", llc=ASSERTS))
    assert found == ["not run: no LLVM 17: use 19", "crash: llc: assertion: n > 0 (lib/A.cpp:3)"]


@pytest.mark.usefixtures("unenclosed")
def test_the_program_gets_the_options_and_the_file(tmp_path: Path) -> None:
    seen = tmp_path / "seen"
    place = make_place(tmp_path / "a", "a", llc=f'echo "$@" >> {seen}; cat "$input" >> {seen}')
    case = replace(CASE, steps=(Invocation("llc", ("-x", "%s", "-y")),))
    assert behaviours(place, case=case, how=replace(HOW, times=1)) == ["passes"]
    words, text = seen.read_text().split("\n", 1)
    first, source, *rest = words.split()
    assert (first, Path(source).name, rest, text.encode()) == (
        "-x",
        "case.ll",
        ["-y", "-o", "/dev/null"],
        TEXT,
    )
    assert not Path(source).exists()  # nor is anything else left


def test_steps_are_joined_and_the_first_that_fails_ends_it(tmp_path: Path) -> None:
    opt = 'for o; do :; done; cat "$input" "$input" > "$o"'
    count = 'exit $(( $(wc -l < "$input") == 2 ? 0 : 5 ))'
    case = replace(CASE, steps=(Invocation("opt", ("-O1",)), Invocation("llc")))
    assert behaviours(make_place(tmp_path / "a", "a", opt=opt, llc=count), case=case) == ["passes"]
    failing = make_place(tmp_path / "b", "b", opt=ASSERTS.replace("llc:", "opt:"), llc=count)
    assert behaviours(failing, case=case) == ["crash: opt: assertion: n > 0 (lib/A.cpp:3)"]


@pytest.mark.usefixtures("unenclosed")
def test_a_crash_that_comes_and_goes_is_counted(tmp_path: Path) -> None:
    turns = f"echo >> {tmp_path}/turns; (( $(wc -l < {tmp_path}/turns) % 3 )) || {{ {ASSERTS}; }}"
    place = make_place(tmp_path / "a", "a", llc=turns)
    found = behaviours(place, how=Runs(times=6, jobs=1))
    assert found == ["crash, 2 of 6 times: llc: assertion: n > 0 (lib/A.cpp:3)"]


@pytest.mark.usefixtures("unenclosed")
def test_what_hangs_is_stopped_and_not_tried_again(tmp_path: Path) -> None:
    place = make_place(tmp_path / "a", "a", llc=f"echo >> {tmp_path}/turns; sleep 60")
    begun = time.monotonic()
    how = Runs(times=5, limits=replace(process.TOOL_LIMITS, wall=1))
    assert behaviours(place, how=how) == ["no end: llc: ran longer than 1 s"]
    assert (tmp_path / "turns").read_text() == "\n"
    assert time.monotonic() - begun < 30


def test_what_floods_or_eats_memory_is_stopped(tmp_path: Path) -> None:
    limits = replace(process.TOOL_LIMITS, output=1 << 20, wall=20)
    place = make_place(tmp_path / "a", "a", llc="yes >&2")
    (found,) = reproduce(CASE, [place], Runs(limits=limits), Silent())
    assert found.observation.signature == Signature(CrashKind.LIMIT, "wrote more than 1 MiB of output")
    assert found.observation.behaviour is Behaviour.CRASH


def test_an_old_llvm_gets_typed_pointers(tmp_path: Path) -> None:
    refuses = 'grep -q "ptr @f" "$input" && { echo "$input:1:9: error: expected type" >&2; exit 1; }; true'
    place = make_place(tmp_path / "a", "a", "13.0.1", llc=refuses)
    (found,) = reproduce(CASE, [place], HOW, Silent())
    assert (found.translated, found.observation.description) == ("translated to typed pointers", "passes")
    asks = '[[ $1 == -opaque-pointers ]] || { echo "$input:1:9: error: expected type" >&2; exit 1; }; exit 0'
    (found,) = reproduce(CASE, [make_place(tmp_path / "b", "b", "14.0.6", llc=asks)], HOW, Silent())
    assert (found.translated, found.observation.description) == ("read with -opaque-pointers", "passes")
    # A newer one has no other words for it, and neither has one that does not read those either.
    never = 'echo "$input:1:9: error: expected type" >&2; exit 1'
    for version in ("13.0.1", "19.1.7"):
        place = make_place(tmp_path / version, "c", version, llc=never)
        (found,) = reproduce(CASE, [place], HOW, Silent())
        assert (found.translated, found.observation.behaviour) == ("", Behaviour.UNREADABLE)
