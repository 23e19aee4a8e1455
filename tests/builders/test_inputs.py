"""An object is never taken for another's: whatever it was made of is in its key, or refused."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from harness.builders.depfile import files_of_assembler, outside, read_words
from harness.builders.request import Built, NeedsFullBuildError
from harness.errors import PatchError
from harness.process.sandbox import Mode

if TYPE_CHECKING:  # pytest finds the fixture, not the module
    from tests.miniature import Miniature

pytestmark = pytest.mark.xdist_group("miniature")
A, B = "llvm/lib/Foo/A.cpp", "llvm/lib/Foo/B.cpp"


def llc(built: Built) -> str:
    return subprocess.run([built.tools["llc"], "1"], capture_output=True, text=True, check=False).stdout


def including(mini: Miniature, name: str) -> str:
    return mini.text(A).replace("int a(", f'#include "{name}"\nint a(').replace("DEEP", "EXTRA")


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("extra.txt", "llvm/lib/Foo/extra.txt"),
        ("../../utils/extra.h", "llvm/utils/extra.h"),
        ("../../unittests/extra.cpp", "llvm/unittests/extra.cpp"),
    ],
)
def test_what_a_unit_includes_is_in_its_key(miniature: Miniature, name: str, path: str) -> None:
    """Whatever its name is and wherever it lies; the second object is not the first."""
    unit = including(miniature, name)
    sides = [{A: unit, path: f"#define EXTRA {number}\n"} for number in (1000, 2000)]
    overlay = miniature.overlay((A, "modified"), (path, "added"))
    assert [llc(overlay.build(*miniature.patched(files))).split()[0] for files in sides] == ["1001", "2001"]


def test_a_file_that_the_unpatched_unit_includes_is_followed_whatever_its_name(miniature: Miniature) -> None:
    _, patched = miniature.build({"llvm/lib/Foo/table.txt": "#define TABLE 40\n"})
    assert patched.units == ("llvm/lib/Foo/Support.cpp",)


@pytest.mark.parametrize("path", ["llvm/docs/extra.rst", "llvm/test/extra.ll", "llvm/lib/Foo/notes.md"])
def test_a_source_that_includes_a_test_or_documentation_is_refused(miniature: Miniature, path: str) -> None:
    name = f"../../../{path}"
    overlay = miniature.overlay((A, "modified"), (path, "added"))
    for number in (1, 2):
        files = {A: including(miniature, name), path: f"#define EXTRA {number}\n"}
        with pytest.raises(PatchError) as caught:
            overlay.build(*miniature.patched(files))
        assert str(caught.value) == (
            f"{A} reads {path}, which is a test or documentation\n"
            "next: keep what sources include in llvm/lib, llvm/include or llvm/tools"
        )


def test_a_file_from_elsewhere_is_refused(miniature: Miniature, tmp_path: Path, any_mode: Mode) -> None:
    (tmp_path / "extra.h").write_text("#define EXTRA 5\n")
    with pytest.raises(PatchError) as caught:
        miniature.build({A: including(miniature, str(tmp_path / "extra.h"))})
    assert str(caught.value) == (
        f"{A} reads {tmp_path / 'extra.h'}: it is part of neither LLVM nor the system\n"
        "next: include files of LLVM's source and of the system alone"
    )
    assert caught.value.exit_code == 3


def test_headers_of_the_system_are_no_part_of_it(miniature: Miniature) -> None:
    _, patched = miniature.build({A: miniature.text(A).replace("<cassert>", "<cassert>\n#include <map>")})
    assert llc(patched) == "101 6 4 1\n"


@pytest.mark.parametrize("directive", [".incbin", ".include"])
def test_what_inline_assembly_takes_in_is_no_matter_of_an_overlay(
    miniature: Miniature, tmp_path: Path, directive: str, any_mode: Mode
) -> None:
    """No depfile names it. What is not LLVM's is there without a jail alone."""
    data = tmp_path / "data" if any_mode is Mode.OFF else miniature.base.root / "llvm/lib/Foo/Even.cpp"
    if any_mode is Mode.OFF:
        data.write_text("\n")
    line = f'#define DIRECTIVE "{directive[:4]}" "{directive[4:]}"\n'
    line += f'asm(DIRECTIVE " \\"{data}\\"\\n");\n'
    with pytest.raises(NeedsFullBuildError) as caught:
        miniature.build({A: miniature.text(A) + line})
    assert caught.value.what == f"{A} takes in a file by inline assembly"


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ('asm(".incbin \\"f\\"");', True),
        ('__asm__ __volatile__ ("nop\\n" ".inc" "bin \\"f\\"" : : );', True),
        ('asm volatile("\\x2eincbin f");', True),
        ('asm("\\056include f");', True),
        ('asm(R"(\n.incbin "f"\n)");', True),
        ('asm("nop"); Map[".incbin"] = DK_INCBIN;', False),
        ('const char *Text = "asm(.include)";', False),
        ("int asm_include(int);", False),
    ],
)
def test_assembly_that_takes_in_files_is_found(text: str, found: bool) -> None:
    assert bool(files_of_assembler(text)) is found


def test_what_is_outside_is_told_by_real_paths_too(tmp_path: Path) -> None:
    real = tmp_path / "real"
    (real / "include").mkdir(parents=True)
    (tmp_path / "link").symlink_to(real)
    inside = f"{tmp_path}/link/include/a.h"
    words = read_words(f"unit: {inside} \\\n {tmp_path}/real/x/../include/b.h {real}-not/c.h d.h\n", tmp_path)
    assert words == (inside, f"{real}/include/b.h", f"{real}-not/c.h", f"{tmp_path}/d.h")
    assert outside(words, [str(real), f"{tmp_path}/d.h/.."]) == ()
    assert outside(words, [str(real)]) == (f"{tmp_path}/d.h", f"{real}-not/c.h")


# -- TableGen


def test_what_tablegen_includes_is_in_the_key(miniature: Miniature) -> None:
    gen = "llvm/lib/Foo/Gen.td"
    overlay = miniature.overlay((gen, "modified"), ("llvm/lib/Foo/extra.txt", "added"))
    found = []
    for number in (30, 40):
        text = f"#define GENERATED {number}\n"
        files = {gen: 'include "extra.txt"\n', "llvm/lib/Foo/extra.txt": text}
        found.append(llc(overlay.build(*miniature.patched(files))).split()[1])
    assert found == ["31", "41"]


def test_a_file_of_another_name_that_tablegen_reads_is_followed(miniature: Miniature) -> None:
    _, patched = miniature.build({"llvm/lib/Foo/Rest.def": "#define REST 1\n"})
    assert patched.units == (B,)


def test_tablegen_is_refused_files_from_elsewhere(
    miniature: Miniature, tmp_path: Path, any_mode: Mode
) -> None:
    (tmp_path / "extra.td").write_text("#define GENERATED 3\n")
    up = "/".join([".."] * 40)
    with pytest.raises(PatchError) as caught:
        miniature.build({"llvm/lib/Foo/Gen.td": f'include "{up}{tmp_path}/extra.td"\n'})
    assert caught.value.what == (
        f"include/llvm/Gen.inc is made from {tmp_path}/extra.td: it is not part of LLVM"
    )
