"""llvmlite's LLVM as a toolchain: its two tools as programs in a folder, its version and identity."""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import sys
from collections.abc import Iterator
from pathlib import Path

from harness.errors import EnvironmentLacksError
from harness.llvm import Toolchain
from harness.process import ask
from harness.process.jail import python_paths
from harness.store import digest
from harness.toolchain.wheel.client import BESIDE
from harness.toolchain.wheel.package import WheelPackage
from harness.toolchain.wheel.tool import PACKAGE
from harness.warm.scripts import write_script

_TOOLS = ("llc", "lli")
SERVER = "harness.toolchain.wheel.server"
_VERSION = re.compile(r"LLVM version (\d+\.\d+\.\d+)")


def own_folder(place: Path) -> Path:
    """The folder below a place of the store for tools that run this harness, in this Python.

    Another one with the same store writes others, and the jails of neither show the other's code.
    """
    return place / digest(str(Path(__file__).parents[3]), sys.executable)


def write_tools(bin_dir: Path, package: Path | None = None) -> dict[str, Path]:
    """Write `llc` and `lli` into a folder; a server running there makes them fast.

    `package` is the folder of an llvmlite that is not the installed one.
    """
    bin_dir.mkdir(parents=True, exist_ok=True)
    if package is not None:
        _link(bin_dir / PACKAGE, package)
    directory, root = bin_dir.resolve(), str(Path(__file__).parents[3])
    tools: dict[str, Path] = {}
    for tool in _TOOLS:
        path = directory / tool
        write_script(path, "harness.toolchain.wheel.client", tool, str(directory), root)
        tools[tool] = path
    return tools


@contextlib.contextmanager
def serve(bin_dir: Path, package: Path | None = None) -> Iterator[dict[str, Path]]:
    """The tools written into a folder, with a server for the time of the block."""
    from harness.warm.server import run_server

    tools = write_tools(bin_dir, package)
    directory = bin_dir.resolve()
    place = directory.with_name(directory.name + BESIDE)
    place.mkdir(exist_ok=True)
    with run_server(SERVER, directory, place):
        yield tools


def _link(place: Path, target: Path) -> None:
    if place.is_symlink() and place.readlink() == target:
        return
    aside = place.with_name(f"{place.name}.{os.getpid()}")
    aside.unlink(missing_ok=True)
    aside.symlink_to(target)
    aside.replace(place)


def _library() -> tuple[str, Path]:
    """llvmlite's version and its shared object, found without loading it."""
    from importlib import metadata, util

    try:
        version = metadata.version("llvmlite")
        spec = util.find_spec("llvmlite")
    except (metadata.PackageNotFoundError, ValueError):
        spec = None
    if spec is None or spec.origin is None:
        raise EnvironmentLacksError(
            "the package llvmlite is not installed, so there is no wheel toolchain",
            f"type: {sys.executable} -m pip install llvmlite",
        )
    return version, Path(spec.origin).parent / "binding" / "libllvmlite.so"


def installed_version() -> str:
    """The version of the installed llvmlite. Raises EnvironmentLacksError if there is none."""
    return _library()[0]


def identity(version: str, library: Path) -> str:
    """What changes with the toolchain: llvmlite's version and the bytes of its LLVM."""
    digest = hashlib.sha256(f"llvmlite {version}\n".encode())
    with library.open("rb") as stream:
        digest.update(hashlib.file_digest(stream, "sha256").digest())
    return digest.hexdigest()


def toolchain(bin_dir: Path, other: WheelPackage | None = None) -> Toolchain:
    """The wheel as a toolchain, its tools in `bin_dir`: the installed llvmlite, or another one.

    Raises EnvironmentLacksError if llvmlite is not there or its LLVM does not run here.
    """
    package, library = _library() if other is None else (other.version, other.library)
    tools = write_tools(bin_dir, None if other is None else other.folder)
    # The package may be outside of this Python's own folders, in those of a user.
    homes = (*python_paths(), tools["llc"].parent, library.parents[1])
    versions: list[str] = []
    for tool in _TOOLS:
        done = ask([tools[tool], "--version"], homes)
        if not done.ok:
            raise EnvironmentLacksError(
                f"the {tool} of llvmlite {package} does not run: {done.limit or f'status {done.returncode}'}",
                f"type: {sys.executable} -m pip install --force-reinstall llvmlite",
                done.text,
            )
        versions += _VERSION.findall(done.text)
    version, _ = versions  # each says one: the text is ours
    return Toolchain(
        name="wheel" if other is None else f"wheel-{package}",
        version=version,
        tools=tools,
        provenance=f"llvmlite {package} (LLVM {version}) from PyPI wheel",
        identity=identity(package, library),
        homes=homes,
        server=SERVER,
    )


def library_version() -> str:
    """The version of llvmlite's LLVM, as it says itself."""
    from llvmlite import binding

    return ".".join(str(number) for number in binding.llvm_version_info)
