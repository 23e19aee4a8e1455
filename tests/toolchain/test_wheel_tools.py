"""The wheel toolchain for real: llvmlite's LLVM compiles, runs, refuses, crashes and is killed."""

from __future__ import annotations

import os
import signal
import socket
import struct
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from harness.process import TOOL_LIMITS, Child, Completed, Limits, run
from harness.toolchain.wheel import provider
from harness.toolchain.wheel.client import SOCKET

Run = Callable[..., Completed]
PATCHPOINT = """\
target triple = "x86_64-unknown-linux-gnu"
define i64 @callee(i64 %a) {{
  %r = add i64 %a, 5
  ret i64 %r
}}
declare i64 @llvm.experimental.patchpoint.i64(i64, i32, ptr, i32, ...)
define i32 @main() {{
  %r = call i64 (i64, i32, ptr, i32, ...) @llvm.experimental.patchpoint.i64(
         i64 42, i32 {size}, ptr @callee, i32 1, i64 37)
  %t = trunc i64 %r to i32
  ret i32 %t
}}
"""
OK = "define void @f() {\n  ret void\n}\n"
# Tells who it is, then waits for ever.
HANG = """\
@.fmt = private constant [4 x i8] c"%d\\0A\\00"
declare i32 @printf(ptr, ...)
declare i32 @fflush(ptr)
declare i32 @getpid()
declare i32 @pause()
define i32 @main() {
  %pid = call i32 @getpid()
  %a = call i32 (ptr, ...) @printf(ptr @.fmt, i32 %pid)
  %b = call i32 @fflush(ptr null)
  br label %again
again:
  %c = call i32 @pause()
  br label %again
}
"""


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Path]]:
    with provider.serving(tmp_path_factory.mktemp("served")) as tools:
        yield tools


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    return provider.write_tools(tmp_path_factory.mktemp("plain"))


@pytest.fixture(params=["served", "plain"])
def tools(request: pytest.FixtureRequest) -> dict[str, Path]:
    found: dict[str, Path] = request.getfixturevalue(request.param)
    return found


def write(folder: Path, name: str, text: str) -> str:
    (folder / name).write_text(text)
    return name


def gone(pid: int) -> bool:
    """Whether the process ends within five seconds."""
    for _ in range(100):
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return True
        time.sleep(0.05)
    return False


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
            "llc: error: this toolchain cannot emit inline assembly for 'aarch64': llvmlite has the host's "
            "assembly parser alone; use an LLVM with a real llc\n",
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


def test_limits_hold_in_the_server(served: dict[str, Path], tmp_path: Path) -> None:
    big = TOOL_LIMITS.memory + 1
    text = (
        "declare ptr @malloc(i64)\ndefine i32 @main() {\n"
        f"  %p = call ptr @malloc(i64 {big})\n  %z = icmp eq ptr %p, null\n"
        "  %r = select i1 %z, i32 33, i32 0\n  ret i32 %r\n}\n"
    )
    assert run([served["lli"], "-jit-kind=mcjit"], stdin=text.encode()).returncode == 33
    flood = (
        "declare i64 @write(i32, ptr, i64)\n@b = global [1048576 x i8] zeroinitializer\n"
        "define i32 @main() {\n  br label %l\nl:\n"
        "  %n = call i64 @write(i32 1, ptr @b, i64 1048576)\n  br label %l\n}\n"
    )
    write(tmp_path, "flood.ll", flood)
    with (tmp_path / "out").open("wb") as out:
        child = Child(
            [str(served["lli"]), "-jit-kind=mcjit", "flood.ll"], TOOL_LIMITS, cwd=tmp_path, stdout=out
        )
        assert child.wait() == -signal.SIGXFSZ
    assert child.limit == f"wrote a file of more than {TOOL_LIMITS.output >> 20} MiB"
    assert (tmp_path / "out").stat().st_size == TOOL_LIMITS.output


def test_a_hang_ends_with_its_client(served: dict[str, Path], tmp_path: Path) -> None:
    write(tmp_path, "hang.ll", HANG)
    done = run([served["lli"], "-jit-kind=mcjit", "hang.ll"], cwd=tmp_path, limits=Limits(wall=2))
    assert (done.limit, done.returncode) == ("ran longer than 2 s", -signal.SIGKILL)
    assert gone(int(done.stdout))


@pytest.mark.parametrize("killed", [False, True])
def test_the_server_and_its_children_end_together(tmp_path: Path, killed: bool) -> None:
    write(tmp_path, "hang.ll", HANG)
    with provider.serving(tmp_path / "bin") as tools:
        child = Child(
            [str(tools["lli"]), "-jit-kind=mcjit", str(tmp_path / "hang.ll")],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        assert child.stdout is not None
        pid = int(child.stdout.readline())
        if killed:
            os.kill(_server_of(tmp_path / "bin"), signal.SIGKILL)
            assert gone(pid)
    assert gone(pid)
    _, said = child.communicate()
    assert said == b"lli: error: the tool server ended before the tool did\n"
    assert child.returncode == 70
    assert not (tmp_path / "bin" / SOCKET).exists()


def _server_of(folder: Path) -> int:
    with socket.socket(socket.AF_UNIX) as probe:
        probe.connect(str(folder / SOCKET))
        credentials = probe.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("3i"))
    pid: int = struct.unpack("3i", credentials)[0]
    return pid


def test_a_server_does_not_outlive_its_parent_or_its_folder(tmp_path: Path) -> None:
    code = (
        "import sys, time, pathlib, os\n"
        "from harness.toolchain.wheel import provider, server\n"
        "with server.running(pathlib.Path(sys.argv[1])):\n"
        "    os.kill(os.getpid(), 9)\n"
    )
    (tmp_path / "one").mkdir()
    root = str(Path(provider.__file__).parents[3])
    done = run([sys.executable, "-c", code, tmp_path / "one"], env={"PYTHONPATH": root})
    assert done.returncode == -signal.SIGKILL
    tools = provider.write_tools(tmp_path / "one")
    assert _refuses_connections(tmp_path / "one")
    assert run([tools["llc"], "-filetype=null"], stdin=OK.encode()).ok  # without a server, by itself


def _refuses_connections(folder: Path) -> bool:
    for _ in range(100):
        with socket.socket(socket.AF_UNIX) as probe:
            try:
                probe.connect(str(folder / SOCKET))
            except (ConnectionRefusedError, FileNotFoundError):
                return True
        time.sleep(0.05)
    return False


def test_a_folder_with_a_long_path(tmp_path: Path) -> None:
    deep = tmp_path / ("d" * 100) / ("e" * 100)
    with provider.serving(deep) as tools:
        assert run([tools["llc"], "-filetype=null"], stdin=OK.encode()).ok


def test_the_toolchain(tmp_path: Path) -> None:
    import llvmlite
    from llvmlite import binding

    texts: list[str | None] = []

    def features(llc: str, lli: str | None) -> frozenset[str]:
        texts.extend([llc, lli])
        return frozenset({"asserts"} if "with assertions" in llc else ())

    toolchain = provider.resolve(tmp_path, features)
    version = ".".join(map(str, binding.llvm_version_info))
    assert (toolchain.name, toolchain.version) == ("wheel", version)
    assert toolchain.provenance == f"llvmlite {llvmlite.__version__} (LLVM {version}) from PyPI wheel"
    assert sorted(toolchain.tools) == ["llc", "lli"]
    llc, lli = texts
    assert llc is not None
    assert lli is not None
    assert llc.startswith(
        f"LLVM (http://llvm.org/):\n  LLVM version {version}\n  Optimized build with assertions.\n"
    )
    assert "\n  Registered Targets:\n" in llc
    assert "    x86-64      - 64-bit X86: EM64T and AMD64\n" in llc
    assert f"  LLVM version {version}\n" in lli
    # It says "with assertions", and it has them.
    crash = run([toolchain.tools["llc"]], stdin=PATCHPOINT.format(size=0).encode())
    assert ("asserts" in toolchain.features) is (crash.returncode == -signal.SIGABRT)


def test_the_identity_is_of_version_and_bytes(tmp_path: Path) -> None:
    library = tmp_path / "lib.so"
    library.write_bytes(b"one")
    first = provider.identity("1", library)
    assert first == provider.identity("1", library)
    assert first != provider.identity("2", library)
    library.write_bytes(b"two")
    assert first != provider.identity("1", library)
