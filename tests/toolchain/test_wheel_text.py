"""The wheel toolchain's pure parts: command lines, options, triples, IR text."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.toolchain.wheel import ir, options, triple
from harness.toolchain.wheel.commandline import Arity, CommandLine, OptionError, parse_help, read

LLVM = {"fast-isel": Arity.FLAG, "stop-after": Arity.VALUE}


def llc(*argv: str) -> CommandLine:
    return read("llc", argv, options.LLC, LLVM.get)


def lli(*argv: str) -> CommandLine:
    return read("lli", argv, options.LLI, LLVM.get, program_arguments=True)


def test_both_spellings_of_a_value_and_both_dashes() -> None:
    for argv in (["-mtriple=a-b"], ["-mtriple", "a-b"], ["--mtriple=a-b"], ["--mtriple", "a-b"]):
        assert llc(*argv).value("mtriple") == "a-b"
    assert [llc(f).value("O") for f in ("-O0", "-O=1", "--O=3")] == ["0", "1", "3"]


def test_an_option_of_llvm_takes_its_value_but_a_flag_leaves_the_file() -> None:
    assert llc("-stop-after", "isel", "x.ll") == CommandLine((), ("-stop-after=isel",), ("x.ll",))
    assert llc("-fast-isel", "x.ll") == CommandLine((), ("-fast-isel",), ("x.ll",))
    assert llc("--fast-isel=false", "-").llvm == ("-fast-isel=false",)


def test_the_program_has_all_arguments_after_its_file() -> None:
    line = lli("-jit-kind=mcjit", "x.ll", "-O0", "--", "-x")
    assert (line.value("O", "2"), line.positional) == ("2", ("x.ll", "-O0", "--", "-x"))
    assert llc("--", "-odd.ll").positional == ("-odd.ll",)


@pytest.mark.parametrize(
    ("argv", "text"),
    [
        (["-foo"], "llc: Unknown command line argument '-foo'.  Try: 'llc --help'\n"),
        (["--foo=1"], "llc: Unknown command line argument '--foo=1'.  Try: 'llc --help'\n"),
        (["-mtriple"], "llc: for the --mtriple option: requires a value!\n"),
        (["-o"], "llc: for the -o option: requires a value!\n"),
        (["-stop-after"], "llc: for the --stop-after option: requires a value!\n"),
        (["-filetype=foo"], "llc: for the --filetype option: Cannot find option named 'foo'!\n"),
        (["-O4"], "llc: error: invalid optimization level.\n"),
        (["-O="], "llc: error: invalid optimization level.\n"),
        (["-x", "c"], "llc: error: input language must be '', 'IR' or 'MIR'\n"),
        (
            ["-asm-verbose=maybe"],
            "llc: for the --asm-verbose option: 'maybe' is invalid value for boolean argument! Try 0 or 1\n",
        ),
        (
            ["a.ll", "b.ll"],
            "llc: Too many positional arguments specified!\n"
            "Can specify at most 1 positional arguments: See: llc --help\n",
        ),
        (
            ["-function-sections"],
            "llc: error: this toolchain cannot honour '--function-sections': llvmlite has no way to set it; "
            "use an LLVM with a real llc\n",
        ),
        (
            ["-relocation-model=ropi"],
            "llc: error: this toolchain cannot honour '--relocation-model=ropi': llvmlite has no way to set "
            "it; use an LLVM with a real llc\n",
        ),
    ],
)
def test_what_llc_says_of_a_wrong_line(argv: list[str], text: str) -> None:
    with pytest.raises(OptionError) as caught:
        options.llc_options(llc(*argv))
    assert str(caught.value) == text


def test_options_of_llc() -> None:
    target = ("-march=x86-64", "-mcpu", "corei7", "-mattr=avx,-SSE4.2", "-mattr=+a", "-O0")
    line = llc(*target, "-frame-pointer=all", "in.bc")
    assert options.llc_options(line) == options.LlcOptions(
        options.TargetOptions(march="x86-64", cpu="corei7", features="+avx,-sse4.2,+a", opt_level=0),
        source="in.bc",
        attributes=(("frame-pointer", "all"),),
    )


def test_options_of_lli() -> None:
    assert options.lli_options(lli("--entry-function", "f", "p.ll", "a")).arguments == ("a",)
    with pytest.raises(OptionError, match="lli: error: --entry-function name cannot be empty"):
        options.lli_options(lli("-entry-function="))


names = st.from_regex(r"[a-z][a-z0-9-]{0,8}", fullmatch=True)


@given(st.lists(st.tuples(names, st.none() | st.text("ab=,+-", max_size=4)), max_size=6), st.booleans())
def test_every_option_is_kept_in_order_however_it_is_spelled(
    given_options: list[tuple[str, str | None]], double: bool
) -> None:
    dashes = "--" if double else "-"
    argv: list[str] = []
    for name, value in given_options:
        argv += [f"{dashes}{name}" if value is None else f"{dashes}{name}={value}"]
    line = read("llc", [*argv, "file"], {}, lambda _name: Arity.FLAG)
    expected = [f"-{n}" if v is None else f"-{n}={v}" for n, v in given_options]
    assert (list(line.llvm), line.positional) == (expected, ("file",))


def test_llvms_own_list_of_options() -> None:
    text = (
        "USAGE: llc [options]\n\nOPTIONS:\n"
        "  --aa-trace              - \n"
        "  --basic=<value>         - What\n"
        "    =none                 -   Nothing\n"
        "  -h                      - Alias for --help\n"
        "  --native[=<string>]     - Maybe a value\n"
        "      --arm-default-it    - Generate\n"
    )
    assert parse_help(text) == {
        "aa-trace": Arity.FLAG,
        "basic": Arity.VALUE,
        "h": Arity.FLAG,
        "native": Arity.FLAG,
        "arm-default-it": Arity.FLAG,
    }


@pytest.mark.parametrize(
    ("given_triple", "normal"),
    [  # each as `opt -mtriple` of LLVM 19 normalises it
        ("x86_64", "x86_64"),
        ("x86_64-linux-gnu", "x86_64-unknown-linux-gnu"),
        ("x86_64-apple-darwin", "x86_64-apple-darwin"),
        ("i686-w64-mingw32", "i686-w64-windows-gnu"),
        ("x86_64-pc-win32", "x86_64-pc-windows-msvc"),
        ("x86_64-pc-win32-elf", "x86_64-pc-windows-elf"),
        ("arm-none-eabi", "arm-unknown-none-eabi"),
        ("aarch64-linux-androideabi21", "aarch64-unknown-linux-android21"),
        ("powerpc64-unknown-gnu-linux", "powerpc64-unknown-linux-gnu"),
        ("linux-x86_64", "x86_64-unknown-linux"),
        ("x86_64-pc-linux-gnux32", "x86_64-pc-linux-gnux32"),
    ],
)
def test_triples_are_normalised_as_llvm_does(given_triple: str, normal: str) -> None:
    assert triple.normalize(given_triple) == normal
    assert triple.normalize(normal) == normal


parts = st.sampled_from(
    ["x86_64", "arm64", "", "apple", "pc", "linux", "darwin9", "gnu", "elf", "none", "odd"]
)


@given(st.lists(parts, min_size=1, max_size=5).map("-".join))
def test_normalising_keeps_the_known_and_is_done_once(text: str) -> None:
    normal = triple.normalize(text)
    assert all(part in normal.split("-") for part in text.split("-") if part)
    assert "" not in normal.split("-")
    assert triple.normalize(normal) == normal


def test_march_replaces_the_architecture() -> None:
    assert triple.with_march("i386-pc-linux-gnu", "x86-64") == "x86_64-pc-linux-gnu"
    assert triple.with_march("x86_64-pc-linux-gnu", "systemz") == "s390x-pc-linux-gnu"


def test_the_targets_as_llc_lists_them() -> None:
    text = triple.registered_targets({"x86-64": "64-bit X86: EM64T and AMD64", "aarch64": "AArch64"})
    assert text == (
        "  Registered Targets:\n"
        "    aarch64 - AArch64\n"
        "    arm64   - ARM64 (little endian)\n"
        "    x86-64  - 64-bit X86: EM64T and AMD64\n"
    )


MODULE = b"""; RUN: llc
target datalayout = "e-p:32:32"
target triple = "x86_64-linux-gnu" ; here
define void @f() { ret void }
"""


def test_the_layout_goes_in_and_lines_stay() -> None:
    header = ir.read_header(MODULE)
    assert (header.triple, header.names_source) == ("x86_64-linux-gnu", False)
    prepared = ir.prepare(MODULE, header, "e-S128", 'a"b.ll')
    first = prepared.text.split(b"\n")[0]
    assert first[: prepared.shift].rstrip() == b'source_filename = "a\\22b.ll" target datalayout = "e-S128"'
    assert prepared.shift % 8 == 0
    assert b"p:32" not in prepared.text
    assert prepared.text.count(b"\n") == MODULE.count(b"\n")
    assert prepared.text.split(b"\n")[2:] == MODULE.split(b"\n")[2:]


def test_messages_speak_of_the_file() -> None:
    said = "<string>:3:7: error: expected type\n  ret foo\n      ^\n"
    assert ir.locate(said, 40, "x.ll") == said.replace("<string>", "x.ll")
    first = f"<string>:1:{40 + 3}: error: no\n{' ' * 40}xx?\n{' ' * 42}^\n"
    assert ir.locate(first, 40, "x.ll") == "x.ll:1:3: error: no\nxx?\n  ^\n"


@given(st.binary(max_size=40).filter(lambda b: b"\0" not in b))
def test_strings_of_ir_survive(text: bytes) -> None:
    assert ir.unescape(ir.quote(text)[1:-1]) == text


@given(st.binary(max_size=60))
def test_reading_a_header_of_anything_ends(text: bytes) -> None:
    header = ir.read_header(text)
    assert ir.prepare(text, header, "e", "f").text.endswith(text) or header.layouts


def test_attributes_go_to_every_definition_before_its_own() -> None:
    text = (
        b"declare void @d(i32)\n"
        b"; define void @comment()\n"
        b'define internal {i32, i32} @"odd(name"(ptr byval({i32}) %p) local_unnamed_addr addrspace(1) #0 {\n'
        b"  ret {i32, i32} zeroinitializer\n}\n"
        b'define void @g() "frame-pointer"="none" { ret void }\n'
    )
    got = ir.with_attributes(text, (("frame-pointer", "all"), ("stackrealign", "")))
    added = b' "frame-pointer"="all" "stackrealign"'
    assert got == text.replace(b"addrspace(1)", b"addrspace(1)" + added).replace(b"@g()", b"@g()" + added)


def test_features_are_appended_to_a_functions_own() -> None:
    text = b'attributes #0 = { "target-features"="+a" } attributes #1 = { "target-features"="" }'
    assert ir.with_features(text, "+b,-c") == (
        b'attributes #0 = { "target-features"="+a,+b,-c" } attributes #1 = { "target-features"="+b,-c" }'
    )


@pytest.mark.parametrize(
    ("text", "has"),
    [
        (b'call void asm sideeffect "nop", "~{x0}"()', True),
        (b'module asm "x"', True),
        (b'call void asm sideeffect "", "~{x0}"()', False),
        (b'; call void asm "nop", ""()', False),
        (b"call void @asm(ptr %asm)", False),
    ],
)
def test_inline_assembly_is_seen(text: bytes, has: bool) -> None:
    assert ir.has_inline_asm(text) is has


def test_what_a_modules_flags_ask_for() -> None:
    assert ir.code_model(b'!0 = !{i32 1, !"Code Model", i32 4}') == "large"
    assert ir.code_model(b"define void @f() { ret void }") == ""
