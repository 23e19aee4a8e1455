"""LLVM's own CMake graph of one source: compile commands, generated headers, what a tool is linked from.

Flags, include paths and link lines are read from it, never derived by hand. Only TableGen's outputs are built
through it. The graph is a workspace of the store, which cmake and ninja keep consistent.
"""

from __future__ import annotations

import json
import re
import shlex
import shutil
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from harness.builders.jail import Enclosure, Environment, enclosure
from harness.builders.ninja import list_linked_programs, list_targets, run_cmake, run_ninja
from harness.builders.programs import Programs
from harness.builders.request import Options
from harness.errors import EnvironmentLacksError
from harness.llvm import Prebuilt, Release
from harness.progress import Progress
from harness.store import Store, digest, file_digest, no_space

RECIPE = "2"
# From this version on LLVM precompiles headers.
PRECOMPILED_SINCE = 23
# What decides whether a member or a library is there at all.
ARCHIVE_OPTIONS = (
    *("LLVM_ENABLE_RTTI", "LLVM_ENABLE_EH", "LLVM_ENABLE_FFI", "LLVM_ENABLE_ZLIB", "LLVM_ENABLE_ZSTD"),
    *("LLVM_ENABLE_LIBXML2", "LLVM_ENABLE_LIBEDIT", "LLVM_ENABLE_TERMINFO", "LLVM_ENABLE_THREADS"),
    *("LLVM_ENABLE_UNWIND_TABLES", "LLVM_ENABLE_PIC", "LLVM_ENABLE_PLUGINS", "LLVM_ENABLE_EXPENSIVE_CHECKS"),
)
# Members and virtual functions depend on these; LLVMConfig.cmake does not tell them. Debian sets the first,
# and with it a scheduling class has a name.
LAYOUT_OPTIONS = ("LLVM_ENABLE_DUMP", "LLVM_ENABLE_REVERSE_ITERATION", "LLVM_FORCE_ENABLE_STATS")
# Where what is in the build tree lies, in the names of units and of what they read.
TOP = "build/"


@dataclass(frozen=True, slots=True)
class CompileCommand:
    """How cmake would compile one unit: the whole command line; `output` is relative to the build tree."""

    unit: str
    line: str
    output: str

    @property
    def argv(self) -> tuple[str, ...]:
        """The command's words, split on demand: a graph has thousands of commands, and a build needs few."""
        return tuple(shlex.split(self.line))

    @property
    def target(self) -> str:
        """The cmake target the unit belongs to (`LLVMX86CodeGen`, `llc`)."""
        return self.output.split("/CMakeFiles/", 1)[1].split(".dir/", 1)[0]


class Graph:
    """A configured build tree. Several runs may read it; `alone` is for one that writes headers."""

    def __init__(
        self,
        build: Path,
        source: Path,
        enclosure: Enclosure,
        options: Options,
        lock: Callable[[], AbstractContextManager[None]],
    ) -> None:
        self._lock = lock
        self.build = build
        self.source = source
        self.enclosure = enclosure
        self.options = options

    @property
    def env(self) -> Environment:
        """The environment of the build's programs."""
        return self.enclosure.env

    @cached_property
    def objects(self) -> dict[str, CompileCommand]:
        """How each object is compiled, by its name in the build tree.

        cmake itself writes some sources into the build tree, such as the `main` of llvm-objdump: `build/...`.
        """
        found = {}
        places = ((f"{self.build}/", TOP), (f"{self.source}/", ""))
        for row in json.loads((self.build / "compile_commands.json").read_text()):
            output = row["output"].removeprefix(f"{self.build}/")
            for place, name in places if "/CMakeFiles/" in output else ():
                if row["file"].startswith(place):
                    unit = name + row["file"].removeprefix(place)
                    found[output] = CompileCommand(unit, row["command"], output)
                    break
        return found

    @cached_property
    def commands(self) -> dict[str, CompileCommand]:
        """Every unit's compile command, by the unit's path from the top of llvm-project.

        If several targets compile a unit for themselves (TableGen's), one of the commands.
        """
        return {command.unit: command for command in self.objects.values()}

    @cached_property
    def programs(self) -> Programs:
        """What the graph links. Raises EnvironmentLacksError if ninja cannot read the graph."""
        return list_linked_programs(self.enclosure, self.build)

    def link_line(self, tool: str) -> list[str]:
        """The words of the command that links `bin/<tool>`. Raises EnvironmentLacksError if there is none."""
        if tool not in self.programs.lines:
            raise EnvironmentLacksError(f"LLVM's build has no tool {tool}", "name another tool")
        return self.programs.words(tool)

    @cached_property
    def generated(self) -> frozenset[str]:
        """Every file the build generates that a unit may include, relative to the build tree."""
        names = list_targets(self.enclosure, self.build)
        return frozenset(name for name in names if name.endswith((".inc", ".h", ".def", ".gen")))

    @contextmanager
    def alone(self, progress: Progress) -> Iterator[None]:
        """Within the block, nobody else makes headers, and existing headers are complete."""
        with self._lock():
            if (note := _unfinished(self.build)).exists():
                # A run was killed here and may have left half a header; ninja knows which ones it finished.
                self.generate(note.read_text().split("\n"), progress)
            yield

    def generate(self, headers: Iterable[str], progress: Progress) -> None:
        """Make generated headers, named relative to the build tree, in a block of `alone`."""
        wanted = sorted(headers)
        progress.step(f"generating {len(wanted)} headers with TableGen")
        note = _unfinished(self.build)
        note.write_text("\n".join(wanted))
        self.make(wanted, progress)
        note.unlink()

    def make(self, targets: Sequence[str], progress: Progress) -> None:
        """Have ninja make targets of base, in a block of `alone`."""
        run_ninja(self.enclosure, self.source, self.build, targets, self.options.jobs, progress)


def graph_key(release: Release, options: Options) -> str:
    """The key of the graph: everything that compile commands and generated headers depend on.

    cmake needs a Python, but nothing that is built here runs it. So the Python of any checkout will do.
    """
    prebuilt = release.prebuilt
    flags = (flag for flag in cmake_flags(prebuilt, options) if not flag.startswith("-DPython3_EXECUTABLE="))
    return digest(RECIPE, release.source.identity, prebuilt.identity, *flags)


@contextmanager
def configure(store: Store, release: Release, options: Options, progress: Progress) -> Iterator[Graph]:
    """LLVM's graph for the release's source and archives, configured if it is not yet.

    The lock is held only while configuring: most of a build is compiling, which two runs may do in parallel.
    """
    prebuilt, source = release.prebuilt, release.source.root
    flags = cmake_flags(prebuilt, options)
    key = graph_key(release, options)
    how = enclosure(prebuilt)

    def waiting() -> None:
        progress.step("waiting for another run that configures LLVM or makes headers of it")

    with store.workspace("graph", key, waiting) as home:
        build = home / "build"
        if not (made := _configured(home)):
            # What a killed or failed cmake left would be believed, and a damaged file.
            shutil.rmtree(build, ignore_errors=True)
            progress.step("configuring LLVM with cmake")
            run_cmake(how, source, build, flags)
            _same_layouts(prebuilt, build)
            if not (made := _configuration(build)):
                # cmake 4 ends with status 0 where the disk is full.
                raise no_space("configure LLVM")
            (home / "configured").write_text(made)
    which = build, source, how, options.jobs, made
    if which not in _read:
        _read[which] = Graph(build, source, how, options, lambda: store.lock("graph", key, waiting))
    yield _read[which]


# What was read of a graph, by its place, its content and how it is used: a check asks for it again and again,
# and asking ninja and taking thousands of commands apart takes a third of a second.
_read: dict[tuple[object, ...], Graph] = {}


def _configured(home: Path) -> str:
    """The digest of the build tree if it is as `run_cmake` left it, else empty."""
    note, made = home / "configured", _configuration(home / "build")
    return made if note.exists() and note.read_text() == made else ""


def _configuration(build: Path) -> str:
    """A digest of those outputs of cmake that are read here; empty if one of the files is empty."""
    files = [build / "build.ninja", build / "CMakeFiles/rules.ninja", build / "compile_commands.json"]
    whole = all(path.is_file() and path.stat().st_size for path in files)
    return digest("detached", *(file_digest(path) for path in files)) if whole else ""


def _unfinished(build: Path) -> Path:
    """The file that names the headers being generated, while they are."""
    return build / "harness-generating"


def cmake_flags(prebuilt: Prebuilt, options: Options) -> list[str]:
    """cmake's arguments that make compiled code fit the prebuilt archives.

    They come from the archives' own LLVMConfig.cmake, which says how they were configured.
    """
    config = read_config(prebuilt.prefix)
    built = config["LLVM_TARGETS_TO_BUILD"].split(";")
    stable = config["LLVM_ALL_TARGETS"].split(";")
    assertions = config.get("LLVM_ENABLE_ASSERTIONS") == "ON"
    optimize = f"-O{options.optimize}" + ("" if assertions else " -DNDEBUG")
    triple = config.get("LLVM_HOST_TRIPLE") or config.get("TARGET_TRIPLE", "")
    flags = {
        "CMAKE_BUILD_TYPE": "Release",
        "CMAKE_C_FLAGS_RELEASE": optimize,
        "CMAKE_CXX_FLAGS_RELEASE": optimize,
        "CMAKE_EXPORT_COMPILE_COMMANDS": "ON",
        **({"LLVM_TABLEGEN": str(prebuilt.tblgen)} if prebuilt.tblgen else {}),
        "LLVM_TARGETS_TO_BUILD": ";".join(t for t in built if t in stable),
        "LLVM_EXPERIMENTAL_TARGETS_TO_BUILD": ";".join(t for t in built if t not in stable),
        **({"LLVM_HOST_TRIPLE": triple, "LLVM_DEFAULT_TARGET_TRIPLE": triple} if triple else {}),
        # Members and virtual functions must be those of the archives: see harness/builders/assertions.
        "LLVM_ENABLE_ASSERTIONS": "ON" if assertions else "OFF",
        "LLVM_ABI_BREAKING_CHECKS": config.get("LLVM_ABI_BREAKING_CHECKS", "WITH_ASSERTS"),
        **{name: _on(config[name]) for name in ARCHIVE_OPTIONS if name in config},
        **{name: value for name, value in layout(prebuilt.prefix).items() if name in LAYOUT_OPTIONS},
    }
    tests = {"LLVM_INCLUDE_TESTS": "ON"} if options.unit_tests else {}
    return [f"-D{name}={value}" for name, value in {**flags, **common_flags(prebuilt), **tests}.items()]


def read_config(prefix: Path) -> dict[str, str]:
    """The variables of the archives' LLVMConfig.cmake. Raises EnvironmentLacksError if there is none."""
    path = prefix / "lib/cmake/llvm/LLVMConfig.cmake"
    try:
        text = path.read_text()
    except OSError:
        raise EnvironmentLacksError(
            f"{path}: not found",
            "name an install prefix or a build directory of LLVM with its static libraries",
        ) from None
    return {name: value.strip('"') for name, value in re.findall(r"^set\((\w+) (.*)\)$", text, re.M)}


def layout(top: Path) -> dict[str, str]:
    """The options that layouts depend on, ON or OFF, as the headers below `top` say."""
    found = {}
    for name in ("llvm-config.h", "abi-breaking.h"):
        if (path := top / "include/llvm/Config" / name).is_file():
            text = path.read_text()
            found.update(dict.fromkeys(re.findall(r"^/\* #undef (\w+) \*/$", text, re.M), "OFF"))
            values = re.findall(r"^#define (\w+)(?: (\w+))?$", text, re.M)
            found.update({macro: _on(value or "1") for macro, value in values})
    known = (*LAYOUT_OPTIONS, "LLVM_ENABLE_ABI_BREAKING_CHECKS")
    return {macro: found[macro] for macro in known if macro in found}


def _same_layouts(prebuilt: Prebuilt, build: Path) -> None:
    """Raise EnvironmentLacksError if compiled code would not fit the archives."""
    there = layout(build)
    wanted = {name: value for name, value in layout(prebuilt.prefix).items() if name in there}
    wrong = [f"{name} is {there[name]}, not {wanted[name]}" for name in wanted if there[name] != wanted[name]]
    if wrong:
        raise EnvironmentLacksError(
            f"{prebuilt.prefix}: the archives' layouts are not those of the source: {'; '.join(wrong)}",
            "use --builder full, or archives that were configured otherwise",
        )


def is_on(value: str) -> bool:
    """Whether cmake takes a value for true."""
    return value.upper() in {"ON", "1", "TRUE", "YES"}


def _on(value: str) -> str:
    return "ON" if is_on(value) else "OFF"


def common_flags(prebuilt: Prebuilt) -> dict[str, str]:
    """cmake's arguments for every build here: what is left out, the compiler and the linker."""
    off = ("TESTS", "BENCHMARKS", "EXAMPLES", "DOCS")
    flags = {f"LLVM_INCLUDE_{part}": "OFF" for part in off}
    flags["Python3_EXECUTABLE"] = sys.executable
    flags["CMAKE_C_COMPILER"] = str(prebuilt.cc)
    flags["CMAKE_CXX_COMPILER"] = str(prebuilt.cxx)
    if prebuilt.sysroot is not None:
        flags["CMAKE_SYSROOT"] = str(prebuilt.sysroot)
    if prebuilt.linker:
        flags["LLVM_USE_LINKER"] = prebuilt.linker
    if int(prebuilt.version.split(".")[0]) >= PRECOMPILED_SINCE:
        # A unit's commands would read what another command has to make first.
        flags["CMAKE_DISABLE_PRECOMPILE_HEADERS"] = "ON"
    return flags | dict(prebuilt.settings)


def has_unit_tests(source: Path) -> bool:
    """Whether a source has what LLVM's unit tests are built from."""
    places = ("third-party/unittest/CMakeLists.txt", "llvm/unittests/CMakeLists.txt")
    return all((source / place).is_file() for place in places)
