"""Running cmake and ninja on a build tree.

What the source's CMakeLists bring runs with them, so all of it is in the jail of the build, and whatever it
starts ends with it. Afterwards the tree is read here, with the user's rights: see `require_own`.
"""

from __future__ import annotations

import re
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path

from harness.builders.jail import Enclosure, require_own
from harness.builders.programs import Programs, read_programs
from harness.errors import EnvironmentLacksError
from harness.progress import Progress
from harness.store import disk_full, no_space

# The outputs of cmake that are read here.
READ = ("CMakeCache.txt", "build.ninja", "CMakeFiles/rules.ninja", "compile_commands.json")
_STEP = re.compile(r"^\[(\d+)/(\d+)\] (.*)$")


def run_cmake(enclosure: Enclosure, source: Path, build: Path, flags: Sequence[str]) -> None:
    """Configure the LLVM at `source`, the top of llvm-project.

    Raises EnvironmentLacksError with cmake's own error, and PatchError for a tree that leads out of itself.
    The build tree does not name this Python environment: another one may use it after this one is gone.
    """
    argv = [find_program("cmake"), "-G", "Ninja", "-S", str(source / "llvm"), "-B", str(build)]
    argv.append(f"-DCMAKE_MAKE_PROGRAM={find_program('ninja')}")
    # The tree's key stands for its input. cmake's own modules are input too, and go with the environment.
    argv.append("-DCMAKE_SUPPRESS_REGENERATION=ON")
    result = enclosure.tend([*argv, *flags], build, [source])
    if not result.ok:
        if disk_full(result.text):
            raise no_space("configure LLVM")
        raise EnvironmentLacksError(
            "cmake cannot configure LLVM", "see cmake's message", cmake_errors(result.text)
        )
    require_own(build, READ)
    _detach(build)


def _detach(build: Path) -> None:
    """Make ninja's commands find cmake and Python by PATH (see `build_env`), not by their paths of today."""
    cache = (build / "CMakeCache.txt").read_text()
    found = re.search(r"^CMAKE_COMMAND:INTERNAL=(.+)$", cache, re.M)
    places = {sys.executable: "python3", **({found[1]: "cmake"} if found else {})}
    for path in (build / "build.ninja", build / "CMakeFiles/rules.ninja"):
        text = path.read_text()
        for place, name in places.items():
            text = re.sub(f'"?{re.escape(place)}"?(?=\\s)', name, text)
        path.write_text(text)


def cmake_errors(text: str) -> str:
    """What cmake says from its first error on, cut."""
    start = text.find("CMake Error")
    return (text[start:] if start >= 0 else text)[:2000]


def run_ninja(
    enclosure: Enclosure, source: Path, build: Path, targets: Sequence[str], jobs: int, progress: Progress
) -> None:
    """Build targets. Raises EnvironmentLacksError with the failed command's message (`detail`)."""

    def on_line(line: str) -> None:
        if (step := _STEP.match(line)) is not None:
            progress.tick(int(step[1]), int(step[2]), step[3])

    argv = [find_program("ninja"), "-C", str(build), "-j", str(jobs), *targets]
    result = enclosure.tend(argv, build, [source], on_line)
    if not result.ok:
        text = result.stdout.decode("utf-8", "replace")
        start = text.find("FAILED:")
        if disk_full(text):
            raise no_space("build LLVM")
        raise EnvironmentLacksError(
            "ninja could not build LLVM", "see the message", (text[start:] if start >= 0 else text)[-4000:]
        )


def count_steps(enclosure: Enclosure, source: Path, build: Path, targets: Sequence[str]) -> int:
    """How many commands ninja would run for targets."""
    argv = [find_program("ninja"), "-C", str(build), "-n", *targets]
    lines = enclosure.ask(argv, [source, build]).stdout.decode("utf-8", "replace").splitlines()
    steps = [int(found[2]) for line in lines if (found := _STEP.match(line))]
    return max(steps, default=0)


def list_targets(enclosure: Enclosure, build: Path) -> tuple[str, ...]:
    """Every file that ninja can make."""
    argv = [find_program("ninja"), "-C", str(build), "-t", "targets", "all"]
    lines = enclosure.ask(argv, [build]).stdout.decode("utf-8", "replace").splitlines()
    return tuple(line.split(": ")[0] for line in lines)


def list_linked_programs(enclosure: Enclosure, build: Path) -> Programs:
    """What a configured build tree links. Raises EnvironmentLacksError if ninja cannot read it."""
    result = enclosure.ask([find_program("ninja"), "-C", str(build), "-t", "compdb"], [build])
    if not result.ok:
        raise EnvironmentLacksError("ninja cannot read LLVM's build", "see its message", result.text[-2000:])
    return read_programs(result.stdout.decode("utf-8", "replace"))


def find_program(name: str) -> str:
    """A program that came with the harness (PyPI's cmake and ninja), else the machine's."""
    beside = Path(sys.executable).parent / name
    found = str(beside) if beside.exists() else shutil.which(name)
    if found is None:
        raise EnvironmentLacksError(f"{name}: not found", f"pip install {name}")
    return found
