"""No test starts another LLVM's tools: by name, by path, under `not`, in a pipeline, from a script."""

from __future__ import annotations

import errno
import os
import sys
import tempfile
from pathlib import Path

import pytest

from harness import process
from harness.llvm import Toolchain
from harness.model import Outcome, Run, TestResult
from harness.process.jail import python_paths
from harness.progress import Silent
from harness.runner import runs
from harness.runner.gate import SAID, Gate, Refusal, StandIns, furnish, llvm_name
from harness.runner.runs import Suite

pytestmark = pytest.mark.slow

CONFIG = """\
import lit.formats, os
config.name = "gate"
config.test_format = lit.formats.ShTest(execute_external=False)
config.suffixes = {{".test"}}
config.test_source_root = os.path.dirname(__file__)
config.test_exec_root = lit_config.params["exec_root"]
config.environment["PATH"] = lit_config.params["toolchain_bin"] + ":{others}:/usr/bin:/bin"
config.substitutions.append(("%others", {others!r}))
config.substitutions.append(("%bin", lit_config.params["toolchain_bin"]))
# As LLVM's starts llvm-readobj: no test did that (llvm/test/lit.cfg.py, have_cxx_shared_library).
os.system("sh -c '" + lit_config.params["toolchain_bin"] + "/llvm-objdump; llvm-objdump'")
"""
TYPED = Path(__file__).parents[2] / "harness/litsite/typed.py"
LEFT = "left-by-a-tool-of-the-harness-tests"
STALE = "runs llvm-objdump, which is not built with the patch"
OPT = "runs opt, which is not in this toolchain"
# The RUN line, the outcome, and the first line of what the report shows of it.
TESTS = {
    "own": ("llc", Outcome.PASS, ""),
    "stale": ("llvm-objdump", Outcome.UNRESOLVED, STALE),
    "stale-in-script": ("sh -c llvm-objdump", Outcome.UNRESOLVED, STALE),
    "stale-by-path": ("%bin/llvm-objdump", Outcome.UNRESOLVED, STALE),
    "stale-by-path-in-script": ("sh -c '%bin/llvm-objdump; true'", Outcome.UNRESOLVED, STALE),
    "stale-in-python": (
        "python3 -c 'import subprocess; subprocess.run([\"%bin/llvm-objdump\"])'",
        Outcome.UNRESOLVED,
        STALE,
    ),
    "stale-not": ("not llvm-objdump", Outcome.UNRESOLVED, STALE),
    "stale-not-in-script": ("not sh -c %bin/llvm-objdump", Outcome.UNRESOLVED, STALE),
    "stale-env": ("env -u HOME A=1 llvm-objdump || true", Outcome.UNRESOLVED, STALE),
    # A script may throw away its environment, and all that it could say there.
    "stale-cleaned": ("env -i llvm-objdump", Outcome.UNRESOLVED, STALE),
    "stale-cleaned-by-program": ("/usr/bin/env -i llvm-objdump", Outcome.UNRESOLVED, STALE),
    "stale-cleaned-by-path": ("not /usr/bin/env -i A=1 %bin/llvm-objdump", Outcome.UNRESOLVED, STALE),
    "stale-cleaned-in-script": ("sh -c 'env -i %bin/llvm-objdump; true'", Outcome.UNRESOLVED, STALE),
    "stale-cleaned-in-script-not": ("not sh -c 'env -i %bin/llvm-objdump'", Outcome.UNRESOLVED, STALE),
    "stale-cleaned-around-script": ("not env -i sh -c %bin/llvm-objdump", Outcome.UNRESOLVED, STALE),
    "stale-says-nothing": ("sh -c 'ulimit -f 0; %bin/llvm-objdump; true'", Outcome.UNRESOLVED, STALE),
    "stale-copied": ("cp %bin/llvm-objdump %t\nRUN: not %t", Outcome.UNRESOLVED, STALE),
    "stale-linked": ("ln -s %bin/llvm-objdump %t\nRUN: not %t", Outcome.UNRESOLVED, STALE),
    "stale-later": (
        # The shell's group is killed at its end: the other has to have left it by then.
        'sh -c \'setsid sh -c "touch %t.left; %bin/llvm-objdump; touch %t.done" >%t 2>&1 & '
        "until test -e %t.left; do sleep 0.01; done'\n"
        "RUN: sh -c 'until test -e %t.done; do sleep 0.01; done'",
        Outcome.UNRESOLVED,
        STALE,
    ),
    "cleaned": ("env -i opt", Outcome.UNSUPPORTED, OPT),
    "cleaned-by-program": ("not /usr/bin/env -i opt", Outcome.UNSUPPORTED, OPT),
    "cleaned-with-another-path": ("not /usr/bin/env - -u A PATH=%others opt", Outcome.UNSUPPORTED, OPT),
    "cleaned-twice": ("not /usr/bin/env -C / env -i opt", Outcome.UNSUPPORTED, OPT),
    "cleaned-split": ("not /usr/bin/env -S '-i opt'", Outcome.UNSUPPORTED, OPT),
    "cleaned-in-script": ("not sh -c 'env -i PATH=\"$PATH\" opt'", Outcome.UNSUPPORTED, OPT),
    "cleaned-own": ("/usr/bin/env -i %llc", Outcome.PASS, ""),
    "stale-and-not-of-the-release": ("not llvm-nm", Outcome.UNRESOLVED, STALE.replace("objdump", "nm")),
    "stale-and-foreign": ("sh -c 'opt; llvm-objdump'", Outcome.UNRESOLVED, STALE),
    # A tool that dies starts the symbolizer itself: the test does not, whatever its frames are named by.
    "frames-named": ("llvm-named", Outcome.PASS, ""),
    "stale-symbolizer": ("llvm-symbolizer", Outcome.UNRESOLVED, STALE.replace("objdump", "symbolizer")),
    "leaves-a-file": ("llvm-leaves", Outcome.PASS, ""),
    "by-name": ("opt %s", Outcome.UNSUPPORTED, OPT),
    "by-path": ("%others/opt %s", Outcome.UNSUPPORTED, OPT),
    "by-version": ("opt-14 %s", Outcome.UNSUPPORTED, "runs opt-14, which is not in this toolchain"),
    "other-llc": ("%others/llc", Outcome.UNSUPPORTED, "runs llc, which is not in this toolchain"),
    "newer-than-our-list": ("llvm-new", Outcome.UNSUPPORTED, "runs llvm-new, which is not in this toolchain"),
    "nowhere": ("llvm-mca %s", Outcome.UNSUPPORTED, "runs llvm-mca, which is not in this toolchain"),
    "not": ("not opt %s", Outcome.UNSUPPORTED, OPT),
    "not-crash": ("not --crash opt %s", Outcome.UNSUPPORTED, OPT),
    "negated": ("! opt %s", Outcome.UNSUPPORTED, OPT),
    "excused": ("opt %s || true", Outcome.UNSUPPORTED, OPT),
    "piped": ("llc | opt", Outcome.UNSUPPORTED, OPT),
    "env": ("env -u HOME opt", Outcome.UNSUPPORTED, OPT),
    "limited": ("ulimit -n 99\nRUN: opt", Outcome.UNSUPPORTED, OPT),
    "script": ("sh -c 'opt; true'", Outcome.UNSUPPORTED, OPT),
    "script-after-crash": ("sh -c 'opt && llc'", Outcome.UNSUPPORTED, OPT),
    "after-a-failure": ("false\nRUN: opt", Outcome.FAIL, ""),
    "link": ("ln -s %llc %t-llvm-ar\nRUN: %t-llvm-ar", Outcome.PASS, ""),
    "copy": ("mkdir -p %t\nRUN: cp %llc %t/opt-9\nRUN: %t/opt-9", Outcome.PASS, ""),
    "beside": ("%S/llvm-beside", Outcome.PASS, ""),
    "no-tool-of-llvm": ("nosuch", Outcome.FAIL, ""),
    "optical": ("optical", Outcome.PASS, ""),
    "dies": ("llvm-dies", Outcome.CRASH, ""),
    "dies-by-path": ("%bin/llvm-dies", Outcome.CRASH, ""),
    "dies-rewritten": (f"{sys.executable} -IS {TYPED} %bin/llvm-dies %s", Outcome.CRASH, ""),
    "dies-copied": ("cp %bin/llvm-dies %t\nRUN: %t", Outcome.CRASH, ""),
    "dies-elsewhere": ("/bin/sh -c 'kill -SEGV $$'", Outcome.CRASH, ""),
}


def _program(path: Path, text: str = "exit 0") -> Path:
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)
    return path


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    place = tmp_path_factory.mktemp("gate")
    others = place / "others"
    others.mkdir()
    for name in ("opt", "opt-14", "llc", "llvm-new"):
        _program(others / name, "echo I am of another LLVM >&2; kill -ABRT $$")
    for name in ("optical", "not"):
        _program(others / name)
    llc = _program(place / "llc", 'echo "LLVM version 19.1.7"')
    root = place / "suite"
    root.mkdir()
    _program(root / "llvm-beside")
    config = CONFIG.format(others=str(others))
    (root / "lit.cfg.py").write_text(f"{config}config.substitutions.append(('%llc', {str(llc)!r}))\n")
    for name, (text, _, _) in TESTS.items():
        (root / f"{name}.test").write_text(f"RUN: {text}\n")
    tools = {
        "llc": llc,
        "llvm-dies": _program(place / "llvm-dies", "kill -ABRT $$"),
        "llvm-leaves": _program(place / "llvm-leaves", f'echo x > "$TMPDIR/{LEFT}"'),
        "llvm-named": _program(place / "llvm-named", 'exec "${LLVM_SYMBOLIZER_PATH:-llvm-symbolizer}"'),
        "llvm-objdump": _program(place / "llvm-objdump", "echo I am of another LLVM"),
        "llvm-symbolizer": _program(place / "llvm-symbolizer"),
    }
    stale = frozenset({"llvm-objdump", "llvm-nm", "llvm-symbolizer"})
    toolchain = Toolchain(
        "gate", "19.1.7", tools, "made here", f"gate {place}", stale=stale, homes=python_paths()
    )
    return runs.run(toolchain, Suite(root, 4), Silent())


@pytest.fixture(scope="module")
def results(run: Run) -> dict[str, TestResult]:
    return {result.name.removesuffix(".test"): result for result in run.results}


def test_no_test_starts_another_llvms_tools(results: dict[str, TestResult]) -> None:
    found = {
        name: (result.outcome, result.output.split("\n")[0] if "runs " in result.output[:5] else "")
        for name, result in results.items()
    }
    assert found == {name: (outcome, why) for name, (_, outcome, why) in TESTS.items()}


def test_a_tool_that_died_has_its_name_in_the_toolchain(results: dict[str, TestResult]) -> None:
    found = {name: r.signature.tool for name, r in results.items() if r.signature is not None}
    assert found == {
        "dies": "llvm-dies",
        "dies-by-path": "llvm-dies",
        "dies-rewritten": "llvm-dies",
        "dies-copied": "%t/Output/dies-copied.test.tmp",
        "dies-elsewhere": "/bin/sh",
    }


def test_a_program_that_did_not_start_has_no_output(results: dict[str, TestResult]) -> None:
    assert [r.name for r in results.values() if "another LLVM" in r.output] == []


def test_what_a_tool_leaves_in_its_temporary_folder_is_removed(results: dict[str, TestResult]) -> None:
    """LLVM's tools leave symbolizer-input-* and -output-* there when they are killed."""
    assert results["leaves-a-file"].outcome is Outcome.PASS
    assert not (Path(tempfile.gettempdir()) / LEFT).exists()


def test_a_stale_tool_makes_a_test_unresolved(tmp_path: Path) -> None:
    folder = tmp_path / "bin"
    folder.mkdir()
    real = _program(tmp_path / "real-objdump")
    (folder / "llvm-objdump").symlink_to(real)
    gate = Gate(
        folder,
        (tmp_path / "suite",),
        tmp_path / "stand-ins",
        StandIns(tmp_path / "scripts"),
        frozenset({"llvm-objdump"}),
    )
    for path in (folder / "llvm-objdump", real):
        refusal = gate.refusal("llvm-objdump", str(path))
        assert refusal is not None
        assert (refusal.outcome, refusal.why) == (Outcome.UNRESOLVED, STALE)
    assert gate.guard({"PATH": str(folder)})["PATH"] == f"{tmp_path / 'stand-ins'}:{folder}"


def test_a_tool_is_known_by_every_path_that_leads_to_it(tmp_path: Path) -> None:
    folder = tmp_path / "bin"
    folder.mkdir()
    real = _program(tmp_path / "real")
    (folder / "llc").symlink_to(real)
    (tmp_path / "link").symlink_to("bin/llc")
    (tmp_path / "same").symlink_to(tmp_path)
    (tmp_path / "hard").hardlink_to(real)
    (tmp_path / "copy").write_bytes(real.read_bytes())
    (folder / "to-nothing").symlink_to(tmp_path / "nothing")
    gate = Gate(folder, (), tmp_path / "stand-ins", StandIns(tmp_path / "scripts"))
    names = (
        "bin/llc",
        "real",
        "link",
        "same/real",
        "same/same/link",
        "hard",
        "copy",
        "nothing",
        "bin/../real",
    )
    found = {name: gate.tool(f"{tmp_path}/{name}") for name in names}
    assert found == dict.fromkeys(names, "llc") | dict.fromkeys(("hard", "copy"), "") | {
        "nothing": "to-nothing"
    }


def test_a_file_of_the_suites_is_in_one_of_its_folders(tmp_path: Path) -> None:
    own = (tmp_path / "suite", tmp_path / "out/.")
    gate = Gate(tmp_path / "bin", own, tmp_path / "stand-ins", StandIns(tmp_path / "scripts"))
    names = ("suite/llc", "suite/a/llc", "suite/../llc", "x/../out/llc", "suite-2/llc", "suitellc", "llc")
    started = {name for name in names if gate.refusal("llc", f"{tmp_path}/{name}") is None}
    assert started == {"suite/llc", "suite/a/llc", "x/../out/llc", "suitellc"}


def test_tools_and_stand_ins_of_further_suites_are_links(tmp_path: Path) -> None:
    """A file costs its making and its removal, for each of a hundred names in each suite and worker."""
    shared, scripts = tmp_path / "shared", StandIns(tmp_path / "scripts")
    shared.mkdir()
    (shared / "llc").symlink_to(_program(tmp_path / "llc"))
    folders = [
        furnish(tmp_path / name, shared, ["llvm-objdump"], scripts, tmp_path / SAID) for name in ("a", "b")
    ]
    for name in ("llc", "llvm-objdump"):
        assert len({(folder / name).lstat().st_ino for folder in folders}) == 1
    assert (folders[0] / "llc").readlink() == tmp_path / "llc"
    assert process.run([folders[1] / "llvm-objdump"]).returncode == 127
    assert list(scripts.take_marks()) == ["llvm-objdump"]
    assert list(scripts.take_marks()) == []


def test_where_no_link_can_be_made_there_are_copies(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise OSError(errno.EPERM, "no links")

    monkeypatch.setattr(os, "link", refuse)
    scripts = StandIns(tmp_path / "scripts")
    (tmp_path / "shared").mkdir()
    (tmp_path / "shared/llc").symlink_to(_program(tmp_path / "llc"))
    folder = furnish(tmp_path / "a", tmp_path / "shared", ["llvm-nm"], scripts, tmp_path / SAID)
    assert (folder / "llc").readlink() == tmp_path / "llc"
    assert process.run([folder / "llvm-nm"]).returncode == 127


def test_a_path_without_foreign_tools_stays_as_it_is(tmp_path: Path) -> None:
    folder = tmp_path / "bin"
    folder.mkdir()
    _program(folder / "opt")
    gate = Gate(folder, (), tmp_path / "stand-ins", StandIns(tmp_path / "scripts"))
    guarded = gate.guard({"PATH": str(folder), "A": "b"})
    assert (guarded["PATH"], guarded["A"]) == (str(folder), "b")


def test_a_suite_that_does_not_know_of_the_toolchain_gets_its_tools(tmp_path: Path) -> None:
    """After its own programs, before the machine's. Without them, each of its tests would be unsupported."""
    folder, suite, others = tmp_path / "bin", tmp_path / "suite", tmp_path / "others"
    for place in (folder, suite, others):
        place.mkdir()
    for place in (folder, others):
        _program(place / "llc")
    gate = Gate(folder, (suite,), tmp_path / "stand-ins", StandIns(tmp_path / "scripts"))
    guarded = gate.guard({"PATH": f"{suite}:{others}"})
    assert guarded["PATH"] == f"{suite}:{folder}:{others}"
    assert gate.refusal("llc", f"{folder}/llc") is None


def test_a_tool_reports_itself_what_it_cannot_do(tmp_path: Path) -> None:
    gate = Gate(tmp_path / "bin", (), tmp_path / "stand-ins", StandIns(tmp_path / "scripts"))
    said = Path(gate.guard({})["LLVM_PATCH_HARNESS_REFUSALS"])
    assert gate.take_refusals() == ()
    said.write_text("needs -x of llc, which this toolchain cannot do\n" * 2)
    assert gate.take_refusals() == (
        Refusal(Outcome.UNSUPPORTED, "needs -x of llc, which this toolchain cannot do"),
    )
    assert gate.take_refusals() == ()


@pytest.mark.parametrize(
    ("program", "tool"),
    [
        ("opt", "opt"),
        ("opt-14", "opt"),
        ("opt14", "opt"),
        ("opt-14.0", "opt"),
        ("opt-mp-14", "opt"),
        ("llvm-lto2", "llvm-lto2"),
        ("llvm-lto2-19", "llvm-lto2"),
        ("obj2yaml-19", "obj2yaml"),
        ("llvm-ml64-22", "llvm-ml64"),
        ("sort", ""),
        ("clang-14", ""),
        ("option", ""),
        ("14", ""),
    ],
)
def test_names_with_versions(program: str, tool: str) -> None:
    assert llvm_name(program) == tool
