"""The options of `llc` and `lli`: which are supported, which are refused, and what they mean. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from harness.toolchain.wheel.commandline import (
    Arity,
    CommandLine,
    OptionError,
    UnsupportedOptionError,
    spell,
)

# What llvmlite can set for both tools.
_COMMON = {
    "O": Arity.PREFIX,
    "code-model": Arity.VALUE,
    "march": Arity.VALUE,
    "mattr": Arity.VALUE,
    "mcpu": Arity.VALUE,
    "mtriple": Arity.VALUE,
    "relocation-model": Arity.VALUE,
    "target-abi": Arity.VALUE,
    "version": Arity.FLAG,
}
_LLC_OPTIONS = {
    **_COMMON,
    "asm-verbose": Arity.FLAG,
    "disable-tail-calls": Arity.FLAG,
    "disable-verify": Arity.FLAG,
    "filetype": Arity.VALUE,
    "frame-pointer": Arity.VALUE,
    "o": Arity.VALUE,
    "stackrealign": Arity.FLAG,
    "use-ctors": Arity.FLAG,
    "x": Arity.VALUE,
}
_LLI_OPTIONS = {
    **_COMMON,
    "disable-core-files": Arity.FLAG,
    "entry-function": Arity.VALUE,
    "fake-argv0": Arity.VALUE,
    "jit-kind": Arity.VALUE,
}
# Options of llc and lli themselves (llvm/tools/llc/llc.cpp, lli.cpp, lib/CodeGen/CommandFlags.cpp,
# lib/MC/MCTargetOptionsCommandFlags.cpp) that llvmlite has no way to set. They are refused by name: to ignore
# one would give a wrong answer.
_REFUSED_FLAGS = """
    W addrsig asm-show-inst basic-block-address-map call-graph-section compile-twice data-sections
    debug-entry-values discard-value-names disable-simplify-libcalls dwarf-directory dwarf64
    emit-call-site-info emulated-tls enable-jmc-instrument enable-new-pm enable-no-infs-fp-math
    enable-no-nans-fp-math enable-no-signed-zeros-fp-math enable-no-trapping-fp-math
    enable-sign-dependent-rounding-fp-math enable-tlsdesc enable-unsafe-fp-math fatal-warnings
    force-dwarf-frame-section function-sections ignore-xcoff-visibility implicit-mapsyms
    incremental-linker-compatible mc-relax-all mxcoff-roptr no-deprecated-warn no-integrated-as
    no-type-check no-warn nozero-initialized-in-bss partition-static-data-sections
    pass-remarks-with-hotness preserve-as-comments print-mir2vec print-mir2vec-vocab
    relax-elf-relocations save-temp-labels separate-named-sections show-mc-encoding show-mc-inst
    split-machine-functions stack-size-section stack-symbol-ordering strict-dwarf tailcallopt time-trace
    try-experimental-debuginfo-iterators unique-basic-block-section-names unique-section-names vec-extabi
    verify-each x86-relax-relocations xcoff-traceback-table xray-function-index
"""
_REFUSED_VALUES = """
    I M align-loops as-secure-log-file basic-block-sections binutils-version compress-debug-sections crel
    debugger-tune denormal-fp-math denormal-fp-math-f32 dwarf-version emit-compact-unwind-non-canonical
    emit-dwarf-unwind exception-model float-abi fp-contract gsframe large-data-threshold load
    load-pass-plugin meabi output-asm-variant p pass-remarks-filter pass-remarks-format
    pass-remarks-hotness-threshold pass-remarks-output passes pgo-kind run-pass save-stats
    split-dwarf-file split-dwarf-output swift-async-fp thread-model time-compilations time-trace-file
    time-trace-granularity tls-size trap-func vector-library
"""
_REFUSED_LLI_FLAGS = """
    abort-on-dynamic-symbol-search enable-cache-manager force-interpreter lljit-platform no-lazy
    no-process-syms per-module-lazy print-thread-ids remote-mcjit
"""
_REFUSED_LLI_VALUES = """
    alias compile-threads dlopen extra-archive extra-module extra-object jd jit-linker
    mcjit-remote-process object-cache-dir thread-entry
"""


def _table(flags: str, values: str) -> dict[str, Arity]:
    return {**dict.fromkeys(flags.split(), Arity.FLAG), **dict.fromkeys(values.split(), Arity.VALUE)}


_REFUSED = _table(_REFUSED_FLAGS, _REFUSED_VALUES)
# All options that each tool knows, supported or refused.
LLC: Mapping[str, Arity] = {**_REFUSED, **_LLC_OPTIONS}
LLI: Mapping[str, Arity] = {
    **_REFUSED,
    **_table(_REFUSED_LLI_FLAGS, _REFUSED_LLI_VALUES),
    **_LLI_OPTIONS,
}


def _no_way(tool: str, option: str) -> UnsupportedOptionError:
    text = (
        f"{tool}: error: this toolchain cannot honour '{option}': llvmlite has no way to set it; "
        f"use an LLVM with a real {tool}\n"
    )
    return UnsupportedOptionError(text, option)


def _refuse(tool: str, line: CommandLine, honoured: Mapping[str, Arity]) -> None:
    for occurrence in line.own:
        if occurrence.name not in honoured:
            raise _no_way(tool, spell(occurrence.name))


@dataclass(frozen=True, slots=True)
class TargetOptions:
    """What code is generated for. Empty strings mean LLVM's own default; `features` are `+a,-b`."""

    triple: str = ""
    march: str = ""
    cpu: str = ""
    features: str = ""
    opt_level: int = 2
    relocation: str = "default"
    code_model: str = "default"
    abi: str = ""

    @property
    def help_only(self) -> bool:
        """Whether the line asks for the list of CPUs and features instead of a compilation."""
        return self.cpu == "help" or self.features == "+help" or self.features.startswith("+help,")

    def with_code_model(self, model: str) -> TargetOptions:
        """The same with another code model."""
        return replace(self, code_model=model)


@dataclass(frozen=True, slots=True)
class LlcOptions:
    """One run of llc. `attributes` are string attributes for functions that lack them."""

    target: TargetOptions
    source: str = "-"
    output: str = ""
    filetype: str = "asm"
    language: str = ""
    verify: bool = True
    asm_verbose: bool = True
    use_ctors: bool = False
    attributes: tuple[tuple[str, str], ...] = ()
    llvm: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class LliOptions:
    """One run of lli; `arguments` go to the program."""

    target: TargetOptions
    source: str = "-"
    jit_kind: str = "orc"
    entry: str = "main"
    argv0: str = ""
    arguments: tuple[str, ...] = ()
    llvm: tuple[str, ...] = ()


def _choice(tool: str, line: CommandLine, name: str, choices: Sequence[str], default: str) -> str:
    value = line.value(name, default)
    if value not in choices and value != default:
        raise OptionError(f"{tool}: for the {spell(name)} option: Cannot find option named '{value}'!\n")
    return value


def _flag(tool: str, line: CommandLine, name: str, default: bool) -> bool:
    if not line.has(name):
        return default
    value = line.value(name)
    if value in {"", "true", "TRUE", "True", "1"}:
        return True
    if value in {"false", "FALSE", "False", "0"}:
        return False
    raise OptionError(
        f"{tool}: for the {spell(name)} option: '{value}' is invalid value for boolean argument! Try 0 or 1\n"
    )


def _features(line: CommandLine) -> str:
    """-mattr as SubtargetFeatures has it: lower case, a sign before each feature."""
    names = [n for o in line.own if o.name == "mattr" for n in (o.value or "").split(",") if n]
    return ",".join(n.lower() if n[0] in "+-" else "+" + n.lower() for n in names)


def target_options(tool: str, line: CommandLine) -> TargetOptions:
    """The options about the target, checked. Raises OptionError."""
    models = ("static", "pic", "dynamic-no-pic", "ropi", "rwpi", "ropi-rwpi")
    relocation = _choice(tool, line, "relocation-model", models, "default")
    code_model = _choice(tool, line, "code-model", ("tiny", "small", "kernel", "medium", "large"), "default")
    if relocation.startswith("r"):
        raise _no_way(tool, f"--relocation-model={relocation}")
    if code_model == "tiny":
        raise _no_way(tool, "--code-model=tiny")
    level = line.value("O", "2")[:1]
    if level not in {"0", "1", "2", "3"}:
        raise OptionError(f"{tool}: error: invalid optimization level.\n")
    return TargetOptions(
        triple=line.value("mtriple"),
        march=line.value("march"),
        cpu=line.value("mcpu"),
        features=_features(line),
        opt_level=int(level),
        relocation=relocation.replace("-", ""),
        code_model=code_model,
        abi=line.value("target-abi"),
    )


def llc_options(line: CommandLine) -> LlcOptions:
    """What a line asks of llc. Raises OptionError."""
    _refuse("llc", line, _LLC_OPTIONS)
    if len(line.positional) > 1:
        raise OptionError(
            "llc: Too many positional arguments specified!\n"
            "Can specify at most 1 positional arguments: See: llc --help\n"
        )
    filetype = _choice("llc", line, "filetype", ("asm", "obj", "null"), "asm")
    pointers = ("all", "non-leaf-no-reserve", "non-leaf", "reserved", "none")
    attributes: list[tuple[str, str]] = []
    if line.has("frame-pointer"):
        attributes.append(("frame-pointer", _choice("llc", line, "frame-pointer", pointers, "none")))
    if line.has("disable-tail-calls"):
        text = "true" if _flag("llc", line, "disable-tail-calls", False) else "false"
        attributes.append(("disable-tail-calls", text))
    if _flag("llc", line, "stackrealign", False):
        attributes.append(("stackrealign", ""))
    language = line.value("x")
    if language not in {"", "ir", "mir"}:
        raise OptionError("llc: error: input language must be '', 'IR' or 'MIR'\n")
    return LlcOptions(
        target=target_options("llc", line),
        source=line.positional[0] if line.positional else "-",
        output=line.value("o"),
        filetype=filetype,
        language=language,
        verify=not _flag("llc", line, "disable-verify", False),
        asm_verbose=_flag("llc", line, "asm-verbose", True),
        use_ctors=_flag("llc", line, "use-ctors", False),
        attributes=tuple(attributes),
        llvm=line.llvm,
    )


def lli_options(line: CommandLine) -> LliOptions:
    """What a line asks of lli. Raises OptionError."""
    _refuse("lli", line, _LLI_OPTIONS)
    kind = _choice("lli", line, "jit-kind", ("mcjit", "orc", "orc-lazy"), "orc")
    if kind == "orc-lazy":
        raise _no_way("lli", "--jit-kind=orc-lazy")
    if line.has("entry-function") and not line.value("entry-function"):
        raise OptionError("lli: error: --entry-function name cannot be empty\n")
    return LliOptions(
        target=target_options("lli", line),
        source=line.positional[0] if line.positional else "-",
        jit_kind=kind,
        entry=line.value("entry-function", "main"),
        argv0=line.value("fake-argv0"),
        arguments=line.positional[1:],
        llvm=line.llvm,
    )
