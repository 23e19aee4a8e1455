"""llvmlite of other versions, each in a folder of its own in the store.

They are never installed: pip fetches the wheel as this machine's pip would, and checks its hash; the tools'
own process imports it from that folder (tool.py).
"""

from __future__ import annotations

import json
import re
import sys
import zipfile
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

from harness import process
from harness.errors import AbsentError, EnvironmentLacksError, UsageError
from harness.process import scratch
from harness.process.jail import python_paths
from harness.store import Store, digest, file_digest
from harness.toolchain.provider import Say

# What the LLVM of a version of llvmlite is, for those that bring one of their own.
LLVMS = {"0.43": "14.0.6", "0.44": "15.0.7", "0.47": "20.1.8", "0.50": "22.1.0"}
FETCH_LIMITS = process.Limits(wall=1800, cpu=0, memory=0, output=0)
_STORE = "llvmlite"
_RECORD = "record.json"
_WHEEL = re.compile(r"^llvmlite-(?P<version>[0-9][^-]*)-")
# What pip's log says of an index that does not answer. Without a page of it, a package is not there.
_NO_ANSWER = re.compile(r"Retrying \(|Could not fetch URL (?!.*: 404 )")
_LOG = "pip.log"
_INSTEAD = "use --toolchain wheel for the installed one, or --toolchain debian"


@dataclass(frozen=True, slots=True)
class WheelPackage:
    """An unpacked llvmlite. `llvm` is the version of its LLVM, as it says itself."""

    folder: Path
    version: str
    llvm: str

    @property
    def library(self) -> Path:
        """The shared library that LLVM is in."""
        return self.folder / "llvmlite/binding/libllvmlite.so"


def wanted_version(named: str) -> str:
    """The version of llvmlite that `wheel:NAMED` means: itself, or the one with that major version of LLVM.

    Raises UsageError if none is known.
    """
    if "." in named:
        return named
    found = [version for version, llvm in LLVMS.items() if llvm.partition(".")[0] == named]
    if not found:
        there = ", ".join(f"wheel:{version} (LLVM {llvm})" for version, llvm in LLVMS.items())
        raise UsageError(f"wheel:{named}: no llvmlite that is known has LLVM {named}", f"use one of {there}")
    return found[-1]


def is_installed(version: str) -> bool:
    """Whether the installed llvmlite is of this version, or of one that it begins."""
    try:
        return _begins(version, metadata.version("llvmlite"))
    except metadata.PackageNotFoundError:
        return False


def list_held(store: Store) -> list[WheelPackage]:
    """The versions in the store, oldest first."""
    found = (_read(path.parent) for path in (store.root / _STORE).glob(f"*-{_tag()}-*/{_RECORD}"))
    return sorted(found, key=lambda one: [int(part) for part in re.findall(r"\d+", one.version)])


def find(store: Store, version: str, say: Say) -> WheelPackage:
    """llvmlite of a version such as `0.43` or `0.43.0`, fetched if the store lacks it.

    Raises AbsentError if the package index has none, and EnvironmentLacksError if it cannot be had.
    """
    for one in reversed(list_held(store)):
        if _begins(version, one.version) and store.get(_STORE, one.folder.name) is not None:
            return one
    with scratch.folder("llvmlite") as place:
        wheel = _download(version, place, say)
        name = _WHEEL.match(wheel.name)
        assert name is not None, wheel.name
        key = f"{name['version']}-{_tag()}-{digest('1', file_digest(wheel))}"
        return _read(store.make(_STORE, key, lambda aside: _unpack(wheel, name["version"], aside)))


def cache_key(version: str) -> str:
    """Changes whenever the entry of a version would be another one."""
    return f"{version}-{_tag()}"


def _begins(version: str, whole: str) -> bool:
    return f"{whole}.".startswith(f"{version}.")


def _tag() -> str:
    """The Python that wheels are for."""
    return f"cp{sys.version_info[0]}{sys.version_info[1]}"


def _read(folder: Path) -> WheelPackage:
    record = json.loads((folder / _RECORD).read_text())
    return WheelPackage(folder, record["version"], record["llvm"])


def _download(version: str, place: Path, say: Say) -> Path:
    say(f"fetching llvmlite {version}")
    exact = version if version.count(".") > 1 else f"{version}.*"
    argv = [sys.executable, "-m", "pip", "download", "--disable-pip-version-check", "--quiet", "--no-deps"]
    # Of a server's errors pip tells only its log.
    argv += ["--log", str(place / _LOG), "--only-binary", ":all:", "--dest", str(place), f"llvmlite=={exact}"]
    result = process.run(argv, limits=FETCH_LIMITS)
    found = sorted(place.glob("llvmlite-*.whl"))
    if found:
        return found[0]
    unanswered = _unanswered(result.text, place / _LOG)
    if "No matching distribution" in result.text and not unanswered:
        raise AbsentError(
            f"the package index has no wheel of llvmlite {version} for Python {sys.version_info[0]}."
            f"{sys.version_info[1]}",
            _INSTEAD,
        )
    lines = [line for line in result.text.splitlines() if "ERROR" in line or "No module named" in line]
    raise EnvironmentLacksError(
        f"cannot fetch llvmlite {version}",
        f"check that '{sys.executable} -m pip download llvmlite' works, or {_INSTEAD}",
        "\n".join([*unanswered[-1:], *lines])[-2000:],
    )


def _unanswered(said: str, log: Path) -> list[str]:
    """The lines of pip, and of its log, on an index that does not answer."""
    logged = log.read_text(errors="replace") if log.exists() else ""
    return [line for line in f"{said}\n{logged}".splitlines() if _NO_ANSWER.search(line)]


def _unpack(wheel: Path, version: str, aside: Path) -> None:
    """Unpack a wheel, and ask it for the version of its LLVM."""
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(aside)
    code = (
        f"import sys; sys.path.insert(0, {str(aside)!r}); from llvmlite import binding; "
        "print('.'.join(map(str, binding.llvm_version_info)))"
    )
    asked = process.ask([sys.executable, "-I", "-c", code], (*python_paths(), aside))
    if not asked.ok:
        raise EnvironmentLacksError(
            f"llvmlite {version} cannot be loaded on this machine", _INSTEAD, asked.text[-2000:]
        )
    record = {"version": version, "llvm": asked.stdout.decode().strip(), "sha256": file_digest(wheel)}
    (aside / _RECORD).write_text(json.dumps(record))
