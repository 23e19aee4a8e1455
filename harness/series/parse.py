"""From the bytes of one input to checked patches (pure).

`read_patches` takes a diff, a mail or an mbox. Its patches are complete, stay below the root of llvm-project,
and are equal for equal changes, whatever tool wrote them.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from harness.errors import UsageError
from harness.patch import FileDiff, Patch
from harness.series import mail, paths, unified

MAX_BYTES = 64 * 1024 * 1024
_STAT = re.compile(
    rb"^ (\d{1,6}) files? changed(?:, (\d{1,9}) insertions?\(\+\))?(?:, (\d{1,9}) deletions?\(-\))?", re.M
)
_SIGNATURE = re.compile(rb"^-- ?\r?$", re.MULTILINE)
_EXPORT = "make it with `git format-patch`, or pipe `gh pr diff N` in"


@dataclass(frozen=True, slots=True)
class PatchSet:
    """The patches of one input in order; `cover` is the subject of its cover letter, if there is one."""

    patches: tuple[Patch, ...]
    cover: str = ""
    remarks: tuple[str, ...] = ()


def read_patch(name: str, data: bytes) -> Patch:
    """The one patch in `data`. Raises UsageError if there is none, more than one, or it is malformed."""
    found = read_patches(name, data).patches
    if not found:
        raise UsageError(
            f"{name}: is a cover letter; there is no patch in it", "give the patches it introduces"
        )
    if len(found) > 1:
        raise UsageError(
            f"{name}: holds {len(found)} patches where one is expected",
            "split it: `git mailsplit -o DIR FILE`",
        )
    return found[0]


def read_patches(name: str, data: bytes) -> PatchSet:
    """All patches of a diff, a mail or an mbox, in the order `[PATCH n/m]` gives. `name` is for messages.

    Cover letters and replies are skipped. Raises UsageError for malformed input, with the line if it has one.
    """
    _check_encoding(name, data)
    if not mail.is_mail(data):
        return PatchSet((_patch(name, data, 1),))
    messages = mail.read(name, data)
    patches: list[Patch] = []
    remarks: list[str] = []
    cover = ""
    for message in messages:
        diffs = (
            ()
            if message.reply and len(messages) > 1
            else unified.parse(message.name, message.body, message.first_line)
        )
        if diffs:
            _check_complete(message, diffs)
            patch = _make_patch(message.name, message.subject, diffs)
            patches.append(replace(patch, number=message.number, total=message.total, commit=message.commit))
        elif message.is_cover_letter:
            cover = cover or message.subject
        elif len(messages) == 1 or message.number:
            raise UsageError(f"{message.name}: is a mail without a patch: {message.subject[:80]!r}", _EXPORT)
        else:
            why = "a reply" if message.reply else "no patch in it"
            remarks.append(f"{message.name}: skipped, {why}: {message.subject[:80]!r}")
    if not patches and not cover:
        raise UsageError(f"{name}: none of its {len(messages)} mails has a patch", _EXPORT)
    # One mail may be given alone; an mbox should be complete.
    ordered = in_order(name, patches) if len(messages) > 1 else tuple(patches)
    return PatchSet(ordered, cover, tuple(remarks))


def in_order(name: str, patches: Sequence[Patch]) -> tuple[Patch, ...]:
    """Patches sorted by their `[PATCH n/m]`; as they are if they have none, or are from several series.

    Raises UsageError if one of the m is missing or there twice.
    """
    totals = {p.total for p in patches}
    if len(totals) != 1 or totals == {0}:
        return tuple(patches)
    total = totals.pop()
    numbers = [p.number for p in patches]
    for number in range(1, min(total, len(patches)) + 1):
        if numbers.count(number) > 1:
            raise UsageError(
                f"{name}: patch {number}/{total} is there twice", "keep one version of the series only"
            )
    missing = next((n for n in range(1, total + 1) if n not in numbers), 0)
    if missing:
        raise UsageError(
            f"{name}: patch {missing}/{total} is missing",
            "add it, or number the rest anew with `git format-patch`",
        )
    return tuple(sorted(patches, key=lambda p: p.number))


def _patch(name: str, data: bytes, first_line: int) -> Patch:
    """A patch that is not a mail: a bare diff, maybe after the text of `git show`."""
    diffs = unified.parse(name, data, first_line)
    if not diffs:
        raise _no_diff(name, data)
    commits = re.findall(rb"^commit [0-9a-f]{40}\b", data, re.MULTILINE)
    if len(commits) > 1:
        raise UsageError(
            f"{name}: is a log of {len(commits)} commits, newest first",
            "make it with `git format-patch --stdout A..B`",
        )
    subject = re.search(
        rb"^commit [0-9a-f]{40}\b[^\n]*\n(?:\S[^\n]*\n)*\r?\n    ([^\n]+)", data, re.MULTILINE
    )
    return _make_patch(name, subject[1].decode("utf-8", "replace").strip() if subject else "", diffs)


def _make_patch(name: str, subject: str, diffs: tuple[FileDiff, ...]) -> Patch:
    """The patch with paths from the root of llvm-project, each file once."""
    remarks: tuple[str, ...] = ()
    if paths.relative_to_llvm(d.path for d in diffs):
        remarks = (f"{name}: paths count from llvm/: {diffs[0].path} is read as llvm/{diffs[0].path}",)
        diffs = tuple(
            replace(d, path=f"llvm/{d.path}", old_path=f"llvm/{d.old_path}" if d.old_path else "")
            for d in diffs
        )
    seen: set[str] = set()
    for diff in diffs:
        if diff.path in seen:
            raise UsageError(
                f"{name}: changes {diff.path} twice, so it is several diffs in one file",
                "give them as a directory of patches, or as `git format-patch --stdout A..B` writes them",
            )
        seen.add(diff.path)
    return Patch(name, subject, diffs, remarks=remarks)


def _check_encoding(name: str, data: bytes) -> None:
    if not data.strip():
        raise UsageError(f"{name}: is empty", "check the command or download that made it: it wrote no patch")
    if len(data) > MAX_BYTES:
        raise UsageError(
            f"{name}: is larger than {MAX_BYTES // 1024 // 1024} MiB, which is too much for a patch", _EXPORT
        )
    if data.startswith((b"\xff\xfe", b"\xfe\xff")) or data[:512].count(0) * 4 > len(data[:512]):
        raise UsageError(
            f"{name}: is UTF-16 text (PowerShell's `>` writes it), not the bytes git wrote",
            "write it with `git diff --output=FILE`, or convert it with `iconv -f UTF-16 -t UTF-8`",
        )
    if data.startswith(b"\xef\xbb\xbf"):
        raise UsageError(
            f"{name}: starts with a byte order mark, which an editor put there",
            unified.advise_sed(name, r"1s/^\xEF\xBB\xBF//"),
        )


def _no_diff(name: str, data: bytes) -> UsageError:
    start = data.lstrip()[:256].lower()
    if start.startswith((b"<!doctype", b"<html", b"<?xml", b"<head")):
        return UsageError(
            f"{name}: is a web page, not a patch",
            "add `.diff` to the pull request's address, or use `gh pr diff N`",
        )
    if re.search(rb"^\*\*\* .+\n--- .+\n\*{8,}", data, re.MULTILINE):
        return UsageError(f"{name}: is a context diff; only unified diffs are read", "make it with `diff -u`")
    if re.search(rb"^@@ -\d", data, re.MULTILINE):
        return UsageError(
            f"{name}: has hunks but no `---` and `+++` line that names their file", unified.AGAIN
        )
    return UsageError(f"{name}: has no diff in it", _EXPORT)


def _check_complete(message: mail.Message, diffs: tuple[FileDiff, ...]) -> None:
    """Refuse a mail cut off between two hunks: its diffstat promises more, and git's signature is missing.

    If the signature is there, someone edited the diff and left the diffstat alone, which is fine.
    """
    before, found, after = message.body.partition(b"\ndiff --git ")
    stat = list(_STAT.finditer(before))
    if not found or not stat or _SIGNATURE.search(after):
        return
    promised = tuple(int(group or 0) for group in stat[-1].groups())
    hunks = [hunk for diff in diffs for hunk in diff.hunks]
    there = (len(diffs), sum(h.count(b"+") for h in hunks), sum(h.count(b"-") for h in hunks))
    if any(a < b for a, b in zip(there, promised, strict=True)):
        raise UsageError(
            f"{message.name}: truncated: its summary has {_counts(promised)}, the diff {_counts(there)}",
            unified.AGAIN,
        )


def _counts(counts: tuple[int, ...]) -> str:
    return f"{counts[0]} files, {counts[1]} insertions and {counts[2]} deletions"
