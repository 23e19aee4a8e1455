"""`llc` on the LLVM inside llvmlite: the same options, output, messages and exit statuses.

All the differences: options that llvmlite cannot set are refused by name; MIR input is refused; the run ends
at the first error that LLVM reports through its context (llc collects more); and a crash does not print
LLVM's stack dump.
"""

from __future__ import annotations

import errno
import os
from pathlib import Path

from harness.toolchain.wheel import collectors, embedded, ir
from harness.toolchain.wheel.commandline import CommandLine
from harness.toolchain.wheel.embedded import ToolError, UnsupportedError
from harness.toolchain.wheel.options import LlcOptions, TargetOptions, llc_options

_EX_IOERR = 74  # exit status of LLVM's tools if nobody reads their output (DefaultOneShotPipeSignalHandler)
_SUFFIXES = {"asm": ".s", "obj": ".o", "null": ""}


def read_source(tool: str, source: str) -> tuple[bytes, str]:
    """The input and its name in messages. Raises ToolError."""
    try:
        if source == "-":
            with open(0, "rb", closefd=False) as stream:
                return stream.read(), "<stdin>"
        return Path(source).read_bytes(), source
    except OSError as error:
        raise embedded.read_error(tool, source, error) from error


def output_name(options: LlcOptions, triple: str) -> str:
    """Where the output goes: -o, else next to the input, else standard output."""
    if options.output:
        return options.output
    if options.source == "-" or options.filetype == "null":
        return "-"
    stem = options.source
    for suffix in (".bc", ".ll", ".mir"):
        if stem.endswith(suffix):
            stem = stem.removesuffix(suffix)
            break
    windows = "windows" in triple or "win32" in triple
    return stem + (".obj" if windows and options.filetype == "obj" else _SUFFIXES[options.filetype])


def _write(output: str, data: bytes) -> int:
    """Write the result; the exit status. Raises ToolError."""
    try:
        if output != "-":
            with Path(output).open("wb") as stream:
                stream.write(data)
            return 0
        view = memoryview(data)
        while view:
            view = view[os.write(1, view) :]
    except OSError as error:
        if error.errno == errno.EPIPE:
            return _EX_IOERR
        raise ToolError(
            f"LLVM ERROR: IO failure on output stream: {os.strerror(error.errno or 0)}\n"
        ) from error
    return 0


def _check_output(output: str) -> None:
    """Open the output before compiling, as llc does, so that a bad path is an error at once."""
    if output == "-":
        return
    try:
        Path(output).open("ab").close()
    except OSError as error:
        raise ToolError(f"llc: error: {os.strerror(error.errno or 0)}\n") from error


def load(
    tool: str, target: TargetOptions, source: str, attributes: tuple[tuple[str, str], ...], *, jit: bool
) -> tuple[embedded.TargetMachine, embedded.ParsedModule, bytes]:
    """Parse a file for the target of the options and the file. Its text is third. Raises ToolError."""
    data, name = read_source(tool, source)
    if ir.is_bitcode(data):
        # Only text can be given another data layout before it is parsed.
        data = embedded.bitcode_text(tool, data, name)
    collectors.require(tool, data)
    header = ir.read_header(data)
    if target.code_model == "default" and (model := ir.code_model(data)):
        if model == "tiny":
            text = f"{tool}: error: {name}: this toolchain cannot honour the code model 'tiny'\n"
            raise UnsupportedError(text, "the code model tiny")
        target = target.with_code_model(model)
    machine = embedded.target_machine(tool, target, header.triple or "", jit=jit)
    module = embedded.parse_text(tool, ir.prepare(data, header, machine.layout, name), name)
    rewritten = ir.with_features(data, target.features) if target.features else data
    if attributes:
        rewritten = ir.with_attributes(rewritten, attributes)
    if rewritten != data:
        header = ir.read_header(rewritten)
        module = embedded.parse_text(tool, ir.prepare(rewritten, header, machine.layout, name), name)
    if target.triple:
        module.set_triple(machine.triple)
    return machine, module, data


def compile_module(options: LlcOptions) -> int:
    """One compilation; the exit status. Raises ToolError."""
    if options.target.help_only:
        embedded.target_machine("llc", options.target, "")
        return 0
    if options.language == "mir" or (not options.language and options.source.endswith(".mir")):
        raise UnsupportedError(
            f"llc: error: '{options.source}': this toolchain cannot read MIR: llvmlite has no parser for it; "
            "use an LLVM with a real llc\n",
            "a parser of MIR",
        )
    machine, module, data = load("llc", options.target, options.source, options.attributes, jit=False)
    output = output_name(options, machine.triple)
    _check_output(output)
    if options.verify and (said := module.verify()):
        shown = "<stdin>" if options.source == "-" else options.source
        raise ToolError(f"{said}llc: error: '{shown}': input module cannot be verified\n")
    if machine.elf and ir.has_constructors(data) and not options.use_ctors:
        raise UnsupportedError(
            "llc: error: this toolchain cannot emit .init_array for llvm.global_ctors: llvmlite has no "
            "way to set it; give -use-ctors, or use an LLVM with a real llc\n",
            ".init_array",
        )
    if not machine.takes_inline_asm and ir.has_inline_asm(data):
        raise UnsupportedError(
            f"llc: error: this toolchain cannot emit inline assembly for '{machine.triple}': llvmlite "
            "only has the host's assembly parser; use an LLVM with a real llc\n",
            f"inline assembly for {machine.triple}",
        )
    assembly = options.filetype == "asm"
    result = embedded.emit(machine, module, assembly=assembly, verbose=options.asm_verbose)
    return 0 if options.filetype == "null" else _write(output, result)


def work(line: CommandLine) -> int:
    """One call of llc; the exit status. Raises OptionError, ToolError."""
    options = llc_options(line)
    embedded.set_options("llc", options.llvm)
    return compile_module(options)
