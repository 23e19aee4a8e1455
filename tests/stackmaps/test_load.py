"""Objects and linked files of every format: each function has its name and place; damaged files are
refused.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from harness.errors import UsageError
from harness.stackmaps.load import StackMapFile, all_from_bytes, from_bytes, load, load_raw
from harness.stackmaps.verify import ir
from harness.stackmaps.verify.verifier import promises, verify
from tests.llvm import Llvm
from tests.stackmaps.encode import encode
from tests.stackmaps.test_format import SMALL

pytestmark = pytest.mark.needs_llvm

SOURCE = """\
declare void @llvm.experimental.stackmap(i64, i32, ...)
declare i64 @llvm.experimental.patchpoint.i64(i64, i32, ptr, i32, ...)
declare i64 @ext()
define i64 @f{n}(i64 %a, i64 %b) {{
  %x = alloca i64
  %c = call i64 @ext()
  call void (i64, i32, ...) @llvm.experimental.stackmap(i64 {n}1, i32 0, i64 %a, ptr %x)
  %r = call i64 (i64, i32, ptr, i32, ...) @llvm.experimental.patchpoint.i64(i64 {n}2, i32 40, ptr null, i32 1, i64 %a)
  ret i64 %r
}}
define internal i64 @g{n}(i64 %a) noinline {{
  %r = call i64 (i64, i32, ptr, i32, ...) @llvm.experimental.patchpoint.i64(i64 {n}3, i32 40, ptr null, i32 0, i64 %a)
  ret i64 %r
}}
define i64 @use{n}() {{
  %r = call i64 @g{n}(i64 1)
  ret i64 %r
}}
"""  # noqa: E501 - a line of IR
SMALL_MODULE = """\
declare void @llvm.experimental.stackmap(i64, i32, ...)
define void @f(i32 %a) {
  call void (i64, i32, ...) @llvm.experimental.stackmap(i64 2, i32 0, i64 -5000000000, i32 %a)
  ret void
}
define void @g(i32 %a) {
  call void (i64, i32, ...) @llvm.experimental.stackmap(i64 3, i32 0, i32 %a)
  ret void
}
"""
ALL = SOURCE.format(n=1) + SOURCE.format(n=2)


@dataclass(frozen=True)
class Format:
    """How two modules become one file: llc's options, then the linker and its options."""

    triple: str
    options: Sequence[str]
    linker: str
    link: Sequence[str]
    format: str
    machine: str
    prefix: str = ""


ELF = ("-e", "f1")
PIE = ("-pie", "-z", "notext", *ELF)
PIC = ("-relocation-model=pic",)
DARWIN = ("-platform_version", "macos", "11", "11", "-dylib")
FORMATS = (
    Format("x86_64-linux-gnu", (), "ld.lld", ELF, "ELF", "x86-64"),
    Format("x86_64-linux-gnu", PIC, "ld.lld", PIE, "ELF", "x86-64"),
    Format("x86_64-linux-gnu", PIC, "ld.lld", (*PIE, "-z", "rel"), "ELF", "x86-64"),
    Format("x86_64-linux-gnu", (), "ld.lld", ("-r",), "ELF", "x86-64"),
    Format("x86_64-linux-gnu", ("-function-sections",), "ld.lld", ("-r",), "ELF", "x86-64"),
    Format("x86_64-linux-gnux32", (), "ld.lld", ELF, "ELF", "x86-64"),
    Format("aarch64-linux-gnu", PIC, "ld.lld", PIE, "ELF", "aarch64"),
    Format("powerpc64-linux-gnu", (), "ld.lld", ELF, "ELF", "ppc64"),
    Format("powerpc64-linux-gnu", PIC, "ld.lld", PIE, "ELF", "ppc64"),
    Format("powerpc64le-linux-gnu", (), "ld.lld", ELF, "ELF", "ppc64"),
    Format("s390x-linux-gnu", PIC, "ld.lld", PIE, "ELF", "s390x"),
    Format("riscv64-linux-gnu", ("-mattr=+m,+c,+relax",), "ld.lld", ELF, "ELF", "riscv"),
    Format("riscv64-linux-gnu", ("-mattr=+m,+c,+relax",), "ld.lld", ("-r",), "ELF", "riscv"),
    Format("x86_64-apple-darwin", (), "ld64.lld", ("-arch", "x86_64", *DARWIN), "Mach-O", "x86-64", "_"),
    Format("arm64-apple-darwin", (), "ld64.lld", ("-arch", "arm64", *DARWIN), "Mach-O", "aarch64", "_"),
)


def objects(llvm19: Llvm, one: Format, folder: Path) -> list[Path]:
    """The two modules, and the function that they call."""
    texts = (*(SOURCE.format(n=n) for n in (1, 2)), "define i64 @ext() {\n  ret i64 0\n}\n")
    made = []
    for number, text in enumerate(texts):
        source = folder / f"{number}.ll"
        source.write_text(text)
        options = (f"-mtriple={one.triple}", "-enable-patchpoint-liveness=false", *one.options)
        made.append(llvm19.llc(source, options))
    return made


def check(file: StackMapFile, one: Format, first: int, count: int) -> None:
    """A file of `count` modules from number `first` on, each with two functions."""
    assert file.image is not None
    assert (file.image.format, file.image.machine) == (one.format, one.machine)
    names = [f"{one.prefix}{name}{n}" for n in range(first, first + count) for name in "fg"]
    assert [function.name for function in file.functions()] == names
    assert [site.record.id for site in file.sites()] == [
        int(f"{n}{i}") for n in range(first, first + count) for i in (1, 2, 3)
    ]
    for function in file.functions():
        assert function.size is not None
        assert 40 < function.size < 200
    for site in file.sites():
        assert site.address == site.function.address + site.record.offset
    result = verify(file, promises(ir.reservations(ALL)))
    assert [str(finding) for finding in result.findings] == []
    assert (result.maps, result.functions, result.records) == (count, 2 * count, 3 * count)


@pytest.mark.parametrize("one", FORMATS, ids=lambda f: " ".join((f.triple, *f.options, *f.link)))
def test_objects_and_what_is_linked_of_them(llvm19: Llvm, one: Format, tmp_path: Path) -> None:
    made = objects(llvm19, one, tmp_path)
    for number, path in enumerate(made[:2], 1):
        check(load(path, calls=True), one, number, 1)
    linked = tmp_path / "linked"
    llvm19.run(one.linker, *one.link, *made, "-o", linked)
    file = load(linked, calls=True)
    check(file, one, 1, 2)
    image = file.image
    assert image is not None
    if not image.relocatable:
        # Where the linker's own symbol table puts them.
        said = llvm19.run("llvm-nm", "--defined-only", linked).splitlines()
        symbols = {line.split()[-1]: int(line.split()[0], 16) for line in said}
        for function in file.functions():
            address = symbols[function.name]
            if one.triple.startswith("powerpc64-"):
                assert function.section is not None
                assert image.sections[function.section].name == ".text"
            else:
                assert function.address == address


@pytest.mark.parametrize("triple", ["x86_64-linux-gnu", "arm64-apple-darwin", "x86_64-pc-windows-msvc"])
def test_of_two_names_the_relocation_says_which(llvm19: Llvm, triple: str, tmp_path: Path) -> None:
    source = tmp_path / "alias.ll"
    source.write_text(SOURCE.format(n=1) + "@zz = alias i64 (i64, i64), ptr @f1\n")
    options = (f"-mtriple={triple}", "-enable-patchpoint-liveness=false")
    first, *_ = load(llvm19.llc(source, options)).functions()
    assert first.name.removeprefix("_") == "f1"


DIFFERENCE = """\
.text
.globl _pad, _f, _site
_pad: .quad 0
_f: .quad 0, 0
.section __TEXT,__other
_site: .quad 0
.section __LLVM_STACKMAPS,__llvm_stackmaps
.byte 3, 0, 0, 0
.long 1, 0, 1
.quad _f, 8, 1
.quad 7
.long _site - _f + 4, 0, 0, 0
"""


@pytest.mark.parametrize("triple", ["x86_64-apple-darwin", "arm64-apple-darwin"])
def test_a_difference_left_to_the_linker_of_mach_o(llvm19: Llvm, triple: str, tmp_path: Path) -> None:
    source = tmp_path / "difference.s"
    source.write_text(DIFFERENCE)
    made = source.with_suffix(".o")
    llvm19.run("llvm-mc", f"-triple={triple}", "-filetype=obj", "-o", made, source)
    assert "SUBTRACTOR" in llvm19.run("llvm-readobj", "-r", made)
    (site,) = load(made).sites()
    assert (site.function.name, site.function.start, site.record.offset) == ("_f", 8, 20)


def test_a_call_the_linker_made_shorter(llvm19: Llvm, tmp_path: Path) -> None:
    """On RISC-V a record's offset is a difference of two labels, which the linker recomputes."""
    one = next(f for f in FORMATS if "+relax" in "".join(f.options) and f.link == ELF)
    made = objects(llvm19, one, tmp_path)
    linked = tmp_path / "linked"
    llvm19.run(one.linker, *one.link, *made, "-o", linked)
    (before, *_), (after, *_) = load(made[0]).sites(), load(linked).sites()
    assert before.record.id == after.record.id == 11
    assert after.record.offset < before.record.offset


def test_a_dll_without_symbols_names_no_function(llvm19: Llvm, tmp_path: Path) -> None:
    one = Format("x86_64-pc-windows-msvc", (), "lld-link", (), "COFF", "x86-64")
    made = objects(llvm19, one, tmp_path)
    for number, path in enumerate(made[:2], 1):
        check(load(path, calls=True), one, number, 1)
    linked = tmp_path / "linked.dll"
    llvm19.run("lld-link", "-dll", "-noentry", "-export:f1", "-export:f2", f"-out:{linked}", *made)
    file = load(linked, calls=True)
    assert [function.name for function in file.functions()] == ["#0", "#1", "#2", "#3"]
    assert len(list(file.sites())) == 6
    result = verify(file, promises(ir.reservations(ALL)))
    assert [str(finding) for finding in result.findings] == [
        f"function #{n}: not checked: code: the file does not say where the function is or ends"
        for n in range(4)
    ]


def test_chained_fixups_are_said_not_misread(llvm19: Llvm, tmp_path: Path) -> None:
    one = next(f for f in FORMATS if f.triple == "arm64-apple-darwin")
    linked = tmp_path / "linked"
    llvm19.run(one.linker, *one.link, "-fixup_chains", *objects(llvm19, one, tmp_path), "-o", linked)
    with pytest.raises(UsageError) as caught:
        load(linked)
    assert str(caught.value) == (
        f"{linked}: its addresses are chained fixups, which the harness cannot read\n"
        "next: give the object files, or link with -no_fixup_chains"
    )


def test_a_raw_section(llvm19: Llvm, tmp_path: Path) -> None:
    one = FORMATS[0]
    made = objects(llvm19, one, tmp_path)[0]
    raw = tmp_path / "raw"
    llvm19.run("llvm-objcopy", f"--dump-section=.llvm_stackmaps={raw}", made)
    file, whole = load_raw(raw, "little"), load(made)
    assert [function.records for function in file.functions()] == [f.records for f in whole.functions()]
    assert [function.name for function in file.functions()] == ["#0", "#1"]
    assert [str(finding) for finding in verify(file, {}).findings] == [
        "not checked: registers, slots and code: a raw section names no target",
        "not checked: the reserved bytes of 3 of 3 records: no size is given for their ids",
    ]


# -- files that are not objects, and damaged ones


@pytest.fixture(scope="module")
def samples(llvm19: Llvm, tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """A small object of each format."""
    found = {}
    for triple in ("x86_64-linux-gnu", "powerpc64-linux-gnu", "arm64-apple-darwin", "x86_64-pc-windows-msvc"):
        one = Format(triple, (), "", (), "", "")
        found[triple] = objects(llvm19, one, tmp_path_factory.mktemp(triple))[0].read_bytes()
    folder = tmp_path_factory.mktemp("several")
    (folder / "elf.o").write_bytes(found["x86_64-linux-gnu"])
    (folder / "a name longer than sixteen.o").write_bytes(found["powerpc64-linux-gnu"])
    (folder / "arm64.o").write_bytes(found["arm64-apple-darwin"])
    (folder / "small.ll").write_text(SMALL_MODULE)
    small = llvm19.llc(folder / "small.ll", ["-mtriple=i386-apple-darwin"])
    found["i386-apple-darwin"] = small.read_bytes()
    llvm19.run(
        "llvm-ar", "rcs", folder / "archive", folder / "elf.o", folder / "a name longer than sixteen.o"
    )
    llvm19.run("llvm-lipo", "-create", folder / "arm64.o", small, "-output", folder / "universal")
    return found | {name: (folder / name).read_bytes() for name in ("archive", "universal")}


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "neither ELF, nor Mach-O, nor COFF of x86-64 or AArch64, nor an archive of these"),
        (b"!<arch>x", "neither ELF, nor Mach-O, nor COFF of x86-64 or AArch64, nor an archive of these"),
        (b"\x7fELF", "a damaged ELF file: ELFError: Invalid EI_CLASS b''"),
        (b"\xcf\xfa\xed\xfe", "a damaged Mach-O file: bytes 0 to 24 of 4"),
        (b"\x64\x86", "a damaged COFF file: bytes 0 to 20 of 2"),
        (b"MZ" + bytes(62), "a damaged COFF file: no PE header"),
        (b"\xcf\xfa\xed\xfe" + bytes(28), "no section __llvm_stackmaps"),
    ],
)
def test_what_is_said_of_other_files(data: bytes, message: str) -> None:
    with pytest.raises(UsageError) as caught:
        from_bytes(data, "f.o", calls=True)
    assert caught.value.what.startswith(f"f.o: {message}")


def test_a_map_with_garbage_is_named_with_its_section(samples: dict[str, bytes]) -> None:
    whole = samples["x86_64-linux-gnu"]
    at = whole.index(b"\3\0\0\0\2\0\0\0\0\0\0\0\3\0\0\0")
    with pytest.raises(UsageError) as caught:
        from_bytes(whole[:at] + b"\5" + whole[at + 1 :], "f.o")
    assert caught.value.what == "f.o: .llvm_stackmaps: byte 0: version 5 is not one of 1, 2, 3"


def survives(data: bytes) -> None:
    """Any bytes get an answer or one error, in bounded time."""
    start = time.process_time()
    try:
        for file in all_from_bytes(data, "f.o", calls=True).files:
            verify(file, promises(ir.reservations(ALL)))
    except UsageError as error:
        assert error.what.startswith(("f.o: ", "f.o("))  # noqa: PT017 - the file may as well be read
    assert time.process_time() - start < 5


FORMAT_NAMES = (
    *("x86_64-linux-gnu", "powerpc64-linux-gnu", "arm64-apple-darwin", "x86_64-pc-windows-msvc"),
    *("i386-apple-darwin", "archive", "universal"),
)
fuzzed = settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@fuzzed
@given(st.sampled_from(FORMAT_NAMES), st.data())
def test_damaged_objects(samples: dict[str, bytes], name: str, data: st.DataObject) -> None:
    whole = bytearray(samples[name])
    for _ in range(data.draw(st.integers(1, 6))):
        at = data.draw(st.integers(0, len(whole) - 1))
        width = data.draw(st.sampled_from((1, 1, 2, 4, 8)))
        whole[at : at + width] = data.draw(
            st.one_of(st.binary(min_size=width, max_size=width), st.just(b"\xff" * width))
        )
    survives(bytes(whole))


@fuzzed
@given(st.sampled_from(FORMAT_NAMES), st.data())
def test_truncated_objects(samples: dict[str, bytes], name: str, data: st.DataObject) -> None:
    whole = samples[name]
    survives(whole[: data.draw(st.integers(0, len(whole)))])


def test_a_raw_file_that_is_none(tmp_path: Path) -> None:
    (tmp_path / "raw").write_bytes(encode(SMALL, "big"))
    with pytest.raises(UsageError) as caught:
        load_raw(tmp_path / "raw", "little")
    assert caught.value.what == (
        f"{tmp_path / 'raw'}: byte 4: 16777216 functions take 402653184 bytes or more, 48 are left"
    )
