"""What a test may require of an LLVM: features of lit, read from what the tools print about themselves.

Standard library only: `lit-tests/lit.cfg.py` imports this outside our own environment. Names are those
of LLVM's own test suite where it has one (`asserts`, `x86-registered-target`, `host-x86_64`).
"""

from __future__ import annotations

import re
from dataclasses import dataclass

# The first version that can read `ptr` everywhere. LLVM 13 parses it, but its verifier refuses patchpoint
# ("Intrinsic has incorrect argument type"), and a symbol keeps its typed pointer; -force-opaque-pointers
# changes neither.
OPAQUE_POINTERS_SINCE = 14
# Versions 15 and later need no option for it.
OPAQUE_POINTERS_DEFAULT_SINCE = 15
# The oldest version the suite is run with: `llvm-ge-N` starts here.
OLDEST = 9

_VERSION = re.compile(r"\bLLVM version (?P<number>\d+\.\d+(?:\.\d+)?)(?P<suffix>\S*)")
_DEFAULT_TARGET = re.compile(r"^\s*Default target:\s*(?P<arch>[^-\s]+)-", re.MULTILINE)
_TARGET_LINE = re.compile(r"^\s+(?P<name>[\w-]+)\s+- ")

# A registered target's name, as a prefix, and the LLVM target that it belongs to. First match wins.
_TARGETS = (
    ("aarch64", "aarch64"),
    ("arm64", "aarch64"),
    ("arm", "arm"),
    ("thumb", "arm"),
    ("loongarch", "loongarch"),
    ("mips", "mips"),
    ("ppc", "powerpc"),
    ("riscv", "riscv"),
    ("sparc", "sparc"),
    ("systemz", "systemz"),
    ("wasm", "webassembly"),
    ("x86", "x86"),
)
# Spellings of one architecture in the triples of different systems.
_HOSTS = {"amd64": "x86_64", "arm64": "aarch64"}


# A line of a broken tool may have megabytes.
_QUOTED = 200


class UnknownVersionError(ValueError):
    """The text is not what an LLVM tool prints for `--version`; `text` is all of it."""

    def __init__(self, tool: str, text: str) -> None:
        self.tool = tool
        self.text = text
        first = text.strip().splitlines()[0] if text.strip() else "nothing"
        first = first if len(first) <= _QUOTED else f"{first[:_QUOTED]}..."
        super().__init__(f"no LLVM version in what `{tool} --version` prints: {first}")


@dataclass(frozen=True, slots=True)
class ToolVersion:
    """What one tool says for `--version`: "19.1.7", its suffix ("git", "-rc1"), the features it implies."""

    version: str
    suffix: str
    features: frozenset[str]

    @property
    def major(self) -> int:
        """LLVM's major version."""
        return int(self.version.split(".")[0])


def parse_version(text: str, tool: str = "llc") -> ToolVersion:
    """Read what an LLVM tool prints for `--version`.

    Raises UnknownVersionError if no version is named.
    """
    found = _VERSION.search(text)
    if found is None:
        raise UnknownVersionError(tool, text)
    version = found["number"]
    major = int(version.split(".")[0])
    features = set(version_features(major))
    if "with assertions" in text:
        features.add("asserts")
    if " inside llvmlite " in text:
        features.add("llvmlite")
    features.update(f"{target}-registered-target" for target in _registered_targets(text))
    host = _DEFAULT_TARGET.search(text)
    if host is not None:
        features.add(f"host-{_HOSTS.get(host['arch'], host['arch'])}")
    return ToolVersion(version, found["suffix"], frozenset(features))


def version_features(major: int) -> frozenset[str]:
    """What follows from the major version alone: `llvm-19`, every `llvm-ge-N` up to it, `opaque-pointers`."""
    features = {f"llvm-{major}", *(f"llvm-ge-{n}" for n in range(OLDEST, major + 1))}
    if major >= OPAQUE_POINTERS_SINCE:
        features.add("opaque-pointers")
    return frozenset(features)


def suite_features(llc: str, lli: str | None = None, tools: frozenset[str] = frozenset()) -> frozenset[str]:
    """All features of a toolchain: `llc` and `lli` are what these print for `--version`.

    `mcjit` means: there is an `lli`, of the same version as `llc` (a program is run by the LLVM under
    test or not at all). `tools` are names of further programs in the toolchain: `llvm-readobj` becomes a
    feature of that name. Raises UnknownVersionError for a text without a version.
    """
    features = set(parse_version(llc).features)
    if lli is not None and _same_llvm(parse_version(llc), parse_version(lli, "lli")):
        features.add("mcjit")
    features.update(tools & OPTIONAL_TOOLS)
    return frozenset(features)


# Tools a test may REQUIRE by their own name; the rest of the suite runs with `llc` alone.
OPTIONAL_TOOLS = frozenset({"llvm-readobj", "llvm-objdump", "opt"})


def extra_options(features: frozenset[str]) -> tuple[str, ...]:
    """Options that `llc` and `lli` need to read the suite's opaque-pointer IR at all."""
    needs_option = (
        f"llvm-ge-{OPAQUE_POINTERS_SINCE}" in features
        and f"llvm-ge-{OPAQUE_POINTERS_DEFAULT_SINCE}" not in features
    )
    return ("-opaque-pointers",) if needs_option else ()


def _same_llvm(one: ToolVersion, other: ToolVersion) -> bool:
    return (one.version, one.suffix) == (other.version, other.suffix)


def _registered_targets(text: str) -> set[str]:
    targets: set[str] = set()
    _, _, listed = text.partition("Registered Targets:")
    for line in listed.splitlines():
        found = _TARGET_LINE.match(line)
        if found is None:
            continue
        for prefix, target in _TARGETS:
            if found["name"].startswith(prefix):
                targets.add(target)
                break
    return targets
