"""Where in llvm-project the file names of a patch point (pure).

Patches come with `a/` and `b/` before the path or without, relative to llvm-project (`llvm/lib/...`) or to
llvm itself (`lib/...`: Debian's patches, the old llvm mirror). A source tree here always has `llvm/`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from harness.errors import UsageError

# The folders in the root of llvm-project, LLVM 9 to 24. llvm/ itself has none of these names.
_PROJECTS = frozenset(
    """.ci .github bolt clang clang-tools-extra compiler-rt cross-project-tests debuginfo-tests flang flang-rt
    libc libclc libcxx libcxxabi libsycl libunwind lld lldb llgo llvm llvm-libgcc mlir offload openmp orc-rt
    parallel-libs polly pstl third-party""".split()  # noqa: SIM905 - a list of words reads better as words
)
# Parts of these are inputs of LLVM's tools, so they do not count as other projects.
_INPUTS = frozenset({"libc", "llvm", "third-party"})
# What llvm/ has and the root of llvm-project does not.
_OF_LLVM = frozenset(
    """CMakeLists.txt benchmarks bindings configure docs examples include lib projects resources test tools
    unittests""".split()  # noqa: SIM905 - as above
)
# Both have these, so they go where the rest of the patch goes.
_OF_BOTH = frozenset({"cmake", "runtimes", "utils"})
_KNOWN = _PROJECTS | _OF_LLVM | _OF_BOTH

# Linux's NAME_MAX, and of its PATH_MAX (4,096) what leaves room for the folder that the tree is in.
_LONGEST_NAME, _LONGEST_PATH = 255, 2048
_SHOWN = 80
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_OCTAL = re.compile(r"[0-3][0-7]{2}")
_ESCAPES = {"a": 7, "b": 8, "t": 9, "n": 10, "v": 11, "f": 12, "r": 13, '"': 34, "\\": 92}


def unquote(name: bytes) -> bytes:
    r"""A path as git writes it: in quotes with C escapes (`"a/\303\244.ll"`) if it is unusual, else as is.

    Raises ValueError if it starts with a quote and is not well formed.
    """
    if not name.startswith(b'"'):
        return name
    if len(name) < 2 or not name.endswith(b'"'):
        raise ValueError("unterminated quote")
    out = bytearray()
    text = name[1:-1].decode("latin-1")
    position = 0
    while position < len(text):
        char = text[position]
        if char == '"':
            raise ValueError("quote inside a quoted path")
        if char != "\\":
            out.append(ord(char))
            position += 1
            continue
        octal = _OCTAL.match(text, position + 1)
        if octal:
            out.append(int(octal.group(), 8))
            position += 4
        elif text[position + 1 : position + 2] in _ESCAPES:
            out.append(_ESCAPES[text[position + 1]])
            position += 2
        else:
            raise ValueError("unknown escape")
    return bytes(out)


def check(patch: str, line: int, path: str) -> None:
    """Refuse a path that is not below the root of the tree. `line` is the line of the patch that names it."""
    parts = path.split("/")
    where = f"{patch}: line {line} names {path!r}, "
    if path.startswith(("/", "~")) or re.match(r"[A-Za-z]:[\\/]", path):
        what = where + "which is an absolute path, not one inside llvm-project"
    elif ".." in parts:
        what = where + "which leads out of the source tree"
    elif any(part.lower() == ".git" for part in parts):
        what = where + "which is git's own folder, not LLVM's source"
    elif "" in parts or "." in parts or _CONTROL.search(path):
        what = where + "which is not the path of a source file"
    elif len(path.encode()) > _LONGEST_PATH or any(len(part.encode()) > _LONGEST_NAME for part in parts):
        what = f"{patch}: line {line} names {path[:_SHOWN]!r}..., which is longer than a file system takes"
    else:
        return
    raise UsageError(
        what, "make the patch with `git diff` or `git format-patch` in a checkout of llvm-project"
    )


def strip(path: str, *, git: bool) -> str:
    """The path without the prefix of `git diff` (`a/`, `b/`; `i/`, `w/`, `c/`, `o/`) or `diff -r`.

    No folder in the root of llvm-project or of llvm has a name of one letter. For `diff -r OLD NEW` the first
    folder is dropped if it is unknown and the second one is known.
    """
    first, _, rest = path.partition("/")
    if rest and len(first) == 1:
        return rest
    if not git and first not in _KNOWN and rest.partition("/")[0] in _KNOWN:
        return rest
    return path


def is_other_project(path: str) -> bool:
    """Whether a (stripped) path is in another project's folder, which has no input of LLVM's tools."""
    return path.partition("/")[0] in _PROJECTS - _INPUTS


def relative_to_llvm(paths: Iterable[str]) -> bool:
    """Whether the (stripped) paths of one patch count from llvm/ and not from the root of llvm-project."""
    firsts = {path.partition("/")[0] for path in paths}
    return bool(firsts & _OF_LLVM) and not firsts & _PROJECTS
