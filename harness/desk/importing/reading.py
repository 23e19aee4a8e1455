"""The text of a report, from a file or standard input; what is no text is refused."""

from __future__ import annotations

import stat
import sys
from pathlib import Path

from harness.errors import UsageError

_MIB = 1 << 20
# A log of CI may have tens of megabytes; only what is near something telling is read closely
# (crash/text/plain.py).
LARGEST = 64 * _MIB
_PASTE = "give a mail, an issue or a log as text, or - to paste it"
_KINDS = (
    (b"BC\xc0\xde", "LLVM bitcode", "run llvm-dis on it, and give what it writes"),
    (b"\xde\xc0\x17\x0b", "LLVM bitcode", "run llvm-dis on it, and give what it writes"),
    (b"\x1f\x8b", "a gzip archive", "unpack it first"),
    (b"PK\x03\x04", "a zip archive", "unpack it first"),
    (b"\x28\xb5\x2f\xfd", "a zstd archive", "unpack it first"),
    (b"\xfd7zXZ", "an xz archive", "unpack it first"),
    (b"\x7fELF", "a program", _PASTE),
)
# Of a folder these are read, in this order: the command, what was printed, the IR.
_PARTS = (".sh", ".crash", ".log", ".txt", ".ll")
_MARKS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))


def name_of(file: Path) -> str:
    """What to call the report: the name of its file without folders, which are of this machine."""
    return "standard input" if str(file) == "-" else file.name


def read(file: Path) -> str:
    """The text of a report; `-` is standard input. Raises UsageError."""
    data = _read_standard_input() if str(file) == "-" else _read_file(file)
    name = "standard input" if str(file) == "-" else str(file)
    if len(data) > LARGEST:
        raise UsageError(
            f"{name}: larger than {LARGEST // _MIB} MiB",
            "cut out the part with the IR and the crash",
        )
    if not data.strip():
        raise UsageError(f"{name}: is empty", _PASTE)
    for start, what, step in _KINDS:
        if data.startswith(start):
            raise UsageError(f"{name}: is {what}, no text", step)
    return _decode(data, name)


def _read_standard_input() -> bytes:
    return sys.stdin.buffer.read(LARGEST + 1)


def _read_file(file: Path) -> bytes:
    try:
        mode = file.stat().st_mode
        if stat.S_ISDIR(mode):
            return _read_reproducer(file)
        with file.open("rb") as stream:
            return stream.read(LARGEST + 1)
    except OSError as error:
        raise UsageError(f"{file}: {error.strerror}", _PASTE) from None


def _read_reproducer(folder: Path) -> bytes:
    """The texts of a folder that `clang -gen-reproducer` or we made (a bundle): the command, then the rest.

    Links are not followed: who made the folder does not choose what is read of this machine.
    """
    kept = (path for path in sorted(folder.iterdir()) if path.suffix in _PARTS and not path.is_symlink())
    found = sorted((path for path in kept if path.is_file()), key=lambda path: _PARTS.index(path.suffix))
    if not any(path.suffix == ".ll" for path in found):
        raise UsageError(
            f"{folder}: is a folder without IR",
            "add the .ll file: run the script in it with `-S -emit-llvm`, or give one text",
        )
    text = b""
    for path in found:
        with path.open("rb") as stream:
            text += stream.read(LARGEST + 1 - len(text)) + b"\n\n"
    return text


def _decode(data: bytes, name: str) -> str:
    """UTF-8, or what a mark at the start says; else what old mails have. Most of a binary is no text."""
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return data.decode(encoding, "replace")
    head = data[:_MIB]
    if head.count(0) * 20 > len(head):
        raise UsageError(f"{name}: is no text", _PASTE)
    try:
        return data.decode()
    except UnicodeDecodeError:
        return data.decode("cp1252", "replace")
