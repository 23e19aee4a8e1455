"""What is sent to somebody else: the archive with its script, and the text for LLVM's developers."""

from __future__ import annotations

import io
import json
import subprocess
import tarfile
from dataclasses import replace
from pathlib import Path

import pytest

from harness.crash.text.invocation import Invocation
from harness.desk.repro.bundle import make_bundle
from harness.desk.repro.issue import find_triple, title, write_issue
from harness.desk.repro.record import ReproReport, decode
from harness.desk.repro.run import LlvmPlace, Reproducer, Runs, reproduce
from harness.model import CrashKind, Signature
from harness.progress import Silent
from tests.desk.places import make_place

ASSERTS = 'echo "llc: /b/llvm/lib/A.cpp:3: void f(): Assertion \\`n > 0\' failed." >&2; kill -ABRT $$'
CASE = Reproducer(
    "a case.ll", b"define void @f() {\n  ret void\n}\n", (Invocation("llc", ("-O0", "-passes=a<b>")),)
)


def report_on(case: Reproducer, *places: LlvmPlace) -> ReproReport:
    found = reproduce(case, places, Runs(times=1), Silent())
    return ReproReport("0.1", case.name, case.command, case.expected, found)


def unpack(case: Reproducer, report: ReproReport, into: Path) -> Path:
    """The folder in a bundle."""
    expected = case.expected or report.hits[0].observation.signature
    assert expected is not None
    with tarfile.open(fileobj=io.BytesIO(make_bundle(case, report, expected))) as archive:
        archive.extractall(into, filter="data")
    (folder,) = into.iterdir()
    return folder


def run_script(folder: Path, *args: str | Path, path: str = "/nowhere") -> tuple[int, str]:
    argv = ["/bin/bash", str(folder / "repro.sh"), *map(str, args)]
    done = subprocess.run(argv, check=False, capture_output=True, text=True, env={"PATH": path}, timeout=60)
    return done.returncode, done.stdout + done.stderr


def test_the_script_needs_bash_and_the_tool_alone(tmp_path: Path) -> None:
    crashing = make_place(tmp_path / "crashing", "a", llc=ASSERTS)
    make_place(tmp_path / "well", "b", **{"llc-19": 'read -r line < "$input"; exit 0'})
    folder = unpack(CASE, report_on(CASE, crashing), tmp_path / "sent")
    assert sorted(one.name for one in folder.iterdir()) == [
        "a case.ll",
        "expected.txt",
        "record.json",
        "repro.sh",
        "toolchains.txt",
    ]
    code, said = run_script(folder, tmp_path / "crashing")
    assert (code, said.splitlines()[-1]) == (0, "repro.sh: reproduced")
    assert "Assertion `n > 0' failed" in said
    code, said = run_script(folder, path=str(tmp_path / "well"))
    assert (code, said.splitlines()[-1]) == (1, "repro.sh: not reproduced")
    assert run_script(folder, tmp_path) == (2, f"repro.sh: llc: not found in {tmp_path}\n")
    assert run_script(folder) == (2, "repro.sh: llc: not found\n")


def test_the_script_knows_signals_limits_and_pipes(tmp_path: Path) -> None:
    steps = (Invocation("opt"), Invocation("llc", ("-x=%s",)))
    case = replace(CASE, steps=steps, expected=Signature(CrashKind.SIGNAL, "SIGSEGV", tool="llc"))
    opt = "for o; do :; done; [[ $o == - ]] && o=/dev/stdout; echo made > $o"
    dies = make_place(tmp_path / "a", "a", opt=opt, llc="kill -SEGV $$")
    folder = unpack(case, report_on(case, dies), tmp_path / "sent")
    assert run_script(folder, tmp_path / "a")[0] == 0
    make_place(tmp_path / "b", "b", opt=opt, llc="kill -ABRT $$")
    assert run_script(folder, tmp_path / "b")[0] == 1
    make_place(tmp_path / "c", "c", opt="kill -SEGV $$", llc="exit 1")
    assert run_script(folder, tmp_path / "c")[0] == 1  # another one dies


def test_the_bundle_says_what_ran(tmp_path: Path) -> None:
    report = report_on(CASE, make_place(tmp_path / "a", "a", llc=ASSERTS))
    folder = unpack(CASE, report, tmp_path / "sent")
    assert (folder / "a case.ll").read_bytes() == CASE.text
    assert decode((folder / "record.json").read_bytes()) == report
    assert json.loads((folder / "record.json").read_text())["repro"]["name"] == "a case.ll"
    assert (folder / "expected.txt").read_text() == "llc: assertion: n > 0 (lib/A.cpp:3)\n"
    assert (folder / "toolchains.txt").read_text() == (
        "a: LLVM 19.1.7 (made up): crash: llc: assertion: n > 0 (lib/A.cpp:3)\n"
    )


def test_the_issue_has_all_that_llvm_asks_for(tmp_path: Path) -> None:
    case = replace(
        CASE,
        name="case.ll",
        text=b'; a ``` fence\ntarget triple = "x86_64-pc-linux-gnu"\n',
        steps=(Invocation("opt", ("-O1",)), Invocation("llc", ("-O0",))),
    )
    crash = make_place(tmp_path / "a", "debian 19", opt='cp "$input" "${@: -1}"', llc=ASSERTS)
    well = make_place(tmp_path / "b", "debian 22", "22.1.8", opt="exit 0", llc="exit 0")
    text = write_issue(case, report_on(case, well, crash))
    assert (
        text
        == """\
[X86] llc: assertion: n > 0 in f

`llc` of LLVM 19.1.7 stops with this assertion (`lib/A.cpp:3`): `n > 0`

Target: `x86_64-pc-linux-gnu`

### Input

````llvm
; a ``` fence
target triple = "x86_64-pc-linux-gnu"
````

### Command

```
opt -O1 < case.ll | llc -O0
```

### Output

```text
llc: A.cpp:3: void f(): Assertion `n > 0' failed.
```

### Releases

| LLVM | result |
|---|---|
| 22.1.8 (debian 22) | `passes` |
| 19.1.7 (debian 19) | `crash: llc: assertion: n > 0 (lib/A.cpp:3)` |
"""
    )


@pytest.mark.parametrize(
    ("kind", "message", "frames", "triple", "said"),
    [
        (
            CrashKind.SIGNAL,
            "SIGSEGV",
            ("llvm::A::b",),
            "aarch64-linux",
            "[AArch64] llc: SIGSEGV in llvm::A::b",
        ),
        (CrashKind.SIGNAL, "SIGSEGV", (), "", "llc: SIGSEGV"),
        (CrashKind.FATAL_ERROR, "x" * 200, (), "riscv64", f"[RISC-V] llc: fatal error: {'x' * 102}..."),
    ],
)
def test_titles(kind: CrashKind, message: str, frames: tuple[str, ...], triple: str, said: str) -> None:
    assert title(Signature(kind, message, "", frames, "llc"), triple) == said


def test_the_target_is_of_the_command_first() -> None:
    case = replace(CASE, text=b'target triple = "x86_64-a"\n')
    assert find_triple(case) == "x86_64-a"
    assert find_triple(replace(case, steps=(Invocation("llc", ("-mtriple=riscv64",)),))) == "riscv64"
    assert find_triple(CASE) == ""
