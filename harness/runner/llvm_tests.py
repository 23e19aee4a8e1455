"""LLVM's own tests (`llvm/test/...` of a source tree) as a suite for any toolchain of that version.

LLVM's lit.cfg.py is written for a build tree: it needs a site configuration that cmake made. This module
makes one from the tree's own template and what the toolchain's llvm-config prints.
"""

from __future__ import annotations

import platform
import re
import shutil
import sys
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from pathlib import Path, PurePosixPath

from harness import process
from harness.errors import EnvironmentLacksError, UsageError
from harness.llvm import Toolchain
from harness.runner.runs import Suite

TESTS = "llvm/test"
# Without these LLVM's lit.cfg.py gives up (lit/llvm/config.py).
NEEDED = ("FileCheck", "count", "llvm-config", "not")
# What lit.cfg.py and the lit.local.cfg of LLVM 13 to 22 take for tests, without scripts. Not all such
# files are tests.
_SUFFIXES = (".ll", ".mir", ".s", ".test", ".yaml", ".txt", ".td", ".c", ".cpp", ".ifs")
# Files that lit.cfg.py excludes and that no test reads.
_READ_BY_PEOPLE = frozenset({"CMakeLists.txt", "README.txt", "LICENSE.txt"})
_CONFIGURES = (".cfg", ".py", ".in")
_VARIABLE = re.compile(r"@(\w+)@")
_SET = re.compile(r'^set\((\w+) "?([^"${}\n]*)"?\)$', re.M)
_TRUE = frozenset({"ON", "TRUE", "YES", "1"})
# cmake puts code at @LIT_SITE_CFG_IN_HEADER@ that makes paths relocatable; here they take lit's parameters,
# which differ between workers.
_HEADER = """\
import os
def path(text):
    return lit_config.substitute(text) if text else ""
"""
# The shell must be lit's own: an external one would start programs without our bounds.
_START = "lit.llvm.initialize(lit_config, config)"
_SHELL = "lit.llvm.llvm_config.use_lit_shell = True"


def suite(
    toolchain: Toolchain,
    tree: Path,
    inputs: Sequence[str],
    *,
    jobs: int,
    expectations: bool = False,
    identity: str = "",
) -> Suite:
    """LLVM's tests in `inputs` (folders or files, such as `llvm/test/CodeGen/X86`) of a source tree.

    Tests are named as LLVM names them, `llvm/test/CodeGen/X86/patchpoint.ll`, and checked by LLVM's own
    FileCheck. `identity` changes with the content of the tree.

    Raises UsageError if an input is not below llvm/test, EnvironmentLacksError if the toolchain lacks a tool
    that all of them need.
    """
    below = []
    for one in inputs:
        path = Path(one)
        if path.parts[:2] != ("llvm", "test") or len(path.parts) < 3 or ".." in path.parts:
            raise UsageError(f"{one}: is not below {TESTS}", f"name it as in LLVM: {TESTS}/CodeGen/X86")
        if not (tree / path).exists():
            raise UsageError(f"{one}: LLVM's source has no such test or folder", f"look into {tree / TESTS}")
        below.append(str(path.relative_to(TESTS)))
    missing = [tool for tool in NEEDED if tool not in toolchain.tools]
    if missing:
        raise EnvironmentLacksError(
            f"{toolchain.name} lacks what LLVM's own tests need: {', '.join(missing)}",
            "use --toolchain debian, or a build directory where `ninja llvm-test-depends` has run",
        )
    template = (tree / TESTS / "lit.site.cfg.py.in").read_text()
    return Suite(
        root=tree / TESTS,
        jobs=jobs,
        filecheck="llvm",
        expectations=expectations,
        inputs=tuple(below),
        site=site_config(template, _values(toolchain)),
        prefix=f"{TESTS}/",
        identity=identity,
    )


def site_config(template: str, values: Mapping[str, str]) -> str:
    """LLVM's lit.site.cfg.py.in with every `@NAME@` replaced: by its value, or nothing, or 0 for false.

    A name outside quotes is a number to Python: cmake's ON and the like become 1, all else 0. Raises
    UsageError if the template does not start lit's LLVM support, where the shell is set.
    """

    def value(match: re.Match[str]) -> str:
        if match[1] == "LIT_SITE_CFG_IN_HEADER":
            return _HEADER
        line = template[template.rfind("\n", 0, match.start()) + 1 : match.start()]
        given = values.get(match[1], "")
        if line.count('"') % 2 or line.count("'") % 2:
            return given
        return "1" if given.upper() in _TRUE else "0"

    if _START not in template:
        raise UsageError(
            "LLVM's lit.site.cfg.py.in is not as in LLVM 13 to 22", f"it must have the line `{_START}`"
        )
    return _VARIABLE.sub(value, template).replace(_START, f"{_START}\n{_SHELL}")


def cmake_values(text: str) -> dict[str, str]:
    """The plain `set(NAME VALUE)` lines of an LLVMConfig.cmake: how that LLVM was configured."""
    return {name: value.strip() for name, value in _SET.findall(text)}


def _values(toolchain: Toolchain) -> dict[str, str]:
    """What cmake knew when it configured this toolchain."""
    asked = ("--targets-built", "--host-target", "--libdir", "--cmakedir", "--version")
    answer = process.ask([toolchain.tools["llvm-config"], *asked], toolchain.reads)
    lines = answer.stdout.decode().splitlines()
    if not answer.ok or len(lines) != len(asked):
        raise EnvironmentLacksError(
            f"{toolchain.tools['llvm-config']} does not say how {toolchain.name} was built",
            "check that it runs by itself",
            answer.text,
        )
    targets, triple, libraries, cmake, _version = lines
    configured = Path(cmake) / "LLVMConfig.cmake"
    known = cmake_values(configured.read_text()) if configured.is_file() else {}
    places = {"LLVM_LIBS_DIR": libraries, "SHLIBDIR": libraries}
    return {
        "LLVM_ENABLE_THREADS": "1",
        **known,
        **{name: place.replace("%", "%%") for name, place in places.items()},
        "LLVM_SOURCE_DIR": "%(source)s/llvm",
        "LLVM_BINARY_DIR": "%(exec_root)s",
        "LLVM_TOOLS_DIR": "%(toolchain_bin)s",
        "LLVM_HOST_TRIPLE": triple,
        "LLVM_TARGET_TRIPLE": triple,
        "TARGET_TRIPLE": triple,
        "TARGETS_TO_BUILD": targets,
        "HOST_OS": platform.system(),
        "HOST_ARCH": platform.machine(),
        # LLVM's lit.cfg.py starts it if there is an LLVMgold.so; `true` has no plugins.
        "GOLD_EXECUTABLE": shutil.which("ld.gold") or "true",
        "SHLIBEXT": ".so",
        "LLVM_PLUGIN_EXT": ".so",
        "Python3_EXECUTABLE": sys.executable,
        "PYTHON_EXECUTABLE": sys.executable,
    }


def is_test(path: str) -> bool:
    """Whether a path of LLVM's repository names a test."""
    return (
        path.startswith(f"{TESTS}/")
        and path.endswith(_SUFFIXES)
        and "/Inputs/" not in path
        and PurePosixPath(path).name not in _READ_BY_PEOPLE
    )


def has_test(tree: Path, path: str) -> bool:
    """Whether a tree has this test of LLVM's."""
    return is_test(path) and (tree / path).is_file()


def files_of_tests(base: Path, patched: Path, touched: Iterable[str]) -> Iterator[tuple[str, bytes]]:
    """The texts, without and with a patch, of LLVM's tests and local configurations among touched files."""
    for path in touched:
        if is_test(path) or PurePosixPath(path).name == "lit.local.cfg":
            for tree in (base, patched):
                if (tree / path).is_file():
                    yield PurePosixPath(path).name, (tree / path).read_bytes()


def select_reached(tree: Path, names: Iterable[str], touched: Collection[str]) -> frozenset[str]:
    """The tests that a change of the files `touched` may reach.

    They are touched themselves, name a touched file, or lie below the folder of a touched file that is not a
    test: a lit.local.cfg, or an input.
    """
    if not touched:
        return frozenset()
    folders = tuple(f"{folder_of_tests(path)}/" for path in touched if _serves_tests(path))
    words = re.compile(b"|".join(re.escape(PurePosixPath(path).name.encode()) for path in sorted(touched)))
    return frozenset(
        name
        for name in names
        if name in touched or name.startswith(folders) or words.search((tree / name).read_bytes())
    )


def configures(path: str) -> bool:
    """Whether lit may read the file as a part of its configuration."""
    return path.startswith(f"{TESTS}/") and path.endswith(_CONFIGURES) and "/Inputs/" not in path


def _serves_tests(path: str) -> bool:
    return (
        path.startswith(f"{TESTS}/") and not is_test(path) and PurePosixPath(path).name not in _READ_BY_PEOPLE
    )


def folder_of_tests(path: str) -> PurePosixPath:
    """The folder whose tests a file serves: the one with its `Inputs`, or its own."""
    parts = PurePosixPath(path).parent.parts
    return PurePosixPath(*(parts[: parts.index("Inputs")] if "Inputs" in parts else parts))
