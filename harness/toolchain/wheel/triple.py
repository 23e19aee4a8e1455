"""Target triples as LLVM's tools normalise them. Pure.

llvmlite passes a triple to LLVM as it is, while llc puts the argument of -mtriple through
`Triple::normalize` (llvm/lib/TargetParser/Triple.cpp) first: without it `x86_64-linux-gnu` has the
vendor "linux" and no operating system, and the code generated is another.
"""

from __future__ import annotations

import re

_ARCHES_TEXT = """
    i386 i486 i586 i686 i786 i886 i986 amd64 x86_64 x86_64h powerpc powerpcspe ppc ppc32 powerpcle ppcle
    ppc32le powerpc64 ppu ppc64 powerpc64le ppc64le xscale xscaleeb arc avr m68k msp430 mips mipseb
    mipsallegrex mipsisa32r6 mipsr6 mipsel mipsallegrexel mipsisa32r6el mipsr6el mips64 mips64eb mipsn32
    mipsisa64r6 mips64r6 mipsn32r6 mips64el mipsn32el mipsisa64r6el mips64r6el mipsn32r6el r600 amdgcn
    riscv32 riscv64 riscv32be riscv64be hexagon s390x systemz sparc sparcel sparcv9 sparc64 tce tcele
    xcore nvptx nvptx64 le32 le64 amdil amdil64 hsail hsail64 spir spir64 lanai renderscript32
    renderscript64 shave ve wasm32 wasm64 csky loongarch32 loongarch64 xtensa
"""
_ARCHES = frozenset(_ARCHES_TEXT.split())
_ARCH_FAMILIES = re.compile(r"(arm|thumb|aarch64|bpf|spirv|dxil|kalimba)")
_VENDORS_TEXT = """
    apple pc scei sie fsl ibm img mti nvidia csr amd mesa suse oe intel meta
"""
_VENDORS = frozenset(_VENDORS_TEXT.split())
_SYSTEMS_TEXT = """
    darwin dragonfly freebsd fuchsia ios kfreebsd linux lv2 macos netbsd openbsd solaris uefi win32
    windows zos haiku rtems nacl aix cuda nvcl amdhsa ps4 ps5 elfiamcu tvos watchos bridgeos driverkit
    xros visionos mesa3d amdpal hermit hurd wasi emscripten shadermodel liteos serenity vulkan managarm
    cheriotrtos
"""
_SYSTEMS = tuple(_SYSTEMS_TEXT.split())
_ENVIRONMENTS_TEXT = """
    eabi gnu code16 android musl msvc itanium cygnus coreclr simulator macabi pixel vertex geometry hull
    domain compute library raygeneration intersection anyhit closesthit miss callable mesh amplification
    opencl ohos pauthtest llvm mlibc rootsignature mtia
"""
_ENVIRONMENTS = tuple(_ENVIRONMENTS_TEXT.split())
# Longest first: a name ends in "xcoff" before it ends in "coff".
_FORMATS = ("xcoff", "coff", "elf", "goff", "macho", "wasm", "spirv")
_ARCH, _VENDOR, _OS, _ENVIRONMENT = range(4)

# What -march calls a target, where that is not the architecture's name in a triple
# (Triple::getArchTypeForLLVMName and getArchTypeName).
_MARCH = {
    "x86-64": "x86_64",
    "x86": "i386",
    "ppc32": "powerpc",
    "ppc32le": "powerpcle",
    "ppc64": "powerpc64",
    "ppc64le": "powerpc64le",
    "systemz": "s390x",
    "arm64": "aarch64",
    "arm64_32": "aarch64_32",
    "bpf": "bpfel",
}
# Targets of LLVM's registry that no triple selects, with what they are registered beside and their text.
_ALIASES = {
    "arm64": ("aarch64", "ARM64 (little endian)"),
    "arm64_32": ("aarch64_32", "ARM64 (little endian ILP32)"),
    "bpf": ("bpfel", "BPF (host endian)"),
}
# One triple architecture for every target LLVM has; those a build was made without are left out by it.
_PROBES_TEXT = """
    aarch64 aarch64_32 aarch64_be amdgcn arc arm armeb avr bpfeb bpfel csky dxil hexagon lanai
    loongarch32 loongarch64 m68k mips mips64 mips64el mipsel msp430 nvptx nvptx64 powerpc powerpcle
    powerpc64 powerpc64le r600 riscv32 riscv32be riscv64 riscv64be sparc sparcel sparcv9 spirv spirv32
    spirv64 s390x thumb thumbeb ve wasm32 wasm64 i386 x86_64 xcore xtensa
"""
PROBES = tuple(_PROBES_TEXT.split())


def registered_targets(found: dict[str, str]) -> str:
    """The "Registered Targets" part of `--version`, given name and description of each target found."""
    rows = dict(found)
    rows.update({name: text for name, (beside, text) in _ALIASES.items() if beside in found})
    width = max((len(name) for name in rows), default=0)
    lines = [f"    {name:<{width}} - {rows[name]}" for name in sorted(rows)]
    return "\n".join(["  Registered Targets:", *lines]) + "\n"


def registry_name(march: str) -> str:
    """The registry's name of the target that a triple selects for `-march`'s argument."""
    return _ALIASES[march][0] if march in _ALIASES else march


def with_march(triple: str, march: str) -> str:
    """The triple with the architecture that `-march` names (Triple::setArch)."""
    parts = triple.split("-")
    return "-".join([_MARCH.get(march, march), *(parts[1:] or ["unknown", "unknown"])])


def _kind_matches(position: int, text: str) -> bool:
    if position == _ARCH:
        return text in _ARCHES or bool(_ARCH_FAMILIES.match(text))
    if position == _VENDOR:
        return text in _VENDORS
    if position == _OS:
        return text.startswith((*_SYSTEMS, "cygwin", "mingw"))
    return text.startswith(_ENVIRONMENTS) or text.endswith(_FORMATS)


def _move_left(parts: list[str], found: list[bool], source: int, target: int) -> None:
    """Insert at `target`, pushing what is in the way right: a-b-i386 becomes i386-a-b."""
    moving, parts[source] = parts[source], ""
    at = target
    while moving:
        while at < len(found) and found[at]:
            at += 1
        moving, parts[at] = parts[at], moving
        at += 1


def _move_right(parts: list[str], found: list[bool], source: int, target: int) -> None:
    """Insert empty components until the one at `source` is at `target`: pc-a becomes -pc-a."""
    while source < target:
        pushed, at = "", source
        while at < len(parts):
            pushed, parts[at] = parts[at], pushed
            if not pushed:
                break
            at += 1
            while at < len(found) and found[at]:
                at += 1
        if pushed:
            parts.append(pushed)
        source += 1
        while source < len(found) and found[source]:
            source += 1


def _permute(parts: list[str]) -> list[bool]:
    """Bring the components into the order architecture, vendor, system, environment; tell which are known."""
    found = [
        i < len(parts) and _kind_matches(i, parts[i]) and not _only_by_format(i, parts[i]) for i in range(4)
    ]
    if found[_OS] and parts[_OS].startswith(("cygwin", "mingw")):
        found[_OS] = False  # known as a name, not as a system: it may still be moved
    for position in range(4):
        if found[position]:
            continue
        for index in range(len(parts)):
            if (index < 4 and found[index]) or not _kind_matches(position, parts[index]):
                continue
            if position < index:
                _move_left(parts, found, index, position)
            elif position > index:
                _move_right(parts, found, index, position)
            found[position] = True
            break
    return found


def _only_by_format(position: int, text: str) -> bool:
    return position == _ENVIRONMENT and not text.startswith(_ENVIRONMENTS)


def _windows(parts: list[str], fifth: str) -> list[str]:
    """Windows' own rules: the system is "windows", the environment never missing.

    `fifth` is the component given after the environment, if any: it alone is read as an object format there.
    """
    system = parts[_OS]
    environment = parts[_ENVIRONMENT] if len(parts) > _ENVIRONMENT else ""
    by_format = next((f for f in _FORMATS if (fifth or environment).endswith(f)), "coff")
    known = environment.startswith(_ENVIRONMENTS)
    if system.startswith("mingw"):
        environment = "gnu"
    elif system.startswith("cygwin"):
        environment = "cygnus"
    elif not known:
        return [*parts[:2], "windows", "msvc" if by_format == "coff" else by_format]
    base = [*parts[:2], "windows", environment]
    return base if by_format == "coff" else [*base, by_format]


def normalize(triple: str) -> str:
    """`Triple::normalize`: every component in its place, missing ones "unknown"."""
    parts = triple.split("-")
    fifth = parts[4] if len(parts) > 4 else ""
    found = _permute(parts)
    only_ends_known = found == [True, False, False, True]
    if only_ends_known and parts[_VENDOR] == "none" and not parts[_OS]:
        # "none" in the middle is the system, not the vendor: arm-none-eabi.
        parts[_VENDOR], parts[_OS] = "", "none"
    parts = [part or "unknown" for part in parts]
    if len(parts) > _ENVIRONMENT and parts[_ENVIRONMENT].startswith("androideabi"):
        parts[_ENVIRONMENT] = "android" + parts[_ENVIRONMENT].removeprefix("androideabi")
    if len(parts) > _ENVIRONMENT and parts[_VENDOR] == "suse" and parts[_ENVIRONMENT] == "gnueabi":
        parts[_ENVIRONMENT] = "gnueabihf"
    if len(parts) > _OS and parts[_OS].startswith(("win32", "windows", "cygwin", "mingw")):
        parts = _windows(parts, fifth)
    return "-".join(parts)
