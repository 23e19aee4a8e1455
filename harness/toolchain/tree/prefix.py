"""An LLVM on this machine, as an install prefix or a build directory: its tools, and what builds over it."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterable, Mapping
from pathlib import Path

from harness import process
from harness.errors import AbsentError, EnvironmentLacksError, UsageError
from harness.llvm import Prebuilt, Toolchain
from harness.store import digest

CONFIG = "lib/cmake/llvm/LLVMConfig.cmake"
# Says how a build directory was configured; an install prefix has none.
CACHE = "CMakeCache.txt"
# These decide the ABI and what is linked, so what is built over a build directory gets them too.
SETTINGS = (
    *("CMAKE_SYSROOT", "CMAKE_C_FLAGS", "CMAKE_CXX_FLAGS", "CMAKE_CXX_STANDARD"),
    *("CMAKE_EXE_LINKER_FLAGS", "CMAKE_BUILD_RPATH", "CMAKE_PREFIX_PATH"),
    *("LLVM_ENABLE_LIBCXX", "LLVM_STATIC_LINK_CXX_STDLIB", "LLVM_USE_SANITIZER"),
    *("LLVM_USE_LINKER", "LLVM_ENABLE_LLD"),
)
# Of these, where programs of a build directory find libraries that are not in it.
_LIBRARIES = ("CMAKE_BUILD_RPATH", "CMAKE_PREFIX_PATH")
_ENTRY = re.compile(r"^([A-Za-z_]\w*):(\w+)=(.+)$", re.M)
_LLVM_CONFIG = re.compile(r"llvm-config(?:-\d+)?$")


def toolchain(prefix: Path, name: str) -> Toolchain:
    """The tools of an install prefix or a build directory. Raises UsageError if there is no llc."""
    tools = _tools(prefix)
    if "llc" not in tools:
        raise UsageError(f"{prefix}: has no bin/llc", "name an install prefix or a build directory of LLVM")
    version = _version(prefix, tools["llc"])
    stamps = (f"{p.name} {p.stat().st_size} {p.stat().st_mtime_ns}" for p in tools.values())
    identity = digest(version, str(prefix), *sorted(stamps))
    return Toolchain(name, version, tools, str(prefix), identity, homes=_homes(prefix, tools.values()))


def prebuilt(prefix: Path, name: str) -> Prebuilt:
    """What patches are built over, and the compiler: the build directory's with its settings, or ours.

    Raises EnvironmentLacksError that says what is missing: a C++ compiler, or of the prefix (AbsentError)
    static libraries or TableGen.
    """
    if not prefix.is_dir():
        raise UsageError(f"{prefix}: no such folder", "name an install prefix or a build directory of LLVM")
    archives = sorted((prefix / "lib").glob("libLLVM*.a"))
    if not archives or not (prefix / CONFIG).is_file():
        raise AbsentError(
            f"{prefix}: has no static libraries of LLVM with {CONFIG}",
            "build the targets 'all' or install the development files, or use --toolchain debian",
        )
    version = _version(prefix, prefix / "bin/llc")
    cache = cache_entries(prefix)
    tblgen = prefix / "bin/llvm-tblgen"
    if not tblgen.exists() and cache.get("LLVM_TABLEGEN", "").startswith("/"):
        tblgen = Path(cache["LLVM_TABLEGEN"])
    if not tblgen.exists():
        raise AbsentError(
            f"{tblgen}: not found", "install it (cmake -DLLVM_INSTALL_UTILS=ON), or name the build directory"
        )
    cc, cxx = _compilers(prefix, version, cache)
    settings = tuple((name, cache[name]) for name in SETTINGS if cache.get(name))
    chosen = "LLVM_USE_LINKER" in cache or cache.get("LLVM_ENABLE_LLD") == "ON"
    linker = next((name for name in ("mold", "lld") if not chosen and shutil.which(f"ld.{name}")), "")
    text = (prefix / CONFIG).read_text()
    stamps = (f"{p.name} {p.stat().st_size} {p.stat().st_mtime_ns}" for p in (*archives, cxx))
    return Prebuilt(
        prefix=prefix,
        version=version,
        cc=cc,
        cxx=cxx,
        tblgen=tblgen,
        bin=prefix / "bin",
        sysroot=None,
        libs=None,
        linker=linker,
        assertions=re.search(r"set\(LLVM_ENABLE_ASSERTIONS ON\)", text) is not None,
        identity=digest(version, str(prefix), str(cxx), linker, repr(settings), *stamps),
        provenance=f"{name}: {prefix}",
        settings=settings,
    )


def cache_entries(prefix: Path) -> dict[str, str]:
    """The variables with a value in a build directory's CMakeCache.txt; none for an install prefix."""
    try:
        text = (prefix / CACHE).read_text(errors="replace")
    except FileNotFoundError:
        return {}
    return {name: value for name, _type, value in _ENTRY.findall(text)}


def _compilers(prefix: Path, version: str, cache: Mapping[str, str]) -> tuple[Path, Path]:
    """The C and C++ compilers: the user's, the build directory's, this LLVM's clang, or the machine's."""
    major = version.partition(".")[0]
    cxx = _first(
        os.environ.get("CXX", ""),
        cache.get("CMAKE_CXX_COMPILER", ""),
        *(f"{prefix}/bin/clang++", f"clang++-{major}", "clang++", "g++"),
    )
    cc = _first(
        os.environ.get("CC", ""),
        cache.get("CMAKE_C_COMPILER", ""),
        *(f"{prefix}/bin/clang", f"clang-{major}", "clang", "gcc"),
    )
    if cxx is None or cc is None:
        raise EnvironmentLacksError(
            "no C++ compiler on this machine (looked for CXX, clang++ and g++)",
            "apt-get install g++, or use --toolchain debian, which brings its own",
        )
    return cc, cxx


def find_installed() -> tuple[Path, ...]:
    """The LLVMs installed here, by version: /usr/lib/llvm-N, and where an `llvm-config` on PATH points."""
    found = {path for path in Path("/usr/lib").glob("llvm-*") if (path / "bin/llc").exists()}
    for folder in os.environ.get("PATH", "").split(":"):
        for config in sorted(Path(folder).glob("llvm-config*")) if folder else ():
            if _LLVM_CONFIG.match(config.name):
                try:
                    result = process.ask([config, "--prefix"], places_of(config))
                except OSError:  # a broken link, or not a program
                    continue
                prefix = Path(result.stdout.decode().strip())
                if result.ok and (prefix / "bin/llc").exists():
                    found.add(prefix.resolve())
    return tuple(sorted(found, key=lambda path: [int(n) for n in re.findall(r"\d+", path.name)]))


def _tools(prefix: Path) -> dict[str, Path]:
    folder = prefix / "bin"
    if not folder.is_dir():
        return {}
    return {path.name: path for path in sorted(folder.iterdir()) if os.access(path, os.X_OK)}


def _version(prefix: Path, llc: Path) -> str:
    config = prefix / CONFIG
    if config.is_file():
        found = re.search(r'set\(LLVM_PACKAGE_VERSION "?(\d+\.\d+\.\d+)', config.read_text())
        if found:
            return found[1]
    try:
        said = process.ask([llc, "--version"], _homes(prefix, [llc])).text
    except OSError as error:
        raise UsageError(f"{llc}: cannot be run: {error.strerror}", "check that it runs by itself") from error
    numbers = re.search(r"LLVM version (\d+\.\d+\.\d+)", said)
    if numbers is None:
        raise UsageError(f"{llc}: does not say its version", "check that it runs by itself", said[:500])
    return numbers[1]


def places_of(program: Path) -> tuple[Path, ...]:
    """What a program reads of the prefix that it is in: its folder and the libraries beside that.

    It may be a link to another prefix.
    """
    real = program.resolve()
    folders = (program.parent, real.parent, real.parent.parent / "lib", real.parent.parent / "lib64")
    return tuple(dict.fromkeys(folder for folder in folders if folder.is_dir()))


def _homes(prefix: Path, tools: Iterable[Path]) -> tuple[Path, ...]:
    """What the tools of a prefix read: it, where links lead, and where a build directory has libraries."""
    cache = cache_entries(prefix)
    named = [Path(one) for name in _LIBRARIES for one in cache.get(name, "").split(";")]
    real = {place for tool in tools if tool.is_symlink() for place in places_of(tool)}
    outside = (one for one in (*named, *sorted(real)) if one.is_absolute() and not one.is_relative_to(prefix))
    return (prefix, *dict.fromkeys(outside))


def _first(*candidates: str) -> Path | None:
    for candidate in candidates:
        if candidate and (found := shutil.which(candidate)) is not None:
            return Path(found)
    return None
