"""A static program is watched while it threads, forks, dies and does all that a function can be begun by."""

from __future__ import annotations

import shutil
import signal
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from harness import process
from harness.errors import EnvironmentLacksError
from harness.reach.names import FunctionName
from harness.reach.watch import choose
from harness.reach.watch.make import watch
from harness.reach.watch.record import VARIABLE, prepare, read_hits
from harness.reach.watch.values import Hits, Unwatchable, Watched
from harness.store import Store

pytestmark = pytest.mark.builds

SOURCE = Path(__file__).with_name("program.c")
ALWAYS = {"main", "sum", "product", "recursive", "tail", "looping", "falling", "before_main", "enters_inner"}
OWN = {
    *(ALWAYS | {"local", "never", "in_handler", "in_child", "in_parent", "in_thread", "at_exit"}),
    *("local_target", "second_name", "fallen_into", "tiny1", "tiny2", "tiny4"),
    *("packed1", "packed2", "labelled", "crossing"),
}
# Of so few, only the pages that they begin in are made writable (stub.c).
FEW = 64
# Forbid what gives memory the right to be executed (prctl(2), PR_SET_MDWE), and become another program.
FORBID_WRITABLE_CODE = """\
import ctypes, os, sys
assert ctypes.CDLL(None).prctl(65, 1, 0, 0, 0) == 0
os.execv(sys.argv[1], sys.argv[1:])
"""


def compile_program(folder: Path, *flags: str, name: str = "program", source: Path = SOURCE) -> Path:
    out = folder / name
    done = process.run(["cc", "-O1", "-falign-functions=16", "-pthread", *flags, "-o", out, source])
    assert done.ok, done.text
    return out


def compiler() -> Path:
    found = shutil.which("cc")
    assert found
    return Path(found)


@dataclass(frozen=True)
class Subject:
    """A program, its watched copy, and a folder for records."""

    plain: Path
    watched: Watched
    folder: Path

    def run(self, *words: str | Path, program: Path | None = None) -> process.Completed:
        """Run the copy, its record made anew; it must do what the program does."""
        prepare(self.folder, [self.watched])
        done = process.run([program or self.watched.tool, *words], env={VARIABLE: str(self.folder)})
        plain = process.run([self.plain, *words])
        assert (done.returncode, done.stdout, done.stderr) == (plain.returncode, plain.stdout, plain.stderr)
        return done

    def hits(self) -> Hits:
        found = read_hits(self.folder, self.watched)
        assert isinstance(found, Hits)
        return found

    def entered(self) -> set[str]:
        """The names of what was entered, without those of libc."""
        return {name.name for index in self.hits().functions for name in self.watched.functions[index].names}


@pytest.fixture(scope="module", params=["-static", "-no-pie", "-pie", "few functions"])
def built(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Watched]:
    """A program and its watched copy: of all functions, which libc has a thousand of, or of its own alone."""
    folder, few = tmp_path_factory.mktemp("built"), request.param == "few functions"
    plain = compile_program(folder, "-static" if few else request.param)
    only = (
        [FunctionName("program.c" if name in {"local", "in_thread"} else "", name) for name in OWN]
        if few
        else None
    )
    watched = watch(Store(folder / "store"), plain, compiler(), only=only)
    assert isinstance(watched, Watched)
    assert (len(watched.functions) <= FEW) == (few or request.param != "-static")
    return plain, watched


@pytest.fixture
def subject(built: tuple[Path, Watched], tmp_path: Path) -> Subject:
    return Subject(*built, tmp_path / "records")


def test_what_is_entered_is_noted_and_nothing_else(subject: Subject) -> None:
    subject.run()
    entered = subject.entered()
    assert entered >= ALWAYS
    assert not entered & {"never", "local", "in_handler", "in_child", "in_thread", "at_exit"}
    assert subject.hits().processes == 1


@pytest.mark.parametrize("mode", ["plain", "signal"])
def test_what_is_noted_is_what_running_step_by_step_shows(tmp_path: Path, mode: str) -> None:
    plain = compile_program(tmp_path, "-static")
    tracer = compile_program(tmp_path, "-O2", name="tracer", source=SOURCE.with_name("tracer.c"))
    watched = watch(Store(tmp_path / "store"), plain, compiler())
    assert isinstance(watched, Watched)
    subject = Subject(plain, watched, tmp_path / "records")
    subject.run(mode)
    noted = [watched.functions[index].address for index in sorted(subject.hits().functions)]
    addresses = "\n".join(f"{one.address:x}" for one in watched.functions)
    environment = {VARIABLE: str(subject.folder)}
    traced = process.run([tracer, plain, mode], env=environment, stdin=addresses.encode())
    assert [int(word, 16) for word in traced.stdout.split()] == noted
    assert len(noted) > 100


def test_short_functions_are_watched_where_nothing_follows(subject: Subject) -> None:
    subject.run()
    assert subject.entered() >= {"tiny1", "tiny2", "tiny4"}
    assert subject.watched.unwatched[FunctionName("", "packed1")] == choose.SHORT
    assert subject.watched.unwatched[FunctionName("", "labelled")] == choose.LABEL
    assert subject.watched.unwatched[FunctionName("", "crossing")] == choose.CROSSES


def test_a_function_is_entered_by_a_jump_and_from_the_function_before_it(subject: Subject) -> None:
    subject.run()
    assert subject.entered() >= {"local_target", "second_name", "fallen_into"}
    (both,) = (one for one in subject.watched.functions if FunctionName("", "tail") in one.names)
    names = {
        name.name for one in subject.watched.functions for name in one.names if one.address == both.address
    }
    assert names == {"tail"}


def test_a_local_function_has_its_unit(subject: Subject) -> None:
    names = {name for one in subject.watched.functions for name in one.names}
    assert {FunctionName("program.c", "local"), FunctionName("", "never")} <= names


@pytest.mark.parametrize(
    ("mode", "end", "entered"),
    [
        ("threads", 0, "in_thread"),
        ("abort", -signal.SIGABRT, "in_child"),
        ("kill", -signal.SIGKILL, "in_child"),
        ("fault", -signal.SIGSEGV, "in_child"),
        ("signal", 0, "in_handler"),
        ("_exit", 13, "at_exit"),
    ],
)
def test_what_was_entered_stays_noted_however_it_ends(
    subject: Subject, mode: str, end: int, entered: str
) -> None:
    assert subject.run(mode).returncode == end
    assert subject.entered() >= {entered, *ALWAYS}


def test_threads_that_begin_one_function_together_all_run_it(subject: Subject) -> None:
    for _ in range(20):
        subject.run("threads")
        shutil.rmtree(subject.folder)


def test_both_processes_of_a_fork_note(subject: Subject) -> None:
    subject.run("fork")
    assert subject.entered() >= {"in_child", "in_parent"}


def test_programs_that_follow_each_other_share_a_record(subject: Subject) -> None:
    prepare(subject.folder, [subject.watched])
    tool = subject.watched.tool
    done = process.run([tool, "exec", tool], env={VARIABLE: str(subject.folder)})
    assert done.ok
    assert subject.hits().processes == 2


def test_the_record_is_found_beside_the_program_without_an_environment(subject: Subject) -> None:
    place = subject.folder.parent
    (place / "bin").mkdir()
    (place / "bin/tool").symlink_to(subject.watched.tool)
    prepare(place / "reach", [subject.watched])
    assert process.run(["env", "-i", place / "bin/tool"]).ok
    found = read_hits(place / "reach", subject.watched)
    assert isinstance(found, Hits)
    assert found.processes == 1


def test_outside_of_a_test_it_runs_as_it_would(subject: Subject) -> None:
    done = process.run([subject.watched.tool], env={VARIABLE: None})
    plain = process.run([subject.plain])
    assert (done.returncode, done.stdout, done.stderr) == (0, plain.stdout, b"")


def test_what_cannot_be_noted_ends_the_program(subject: Subject) -> None:
    done = process.run([subject.watched.tool], env={VARIABLE: str(subject.folder)})
    record = subject.folder / subject.watched.record
    assert (done.returncode, done.stderr) == (4, f"reach is unknown: cannot be opened: {record}\n".encode())
    prepare(subject.folder, [])
    record.write_bytes(bytes(10))
    done = process.run([subject.watched.tool], env={VARIABLE: str(subject.folder)})
    assert done.stderr.decode() == f"reach is unknown: is not a record of this tool: {record}\n"
    assert read_hits(subject.folder, subject.watched) == Unwatchable(
        f"{record}: is 10 bytes, and {subject.watched.record_size} are needed"
    )


def test_where_code_cannot_be_written_to_reach_is_unknown(subject: Subject) -> None:
    prepare(subject.folder, [subject.watched])
    words: list[str | Path] = [sys.executable, "-c", FORBID_WRITABLE_CODE, subject.watched.tool, "threads"]
    done = process.run(words, env={VARIABLE: str(subject.folder)})
    plain = process.run([subject.plain, "threads"])
    assert (done.returncode, done.stdout, done.stderr) == (0, plain.stdout, plain.stderr)
    found = read_hits(subject.folder, subject.watched)
    assert str(found) == "reach is unknown: the code of program could not be written to in 1 processes"


def test_no_more_than_the_given_functions_are_watched(subject: Subject, tmp_path: Path) -> None:
    wanted = {FunctionName("", name) for name in ("in_child", "recursive", "packed1", "inlined")}
    few = watch(Store(tmp_path / "store"), subject.plain, compiler(), only=wanted)
    assert isinstance(few, Watched)
    assert [one.names[0].name for one in few.functions] == ["recursive", "in_child"]
    assert few.unwatched == {
        FunctionName("", "packed1"): choose.SHORT,
        FunctionName("", "inlined"): choose.ABSENT,
    }
    other = Subject(subject.plain, few, subject.folder)
    other.run()
    assert other.entered() == {"recursive"}
    nothing = watch(Store(tmp_path / "store"), subject.plain, compiler(), only={FunctionName("", "no")})
    assert nothing == Unwatchable("program has none of the functions")


def test_a_watched_copy_is_kept(subject: Subject, tmp_path: Path) -> None:
    store = Store(tmp_path / "store")
    one = watch(store, subject.plain, compiler())
    assert isinstance(one, Watched)
    before = one.tool.stat().st_ino
    assert watch(store, subject.plain, compiler()) == one
    assert one.tool.stat().st_ino == before


def test_a_full_disk_while_the_copy_is_written(tmp_path: Path, small_disk: Callable[[int], Path]) -> None:
    """It is written through memory: of a hole that the disk has no room for, that would be the end."""
    plain = compile_program(tmp_path, "-static")
    store = Store(small_disk(plain.stat().st_size // 1024) / "store")
    with pytest.raises(EnvironmentLacksError) as caught:
        watch(store, plain, compiler())
    assert caught.value.what == f"cannot write watched to the store {store.root}: no space left on device"
    assert not list(store.root.glob("watched/*"))


@pytest.fixture
def refusal(tmp_path: Path) -> Callable[[Path], str]:
    def refuse(tool: Path) -> str:
        found = watch(Store(tmp_path / "store"), tool, compiler())
        assert isinstance(found, Unwatchable)
        assert not list((tmp_path / "store").glob("watched/*"))
        return str(found)

    return refuse


def test_a_stripped_program_is_not_watched(tmp_path: Path, refusal: Callable[[Path], str]) -> None:
    why = "reach is unknown: it has no symbol table (.symtab): it was stripped"
    assert refusal(compile_program(tmp_path, "-static", "-s")) == why


def test_a_program_for_shadow_stacks_is_not_watched(tmp_path: Path, refusal: Callable[[Path], str]) -> None:
    program = compile_program(
        tmp_path, "-nostartfiles", "-Wl,-z,shstk", "-Wl,-e,main", "-fcf-protection=full"
    )
    assert refusal(program) == "reach is unknown: it is built for shadow stacks (-fcf-protection)"


def test_what_is_no_program_is_not_watched(tmp_path: Path, refusal: Callable[[Path], str]) -> None:
    (tmp_path / "text").write_text("#!/bin/sh\n")
    assert refusal(tmp_path / "text").startswith("reach is unknown: text is not an ELF file that can be read")
    program = compile_program(tmp_path, "-static")
    (tmp_path / "cut").write_bytes(program.read_bytes()[:5000])
    assert refusal(tmp_path / "cut").startswith("reach is unknown: cut is not an ELF file that can be read")
    foreign = bytearray(program.read_bytes())
    foreign[18:20] = (183).to_bytes(2, "little")
    (tmp_path / "foreign").write_bytes(foreign)
    assert refusal(tmp_path / "foreign") == "reach is unknown: it is for AArch64, and only x86-64 is watched"
    assert (
        refusal(compile_program(tmp_path, "-c", name="object.o"))
        == "reach is unknown: it is not a linked program"
    )


def test_a_compiler_that_fails_is_said(subject: Subject, tmp_path: Path) -> None:
    fails = tmp_path / "cc"
    fails.write_text("#!/bin/sh\necho no >&2; exit 1\n")
    fails.chmod(0o755)
    found = watch(Store(tmp_path / "store"), subject.plain, fails)
    assert found == Unwatchable(f"{fails} does not compile what watches:\nno")
