"""Texts of tools, split by function: a change in one function changes no other."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from harness.check.functions import FunctionText, split

ELF = """\
\t.file\t"a.ll"
\t.text
\t.globl\tcaller                          # -- Begin function caller
\t.p2align\t4, 0x90
\t.type\tcaller,@function
caller:                                 # @caller
.Lfunc_begin0:
\t.cfi_startproc
# %bb.0:
\tpushq\t%rax
\t.cfi_def_cfa_offset 16
.Ltmp7:
\tcallq\tf@PLT
\tjne\t.LBB0_2
.LBB0_2:
\tretq
.Lfunc_end0:
\t.size\tcaller, .Lfunc_end0-caller
\t.cfi_endproc
                                        # -- End function
\t.section\t.rodata.cst16,"aM",@progbits,16
\t.p2align\t4, 0x0
.LCPI1_0:
\t.quad\t1
\t.text
\t.globl\tother
other:
\t.cfi_startproc
\tmovaps\t.LCPI1_0(%rip), %xmm0
\tretq
\t.size\tother, 9
\t.section\t.llvm_stackmaps,"a",@progbits
__LLVM_StackMaps:
\t.byte\t3
\t.addrsig
"""


def names(text: str) -> list[tuple[str, int]]:
    return [(one.name, one.instructions) for one in split(text)]


def lines(text: str, name: str) -> tuple[str, ...]:
    return next(one.lines for one in split(text) if one.name == name)


def test_assembly_is_split_at_its_labels() -> None:
    assert names(ELF) == [("caller", 4), ("other", 2), ("__LLVM_StackMaps", 0)]
    assert lines(ELF, "caller") == (
        "\t.p2align\t4, 0x90",
        "caller:                                 # @caller",
        ".Lfunc_begin0:",
        "# %bb.0:",
        "\tpushq\t%rax",
        ".Ltmp0:",
        "\tcallq\tf@PLT",
        "\tjne\t.LBB0",
        ".LBB0:",
        "\tretq",
        ".Lfunc_end0:",
    )


def test_what_stands_before_a_function_belongs_to_it() -> None:
    """Its constants, which another function's label ends, and its section."""
    assert lines(ELF, "other")[:4] == (
        '\t.section\t.rodata.cst16,"aM",@progbits,16',
        "\t.p2align\t4, 0x0",
        ".LCPI0:",
        "\t.quad\t1",
    )
    assert lines(ELF, "__LLVM_StackMaps")[0] == '\t.section\t.llvm_stackmaps,"a",@progbits'


def test_mach_o_has_no_sizes_and_other_local_labels() -> None:
    text = (
        "\t.section\t__TEXT,__text,regular,pure_instructions\n\t.globl\t_f\n\t.p2align\t2\n_f:\n; %bb.0:\n"
        "\tret\nLBB0_1:\n\tb LBB0_1\n\t.section\t__DATA,__data\n\t.p2align\t3\n_g:\n\t.quad\t_f\n"
    )
    assert names(text) == [("_f", 2), ("_g", 0)]
    assert lines(text, "_g") == ("\t.section\t__DATA,__data", "\t.p2align\t3", "_g:", "\t.quad\t_f")


def test_ir_is_split_at_define() -> None:
    text = (
        "; ModuleID = '<stdin>'\n@g = global i32 0\n\ndefine i32 @f(i32 %x) #0 {\nentry:\n  ; a comment\n"
        '  %y = add i32 %x, 1\n  ret i32 %y\n}\n\ndefine void @"g h"() {\n  ret void\n}\ndeclare void @e()\n'
    )
    assert names(text) == [("", 0), ("f", 2), ("g h", 1)]
    assert lines(text, "") == ("@g = global i32 0", "declare void @e()")


def test_machine_ir_is_split_at_its_documents() -> None:
    text = (
        "--- |\n  define void @f() { ret void }\n...\n---\nname:            f\nbody:             |\n"
        "  bb.0:\n    liveins: $edi\n\n    $eax = COPY $edi\n    RET 0, $eax\n\n...\n"
    )
    assert names(text) == [("", 0), ("f", 2)]


def test_a_disassembly_has_no_addresses() -> None:
    text = (
        "Disassembly of section .text:\n\n0000000000000000 <f>:\n       0: 53                           "
        "\tpushq\t%rbx\n       1: e8 00 00 00 00               \tcallq\t0x6 <f+0x6>\n"
        "\t\t0000000000000002:  R_X86_64_PLT32\tg-0x4\n       6: c3                           \tretq\n"
    )
    bare = "Disassembly of section .text:\n\n<f>:\n\tpushq\t%rbx\n\tcallq\t0x6 <f+0x6>\n"
    bare += "\t\t0000000000000002:  R_X86_64_PLT32\tg-0x4\n\tretq\n"
    code = ("\tpushq\t%rbx", "\tcallq\t<f+0x6>", "\tR_X86_64_PLT32\tg-0x4", "\tretq")
    assert split(text) == split(bare) == (FunctionText("f", code, 3),)


def test_other_text_is_one_part() -> None:
    assert split("Version: 3\nNumFunctions: 1\n") == (FunctionText("", ("Version: 3", "NumFunctions: 1"), 0),)
    assert split("") == ()


WORDS = st.lists(st.sampled_from(["nop", "retq", "jmp .LBB", ".LBB", ".Ltmp", "# comment"]), max_size=6)


def written(functions: list[list[str]]) -> str:
    """Assembly as LLVM writes it: local labels are numbered through the whole file."""
    found, number = ["\t.text"], 0
    for index, words in enumerate(functions):
        found += [f"\t.globl\tf{index}", f"f{index}:"]
        for word in words:
            label = word.startswith(".")
            number += label
            found.append(f"{word}{number}:" if label else f"\t{word}{number if word.endswith('LBB') else ''}")
        found.append(f"\t.size\tf{index}, 1")
    return "\n".join(found)


@given(st.lists(WORDS, min_size=1, max_size=5), st.data())
def test_a_change_in_one_function_changes_no_other(functions: list[list[str]], data: st.DataObject) -> None:
    which = data.draw(st.integers(0, len(functions) - 1))
    changed = [[*words] for words in functions]
    changed[which].insert(0, ".Ltmp")
    changed[which].append("ud2")
    before, after = split(written(functions)), split(written(changed))
    # A jump names a label of its own function there; here it may name any, so only others' labels count.
    same = [one.name for one, other in zip(before, after, strict=True) if one == other]
    assert same == [f"f{i}" for i in range(len(functions)) if i != which]
    assert after[which].instructions == before[which].instructions + 1


@given(st.text() | st.text("\t .:#;@L0a\n<>{}", max_size=80))
def test_no_text_is_too_odd(text: str) -> None:
    for mark in ("", "\t.text\n", "define void @f() {\n", "body: |\n", "Disassembly of section .text:\n"):
        assert all(0 <= one.instructions <= len(one.lines) for one in split(mark + text))
