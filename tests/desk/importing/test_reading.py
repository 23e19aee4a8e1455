"""What is no report is refused with one error; what is one is read whatever its encoding."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.desk.importing import reading
from harness.desk.importing.case import read_case
from harness.errors import UsageError

PASTE = "next: give a mail, an issue or a log as text, or - to paste it"


@pytest.mark.parametrize(
    ("data", "error"),
    [
        (b"", f"FILE: is empty\n{PASTE}"),
        (b" \n\t\n", f"FILE: is empty\n{PASTE}"),
        (
            b"BC\xc0\xde\x35\x14",
            "FILE: is LLVM bitcode, no text\nnext: run llvm-dis on it, and give what it writes",
        ),
        (b"\x1f\x8b\x08\0", "FILE: is a gzip archive, no text\nnext: unpack it first"),
        (b"\x7fELF\x02\x01", f"FILE: is a program, no text\n{PASTE}"),
        (bytes(range(256)) * 4 + bytes(4000), f"FILE: is no text\n{PASTE}"),
        (
            b"x" * (reading.LARGEST + 1),
            "FILE: larger than 64 MiB\nnext: cut out the part with the IR and the crash",
        ),
    ],
    ids=["empty", "blank", "bitcode", "gzip", "program", "binary", "large"],
)
def test_what_is_no_text(tmp_path: Path, data: bytes, error: str) -> None:
    file = tmp_path / "report"
    file.write_bytes(data)
    with pytest.raises(UsageError) as raised:
        reading.read(file)
    assert str(raised.value) == error.replace("FILE", str(file))


def test_a_reproducer_is_read_command_first(tmp_path: Path) -> None:
    """As clang leaves it; what else is there is not read, nor what a link leads to."""
    (tmp_path / "a-1.ll").write_text("define void @f() {\n  ret void\n}\n")
    (tmp_path / "a-1.sh").write_text('# Crash reproducer\n "clang-19" "-cc1" "-O2" "-x" "ir" "a-1.ll"\n')
    (tmp_path / "b.c").write_text("int x;\n")
    (tmp_path / "c.txt").symlink_to("/etc/passwd")
    text = reading.read(tmp_path)
    parts = ((tmp_path / name).read_text() for name in ("a-1.sh", "a-1.ll"))
    assert text == "".join(f"{part}\n\n" for part in parts)
    case = read_case(text)
    assert case.fragment.functions == ("@f",)
    assert case.steps[0].tool in {"llc", "opt"}


def test_a_folder_without_ir_and_a_missing_file(tmp_path: Path) -> None:
    (tmp_path / "a.sh").write_text("clang a.c\n")
    with pytest.raises(UsageError) as raised:
        reading.read(tmp_path)
    assert str(raised.value) == (
        f"{tmp_path}: is a folder without IR\n"
        "next: add the .ll file: run the script in it with `-S -emit-llvm`, or give one text"
    )
    with pytest.raises(UsageError) as raised:
        reading.read(tmp_path / "none")
    assert str(raised.value) == f"{tmp_path}/none: No such file or directory\n{PASTE}"


@pytest.mark.parametrize(
    "data",
    ["“ü”".encode(), "“ü”".encode("utf-8-sig"), "“ü”".encode("utf-16"), "“ü”".encode("cp1252")],
    ids=["utf-8", "utf-8-sig", "utf-16", "cp1252"],
)
def test_encodings(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "report").write_bytes(data)
    assert reading.read(tmp_path / "report") == "“ü”"
    assert reading.name_of(tmp_path / "report") == "report"
    assert reading.name_of(Path("-")) == "standard input"
