"""`lli` on the LLVM inside llvmlite: MCJIT, and ORC by way of LLJIT.

The exit status is what the program's `main` returns. Symbols that the module only declares are looked up in
this process: in the C library and whatever else is loaded.
"""

from __future__ import annotations

import ctypes
import os

from harness.toolchain.wheel import embedded
from harness.toolchain.wheel.commandline import CommandLine
from harness.toolchain.wheel.embedded import ToolError
from harness.toolchain.wheel.llc import load
from harness.toolchain.wheel.options import LliOptions, lli_options


def _arguments(options: LliOptions) -> tuple[int, ctypes.Array[ctypes.c_char_p]]:
    """The program's argc and argv, as lli makes them."""
    name = options.argv0 or options.source.removesuffix(".bc")
    words = [os.fsencode(word) for word in (name, *options.arguments)]
    return len(words), (ctypes.c_char_p * (len(words) + 1))(*words, None)


def execute(options: LliOptions) -> int:
    """Compile and run a program; its result. Raises ToolError."""
    machine, module, _ = load("lli", options.target, options.source, (), jit=True)
    if options.jit_kind == "orc":
        address = embedded.lljit(machine, module.text(), options.entry)
        returns = module.has_function(options.entry) and module.returns_value(options.entry)
    else:
        if not module.has_function(options.entry):
            raise ToolError(f"lli: error: '{options.entry}' function not found in module.\n", 255)
        returns = module.returns_value(options.entry)
        address = embedded.mcjit(machine, module)(options.entry)
    if not address:
        raise ToolError(f"lli: error: '{options.entry}' function not found in module.\n", 255)
    argc, argv = _arguments(options)
    environ = ctypes.c_void_p.in_dll(ctypes.CDLL(None), "environ")
    entry = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p)(address)
    result = int(entry(argc, ctypes.cast(argv, ctypes.c_void_p), environ))
    embedded.run_static_destructors()
    return result & 0xFF if returns else 0


def work(line: CommandLine) -> int:
    """One call of lli; the exit status. Raises OptionError, ToolError. The program may end the process."""
    options = lli_options(line)
    embedded.set_options("lli", options.llvm)
    return execute(options)
