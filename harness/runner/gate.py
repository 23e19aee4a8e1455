"""Which of LLVM's tools a test may start: those of the toolchain it runs on, and no others.

Nothing of another LLVM may run under a toolchain's name: the report would ascribe what `/usr/bin/opt` does to
an LLVM without `opt`. A program with the name of one of LLVM's tools must be the toolchain's, or the test's
own (a copy or a link that it made, a script beside it). Otherwise it does not start, and the test has no
outcome.
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

from harness.model import REFUSALS, Outcome

# What llvm/tools and llvm/utils build in LLVM 9 to 24, with the names that are links to them. Without `not`,
# which is never run (program.py), and clang and lld, which assemble and link as the machine's own do.
_TOOLS = """
    FileCheck UnicodeNameMappingGenerator bugpoint count dsymutil dxil-dis llc lli lli-child-target
    llvm-PerfectShuffle llvm-addr2line llvm-ar llvm-as llvm-bcanalyzer llvm-bitcode-strip llvm-c-test
    llvm-cas llvm-cat llvm-cfi-verify llvm-cgdata llvm-config llvm-cov llvm-ctxprof-util llvm-cvtres
    llvm-cxxdump llvm-cxxfilt llvm-cxxmap llvm-debuginfo-analyzer llvm-debuginfod llvm-debuginfod-find
    llvm-diff llvm-dis llvm-dlltool llvm-dwarfdump llvm-dwarfutil llvm-dwp llvm-elfabi llvm-exegesis
    llvm-extract llvm-gpu-loader llvm-gsymutil llvm-ifs llvm-install-name-tool llvm-ir2vec
    llvm-isel-fuzzer llvm-itanium-demangle-fuzzer llvm-jitlink llvm-jitlink-executor llvm-lib
    llvm-libtool-darwin llvm-link llvm-lipo llvm-lto llvm-lto2 llvm-mc llvm-mca llvm-min-tblgen llvm-ml
    llvm-ml64 llvm-modextract llvm-mt llvm-nm llvm-objcopy llvm-objdump llvm-offload-binary
    llvm-offload-wrapper llvm-opt-fuzzer llvm-opt-report llvm-otool llvm-pdbutil llvm-profdata
    llvm-profgen llvm-ranlib llvm-rc llvm-readelf llvm-readobj llvm-readtapi llvm-reduce
    llvm-remark-size-diff llvm-remarkutil llvm-rtdyld llvm-sim llvm-size llvm-split llvm-stress
    llvm-strings llvm-strip llvm-symbolizer llvm-tapi-diff llvm-tblgen llvm-test-mustache-spec
    llvm-tli-checker llvm-undname llvm-windres llvm-xray obj2yaml opt reduce-chunk-list sancov sanstats
    split-file verify-uselistorder yaml-bench yaml2obj
"""
_NAMES = frozenset(_TOOLS.split())
# How packages name a version's: opt-14, opt-14.0, opt14 (BSD), opt-mp-14 (MacPorts).
_VERSIONED = re.compile(r"^(?P<name>.+?)-?(?:mp-)?\d+(?:\.\d+)*$")
_ANY = re.compile(r"^llvm-[\w-]+$")

# What stands in front of a foreign tool for scripts of a test, which start their programs themselves. The
# mark is an empty file with the tool's name: a script may have thrown its environment away (`env -i`), may be
# allowed to write nothing (`ulimit -f 0`), and may have copied the tool to another name.
_STAND_IN = """\
#!/bin/sh
: > {mark}
echo {name}: is not in this toolchain >&2
exit 127
"""


SAID = ".said"


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a test has no outcome on this LLVM: `why` continues after the test's name."""

    outcome: Outcome
    why: str


# Options of env(1) that take the next word.
_ENV_NAMES = frozenset({"-u", "--unset", "-C", "--chdir", "-a", "--argv0"})


class RefusedError(OSError):
    """A program may not start. lit takes it for a program that could not start."""


@lru_cache(maxsize=1 << 14)  # every gate looks at every name on PATH
def llvm_name(program: str) -> str:
    """The name of LLVM's tool, without a version, if that is what a program is called; otherwise empty."""
    if program in _NAMES:
        return program
    versioned = _VERSIONED.match(program)
    return versioned["name"] if versioned and versioned["name"] in _NAMES else ""


@dataclass(frozen=True, slots=True)
class StandIns:
    """The scripts that run instead of tools that may not, and the marks they leave: those of one process.

    Each is written once, below `home`, and linked to where it has to be: a machine with another LLVM needs a
    hundred of them in every suite on every toolchain.
    """

    home: Path

    @property
    def _marks(self) -> Path:
        return self.home / ".marks"

    def put(self, folder: Path, name: str) -> None:
        """Put the script for a tool into a folder."""
        script = self.home / name
        if not script.exists():
            self._marks.mkdir(parents=True, exist_ok=True)
            mark = shlex.quote(str(self._marks / name))
            script.write_text(_STAND_IN.format(mark=mark, name=shlex.quote(name)))
            script.chmod(0o755)
        _link(script, folder / name)

    def take_marks(self) -> Iterator[str]:
        """The names of the tools that were started since the last call."""
        with suppress(OSError):
            for mark in sorted(self._marks.iterdir()):
                mark.unlink()
                yield mark.name


@dataclass(slots=True)
class Gate:
    """Which programs the tests of one suite on one toolchain may start.

    `bin` is the folder with the toolchain's tools, `own` are folders whose files are the suite's, `stale`
    names tools in `bin` that are not built with the patch. `stand_ins` is a folder for this gate alone, with
    links to `scripts`; so is `bin` if `furnish` made it.
    `symbolizer` names the frames of a tool that dies: it is the release's, even if it is stale. `channels`
    are descriptors that programs inherit, by the variables that tell of them (warm/client.py).
    """

    bin: Path
    own: tuple[Path, ...]
    stand_ins: Path
    scripts: StandIns
    stale: frozenset[str] = frozenset()
    symbolizer: str = ""
    channels: Mapping[str, int] = field(default_factory=dict)
    _tools: dict[str, str] = field(default_factory=dict)
    _files: set[tuple[int, int]] = field(default_factory=set)
    _guarded: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Note the real paths of the toolchain's tools: a test may name one by another path."""
        with suppress(OSError):
            for entry in sorted(os.scandir(self.bin), key=lambda entry: entry.name):
                if entry.name != SAID:
                    self._tools.setdefault(os.path.realpath(entry.path), entry.name)
                    with suppress(OSError):  # a link to nothing: nobody can start it
                        self._files.add(_file(entry.path))

    def refusal(self, name: str, path: str) -> Refusal | None:
        """Why the program `name`, found at `path` (empty: nowhere), may not start; None if it may."""
        base = os.path.basename(path or name)  # noqa: PTH119 - called for every program of every test
        tool = self.tool(path) if path else ""
        if tool:
            return _stale(tool) if tool in self.stale else None
        if self.stand_ins.name in path and self.stand_ins == Path(path).parent:
            return self._by_name(base)
        foreign = bool(llvm_name(base)) or bool(path and _ANY.match(base))
        if not foreign or (path and self._is_own(path)):
            return None
        return _foreign(base) if "/" in name else self._by_name(base)

    def tool(self, path: str) -> str:
        """The name of the toolchain's tool at `path`; empty if that is not one of its tools."""
        folder, name = os.path.split(path)
        if folder == str(self.bin):
            return name
        with suppress(OSError):
            # Most are not: one call says so, and a real path takes one for each folder of it.
            if _file(path) not in self._files:
                return ""
        return self._tools.get(os.path.realpath(path), "")

    @property
    def places(self) -> frozenset[str]:
        """The folders that the toolchain's tools are in."""
        return frozenset(map(os.path.dirname, self._tools))

    def guard(self, environment: Mapping[str, str]) -> dict[str, str]:
        """The environment with stand-ins first on its PATH, and the file to which tools write refusals."""
        self.stand_ins.mkdir(parents=True, exist_ok=True)
        path = self._path(self._with_tools(environment.get("PATH", os.defpath)))
        # llvm/lib/Support/Signals.cpp looks here first. A test that sets it keeps its value.
        named = {"LLVM_SYMBOLIZER_PATH": self.symbolizer} if self.symbolizer else {}
        # Without it, Python would leave __pycache__ in the source.
        named["PYTHONDONTWRITEBYTECODE"] = "1"
        named |= {variable: str(descriptor) for variable, descriptor in self.channels.items()}
        return {**named, **environment, "PATH": path, REFUSALS: str(self.stand_ins / SAID)}

    def _with_tools(self, path: str) -> str:
        """A PATH with the toolchain's tools, after the suite's own folders, if its suite puts them nowhere.

        A configuration of five lines knows nothing of `toolchain_bin`: all of its tests would be unsupported.
        """
        folders = path.split(os.pathsep)
        if str(self.bin) in folders:
            return path
        place = next((i for i, folder in enumerate(folders) if not self._is_own(folder)), len(folders))
        return os.pathsep.join([*folders[:place], str(self.bin), *folders[place:]])

    def _path(self, path: str) -> str:
        """A PATH that begins with a folder of stand-ins, one for each tool that may not start."""
        if path not in self._guarded:
            refused = [name for name, place in self._first_hits(path) if self.refusal(name, place)]
            for name in refused:
                self.scripts.put(self.stand_ins, name)
            self._guarded[path] = f"{self.stand_ins}{os.pathsep}{path}" if refused else path
        return self._guarded[path]

    def take_refusals(self) -> tuple[Refusal, ...]:
        """What the stand-ins and the toolchain's tools have refused since the last call."""
        found = [self._by_name(name) for name in self.scripts.take_marks()]
        said = self.stand_ins / SAID
        with suppress(OSError):
            lines = said.read_text("utf-8", "replace").splitlines()
            said.unlink()
            found += [Refusal(Outcome.UNSUPPORTED, line) for line in dict.fromkeys(lines)]
        return tuple(found)

    def _first_hits(self, path: str) -> Iterator[tuple[str, str]]:
        seen: set[str] = set()
        for folder in path.split(os.pathsep):
            with suppress(OSError):
                for entry in os.scandir(folder or "."):
                    if entry.name not in seen and (llvm_name(entry.name) or entry.name in self.stale):
                        seen.add(entry.name)
                        yield entry.name, entry.path

    def _by_name(self, name: str) -> Refusal:
        return _stale(name) if name in self.stale else _foreign(name)

    def _is_own(self, path: str) -> bool:
        place = os.path.abspath(path) + os.sep  # noqa: PTH100 - for every tool of the machine in every suite
        return any(place.startswith(f"{str(folder).rstrip(os.sep)}{os.sep}") for folder in self.own)


def _file(path: str) -> tuple[int, int]:
    """What two paths of one file have in common. Raises OSError if there is none."""
    found = os.stat(path)  # noqa: PTH116 - called for every program of every test
    return found.st_dev, found.st_ino


def furnish(folder: Path, tools: Path, stale: Iterable[str], scripts: StandIns, said: Path) -> Path:
    """Fill a folder for the gate of one process with the tools of another folder, and return it.

    The stand-in for a stale tool tells only this gate that a test started it, by its path too. `said` is the
    file that the wheel's tools look for beside themselves if a test took their environment from them.
    """
    folder.mkdir(parents=True)
    for tool in tools.iterdir():
        _link(tool, folder / tool.name)
    for name in stale:
        scripts.put(folder, name)
    (folder / SAID).symlink_to(said)
    return folder


def _link(source: Path, place: Path) -> None:
    """Have the same file, or the same symbolic link, in another place: without an inode of its own."""
    try:
        os.link(source, place, follow_symlinks=False)
    except OSError:  # a file system that has no such links
        shutil.copy2(source, place, follow_symlinks=False)


def _foreign(name: str) -> Refusal:
    return Refusal(Outcome.UNSUPPORTED, f"runs {name}, which is not in this toolchain")


def _stale(name: str) -> Refusal:
    return Refusal(Outcome.UNRESOLVED, f"runs {name}, which is not built with the patch")


def find_program(name: str, cwd: str, environment: Mapping[str, str]) -> str:
    """The path of a program that a test starts as `name`; empty if there is none."""
    if "/" in name:
        path = os.path.join(cwd, name)  # noqa: PTH118 - called for every program of every test
        return path if os.access(path, os.X_OK) else ""
    return shutil.which(name, path=environment.get("PATH", os.defpath)) or ""


def unwrap_env(words: Sequence[str], cwd: str, environment: Mapping[str, str]) -> tuple[str, str]:
    """The program that `/usr/bin/env ... program` starts, and its path; empty if `words` are not such."""
    path, rest = environment.get("PATH", os.defpath), list(words[1:])
    if os.path.basename(words[0]) != "env":  # noqa: PTH119 - called for every program of every test
        return "", ""
    while rest:
        word = rest.pop(0)
        name, assigned, value = word.partition("=")
        if word in {"-S", "--split-string"} or word.startswith("-S"):
            rest = (
                [*word[2:].split(), *rest]
                if word.startswith("-S") and word != "-S"
                else [*" ".join(rest[:1]).split(), *rest[1:]]
            )
        elif word in _ENV_NAMES:
            del rest[:1]
        elif word in {"-", "-i", "--ignore-environment"}:
            path = os.defpath
        elif word.startswith("-"):
            continue
        elif assigned:
            path = value if name == "PATH" else path
        elif os.path.basename(word) == "env":  # noqa: PTH119 - as above
            return unwrap_env([word, *rest], cwd, {"PATH": path})
        else:
            return word, find_program(word, cwd, {"PATH": path})
    return "", ""
