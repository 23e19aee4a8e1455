"""LLVM's own CMake graph of one source: compile commands, generated headers, what a tool is linked from.

Nothing is compiled through it but TableGen's outputs; flags, include paths and link lines are read from
it, never derived by hand. The graph is a workspace of the store: cmake and ninja keep it consistent.
"""

from __future__ import annotations

import json
import os
import re
import shlex
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from harness import process
from harness.build.request import Options
from harness.errors import EnvironmentLacksError
from harness.model import Prebuilt
from harness.progress import Progress
from harness.store import Store, digest

Environment = dict[str, str | None]
RECIPE = "1"
_NINJA_STEP = re.compile(r"^\[(\d+)/(\d+)\] (.*)$")


@dataclass(frozen=True, slots=True)
class CompileCommand:
    """How cmake would compile one unit: the whole command, split into words; `output` is relative."""

    unit: str
    argv: tuple[str, ...]
    output: str

    @property
    def target(self) -> str:
        """The cmake target the unit belongs to (`LLVMX86CodeGen`, `llc`)."""
        return self.output.split("/CMakeFiles/", 1)[1].split(".dir/", 1)[0]


class Graph:
    """A configured build tree, held exclusively by this process."""

    def __init__(self, build: Path, source: Path, env: Environment, options: Options) -> None:
        self.build = build
        self.source = source
        self.env = env
        self.options = options

    @cached_property
    def commands(self) -> dict[str, CompileCommand]:
        """Every unit's compile command, by the unit's path from the top of llvm-project."""
        rows = json.loads((self.build / "compile_commands.json").read_text())
        top = f"{self.source}/"
        found = {}
        for row in rows:
            if row["file"].startswith(top) and "/CMakeFiles/" in row["output"]:
                unit = row["file"].removeprefix(top)
                output = row["output"].removeprefix(f"{self.build}/")
                found[unit] = CompileCommand(unit, tuple(shlex.split(row["command"])), output)
        return found

    def link_line(self, tool: str) -> list[str]:
        """The words of the command that links `bin/<tool>`. Raises EnvironmentLacksError if there is none."""
        result = process.run(
            [_program("ninja"), "-C", self.build, "-t", "commands", "-s", f"bin/{tool}"], env=self.env
        )
        if not result.ok:
            raise EnvironmentLacksError(
                f"LLVM's build has no tool {tool}", "name another tool", result.text[-2000:]
            )
        return shlex.split(result.stdout.decode().strip().splitlines()[-1])

    def generate_headers(self, targets: Sequence[str], progress: Progress) -> None:
        """Run TableGen for everything the units of these cmake targets include."""
        names = [f"cmake_object_order_depends_target_{target}" for target in sorted(set(targets))]
        progress.step(f"generating headers for {', '.join(sorted(set(targets)))}")
        run_ninja(self.build, names, self.env, self.options.jobs, progress)


@contextmanager
def configured(
    store: Store, prebuilt: Prebuilt, source: Path, source_identity: str, options: Options, progress: Progress
) -> Iterator[Graph]:
    """LLVM's graph for this source and these archives, configured if it is not yet."""
    flags = cmake_flags(prebuilt, source, options)
    key = digest(RECIPE, source_identity, prebuilt.identity, *flags)
    env = build_env(prebuilt)
    with store.workspace("graph", key) as home:
        build = home / "build"
        if not (home / "configured").exists():
            progress.step("configuring LLVM with cmake")
            run_cmake(source / "llvm", build, flags, env)
            (home / "configured").touch()
        yield Graph(build, source, env, options)


def build_env(prebuilt: Prebuilt) -> Environment:
    """What a build's programs see of the environment: our tools first, no flags of the user's own."""
    path = f"{prebuilt.bin}:{Path(sys.executable).parent}:{os.environ.get('PATH', '/usr/bin:/bin')}"
    unset = ("CFLAGS", "CXXFLAGS", "CPPFLAGS", "LDFLAGS", "CPATH", "C_INCLUDE_PATH", "CPLUS_INCLUDE_PATH")
    return {"PATH": path, "LC_ALL": "C", **dict.fromkeys(unset)}


def cmake_flags(prebuilt: Prebuilt, source: Path, options: Options) -> list[str]:
    """cmake's arguments that make what is compiled fit the prebuilt archives."""
    config = LlvmConfig(prebuilt)
    stable, experimental = _split_targets(source, config.targets)
    optimize = f"-O{options.optimize}" + ("" if prebuilt.assertions else " -DNDEBUG")
    flags = {
        "CMAKE_BUILD_TYPE": "Release",
        "CMAKE_C_FLAGS_RELEASE": optimize,
        "CMAKE_CXX_FLAGS_RELEASE": optimize,
        "CMAKE_C_COMPILER": str(prebuilt.cc),
        "CMAKE_CXX_COMPILER": str(prebuilt.cxx),
        "CMAKE_EXPORT_COMPILE_COMMANDS": "ON",
        "LLVM_TABLEGEN": str(prebuilt.tblgen),
        "LLVM_TARGETS_TO_BUILD": ";".join(stable),
        "LLVM_EXPERIMENTAL_TARGETS_TO_BUILD": ";".join(experimental),
        # Members and virtual functions must be those of the archives: see harness/build/armed.
        "LLVM_ENABLE_ASSERTIONS": "ON" if prebuilt.assertions else "OFF",
        "LLVM_ABI_BREAKING_CHECKS": "WITH_ASSERTS" if prebuilt.assertions else "FORCE_OFF",
        "LLVM_ENABLE_RTTI": "ON" if config.rtti else "OFF",
        "LLVM_ENABLE_EH": "ON" if config.exceptions else "OFF",
        "LLVM_ENABLE_FFI": "ON" if "-lffi" in config.system_libs else "OFF",
    }
    if prebuilt.sysroot is not None:
        flags["CMAKE_SYSROOT"] = str(prebuilt.sysroot)
    return [f"-D{name}={value}" for name, value in {**flags, **common_flags(prebuilt)}.items()]


def common_flags(prebuilt: Prebuilt) -> dict[str, str]:
    """What every build of LLVM here leaves out, and the linker."""
    off = ("TESTS", "BENCHMARKS", "EXAMPLES", "DOCS")
    flags = {f"LLVM_INCLUDE_{part}": "OFF" for part in off}
    flags["Python3_EXECUTABLE"] = sys.executable
    if prebuilt.linker:
        flags["LLVM_USE_LINKER"] = prebuilt.linker
    return flags


class LlvmConfig:
    """What llvm-config says of the prebuilt archives."""

    def __init__(self, prebuilt: Prebuilt) -> None:
        self._tool = prebuilt.prefix / "bin/llvm-config"
        wrapped = prebuilt.bin / "llvm-config"
        if wrapped.exists():
            self._tool = wrapped
        text = self._ask("--has-rtti", "--cxxflags", "--system-libs", "--targets-built")
        rtti, cxxflags, *rest = text.splitlines()
        self.rtti = rtti == "YES"
        self.exceptions = "-fno-exceptions" not in cxxflags
        self.targets = tuple(rest[-1].split())
        # Ask apart: the libraries may stand on an empty or on several lines. Linking statically is meant.
        self.system_libs = tuple(self._ask("--link-static", "--system-libs").split())

    def _ask(self, *options: str) -> str:
        result = process.run([self._tool, *options])
        if not result.ok:
            raise EnvironmentLacksError(
                f"{self._tool}: {' '.join(options)} failed",
                "name an install prefix or build directory of LLVM that has llvm-config and static libraries",
                result.text[-2000:],
            )
        return result.stdout.decode()


def _split_targets(source: Path, built: Sequence[str]) -> tuple[list[str], list[str]]:
    """The targets the archives have, as cmake divides them into stable and experimental ones."""
    text = (source / "llvm/CMakeLists.txt").read_text()
    found = re.search(r"set\(LLVM_ALL_TARGETS\s+([^)]*)\)", text)
    stable = set(found[1].split()) if found else set(built)
    return sorted(stable & set(built)), sorted(set(built) - stable)


def run_cmake(source: Path, build: Path, flags: Sequence[str], env: Environment) -> None:
    """Configure. Raises EnvironmentLacksError with cmake's own error."""
    argv = [_program("cmake"), "-G", "Ninja", "-S", str(source), "-B", str(build)]
    argv.append(f"-DCMAKE_MAKE_PROGRAM={_program('ninja')}")
    result = process.run([*argv, *flags], env=env, limits=process.BUILD_LIMITS)
    if not result.ok:
        raise EnvironmentLacksError(
            "cmake cannot configure LLVM", "see cmake's message", _cmake_errors(result.text)
        )


def _cmake_errors(text: str) -> str:
    start = text.find("CMake Error")
    return (text[start:] if start >= 0 else text)[:2000]


def run_ninja(build: Path, targets: Sequence[str], env: Environment, jobs: int, progress: Progress) -> None:
    """Build targets. Raises EnvironmentLacksError with the failed command's message (`detail`)."""

    def on_line(line: str) -> None:
        if (step := _NINJA_STEP.match(line)) is not None:
            progress.tick(int(step[1]), int(step[2]), step[3])

    argv = [_program("ninja"), "-C", str(build), "-j", str(jobs), *targets]
    result = process.stream(argv, on_line, env=env)
    if not result.ok:
        text = result.stdout.decode("utf-8", "replace")
        start = text.find("FAILED:")
        raise EnvironmentLacksError(
            "ninja could not build LLVM", "see the message", (text[start:] if start >= 0 else text)[-4000:]
        )


def _program(name: str) -> str:
    """A program that came with the harness (PyPI's cmake and ninja), else the machine's."""
    import shutil

    beside = Path(sys.executable).parent / name
    found = str(beside) if beside.exists() else shutil.which(name)
    if found is None:
        raise EnvironmentLacksError(f"{name}: not found", f"pip install {name}")
    return found
