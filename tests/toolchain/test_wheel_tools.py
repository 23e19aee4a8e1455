"""The wheel toolchain for real: llvmlite's LLVM compiles, runs, refuses and crashes."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest

from harness.model import Outcome
from harness.process import run
from harness.runner.gate import SAID, Gate, Refusal, StandIns, furnish
from harness.toolchain.wheel import library
from tests.toolchain.programs import OK, PATCHPOINT, write

pytestmark = pytest.mark.needs_llvm


def test_it_compiles_a_patchpoint(tools: dict[str, Path], tmp_path: Path) -> None:
    done = run([tools["llc"], "-O0"], cwd=tmp_path, stdin=PATCHPOINT.format(size=15).encode())
    assert (done.returncode, done.stderr) == (0, b"")
    assert b'\t.file\t"<stdin>"\n' in done.stdout
    assert b"movabsq\t$callee, %r11" in done.stdout
    assert b"__LLVM_StackMaps:" in done.stdout


def test_the_output_goes_where_llc_puts_it(served: dict[str, Path], tmp_path: Path) -> None:
    write(tmp_path, "a.ll", OK)
    assert run([served["llc"], "a.ll"], cwd=tmp_path).ok
    assert run([served["llc"], "a.ll", "-filetype=obj"], cwd=tmp_path).ok
    assert run([served["llc"], "a.ll", "-filetype=null"], cwd=tmp_path).ok
    assert (tmp_path / "a.o").read_bytes()[:4] == b"\x7fELF"
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a.ll", "a.o", "a.s"]
    again = run([served["llc"], "a.ll", "-o", "-"], cwd=tmp_path)
    assert again.stdout == (tmp_path / "a.s").read_bytes()


def test_bitcode_is_read(served: dict[str, Path], tmp_path: Path) -> None:
    from llvmlite import binding

    with binding.parse_assembly(PATCHPOINT.format(size=15)) as module:
        (tmp_path / "a.bc").write_bytes(module.as_bitcode())
    assert run([served["lli"], "--jit-kind=mcjit", "a.bc"], cwd=tmp_path).returncode == 42
    broken = (tmp_path / "a.bc").read_bytes()[:40]
    (tmp_path / "b.bc").write_bytes(broken)
    done = run([served["llc"], "b.bc"], cwd=tmp_path)
    assert done.returncode == 1
    assert done.stderr.startswith(b"llc: error: llc: b.bc: error: ")


def test_accesses_are_aligned_by_the_target_while_parsing(served: dict[str, Path], tmp_path: Path) -> None:
    text = "define i64 @f(ptr %p) {\n  %v = load i64, ptr %p\n  ret i64 %v\n}\n"
    done = run([served["llc"], "-mtriple=x86_64-linux-gnu", "-stop-after=finalize-isel"], stdin=text.encode())
    assert b"load i64, ptr %p, align 8" in done.stdout
    assert b'target triple = "x86_64-unknown-linux-gnu"' in done.stdout


def test_other_targets_and_options_of_llvm(served: dict[str, Path]) -> None:
    done = run([served["llc"], "-march", "arm64", "-verify-machineinstrs"], stdin=OK.encode())
    assert b"// %bb.0:\n\tret\n" in done.stdout
    intel = run([served["llc"], "-x86-asm-syntax", "intel"], stdin=PATCHPOINT.format(size=15).encode())
    assert b"movabs\tr11, offset callee" in intel.stdout


def test_options_for_functions(served: dict[str, Path]) -> None:
    done = run([served["llc"], "-frame-pointer=all", "-mtriple=x86_64"], stdin=OK.encode())
    assert b"pushq\t%rbp" in done.stdout
    own = 'define <8 x float> @f(<8 x float> %x) "target-features"="+sse2" {\n ret <8 x float> %x\n}\n'
    text = own.replace(" ret", " %y = fadd <8 x float> %x, %x\n ret").replace(
        "<8 x float> %x\n}", "<8 x float> %y\n}"
    )
    assert b"ymm0" in run([served["llc"], "-mtriple=x86_64", "-mattr=avx"], stdin=text.encode()).stdout
    assert b"ymm0" not in run([served["llc"], "-mtriple=x86_64"], stdin=text.encode()).stdout


@pytest.mark.parametrize(
    ("argv", "text", "status", "said"),
    [
        (
            ["-o", "-"],
            "define void @f() {\n  rt void\n}\n",
            1,
            "llc: error: llc: <stdin>:2:3: error: expected instruction opcode\n  rt void\n  ^\n",
        ),
        (
            ["-o", "-"],
            "\trt",
            1,
            "llc: error: llc: <stdin>:1:2: error: expected top-level entity\n        rt\n        ^\n",
        ),
        (
            ["-o", "-"],
            "define void @f() {\n  br label %x\nx:\n  %p = phi i32 [1, %x]\n  ret void\n}\n",
            1,
            "PHI node entries do not match predecessors!\n  %p = phi i32 [ 1, %x ]\nlabel %x\nlabel %0\n"
            "llc: error: '<stdin>': input module cannot be verified\n",
        ),
        (
            ["nofile.ll"],
            "",
            1,
            "llc: error: llc: nofile.ll: error: Could not open input file: No such file or directory\n",
        ),
        (["-o", "no/such"], OK, 1, "llc: error: No such file or directory\n"),
        (
            ["-mtriple=foo"],
            OK,
            1,
            "llc: error: unable to get target for 'foo', see --version and --triple.\n",
        ),
        (["-march=foo"], OK, 1, "llc: error: invalid target 'foo'.\n"),
        (["-no-such"], OK, 1, "llc: Unknown command line argument '-no-such'.  Try: 'llc --help'\n"),
        (
            ["-verify-machineinstrs=foo"],
            OK,
            1,
            "llc: for the --verify-machineinstrs option: "
            "'foo' is invalid value for boolean argument! Try 0 or 1\n",
        ),
        (["-x86-asm-syntax"], OK, 1, "llc: for the --x86-asm-syntax option: requires a value!\n"),
        (
            ["-mtriple=x86_64"],
            'define void @f() {\n  call void asm sideeffect "bogus", ""()\n  ret void\n}\n',
            1,
            "error: <inline asm>:1:2: invalid instruction mnemonic 'bogus'\n        bogus\n        ^~~~~\n\n",
        ),
        (
            ["-mtriple=aarch64"],
            'define void @f() {\n  call void asm sideeffect "nop", ""()\n  ret void\n}\n',
            1,
            "llc: error: this toolchain cannot emit inline assembly for 'aarch64': llvmlite only has the "
            "host's assembly parser; use an LLVM with a real llc\n",
        ),
        (
            ["-mtriple=x86_64-linux-gnu"],
            "@llvm.global_ctors = appending global [0 x { i32, ptr, ptr }] []\n",
            1,
            "llc: error: this toolchain cannot emit .init_array for llvm.global_ctors: llvmlite has no "
            "way to set it; give -use-ctors, or use an LLVM with a real llc\n",
        ),
        (
            ["x.mir"],
            "",
            1,
            "llc: error: 'x.mir': this toolchain cannot read MIR: llvmlite has no parser for it; "
            "use an LLVM with a real llc\n",
        ),
    ],
)
def test_what_llc_says_and_how_it_ends(
    served: dict[str, Path], tmp_path: Path, argv: list[str], text: str, status: int, said: str
) -> None:
    done = run([served["llc"], *argv], cwd=tmp_path, stdin=text.encode())
    assert (done.stderr.decode(), done.returncode) == (said, status)


def test_an_option_llvm_does_not_list_is_found(served: dict[str, Path]) -> None:
    # cl::ReallyHidden in SelectionDAGBuilder.cpp: not in --help-list-hidden
    assert run([served["llc"], "-insert-assert-align", "-filetype=null"], stdin=OK.encode()).ok
    unknown = run([served["llc"], "-insert-assert-aligned", "-filetype=null"], stdin=OK.encode())
    said = b"llc: Unknown command line argument '-insert-assert-aligned'.  Try: 'llc --help'\n"
    assert (unknown.returncode, unknown.stderr) == (1, said)


def test_an_assertion_ends_the_tool_by_its_signal(tools: dict[str, Path]) -> None:
    done = run([tools["llc"]], stdin=PATCHPOINT.format(size=0).encode())
    assert done.returncode == -signal.SIGABRT
    assert done.stderr.startswith(b"llc: ")
    assert b"Patchpoint can't request size less than the length of a call." in done.stderr
    assert done.stdout == b""


@pytest.mark.parametrize("kind", ["mcjit", "orc"])
def test_main_runs_and_its_result_is_the_status(tools: dict[str, Path], tmp_path: Path, kind: str) -> None:
    write(tmp_path, "p.ll", PATCHPOINT.format(size=15))
    assert run([tools["lli"], f"-jit-kind={kind}", "p.ll"], cwd=tmp_path).returncode == 42


@pytest.mark.parametrize("kind", ["mcjit", "orc"])
def test_the_program_gets_arguments_environment_and_the_c_library(
    served: dict[str, Path], tmp_path: Path, kind: str
) -> None:
    write(
        tmp_path,
        "p.ll",
        '@f = private constant [10 x i8] c"%d %s %s\\0A\\00"\n@e = private constant [5 x i8] c"WORD\\00"\n'
        "declare i32 @printf(ptr, ...)\ndeclare ptr @getenv(ptr)\n"
        "define i32 @main(i32 %n, ptr %v) {\n"
        "  %p = getelementptr ptr, ptr %v, i64 1\n  %a = load ptr, ptr %p\n"
        "  %w = call ptr @getenv(ptr @e)\n"
        "  %r = call i32 (ptr, ...) @printf(ptr @f, i32 %n, ptr %a, ptr %w)\n  ret i32 300\n}\n",
    )
    done = run([served["lli"], "-jit-kind", kind, "p.ll", "-x"], cwd=tmp_path, env={"WORD": "heard"})
    assert (done.stdout, done.returncode) == (b"2 -x heard\n", 300 & 0xFF)


def test_static_constructors_run(served: dict[str, Path]) -> None:
    text = (
        "@llvm.global_ctors = appending global [1 x { i32, ptr, ptr }] "
        "[{ i32, ptr, ptr } { i32 65535, ptr @c, ptr null }]\n"
        "@x = global i32 1\ndefine void @c() {\n  store i32 7, ptr @x\n  ret void\n}\n"
        "define i32 @main() {\n  %v = load i32, ptr @x\n  ret i32 %v\n}\n"
    )
    assert run([served["lli"], "-jit-kind=mcjit"], stdin=text.encode()).returncode == 7


def test_a_program_without_main(served: dict[str, Path]) -> None:
    mcjit = run([served["lli"], "-jit-kind=mcjit"], stdin=OK.encode())
    assert (mcjit.stderr, mcjit.returncode) == (b"lli: error: 'main' function not found in module.\n", 255)
    orc = run([served["lli"]], stdin=OK.encode())
    assert (orc.stderr, orc.returncode) == (b"lli: Symbols not found: [ main ]\n", 1)


def test_a_program_that_dies_of_a_signal(tools: dict[str, Path]) -> None:
    text = "define i32 @main() {\n  store volatile i32 1, ptr null\n  ret i32 0\n}\n"
    assert run([tools["lli"], "-jit-kind=mcjit"], stdin=text.encode()).returncode == -signal.SIGSEGV


def test_the_toolchain(tmp_path: Path) -> None:
    import llvmlite
    from llvmlite import binding

    toolchain = library.toolchain(tmp_path)
    version = ".".join(map(str, binding.llvm_version_info))
    assert (toolchain.name, toolchain.version) == ("wheel", version)
    assert toolchain.provenance == f"llvmlite {llvmlite.__version__} (LLVM {version}) from PyPI wheel"
    assert sorted(toolchain.tools) == ["llc", "lli"]
    llc, lli = (run([toolchain.tools[tool], "--version"]).text for tool in ("llc", "lli"))
    assert llc.startswith(
        f"LLVM (http://llvm.org/) inside llvmlite {llvmlite.__version__}:\n"
        f"  LLVM version {version}\n  Optimized build with assertions.\n"
    )
    assert "\n  Registered Targets:\n" in llc
    assert "    x86-64      - 64-bit X86: EM64T and AMD64\n" in llc
    assert f"  LLVM version {version}\n" in lli
    # It says "with assertions", and it has them.
    crash = run([toolchain.tools["llc"]], stdin=PATCHPOINT.format(size=0).encode())
    assert ("with assertions" in llc) is (crash.returncode == -signal.SIGABRT)


def test_the_identity_is_of_version_and_bytes(tmp_path: Path) -> None:
    path = tmp_path / "lib.so"
    path.write_bytes(b"one")
    first = library.identity("1", path)
    assert first == library.identity("1", path)
    assert first != library.identity("2", path)
    path.write_bytes(b"two")
    assert first != library.identity("1", path)


@pytest.mark.parametrize("wrapper", [(), ("/usr/bin/env", "-i")])
def test_what_it_cannot_do_is_told_whatever_a_test_makes_of_the_environment(
    tools: dict[str, Path], tmp_path: Path, wrapper: tuple[str, ...]
) -> None:
    (tmp_path / "shared").mkdir()
    for name, path in tools.items():
        (tmp_path / "shared" / name).symlink_to(path)
    scripts, stand_ins = StandIns(tmp_path / "scripts"), tmp_path / "stand-ins"
    gate = Gate(
        furnish(tmp_path / "bin", tmp_path / "shared", (), scripts, stand_ins / SAID), (), stand_ins, scripts
    )
    env = gate.guard(os.environ)
    assert run([*wrapper, gate.bin / "llc", "--function-sections"], env=env).returncode == 1
    why = "needs --function-sections of llc, which this toolchain cannot do"
    assert gate.take_refusals() == (Refusal(Outcome.UNSUPPORTED, why),)


def test_another_harness_with_the_same_store_has_tools_of_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its tools run code that the jails of this one do not show."""
    mine = library.own_folder(tmp_path)
    monkeypatch.setattr(library, "__file__", "/elsewhere/harness/toolchain/wheel/library.py")
    assert library.own_folder(tmp_path) != mine
    assert library.own_folder(tmp_path).parent == mine.parent == tmp_path
