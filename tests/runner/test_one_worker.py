"""Workers in their jails, in every mode: what tests reach, what they leave, and what it takes to end them."""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from harness.llvm import Toolchain
from harness.model import CrashKind, Outcome, Signature, TestResult
from harness.process import MIB, Limits
from harness.process.sandbox import Mode
from harness.progress import Silent
from harness.runner import llvm_tests, one_worker, runs
from harness.runner.bounds import WORKER_LIMITS, Bounds
from harness.runner.pool import Pool
from harness.runner.recording import Recording
from harness.runner.runs import Suite
from harness.runner.symlink_tree import make_symlink_tree
from tests.runner.test_llvm_tests import TREE, stand_ins, write
from tests.runner.test_runs import left

pytestmark = [pytest.mark.xdist_group("one-worker"), pytest.mark.slow]

CONFIG = """\
import lit.formats, os
config.name = "jailed"
config.test_format = lit.formats.ShTest(execute_external=False)
config.suffixes = {".test"}
config.test_exec_root = lit_config.params["exec_root"]
config.environment["PATH"] = lit_config.params["toolchain_bin"] + ":/usr/bin:/bin"
config.substitutions.append(("%{python}", PYTHON))
"""
LLC = "#!/bin/sh\necho '  LLVM version 19.1.7'\n"


@dataclass(frozen=True)
class Bench:
    """A suite of tests, each with one RUN line or the text of a Python program, and a toolchain."""

    folder: Path
    suite: Suite
    toolchain: Toolchain

    def run(self, pool: Pool | None = None) -> dict[str, TestResult]:
        found = runs.run(self.toolchain, self.suite, Silent(), pool).results
        return {result.name.removesuffix(".test"): result for result in found}


def bench(
    folder: Path, lines: Mapping[str, str], programs: Mapping[str, str] | None = None, *, name: str = "suite"
) -> Bench:
    root = folder / name
    root.mkdir()
    (root / "lit.cfg.py").write_text(CONFIG.replace("PYTHON", repr(sys.executable)))
    for one, text in (programs or {}).items():
        (root / f"{one}.py").write_text(text)
    commands = {**lines, **{one: f"%{{python}} %S/{one}.py" for one in programs or {}}}
    for one, line in commands.items():
        (root / f"{one}.test").write_text(f"RUN: {line}\n")
    tools = folder / "tools"
    tools.mkdir(exist_ok=True)
    (tools / "llc").write_text(LLC)
    (tools / "llc").chmod(0o755)
    toolchain = Toolchain("jailed", "19.1.7", {"llc": tools / "llc"}, "made here", f"jailed {folder}")
    return Bench(folder, Suite(root, 1, bounds=Bounds(program_wall=60, alone=0)), toolchain)


def outcomes(results: Mapping[str, TestResult]) -> dict[str, Outcome]:
    return {name: result.outcome for name, result in results.items()}


def test_a_test_writes_to_its_own_folders_and_nowhere_else(
    tmp_path: Path, enclosing: Mode, monkeypatch: pytest.MonkeyPatch
) -> None:
    secret = tmp_path / "secret"
    secret.write_text("hidden")
    monkeypatch.setenv("OF_A_USER", "1")
    lines = {
        "own": "echo a > %t && cp %t %t.2 && sh -c 'echo > $HOME/x; echo > $TMPDIR/y'",
        "beside": "not sh -c 'echo a > %S/added'",
        "itself": "not sh -c 'echo a >> %s'",
        "tool": f"not sh -c 'echo a >> {tmp_path}/tools/llc'",
        # It may have a /tmp of its own.
        "outside": f"sh -c 'echo a >> {secret} || true'",
        "reads": f"not grep hidden {secret}",
        "link": f"ln -s {secret} %t && not grep hidden %t && sh -c 'echo > %t || true'",
        "environment": "not sh -c 'env | grep OF_A_USER'",
    }
    found = bench(tmp_path, lines).run()
    assert outcomes(found) == dict.fromkeys(lines, Outcome.PASS), [one.output for one in found.values()]
    assert secret.read_text() == "hidden"
    assert not (tmp_path / "suite/added").exists()


# Writes an answer, as a worker does, into whatever its worker has open.
FORGES = """\
import os
said = b'{"result":{"name":"forges.test","outcome":"PASS","elapsed":0.0}}\\n'
tried = 0
for pid in (os.getppid(), 1):
    for number in range(64):
        tried += 1
        try:
            with open(f"/proc/{pid}/fd/{number}", "wb", buffering=0) as out:
                out.write(said)
        except OSError:
            pass
for name in ("environ", "mem"):
    try:
        open(f"/proc/{os.getppid()}/{name}", "rb").read(1)
    except OSError:
        continue
    print(name)
assert tried == 128
raise SystemExit(1)
"""


def test_no_tool_can_write_to_the_channel_of_its_worker(tmp_path: Path, enclosing: Mode) -> None:
    (found,) = bench(tmp_path, {}, {"forges": FORGES}).run().values()
    assert found.outcome is Outcome.FAIL
    assert "environ" not in found.output
    assert "# | mem" not in found.output


KILLS = """\
import os, signal, time
os.kill(os.getppid(), signal.{name})
time.sleep(2)
"""


def test_what_a_tool_does_to_its_worker(tmp_path: Path, enclosing: Mode) -> None:
    """In a namespace of its own it does nothing; elsewhere the test has no outcome."""
    programs = {"kill": KILLS.format(name="SIGKILL"), "stop": KILLS.format(name="SIGSTOP")}
    found = bench(tmp_path, {"then": "llc"}, programs).run()
    ended = Outcome.PASS if enclosing is Mode.BUBBLEWRAP else Outcome.UNRESOLVED
    assert outcomes(found) == {"kill": ended, "stop": ended, "then": Outcome.PASS}


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> Limits:
    """Bounds on a worker that are reached soon."""
    bounds = replace(WORKER_LIMITS, processes=60, resident=400 * MIB)
    monkeypatch.setattr(one_worker, "WORKER_LIMITS", bounds)
    monkeypatch.setattr(one_worker, "WORKER_DISK", 100 * MIB)
    return bounds


BREEDS = """\
import os, time
for _ in range(300):
    if not os.fork():
        os.setsid()
        os.execvp("sleep", ["sleep", "978.25"])
time.sleep(60)
"""
EATS = """\
import os, time
for _ in range(5):
    if not os.fork():
        block = bytearray(b"x" * (150 << 20))
        time.sleep(60)
time.sleep(60)
"""
FILLS = """\
import time
for number in range(20):
    with open(f"{number}.out", "wb") as out:
        out.write(b"x" * (10 << 20))
time.sleep(60)
"""
# Each starts the next and ends, in a session of its own, and hears no SIGTERM.
CHAINS = """\
import os, signal, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
if os.fork():
    time.sleep(0.3)
    os._exit(0)
while True:
    os.setsid()
    if os.fork():
        os._exit(0)
"""


def test_what_takes_too_much_ends_with_its_worker(tmp_path: Path, enclosing: Mode, small: Limits) -> None:
    programs = {"breeds": BREEDS, "eats": EATS, "fills": FILLS}
    begun = time.monotonic()
    found = bench(tmp_path, {"then": "llc"}, programs).run()
    said = {
        "breeds": f"started {small.processes} processes or more",
        "eats": f"took more than {small.resident // MIB} MiB of memory in all",
        "fills": "wrote more than 100 MiB of files in all",
    }
    assert {name: (one.outcome, one.signature) for name, one in found.items()} == {
        **{name: (Outcome.CRASH, Signature(CrashKind.LIMIT, why)) for name, why in said.items()},
        "then": (Outcome.PASS, None),
    }
    assert time.monotonic() - begun < 60
    assert left("sleep 978.25") == []


def test_what_leaves_its_session_ends_with_its_test_or_its_worker(tmp_path: Path, enclosing: Mode) -> None:
    lines = {
        "daemon": "sh -c 'setsid sleep 978.5 >/dev/null 2>&1 &'",
        "twice": "sh -c '(setsid sh -c \"sleep 978.5 & sleep 0.1\" >/dev/null 2>&1 &) ; true'",
        "deaf": "sh -c '(trap \"\" TERM HUP; setsid sleep 978.5 >/dev/null 2>&1) & true'",
        "then": "llc",
    }
    made = bench(tmp_path, lines, {"chain": CHAINS})
    with Pool(1) as pool:
        found = made.run(pool)
        assert left("sleep 978.5") == []
    assert {found[name].outcome for name in ("daemon", "twice", "then")} == {Outcome.PASS}
    assert left(f"{made.suite.root}/chain.py") == []


def test_files_are_open_within_bounds(tmp_path: Path, enclosing: Mode) -> None:
    lines = {"hard": "sh -c 'ulimit -Hn' | FileCheck %s\nCHECK: 4096\n", "more": "not sh -c 'ulimit -n 5000'"}
    assert outcomes(bench(tmp_path, lines).run()) == dict.fromkeys(lines, Outcome.PASS)


def test_one_toolchain_leaves_nothing_to_another(tmp_path: Path, enclosing: Mode) -> None:
    """Though one thread runs both, one after the other: what a patched tool writes, base's must not find."""
    lines = {"a": "sh -c 'cat $HOME/left; echo was here >> $HOME/left; ls $HOME/..; false'"}
    base = bench(tmp_path, lines)
    (tmp_path / "other").mkdir()
    patched = replace(base, toolchain=bench(tmp_path / "other", {}).toolchain)
    with Pool(1) as pool:
        found = [one.run(pool)["a"].output.count("# | was here") for one in (base, base, patched, base)]
    assert found == [0, 1, 0, 2]


def test_what_one_worker_reads_is_closed_to_the_next(tmp_path: Path, enclosing: Mode) -> None:
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
    one = bench(tmp_path / "one", {"a": "cat %S/a.test"})
    two = bench(tmp_path / "two", {"a": f"not cat {tmp_path}/one/suite/a.test", "b": "cat %S/a.test"})
    with Pool(1) as pool:
        assert outcomes(one.run(pool)) == {"a": Outcome.PASS}
        assert outcomes(two.run(pool)) == {"a": Outcome.PASS, "b": Outcome.PASS}


def test_recorded_files_are_taken_and_nothing_else(tmp_path: Path, enclosing: Mode) -> None:
    """A test may put links, folders and pipes in their place."""
    secret, kept = tmp_path / "secret", tmp_path / "kept"
    secret.write_text("secret")
    lines = {
        "honest": "sh -c 'echo ran > $RECORDS/one.out'",
        "link": f"sh -c 'ln -s {secret} $RECORDS/one.out; mkfifo $RECORDS/two.out; mkdir $RECORDS/three.out'",
        "folder": f"sh -c 'mkdir -p $HOME/kept; ln -s {tmp_path} $HOME/kept/folder.test'",
    }
    made = bench(tmp_path, lines)
    recording = Recording("RECORDS", (), str(kept), "")
    found = replace(made, suite=replace(made.suite, recording=replace(recording, pattern="/"))).run()
    assert found["honest"].outcome is Outcome.PASS
    assert found["link"].outcome is Outcome.PASS
    assert {
        name: sorted(path.name for path in recording.folder(f"{name}.test").iterdir())
        for name in ("honest", "link")
    } == {"honest": ["one.out"], "link": []}
    assert (recording.folder("honest.test") / "one.out").read_text() == "ran\n"
    assert secret.read_text() == "secret"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["kept", "secret", "suite", "tools"]


X86 = "llvm/test/CodeGen/X86"


def test_llvms_own_tests_read_their_source_and_write_nothing_there(tmp_path: Path, enclosing: Mode) -> None:
    tree = write(
        tmp_path / "tree",
        {
            **TREE,
            f"{X86}/reads.ll": "; RUN: cat %S/Inputs/data %S/../ARM/other.ll\n",
            f"{X86}/beside.ll": "; RUN: not sh -c 'echo x >> %S/reads.ll'\n",
            f"{X86}/other.ll": "; RUN: not sh -c 'echo x >> %S/../ARM/other.ll'\n",
        },
    )
    (tree / X86 / "Inputs").mkdir(exist_ok=True)
    (tree / X86 / "Inputs/data").write_text("")
    (tree / "llvm/test/CodeGen/ARM").mkdir(exist_ok=True)
    (tree / "llvm/test/CodeGen/ARM/other.ll").write_text("; RUN: true\n")
    patched = write(tmp_path / "patched", {f"{X86}/added.ll": "; RUN: not sh -c 'echo x >> %S/reads.ll'\n"})
    make_symlink_tree(tree, patched, [f"{X86}/added.ll"], tmp_path / "symlinks")
    toolchain = Toolchain("made up", "19.1.7", stand_ins(tmp_path / "tools"), "made up", "0")
    for where, names in ((tree, ("reads", "beside", "other")), (tmp_path / "symlinks", ("added", "reads"))):
        suite = llvm_tests.suite(toolchain, where, [f"{X86}/{name}.ll" for name in names], jobs=1)
        found = runs.run(toolchain, suite, Silent()).results
        assert {one.name: (one.outcome, one.output) for one in found} == {
            f"{X86}/{name}.ll": (Outcome.PASS, "") for name in names
        }


def test_a_folder_that_cannot_be_emptied_easily_goes_with_its_worker(
    tmp_path: Path, enclosing: Mode, monkeypatch: pytest.MonkeyPatch
) -> None:
    deep = "import os\nfor _ in range(3000):\n    os.mkdir('d')\n    os.chdir('d')\nos.chmod('.', 0)\n"
    monkeypatch.setenv("TMPDIR", str(tmp_path / "t"))
    (tmp_path / "t").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", None)
    found = bench(tmp_path, {}, {"deep": deep}).run()
    assert outcomes(found) == {"deep": Outcome.PASS}
    assert list((tmp_path / "t").iterdir()) == []
