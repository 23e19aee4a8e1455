"""Every Python that a test starts loads this by its name: it runs an LLVM, or compiles, only if the test may.

tests/guard/plugin.py says in the environment what is forbidden, and fails a test by what is written to the
file named there. The exception is not enough: the harness makes an error of it, which a test may expect.
Standard library only, and fast: it is in every Python.
"""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path

FORBIDDEN, SAID, STORE = "TESTS_FORBIDDEN", "TESTS_FORBIDDEN_SAID", "TESTS_REAL_STORE"
NEEDS_LLVM, BUILDS = "needs_llvm", "builds"

_SYSTEM = ("/usr/", "/bin/", "/opt/")
_TOOLS = frozenset({"llc", "lli", "opt", "clang", "clang++", "FileCheck", "lld", "ld.lld"})
_BUILDERS = frozenset({"cmake", "ninja"})
_COMPILERS = ("gcc", "g++", "cc", "c++", "clang", "clang++")
_WHEEL = (
    "harness.toolchain.wheel.client",
    "harness.toolchain.wheel.server",
    "harness.toolchain.wheel.embedded",
)
# Words of the launcher of a jail (harness/process/landlock.py) before those of the command.
_LAUNCHED = 5
# A stand-in for a tool is a script of a few lines.
_SCRIPT = 4096


def unwrap(words: Sequence[str]) -> Sequence[str]:
    """The command that is run in a jail, or the command itself."""
    name = Path(words[0]).name
    if name == "prlimit" and "--" in words:
        return unwrap(words[words.index("--") + 1 :])
    if name == "bwrap":
        return words[words.index("--") + 1 :] if "--" in words else words[-1:]
    enclosed = len(words) > _LAUNCHED and words[3].endswith("/harness/process/enclosed.py")
    return words[_LAUNCHED:] if enclosed else words


def needed(words: Sequence[str], path: str | None) -> str:
    """The marker that a test needs to run this command; empty if it needs none."""
    words = unwrap(words)
    program = os.path.realpath(shutil.which(words[0], path=path) or words[0])
    name = Path(program).name
    is_tool = name in _TOOLS or name.startswith("llvm-") or "/llvm-" in program
    if is_tool and program.startswith(_SYSTEM):
        return NEEDS_LLVM
    store = os.environ.get(STORE, "")
    if (store and program.startswith(f"{store}/")) or _is_wheels(program, words):
        return NEEDS_LLVM
    kind = name.rpartition("-")[0] if name.rpartition("-")[2].isdigit() else name
    if kind in _BUILDERS and list(words[1:]) != ["--version"]:
        return BUILDS
    if kind.endswith(_COMPILERS) and {"-c", "-o"} & set(words[1:]):
        return BUILDS
    return ""


def _is_wheels(program: str, words: Sequence[str]) -> bool:
    """Whether it is llvmlite's LLVM: one of its commands, or the server that runs what they are given."""
    if any(module in word for word in words[1:] for module in _WHEEL):
        return True
    try:
        with Path(program).open("rb") as script:
            text = script.read(_SCRIPT)
    except OSError:
        return False
    return text.startswith(b"#!") and any(module.encode() in text for module in _WHEEL)


def _watch(event: str, arguments: tuple[object, ...]) -> None:
    if event == "open" and isinstance(path := arguments[0], str):
        if path.startswith(_fetched()) and os.environ.get(FORBIDDEN):
            _refuse(NEEDS_LLVM, path)
        return
    if event not in {"subprocess.Popen", "os.exec", "os.posix_spawn"} or not os.environ.get(FORBIDDEN):
        return
    argv, env = (arguments[1], arguments[3]) if event == "subprocess.Popen" else arguments[1:3]
    if not isinstance(argv, list | tuple) or not argv:
        return
    words = [os.fsdecode(word) for word in argv]
    looked_in = env.get("PATH") if isinstance(env, dict) else None
    marker = needed(words, looked_in if isinstance(looked_in, str) else None)
    _refuse(marker, " ".join(words)[:300])


def _refuse(marker: str, what: str) -> None:
    """Raise RuntimeError if the test has not this marker."""
    if marker in os.environ[FORBIDDEN].split():
        said = f"{what}: the test is not marked {marker}"
        with Path(os.environ[SAID]).open("a", encoding="utf-8") as out:
            out.write(f"{said}\n")
        raise RuntimeError(said)


def _fetched() -> str:
    """Where Debian's LLVM is, in the store of whoever runs the tests."""
    return f"{os.environ[STORE]}/debian/" if STORE in os.environ else "\0"


# A worker of pytest-xdist has loaded it by its name, and imports it from tests.guard too.
if __name__ == "sitecustomize" or not hasattr(sys.modules.get("sitecustomize"), "FORBIDDEN"):
    sys.addaudithook(_watch)
