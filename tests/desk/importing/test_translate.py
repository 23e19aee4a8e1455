"""What LLVM itself makes of the IR of reports, and of options in today's names."""

from __future__ import annotations

from pathlib import Path

from harness.crash.text.passes import OF_CALLS, OF_FUNCTIONS, OF_MODULES, RENAMED
from harness.desk.importing.job import import_report, read_report
from harness.desk.importing.translate import read_with_llvm
from harness.errors import EnvironmentLacksError
from harness.ir.old import has_typed_pointers
from harness.llvm import Toolchain
from tests.desk.reports import REPORTS
from tests.llvm import Llvm


def toolchain(llvm: Llvm) -> Toolchain:
    tools = {name: llvm.tools / name for name in ("llvm-as", "llvm-dis")}
    return Toolchain(f"debian-{llvm.major}", f"{llvm.major}.0.0", tools, "", "")


def test_llvm_reads_the_tests_of_all_reports(llvm19: Llvm, llvm14: Llvm) -> None:
    made = [
        import_report(read_report(one.text, one.name), one.name, toolchain(llvm19), lambda: toolchain(llvm14))
        for one in REPORTS
    ]
    assert {one.source: one.reading.refused or one.reading.unchecked for one in made} == {
        one.name: "" for one in REPORTS
    }
    translated = [one for one in made if one.reading.translated]
    assert len(translated) >= 8
    assert not any(has_typed_pointers(one.reading.ir) for one in translated)


OLD = "define void @f(i8* %p) {\n  ret void\n}\n"


def test_without_an_old_llvm_old_ir_is_rewritten_and_the_reason_is_said(llvm19: Llvm) -> None:
    def old() -> Toolchain:
        raise EnvironmentLacksError("no network", "try again")

    found = read_with_llvm(OLD, toolchain(llvm19), old)
    assert found.ir == OLD.replace("i8*", "ptr")
    assert (found.refused, found.unchecked) == ("", "")
    assert found.said == (
        "the IR's syntax: pointers without types, word by word; "
        "there is no LLVM 14 to translate it: no network; try again",
    )


def test_an_llvm_that_reads_old_ir_gets_it_as_it_is(llvm14: Llvm) -> None:
    def old() -> Toolchain:
        raise AssertionError("not needed")

    found = read_with_llvm(OLD, toolchain(llvm14), old)
    assert (found.ir, found.refused, found.unchecked) == (OLD, "", "")


def test_what_llvm_14_refuses_is_said(llvm19: Llvm, llvm14: Llvm) -> None:
    broken = OLD.replace("ret void", "store i8 %q, i8* %p\n  ret void")
    found = read_with_llvm(broken, toolchain(llvm19), lambda: toolchain(llvm14))
    assert found.refused.split("\n")[0] == "LLVM 14.0.0: <stdin>:2:12: error: use of undefined value '%q'"


def test_opt_knows_all_names_of_passes(llvm19: Llvm, tmp_path: Path) -> None:
    (tmp_path / "f.ll").write_text("define void @f() {\n  ret void\n}\n")
    functions = OF_FUNCTIONS | set(RENAMED.values()) - OF_MODULES - OF_CALLS
    pipeline = [f"function({name})" for name in sorted(functions)]
    pipeline += [*sorted(OF_MODULES), *(f"cgscc({name})" for name in sorted(OF_CALLS))]
    llvm19.run("opt", f"-passes={','.join(pipeline)}", "-disable-output", tmp_path / "f.ll")
