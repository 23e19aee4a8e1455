"""The grammar of unified diffs, as git and GNU diff write them (pure): bytes to `FileDiff` values.

The `unidiff` library would not do: it reads text in one encoding (files of LLVM's test suite have others),
takes a binary or truncated part for the end, and does not know on which line of the patch it is. The tests
compare with git.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import NoReturn

from harness.errors import UsageError
from harness.patch import DEV_NULL, MODES, NO_NEWLINE, ChangeKind, FileDiff, Hunk
from harness.series import paths

AGAIN = "get the patch again; `git format-patch` or `gh pr diff` write it whole"
_HUNK = re.compile(rb"@@ -(\d{1,9})(?:,(\d{1,9}))? \+(\d{1,9})(?:,(\d{1,9}))? @@")
_EMPTY_BLOB = "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391"


def parse(name: str, data: bytes, first_line: int = 1) -> tuple[FileDiff, ...]:
    """The file diffs in `data`, without the text around them; empty if there are none.

    `name` and `first_line` (the number of the first line of `data`) are for messages. Paths are as given,
    without `a/` and `b/`. Raises UsageError for damage, and for what an LLVM series cannot do.
    """
    return _Parser(name, data, first_line).files()


@dataclass(slots=True)
class _Names:
    """What the header of one file says; `None` is /dev/null."""

    line: int
    is_git: bool
    git: tuple[str, str] | None = None
    old: str | None = ""
    new: str | None = ""
    source: str = ""
    target: str = ""
    verb: str = ""
    old_mode: str = ""
    new_mode: str = ""
    added: bool = False
    deleted: bool = False
    similarity: int = 100
    index: tuple[str, str] = ("", "")
    binary: bool = False


class _Parser:
    """A cursor over the lines of one patch."""

    def __init__(self, name: str, data: bytes, first_line: int) -> None:
        self.name = name
        self.lines = data.split(b"\n")
        # What follows the last newline is a line only if it is not empty, and then it was cut off.
        self.cut = self.lines.pop() != b""
        if self.cut:
            self.lines.append(data.rsplit(b"\n", 1)[-1])
        self.first_line = first_line
        self.at = 0

    def refuse(self, what: str, next_step: str, detail: str = "") -> NoReturn:
        raise UsageError(f"{self.name}: {what}", next_step, detail)

    def number(self, at: int | None = None) -> int:
        return self.first_line + (self.at if at is None else at)

    def peek(self, ahead: int = 0) -> bytes:
        return self.lines[self.at + ahead] if self.at + ahead < len(self.lines) else b""

    def files(self) -> tuple[FileDiff, ...]:
        found: list[FileDiff] = []
        while self.at < len(self.lines):
            line = self.peek()
            if line.startswith(b"diff --git "):
                found.append(self.git_file())
            elif self.is_plain_header():
                found.append(self.plain_file())
            elif line.startswith((b"diff --cc ", b"diff --combined ")):
                self.refuse(
                    f"line {self.number()} starts the combined diff of a merge, which cannot be applied",
                    "take the change against one parent: `git diff MERGE^1 MERGE`",
                )
            elif both := re.match(rb"Binary files (.+) and (.+) differ\r?$", line):
                names = [self.whole_path(raw, git=False) for raw in both.groups()]
                path = names[0] if names[1] == DEV_NULL else names[1]
                self.check_binary(path)
                found.append(FileDiff(path, ChangeKind.MODIFIED, binary=True))
                self.at += 1
            else:
                self.at += 1
        return tuple(found)

    def is_plain_header(self) -> bool:
        return (
            self.peek().startswith(b"--- ")
            and self.peek(1).startswith(b"+++ ")
            and self.peek(2).startswith(b"@@ -")
        )

    # -- headers ---------------------------------------------------------------------------------------

    def plain_file(self) -> FileDiff:
        names = _Names(self.number(), is_git=False)
        self.marks(names, git=False)
        hunks = self.hunks(names.new or names.old or "")
        # `diff -N` writes no /dev/null: as for git apply, a hunk at line 0 means that there is no file.
        lone = hunks[0] if len(hunks) == 1 else None
        names.added = names.old is None or (lone is not None and lone.old_start == 0 and not lone.side(b"-"))
        names.deleted = names.new is None or (
            lone is not None and lone.new_start == 0 and not lone.side(b"+")
        )
        return self.build(names, hunks)

    def git_file(self) -> FileDiff:
        names = _Names(self.number(), is_git=True)
        self.check_line_end()
        names.git = self.git_names(self.peek()[len(b"diff --git ") :])
        self.at += 1
        while self.at < len(self.lines) and self.read_extended(names):
            self.at += 1
        if names.binary:
            self.at += 1
            return FileDiff(names.git[1] if names.git else names.target, ChangeKind.MODIFIED, binary=True)
        hunks: tuple[Hunk, ...] = ()
        if self.peek().startswith(b"--- ") and self.peek(1).startswith(b"+++ "):
            self.marks(names, git=True)
            hunks = self.hunks(names.new or names.old or "")
            if not hunks:
                self.refuse_truncation(f"the diff of {names.new or names.old} has no hunks", self.number())
        elif self.peek().startswith(b"--- ") and self.at + 1 >= len(self.lines):
            self.refuse_truncation("it ends inside the header of a file", self.number())
        return self.build(names, hunks)

    def git_names(self, rest: bytes) -> tuple[str, str] | None:
        """Both names in a `diff --git` line; None if it does not tell (a rename: other lines do)."""
        for at in (m.start() for m in re.finditer(rb" ", rest[:8192])):
            try:
                old = self.path(rest[:at], git=True)
                new = self.path(rest[at + 1 :], git=True)
            except ValueError:
                continue
            if old == new and old:
                return old, new
        return None

    def path(self, raw: bytes, *, git: bool) -> str:
        """A path without its prefix; ValueError if its quotes are not closed."""
        name = paths.unquote(raw)
        try:
            text = name.decode("utf-8")
        except UnicodeDecodeError:
            self.refuse(
                f"line {self.number()} names a file in bytes that are not UTF-8",
                "make the patch with `git diff`, which quotes such names",
            )
        return paths.strip(text, git=git)

    def whole_path(self, raw: bytes, *, git: bool) -> str:
        try:
            text = paths.unquote(raw).decode("utf-8", "replace")
            if text != DEV_NULL:
                paths.check(self.name, self.number(), text)
            return self.path(raw, git=git)
        except ValueError:
            self.refuse(f"line {self.number()} names a file in quotes that are not closed", AGAIN)

    def marks(self, names: _Names, *, git: bool) -> None:
        """Read the `---` and `+++` lines."""
        found: list[str | None] = []
        for _ in range(2):
            self.check_line_end()
            raw = self.peek()[4:].split(b"\t")[0]
            if not git:
                # GNU diff writes a date after blanks.
                raw = re.sub(rb"\s+\d{4}-\d\d-\d\d \d\d:\d\d.*$", b"", raw).rstrip(b" ")
            path = self.whole_path(raw, git=git)
            found.append(None if path == DEV_NULL else path)
            self.at += 1
        names.old, names.new = found

    def check_line_end(self) -> None:
        if self.peek().endswith(b"\r"):
            refuse_crlf(self.name, self.number())

    def read_extended(self, names: _Names) -> bool:
        """Read one extended header line of git; False if the line is not one."""
        line = self.peek()
        text = line.decode("utf-8", "replace")
        if text.startswith(("GIT binary patch", "Binary files ")):
            self.check_binary(names.git[1] if names.git else names.target)
            names.binary = True
            return False
        match = re.match(
            r"(?P<key>old mode|new mode|new file mode|deleted file mode|(?:dis)?similarity index|index"
            r"|(?P<verb>rename|copy) (?P<end>from|to)) (?P<value>.*)$",
            text,
        )
        if match is None:
            return False
        self.check_line_end()
        key, value = match["key"], match["value"]
        if key.endswith("mode"):
            self.mode(names, key, value)
        elif match["verb"]:
            path = self.whole_path(line.split(b" ", 2)[2], git=False)
            names.verb = match["verb"]
            if match["end"] == "from":
                names.source = path
            else:
                names.target = path
        elif key == "similarity index":
            names.similarity = int(m.group()) if (m := re.match(r"\d{1,3}", value)) else 0
        elif key == "index" and (
            hashes := re.match(r"([0-9a-f]{4,64})\.\.([0-9a-f]{4,64})(?: (\d+))?$", value)
        ):
            names.index = (hashes[1], hashes[2])
            if hashes[3]:
                self.mode(names, "index", hashes[3])
        return True

    def mode(self, names: _Names, key: str, value: str) -> None:
        where = f"line {self.number()}: {(names.git or (names.target,))[0]} "
        if value == "160000":
            self.refuse(
                where + "is a submodule, which LLVM does not have", "leave that file out of the patch"
            )
        if value == "120000":
            self.refuse(
                where + "is a symbolic link, which a series may not make or change",
                "leave that file out of the patch",
            )
        if value not in MODES:
            self.refuse(
                where + f"has mode {value!r}; LLVM has 100644 and 100755 only",
                "leave the mode out of the patch",
            )
        names.added |= key == "new file mode"
        names.deleted |= key == "deleted file mode"
        if key in {"old mode", "deleted file mode"}:
            names.old_mode = value
        elif key in {"new mode", "new file mode"}:
            names.new_mode = value

    def check_binary(self, path: str) -> None:
        """Refuse to change a binary file, unless it is left out anyway."""
        if not paths.is_other_project(path):
            self.refuse(
                f"line {self.number()}: the change of {path or 'a file'} is binary, and only text can be "
                "applied and judged",
                f"leave {path} out: `git diff ... -- . ':!{path}'`",
            )
        paths.check(self.name, self.number(), path)

    def build(self, names: _Names, hunks: tuple[Hunk, ...]) -> FileDiff:
        """One file's diff, its header checked against its hunks."""
        old = names.source or names.old or (names.git[0] if names.git else "")
        new = names.target or names.new or (names.git[1] if names.git else "")
        path = (old if names.deleted else new) or new or old
        if not path:
            self.refuse_truncation("it does not say which file is changed", names.line)
        paths.check(self.name, names.line, path)
        self.check_complete(names, path, hunks)
        diff = FileDiff(path, ChangeKind.MODIFIED, hunks, "", names.old_mode, names.new_mode)
        if names.added:
            return replace(diff, kind=ChangeKind.ADDED, old_mode="", new_mode=names.new_mode or MODES[0])
        if names.deleted:
            return replace(diff, kind=ChangeKind.DELETED, new_mode="", old_mode=names.old_mode or MODES[0])
        if names.verb:
            return replace(
                diff, kind=ChangeKind.RENAMED if names.verb == "rename" else ChangeKind.ADDED, old_path=old
            )
        if names.is_git and old != new:
            self.refuse(f"line {names.line} names two files, {old} and {new}, without a rename", AGAIN)
        return diff

    def check_complete(self, names: _Names, path: str, hunks: tuple[Hunk, ...]) -> None:
        """Refuse a file diff whose header promises more than is there, or other than is there."""
        if names.added and any(hunk.side(b"-") for hunk in hunks):
            self.refuse(f"line {names.line}: {path} is new, yet a hunk expects old lines in it", AGAIN)
        if names.deleted and any(hunk.side(b"+") for hunk in hunks):
            self.refuse(f"line {names.line}: {path} is deleted, yet a hunk leaves lines in it", AGAIN)
        if hunks or (names.verb and names.similarity == 100):
            return
        if names.added or names.deleted:
            blob = names.index[1] if names.added else names.index[0]
            if not _EMPTY_BLOB.startswith(blob[:40]):
                self.refuse_truncation(f"the lines of {path} are missing", names.line)
        elif names.verb or not (names.old_mode and names.new_mode):
            self.refuse_truncation(f"the diff of {path} has no hunks", names.line)

    def refuse_truncation(self, what: str, line: int) -> NoReturn:
        self.refuse(f"truncated: {what} (line {line})", AGAIN)

    # -- hunks -----------------------------------------------------------------------------------------

    def hunks(self, path: str) -> tuple[Hunk, ...]:
        found: list[Hunk] = []
        while match := _HUNK.match(self.peek()):
            found.append(self.hunk(path, len(found) + 1, match))
        if self.peek().startswith(b"@@ "):
            self.refuse(
                f"line {self.number()}: hunk {len(found) + 1} of {path} has a malformed header", AGAIN
            )
        return tuple(found)

    def hunk(self, path: str, index: int, match: re.Match[bytes]) -> Hunk:
        start = self.number()
        old, new = (1 if match[group] is None else int(match[group]) for group in (2, 4))
        total, self.at = (old, new), self.at + 1
        lines: list[bytes] = []
        which = f"hunk {index} of {path} (line {start})"
        while old or new or self.peek().startswith(b"\\"):
            if self.at >= len(self.lines):
                self.refuse_truncation(
                    f"hunk {index} of {path} promises {total[0]} old and {total[1]} new lines, "
                    f"{old} and {new} of them are missing",
                    start,
                )
            # Mailers and editors strip trailing blanks: git too takes an empty line for empty context.
            line = self.peek() or b" "
            mark = line[:1]
            if mark == b"\\":
                line = NO_NEWLINE
            elif mark not in b" +-" or (mark != b"+" and not old) or (mark != b"-" and not new):
                self.refuse_damage(which, line)
            old -= mark in b" -"
            new -= mark in b" +"
            lines.append(line)
            self.at += 1
        if self.cut and self.at >= len(self.lines) and lines and lines[-1] != NO_NEWLINE:
            self.refuse_truncation(
                f"the last line of hunk {index} of {path} has no end", self.number(self.at - 1)
            )
        rest = self.peek()
        if rest[:1] in (b" ", b"+", b"-") and rest.rstrip() != b"--" and not self.is_plain_header():
            self.refuse(
                f"line {self.number()}: {which} goes on after its {total[0]} old and {total[1]} new lines",
                "make the patch again with `git diff` after editing it, or run `recountdiff` on it",
                _show(rest),
            )
        return Hunk(int(match[1]), int(match[3]), tuple(lines))

    def refuse_damage(self, which: str, line: bytes) -> NoReturn:
        self.refuse(
            f"line {self.number()}: {which} is damaged or cut short: it cannot contain this line",
            "get the patch again as a file or attachment: mail programs wrap long lines",
            _show(line),
        )


def _show(line: bytes) -> str:
    return line[:200].decode("utf-8", "replace")


def advise_sed(name: str, script: str) -> str:
    """The advice to edit the input `name` (or one mail of it), which may be standard input."""
    return (
        f"pipe it through `sed '{script}'`"
        if name == "stdin"
        else f"run `sed -i '{script}' {name.split(' #', maxsplit=1)[0]}`"
    )


def refuse_crlf(name: str, line: int) -> NoReturn:
    """Refuse a patch whose own lines end in CR LF (a patched file may have such lines: the header tells)."""
    advice = advise_sed(name, r"s/\r$//")
    raise UsageError(
        f"{name}: line {line} ends in CR LF, so the patch as a whole was converted to Windows line endings",
        f"{advice}; if the patched files themselves have CR LF lines, take the change "
        "from git instead (`git am --keep-cr`, then give the commit)",
    )
