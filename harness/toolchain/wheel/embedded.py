"""The LLVM in llvmlite, in the terms of LLVM's tools. Only this module uses llvmlite.

Works with llvmlite 0.43 (LLVM 14) to 0.50 (LLVM 22). On what it cannot recover from, LLVM ends the process,
as it does in llc: by exit(1) for a diagnostic of severity error, with its text on standard error (llvmlite
installs no handler, and LLVMContext::diagnose does this without one), by abort() for a fatal error or an
assertion. So all of this belongs in a process that does nothing else.
"""

from __future__ import annotations

import contextlib
import ctypes
import functools
import importlib.metadata
import os
import signal
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NoReturn

from harness.toolchain.wheel import ir, triple
from harness.toolchain.wheel.commandline import Arity, OptionError, parse_help
from harness.toolchain.wheel.options import TargetOptions


class ToolError(Exception):
    """The tool has to stop. The text goes to standard error as it is; `status` is the exit status."""

    def __init__(self, text: str, status: int = 1) -> None:
        super().__init__(text)
        self.text = text
        self.status = status


class UnsupportedError(ToolError):
    """This toolchain cannot do `what`, which LLVM's own tool does."""

    def __init__(self, text: str, what: str) -> None:
        super().__init__(text)
        self.what = what


@functools.cache
def _binding() -> Any:
    """llvmlite.binding with every target initialised."""
    import llvmlite

    llvmlite.opaque_pointers_enabled = True  # as llc 15 has them, if this is 0.44
    from llvmlite import binding

    with contextlib.suppress(RuntimeError):  # an error since 0.45, where it happens by itself
        binding.initialize()
    binding.initialize_all_targets()
    binding.initialize_all_asmprinters()
    binding.initialize_native_asmparser()
    return binding


def warm_up() -> None:
    """Load and initialise LLVM, and read its options. A server does this once for all its children."""
    _binding()
    llvm_options()


# The most that is read of what LLVM prints about itself. 400 KiB have been seen.
_MOST_HELP = 16 << 20


def capture(ask: Callable[[], object]) -> tuple[str, str]:
    """What `ask` makes LLVM write on both streams. In a child: LLVM exits after --version or --help."""
    out, err = os.memfd_create("stdout"), os.memfd_create("stderr")
    sys.stdout.flush()
    sys.stderr.flush()
    pid = os.fork()
    if pid == 0:
        try:
            os.dup2(out, 1)
            os.dup2(err, 2)
            signal.alarm(10)
            ask()
            ctypes.CDLL(None).fflush(None)
        finally:
            os._exit(0)
    os.waitpid(pid, 0)
    texts = [os.pread(fd, _MOST_HELP, 0).decode("utf-8", "replace") for fd in (out, err)]
    os.close(out)
    os.close(err)
    return texts[0], texts[1]


@functools.cache
def llvm_options() -> dict[str, Arity]:
    """Every option that LLVM lists, and whether it needs a value."""
    binding = _binding()
    return parse_help(capture(lambda: binding.set_option("llc", "--help-list-hidden"))[0])


# Not a value of any option. If LLVM complains about it, the option exists.
_NO_VALUE = "\x7f"


@functools.cache
def arity(name: str) -> Arity | None:
    """Whether LLVM's option takes a value; None if there is no such option.

    llvmlite's `set_option` gives LLVM's parser a null stream for errors, so LLVM says nothing about an
    unknown option. Options that LLVM never lists (cl::ReallyHidden) are found by what it says to a wrong use.
    """
    listed = llvm_options().get(name)
    if listed is not None:
        return listed
    binding = _binding()
    if "requires a value!" in capture(lambda: binding.set_option("llc", "-" + name))[1]:
        return Arity.VALUE
    said = capture(lambda: binding.set_option("llc", f"-{name}={_NO_VALUE}"))[1]
    return Arity.FLAG if "option: " in said else None


@contextlib.contextmanager
def _capture_stderr() -> Iterator[Callable[[], bytes]]:
    """Collect what is written to standard error during the block. The function returns it."""
    kept, memory = os.dup(2), os.memfd_create("stderr")
    os.dup2(memory, 2)
    try:
        yield lambda: os.pread(memory, _MOST_HELP, 0)
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(memory)


def set_options(tool: str, options: Sequence[str]) -> None:
    """Set LLVM's options, one at a time. Raises OptionError with LLVM's complaint about a value."""
    binding = _binding()
    for option in options:
        with _capture_stderr() as said:
            binding.set_option(tool, option)
            text = said().decode("utf-8", "replace")
        if text:
            raise OptionError(text)


def version() -> str:
    """LLVM's version, such as 22.1.0."""
    return ".".join(map(str, _binding().llvm_version_info))


def version_text() -> str:
    """What `llc --version` prints. LLVM itself describes the build, so "with assertions" is true.

    That line is compiled into lib/Support/CommandLine.cpp under the same NDEBUG that removes assertions.
    """
    binding = _binding()
    head, _ = capture(lambda: binding.set_option("llc", "--version"))
    lines = [line for line in head.splitlines() if line.startswith("  ")]
    if not any(line.lstrip().startswith("Default target:") for line in lines):  # LLVM 14 says it itself
        lines += [
            f"  Default target: {binding.get_default_triple()}",
            f"  Host CPU: {binding.get_host_cpu_name()}",
        ]
    found: dict[str, str] = {}
    for arch in triple.PROBES:
        with contextlib.suppress(RuntimeError):
            target = binding.Target.from_triple(f"{arch}-unknown-unknown")
            found[target.name] = target.description
    title = f"LLVM (http://llvm.org/) inside llvmlite {importlib.metadata.version('llvmlite')}:"
    return "\n".join([title, *lines, "", triple.registered_targets(found)])


@dataclass(frozen=True, slots=True)
class TargetMachine:
    """A target machine: what it generates code for, and with which data layout.

    Without `takes_inline_asm` LLVM aborts when it has to print or encode inline assembly.
    """

    triple: str
    layout: str
    takes_inline_asm: bool
    _target_machine: Any

    @property
    def elf(self) -> bool:
        """Whether objects are ELF. In every version the layout's mangling says so: e, or m on MIPS."""
        return not {"m:e", "m:m"}.isdisjoint(self.layout.split("-"))


def target_machine(
    tool: str, wanted: TargetOptions, module_triple: str, *, jit: bool = False
) -> TargetMachine:
    """The target machine for the options and a module's own triple. Raises ToolError as llc words it."""
    binding = _binding()
    text = triple.normalize(wanted.triple) if wanted.triple else module_triple
    text = text or (binding.get_process_triple() if jit else binding.get_default_triple())
    if wanted.march:
        text = triple.with_march(text, wanted.march)
    try:
        target = binding.Target.from_triple(text)
    except RuntimeError:
        target = None
    if wanted.march and (target is None or target.name != triple.registry_name(wanted.march)):
        raise ToolError(f"{tool}: error: invalid target '{wanted.march}'.\n")
    if target is None:
        raise ToolError(f"{tool}: error: unable to get target for '{text}', see --version and --triple.\n")
    cpu, features = wanted.cpu, wanted.features
    if cpu == "native":
        cpu = binding.get_host_cpu_name()
        features = ",".join(filter(None, [binding.get_host_cpu_features().flatten(), features]))
    model = wanted.code_model
    if model == "default":
        model = "jitdefault" if jit else _default_code_model(target.name, text, wanted.relocation)
    try:
        machine = target.create_target_machine(
            cpu=cpu,
            features=features,
            opt=wanted.opt_level,
            reloc=wanted.relocation,
            codemodel=model,
            jit=jit,
            abiname=wanted.abi,
        )
    except RuntimeError as error:
        raise ToolError(f"{tool}: error: could not allocate target machine: {error}\n") from error
    return TargetMachine(
        text,
        str(machine.target_data),
        target.name in _assembled_targets() or target.name.startswith("nvptx"),
        machine,
    )


def _default_code_model(target: str, text: str, relocation: str) -> str:
    """The target's own code model; llvmlite's "default" means small on every target.

    From each target's getEffectiveCodeModel; LoongArch changed in LLVM 21 (llvm-project#132173).
    """
    medium = (
        (target in {"ppc64", "ppc64le"} and "aix" not in text)
        or (target == "loongarch64" and int(version().split(".", 1)[0]) >= 21)
        or (target == "sparcv9" and relocation != "pic")
        or target == "lanai"
    )
    if medium:
        return "medium"
    return "large" if target in {"wasm32", "wasm64"} else "default"


@functools.cache
def _assembled_targets() -> frozenset[str]:
    """The targets whose assembly LLVM can read here: llvmlite only initialises the host's parser."""
    host = str(_binding().Target.from_default_triple().name)
    return frozenset({host, "x86", "x86-64"} if host.startswith("x86") else {host})


@dataclass(frozen=True, slots=True)
class ParsedModule:
    """A parsed module."""

    _module: Any

    def verify(self) -> str:
        """What the verifier says against it, in complete lines; empty if nothing."""
        try:
            self._module.verify()
        except RuntimeError as error:
            return f"{error}\n".replace("\n\n", "\n")
        return ""

    def set_triple(self, text: str) -> None:
        """Change the module's triple."""
        self._module.triple = text

    def has_function(self, name: str) -> bool:
        """Whether it declares or defines the function."""
        try:
            self._module.get_function(name)
        except NameError:
            return False
        return True

    def text(self) -> str:
        """The module in LLVM's assembly language."""
        return str(self._module)

    def returns_value(self, name: str) -> bool:
        """Whether the function returns a value. Its text says so in every LLVM, the API does not."""
        lines = str(self._module.get_function(name)).splitlines()
        head = next(line for line in lines if line.startswith(("define", "declare")))
        return head.partition("@")[0].split()[-1] != "void"


def parse_text(tool: str, prepared: ir.PreparedModule, name: str) -> ParsedModule:
    """Parse assembly language. Raises ToolError with the parser's message for the file called `name`."""
    binding = _binding()
    if b"\0" in prepared.text:
        raise ToolError(
            f"{tool}: error: {tool}: {name}: error: has a NUL byte, which llvmlite's parser cannot read\n"
        )
    ffi = binding.ffi
    context = binding.context.get_global_context()
    with ffi.OutputString() as message:
        # Not parse_assembly: it wants text, and a file need not be UTF-8.
        module = ffi.lib.LLVMPY_ParseAssembly(context, prepared.text, message)
        said = (message.bytes or b"").decode("utf-8", "replace") if message else ""
    if not module:
        raise ToolError(_parser_prefix(tool) + ir.locate(said, prepared.shift, name))
    reference = binding.module.ModuleRef(module, context)
    reference.name = name
    return ParsedModule(reference)


def _parser_prefix(tool: str) -> str:
    """llc prints its name twice (WithColor::error, then SMDiagnostic::print), lli once."""
    return f"{tool}: error: {tool}: " if tool == "llc" else f"{tool}: "


def bitcode_text(tool: str, data: bytes, name: str) -> bytes:
    """Bitcode as LLVM's assembly language. Raises ToolError."""
    try:
        module = _binding().parse_bitcode(data)
    except RuntimeError as error:
        why = str(error).removeprefix("LLVM bitcode parsing error\n").rstrip("\n")
        raise ToolError(f"{_parser_prefix(tool)}{name}: error: {why}\n") from error
    module.name = name
    return str(module).encode("utf-8", "surrogateescape")


def read_error(tool: str, name: str, error: OSError) -> ToolError:
    """The error for an input that cannot be read."""
    return ToolError(
        f"{_parser_prefix(tool)}{name}: error: Could not open input file: {os.strerror(error.errno or 0)}\n"
    )


def emit(machine: TargetMachine, module: ParsedModule, *, assembly: bool, verbose: bool) -> bytes:
    """Generate code. Raises ToolError if the target has no such output."""
    target = machine._target_machine
    target.set_asm_verbosity(verbose)
    try:
        # Not emit_assembly: it decodes, and symbols need not be UTF-8.
        return bytes(target._emit_to_memory(module._module, use_object=not assembly))
    except RuntimeError as error:
        raise ToolError("llc: error: target does not support generation of this file type\n") from error


def mcjit(machine: TargetMachine, module: ParsedModule) -> Callable[[str], int]:
    """Compile with MCJIT and run static constructors. The result maps a name to an address."""
    engine = _binding().create_mcjit_compiler(module._module, machine._target_machine)
    engine.finalize_object()
    engine.run_static_constructors()
    _engines.append(engine)
    return lambda name: int(engine.get_function_address(name))


def lljit(machine: TargetMachine, text: str, entry: str) -> int:
    """Compile with ORC's LLJIT. Returns the entry's address. Raises ToolError with lli's words."""
    binding = _binding()
    try:
        compiler = binding.create_lljit_compiler(machine._target_machine)
        machine._target_machine._owned = True
        library = binding.JITLibraryBuilder().add_ir(text).add_current_process().export_symbol(entry)
        tracker = library.link(compiler, "program")
    except RuntimeError as error:
        raise ToolError(f"lli: {str(error).rstrip()}\n") from error
    _kept.extend((compiler, tracker))
    return int(tracker[entry])


# What must outlive the compiled code: this process ends by exit(), never by unwinding Python.
_kept: list[object] = []
# Only MCJIT's engines have destructors to run.
_engines: list[Any] = []


def run_static_destructors() -> None:
    """Run static destructors, as lli does after main."""
    for engine in _engines:
        engine.run_static_destructors()


def become(tool: str) -> None:
    """Make this process look like LLVM's tool from outside: its name, its signals, no core file."""
    for signum in (signal.SIGINT, signal.SIGXFSZ):
        signal.signal(signum, signal.SIG_DFL)  # Python ignores or catches these
    libc = ctypes.CDLL(None)
    # assert() prints this name first; it would be the interpreter's.
    name = ctypes.c_char_p(tool.encode())
    _kept.append(name)
    for symbol in ("__progname", "program_invocation_short_name"):
        with contextlib.suppress(ValueError):
            ctypes.c_void_p.in_dll(libc, symbol).value = ctypes.cast(name, ctypes.c_void_p).value


def leave(status: int) -> NoReturn:
    """End the process as a C program does: atexit handlers, LLVM's statistics and timers, stdio."""
    sys.stdout.flush()
    sys.stderr.flush()
    ctypes.CDLL(None).exit(status & 0xFF)
    raise SystemExit(status)
