"""Plain `lit lit-tests`, as someone without the harness types it, on a stand-in for `llc`."""

from __future__ import annotations

import atexit
import re
import shutil
import sys
import tempfile
from functools import cache
from pathlib import Path

import pytest

from harness.process import TOOL_LIMITS, Completed, run

pytestmark = pytest.mark.slow

TOOLS = frozenset({"llc", "lli", "opt", "FileCheck", "not", "clang", "clang++"})
SUITE = Path(__file__).parents[1] / "lit-tests"
VERSION = 'echo "LLVM version {}"; echo "  Registered Targets:"; echo "    x86-64 - 64-bit X86"'
# Writes its input to the -o file, or to standard output, as an llc that compiles nothing would.
OUTPUT = 'out=/dev/stdout; while [ $# -gt 1 ]; do [ "$1" = -o ] && out=$2; shift; done'


def script(folder: Path, name: str, body: str, version: str = "19.1.7") -> None:
    path = folder / name
    path.write_text(
        f'#!/bin/sh\nif [ "$1" = --version ]; then {VERSION.format(version)}; exit; fi\n{OUTPUT}\n{body}\n'
    )
    path.chmod(0o755)


@pytest.fixture
def tools(tmp_path: Path) -> Path:
    folder = tmp_path / "bin"
    folder.mkdir()
    return folder


@cache
def machine() -> str:
    """The machine's programs but for an LLVM it may have, whose lli would be taken for the stand-in's."""
    folder = Path(tempfile.mkdtemp(prefix="machine-"))
    atexit.register(shutil.rmtree, folder)
    for place in ("/usr/bin", "/bin"):
        for program in Path(place).iterdir():
            name = program.resolve().as_posix()
            if "llvm" not in name and program.name not in TOOLS and not (folder / program.name).is_symlink():
                (folder / program.name).symlink_to(program)
    return str(folder)


def lit(tools: Path, *arguments: str, only: str = "", path: str = "") -> Completed:
    command = [
        sys.executable,
        "-c",
        "import lit.main; lit.main.main()",
        "-j1",
        "-a",
        "--param",
        f"exec_root={tools.parent / 'out'}",
    ]
    chosen = [f"--filter={only}"] if only else []
    return run(
        [*command, *chosen, *arguments, SUITE], env={"PATH": f"{tools}:{path or machine()}", "LIT_OPTS": ""}
    )


def test_a_flood_is_cut_off_and_is_a_failure_that_may_be_expected(tools: Path) -> None:
    script(tools, "llc", 'exec yes nop > "$out"')
    done = lit(tools, only="patchpoint-zero-bytes-symbol-callee")
    assert done.ok, done.text
    assert "XFAIL: patchpoint :: X86/patchpoint-zero-bytes-symbol-callee.ll" in done.text
    # The signal of the limit on files, not a status that `not` would accept.
    assert "error: command failed with exit status: 1" in done.text
    (written,) = (tools.parent / "out" / "X86" / "Output").glob("*.tmp")
    assert written.stat().st_size == 2 << 20  # what lit.cfg.py says, less than the harness's own
    written.unlink()


def test_the_options_for_opaque_pointers_come_before_the_tests_own(tools: Path) -> None:
    script(tools, "llc", 'echo "error: no bytes"; exit 1', version="14.0.6")
    done = lit(tools, only="patchpoint-zero-bytes-symbol-callee")
    assert f"{tools}/llc -opaque-pointers -mtriple=x86_64-unknown-linux-gnu" in done.text
    # It does what the test asks for: an expected failure that passes is out of date.
    assert "XPASS: patchpoint :: X86/patchpoint-zero-bytes-symbol-callee.ll" in done.text
    assert done.returncode == 1


def test_an_llvm_without_opaque_pointers_is_given_typed_ones(tools: Path) -> None:
    script(tools, "llc", 'cat > "$0.read"; echo "error: no bytes"; exit 1', version="13.0.1")
    done = lit(tools, only="patchpoint-zero-bytes-symbol-callee")
    assert "XPASS: patchpoint :: X86/patchpoint-zero-bytes-symbol-callee.ll" in done.text
    read = (tools / "llc.read").read_text()
    assert "i32 0, i8* bitcast (i64 (i32)* @safepoint to i8*), i32 1, i32 0)" in read


@pytest.mark.parametrize(("since", "kind"), [("llvm-ge-11", "orc-lazy"), ("llvm-ge-13", "orc")])
def test_orc_is_what_the_version_has_of_it(tools: Path, since: str, kind: str) -> None:
    script(tools, "llc", "exit 1")
    script(tools, "lli", "cat > /dev/null")
    able = ["--param", f"features=mcjit,host-x86_64,opaque-pointers,{since}"]
    done = lit(tools, *able, only="JIT/patchpoint-immediate-callee")
    assert done.ok, done.text
    called = re.findall(r"-jit-kind=(\S+)", done.text)
    assert set(called) == {"mcjit", kind}


def test_programs_are_run_only_by_an_lli_of_the_same_version(tools: Path) -> None:
    script(tools, "llc", "exit 1")
    script(tools, "lli", "exit 1", version="19.1.6")
    done = lit(tools, only="JIT/")
    assert done.ok
    assert "UNSUPPORTED: patchpoint :: JIT/patchpoint-symbol-callee.ll" in done.text


def test_a_tool_of_another_llvm_on_path_is_no_tool_of_this_one(tools: Path) -> None:
    script(tools, "llc", "exit 1")
    other = tools.parent / "other"
    other.mkdir()
    script(other, "opt", 'touch "$0.ran"; exit 1', version="14.0.6")
    done = lit(tools, only="rs4gc-relocate", path=f"{other}:{machine()}")
    assert done.ok, done.text
    assert "UNSUPPORTED: patchpoint :: Generic/rs4gc-relocate.ll" in done.text
    script(tools, "opt", "exit 1")
    done = lit(tools, only="rs4gc-relocate", path=f"{other}:{machine()}")
    assert "\nFAIL: patchpoint :: Generic/rs4gc-relocate.ll" in done.text
    # The bounds are the harness's own, but for that on files, which is the suite's.
    most = TOOL_LIMITS
    assert f"timeout -k 2 {most.wall} " in done.text
    limits = f"--cpu={most.cpu}:{most.cpu + 2} --as={most.memory} --fsize={2 << 20} --core=0"
    assert f"prlimit {limits} {tools}/opt -S" in done.text
    assert not (other / "opt.ran").exists()


def test_who_drives_lit_says_what_the_tools_can_do_and_bounds_them(tools: Path) -> None:
    llc = tools / "llc"
    llc.write_text('#!/bin/sh\n[ "$1" = --version ] && touch "$0.probed"\necho "error: no bytes"; exit 1\n')
    llc.chmod(0o755)
    parameters = {
        "toolchain_bin": str(tools),
        "features": "llvm-19,opaque-pointers,x86-registered-target",
        "bounded": "1",
        "filecheck": "pypi",
    }
    arguments = [part for name, value in parameters.items() for part in ("--param", f"{name}={value}")]
    done = lit(tools, *arguments, only="patchpoint-zero-bytes-symbol-callee", path="/bin")
    assert "XPASS" in done.text
    assert "\nnot llc -mtriple=x86_64-unknown-linux-gnu -o " in done.text
    assert "prlimit" not in done.text
    assert not (tools / "llc.probed").exists()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            ["--param", "filecheck=mine"],
            "--param filecheck=mine: say pypi or llvm",
        ),
        (
            ["--param", "filecheck=llvm"],
            "no `FileCheck` on PATH: it comes with LLVM's tools, or pip install filecheck",
        ),
        (
            ["--param", "toolchain_bin=/absent"],
            "no `llc` in /absent: put an LLVM's bin folder first on PATH, or pass --param toolchain_bin=DIR",
        ),
    ],
)
def test_what_lit_cannot_do_it_says(tools: Path, arguments: list[str], message: str) -> None:
    script(tools, "llc", "exit 1")
    done = lit(tools, *arguments)
    assert done.returncode == 2
    assert f"fatal: {message}\n" in done.text


def test_a_program_that_is_no_llc(tools: Path) -> None:
    (tools / "llc").write_text("#!/bin/sh\necho hello\n")
    (tools / "llc").chmod(0o755)
    done = lit(tools)
    assert done.returncode == 2
    assert (
        f"fatal: cannot tell what `{tools}/llc` is: no LLVM version in what `llc --version` prints: hello; "
        "put an LLVM's bin folder first on PATH\n"
    ) in done.text
