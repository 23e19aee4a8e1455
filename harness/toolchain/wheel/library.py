"""llvmlite's LLVM as a toolchain: its two tools as programs in a folder, its version and identity."""

from __future__ import annotations

import contextlib
import hashlib
import re
import sys
from collections.abc import Iterator
from pathlib import Path

from harness.errors import EnvironmentLacksError
from harness.llvm import Toolchain
from harness.process import run
from harness.warm.scripts import write_script

_TOOLS = ("llc", "lli")
_VERSION = re.compile(r"LLVM version (\d+\.\d+\.\d+)")


def write_tools(bin_dir: Path) -> dict[str, Path]:
    """Write `llc` and `lli` into a folder; a server running there makes them fast."""
    bin_dir.mkdir(parents=True, exist_ok=True)
    directory, root = bin_dir.resolve(), str(Path(__file__).parents[3])
    tools: dict[str, Path] = {}
    for tool in _TOOLS:
        path = directory / tool
        write_script(path, "harness.toolchain.wheel.client", tool, str(directory), root)
        tools[tool] = path
    return tools


@contextlib.contextmanager
def serve(bin_dir: Path) -> Iterator[dict[str, Path]]:
    """The tools written into a folder, with a server for the time of the block."""
    from harness.warm.server import run_server

    tools = write_tools(bin_dir)
    with run_server(bin_dir.resolve(), "harness.toolchain.wheel.server"):
        yield tools


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


def identity(version: str, library: Path) -> str:
    """What changes with the toolchain: llvmlite's version and the bytes of its LLVM."""
    digest = hashlib.sha256(f"llvmlite {version}\n".encode())
    with library.open("rb") as stream:
        digest.update(hashlib.file_digest(stream, "sha256").digest())
    return digest.hexdigest()


def toolchain(bin_dir: Path) -> Toolchain:
    """The wheel as a toolchain, its tools in `bin_dir`.

    Raises EnvironmentLacksError if llvmlite is not there or its LLVM does not run here.
    """
    package, library = _library()
    tools = write_tools(bin_dir)
    versions: list[str] = []
    for tool in _TOOLS:
        done = run([tools[tool], "--version"])
        if not done.ok:
            raise EnvironmentLacksError(
                f"the {tool} of llvmlite {package} does not run: {done.limit or f'status {done.returncode}'}",
                f"type: {sys.executable} -m pip install --force-reinstall llvmlite",
                done.text,
            )
        versions += _VERSION.findall(done.text)
    version, _ = versions  # each says one: the text is ours
    return Toolchain(
        name="wheel",
        version=version,
        tools=tools,
        provenance=f"llvmlite {package} (LLVM {version}) from PyPI wheel",
        identity=identity(package, library),
    )


def library_version() -> str:
    """The version of llvmlite's LLVM, as it says itself."""
    from llvmlite import binding

    return ".".join(str(number) for number in binding.llvm_version_info)
