"""Archives and universal files: every object has its name; damaged and thin ones are refused."""

from __future__ import annotations

import json
import struct
from collections.abc import Sequence
from pathlib import Path

import pytest

from harness.errors import UsageError
from harness.stackmaps.load import load, load_all
from harness.stackmaps.objects.container import Member, parts
from tests.command import Harness
from tests.llvm import Llvm
from tests.stackmaps.test_load import SMALL_MODULE


def member(name: bytes, data: bytes) -> bytes:
    """A member of an archive, header and padding."""
    size = str(len(data)).encode()
    header = name.ljust(16) + b"0".ljust(12) + b"0".ljust(6) * 2 + b"644".ljust(8) + size.ljust(10) + b"`\n"
    assert len(header) == 60
    return header + data + b"\n" * (len(data) % 2)


def archive(*members: tuple[bytes, bytes]) -> bytes:
    return b"!<arch>\n" + b"".join(member(*one) for one in members)


def universal(*slices: tuple[int, int, bytes], wide: bool = False) -> bytes:
    """A universal file; slices are a CPU, its kind and the data."""
    form = struct.Struct(">IIQQII" if wide else ">IIIII")
    at = 8 + form.size * len(slices)
    head = b"\xca\xfe\xba\xbf" if wide else b"\xca\xfe\xba\xbe"
    table, body = struct.pack(">I", len(slices)), b""
    for cpu, kind, data in slices:
        place = (cpu, kind, at + len(body), len(data), 0)
        table += form.pack(*place, *([0] if wide else []))
        body += data
    return head + table + body


@pytest.mark.parametrize(
    ("data", "found"),
    [
        (b"an object", [("", b"an object")]),
        (b"", [("", b"")]),
        (b"!<arch>\n", []),
        (archive((b"a.o/", b"one"), (b"b.o/", b"four")), [("(a.o)", b"one"), ("(b.o)", b"four")]),
        # BSD's short names have no slash, and may be of one kind of its long names.
        (archive((b"a.o", b"one"), (b"#1/8", b"long.o\0\0two")), [("(a.o)", b"one"), ("(long.o)", b"two")]),
        (
            archive((b"/", b"symbols"), (b"//", b"a name.o/\nb.o/\n"), (b"/0", b"1"), (b"/10", b"2")),
            [("(a name.o)", b"1"), ("(b.o)", b"2")],
        ),
        # COFF's long names end with a zero, and there are two tables of symbols.
        (archive((b"/", b""), (b"/", b""), (b"//", b"long.obj\0"), (b"/0", b"1")), [("(long.obj)", b"1")]),
        (archive((b"/SYM64/", b"x"), (b"__.SYMDEF", b"x"), (b"#1/16", b"__.SYMDEF SORTEDx")), []),
        (
            archive((b"a.o/", b"1"), (b"a.o/", b"2"), (b"a.o/", b"3")),
            [("(a.o)", b"1"), ("(a.o)#2", b"2"), ("(a.o)#3", b"3")],
        ),
        # A name is on one line, whatever is in it.
        (archive((b"#1/7", b"a\n\x1b[0mb")), [("(a b)", b"")]),
        (
            universal((0x0100_0007, 3, b"one"), (0x0100_000C, 0x8000_0002, b"two"), (99, 0, b"3")),
            [("(x86_64)", b"one"), ("(arm64e)", b"two"), ("(CPU 0x63)", b"3")],
        ),
        (
            universal((0x0200_000C, 1, b"one"), (12, 12, b""), wide=True),
            [("(arm64_32)", b"one"), ("(armv7k)", b"")],
        ),
        (universal((0x0100_000C, 0, archive((b"a.o/", b"one")))), [("(arm64)(a.o)", b"one")]),
        # A class file of Java 8: 52 slices, if it were one.
        (b"\xca\xfe\xba\xbe\0\0\0\x34", [("", b"\xca\xfe\xba\xbe\0\0\0\x34")]),
    ],
)  # fmt: skip
def test_parts(data: bytes, found: Sequence[tuple[str, bytes]]) -> None:
    assert parts(data, "f.a") == tuple(Member(*one) for one in found)


NO_MEMBER = "f.a: a damaged archive: no member starts at byte 8"


@pytest.mark.parametrize(
    ("data", "what"),
    [
        (b"!<arch>\nx", NO_MEMBER),
        (archive((b"a.o/", b"one"))[:-2], "f.a: a damaged archive: a member ends at byte 71 of 70"),
        (archive((b"a.o/", b"1")).replace(b"`\n", b"``"), NO_MEMBER),
        (archive((b"/7", b"1")), "f.a: a damaged archive: a name at byte 7 of 0"),
        (archive((b"#1/9", b"1")), "f.a: a damaged archive: a name of 9 bytes in a member of 1"),
        (b"!<thin>\n", "f.a: a thin archive: its members are in files of their own"),
        (b"<bigaf>\n", "f.a: an AIX archive, which the harness cannot read"),
        (universal((7, 3, b"one"))[:-1], "f.a: a damaged universal file: bytes 28 to 31 of 30"),
        (universal((7, 3, b""))[:9], "f.a: a damaged universal file: 1 slices in 9 bytes"),
        (
            b"\xca\xfe\xba\xbe" + struct.pack(">I", 42) + struct.pack(">IIIII", 7, 3, 0, 840, 0) * 42,
            "f.a: its parts together are longer than the file",
        ),
        (universal((0x0100_000C, 0, b"!<arch>\nx")), NO_MEMBER.replace("f.a", "f.a(arm64)")),
    ],
)  # fmt: skip
def test_what_is_damaged(data: bytes, what: str) -> None:
    with pytest.raises(UsageError) as caught:
        parts(data, "f.a")
    assert caught.value.what == what


# -- with LLVM's own tools

OBJECTS = {"elf": "x86_64-linux-gnu", "coff": "x86_64-pc-windows-msvc", "i386": "i386-apple-darwin",
           "x86_64": "x86_64-apple-darwin", "watch": "arm64_32-apple-watchos"}  # fmt: skip


@pytest.fixture(scope="module")
def folder(llvm19: Llvm, tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("several")
    (made / "text.txt").write_text("no object\n")
    (made / "none.ll").write_text("define void @h() {\n  ret void\n}\n")
    llvm19.llc(made / "none.ll", ["-mtriple=x86_64-linux-gnu"])
    for name, triple in OBJECTS.items():
        (made / f"{name}.ll").write_text(SMALL_MODULE)
        llvm19.llc(made / f"{name}.ll", [f"-mtriple={triple}"])
    files = [made / name for name in ("elf.o", "none.o", "text.txt", "coff.o")]
    llvm19.run("llvm-ar", "rcs", made / "gnu.a", *files)
    llvm19.run("llvm-ar", "--format=bsd", "rcs", made / "bsd.a", *files)
    llvm19.run("llvm-ar", "--format=coff", "rcs", made / "coff.lib", *files)
    llvm19.run("llvm-ar", "rcsT", made / "thin.a", *files[:1])
    # As the error for a thin one says.
    llvm19.run("llvm-ar", "cqL", made / "thick.a", made / "thin.a")
    llvm19.run("llvm-ar", "rcs", made / "whole.a", made / "elf.o")
    llvm19.run("llvm-ar", "rcs", made / "none.a", made / "none.o", made / "text.txt")
    darwin = [made / name for name in ("i386.o", "x86_64.o", "watch.o")]
    llvm19.run("llvm-lipo", "-create", *darwin, "-output", made / "universal")
    return made


@pytest.mark.needs_llvm
@pytest.mark.parametrize("name", ["gnu.a", "bsd.a", "coff.lib"])
def test_every_member_of_an_archive(folder: Path, name: str) -> None:
    found = load_all(folder / name)
    assert found.labels == ("(elf.o)", "(coff.o)")
    assert [one.name for one in found.files] == [f"{folder / name}{label}" for label in found.labels]
    assert found.unread == (f"{folder / name}(text.txt)",)
    for one in found.files:
        assert [site.function.name for site in one.sites()] == ["f", "g"]


@pytest.mark.needs_llvm
def test_every_slice_of_a_universal_file(folder: Path) -> None:
    found = load_all(folder / "universal", calls=True)
    assert sorted(found.labels) == ["(arm64_32)", "(i386)", "(x86_64)"]
    for label, one in zip(found.labels, found.files, strict=True):
        assert [site.function.name for site in one.sites()] == ["_f", "_g"]
        assert one.maps[0].map.constants == (-5_000_000_000,)
        assert one.image is not None
        assert one.image.pointer_size == (8 if label == "(x86_64)" else 4)


@pytest.mark.needs_llvm
def test_one_object_of_several_is_asked_for(folder: Path) -> None:
    assert load(folder / "whole.a").name == f"{folder / 'whole.a'}(elf.o)"
    assert load(folder / "thick.a").maps == load(folder / "elf.o").maps
    with pytest.raises(UsageError) as caught:
        load(folder / "gnu.a")
    assert caught.value.what == f"{folder / 'gnu.a'}: 2 of its objects have stack maps"
    with pytest.raises(UsageError) as caught:
        load(folder / "none.a")
    assert caught.value.what == (
        f"{folder / 'none.a'}: none of its 1 objects has a section .llvm_stackmaps or __llvm_stackmaps"
    )


@pytest.mark.needs_llvm
def test_the_commands_name_members(harness: Harness, folder: Path) -> None:
    said = harness("stackmap", "show", "gnu.a", cwd=folder)
    assert said.code == 0
    heads = [line for line in said.out.splitlines() if not line.startswith(" ")]
    assert heads == ["gnu.a(elf.o): ELF x86-64, 1 stack map", "gnu.a(coff.o): COFF x86-64, 1 stack map"]
    assert said.err == "harness: gnu.a(text.txt): not an object file that the harness can read\n"
    said = harness("stackmap", "verify", "--ir", "elf.ll", "gnu.a", "universal", cwd=folder)
    assert (said.code, said.err) == (0, "")
    ends = [line for line in said.out.splitlines() if ": OK: " in line or "text.txt" in line]
    assert [line.partition(": ")[0] for line in ends] == [
        *("gnu.a(elf.o)", "gnu.a(coff.o)", "universal(i386)", "universal(x86_64)", "universal(arm64_32)"),
        *("gnu.a(text.txt)", "gnu.a(text.txt)"),
    ]
    said = harness("stackmap", "diff", "gnu.a", "whole.a", cwd=folder)
    assert said.code == 1
    assert said.out == (
        "lost: (coff.o) function f: id 2\nlost: (coff.o) function g: id 3\n"
        "4 records: 2 identical, 0 layout only, 0 moved, 2 lost, 0 added\n"
    )
    said = harness("stackmap", "diff", "--json", "gnu.a", "whole.a", cwd=folder)
    assert [one["member"] for one in json.loads(said.out)["records"]] == ["(elf.o)"] * 2 + ["(coff.o)"] * 2
    said = harness("stackmap", "diff", "whole.a", "elf.o", cwd=folder)
    assert said.out == "2 records: 2 identical, 0 layout only, 0 moved, 0 lost, 0 added\n"
    said = harness("stackmap", "show", "thin.a", cwd=folder)
    assert (said.code, said.out) == (2, "")
    assert said.err == (
        "harness: error: thin.a: a thin archive: its members are in files of their own\n"
        "next: name those files, or make an archive that holds them: llvm-ar cqL whole.a THIN\n"
    )


# -- how much is read


def test_no_memory_is_an_error(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The parts of a file take as much memory as the file again."""

    def full(*_args: object) -> bytes:
        raise MemoryError

    (tmp_path / "f.o").write_bytes(b"\x7fELF")
    monkeypatch.setattr("harness.stackmaps.load.all_from_bytes", full)
    with pytest.raises(UsageError) as caught:
        load_all(tmp_path / "f.o")
    assert caught.value.what == f"{tmp_path / 'f.o'}: is larger than the available memory"
