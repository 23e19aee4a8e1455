"""Demangled names, by the C++ runtime of this machine."""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Iterable
from functools import cache

# PyPI's cxxfilt does the same, and runs gcc and ldconfig to find the library.
_RUNTIMES = ("libstdc++.so.6", "libc++abi.so.1")


def demangle(names: Iterable[str]) -> dict[str, str]:
    """What the compiler calls these linkage names: `A::f(int)`; a name that is none of C++ is itself."""
    found = _function()
    return {name: (found(name) if found and name.startswith("_Z") else "") or name for name in names}


@cache
def _function() -> Callable[[str], str] | None:
    for name in _RUNTIMES:
        try:
            library = ctypes.CDLL(name)
        except OSError:
            continue
        return _of(library)
    return None


def _of(library: ctypes.CDLL) -> Callable[[str], str]:
    convert, free = library.__cxa_demangle, ctypes.CDLL(None).free
    convert.restype = ctypes.c_void_p
    convert.argtypes = [ctypes.c_char_p, ctypes.c_void_p, ctypes.c_void_p, ctypes.POINTER(ctypes.c_int)]
    free.argtypes = [ctypes.c_void_p]

    def call(name: str) -> str:
        # What compilers add to a clone's name (`.cold`, `.isra.0`, `.llvm.123`) is no part of it.
        base, dot, clone = name.partition(".")
        status = ctypes.c_int()
        text = convert(base.encode("utf-8", "surrogateescape"), None, None, ctypes.byref(status))
        if not text:
            return ""
        said = ctypes.cast(text, ctypes.c_char_p).value or b""
        free(text)
        return said.decode("utf-8", "replace") + (f" [{dot}{clone}]" if dot else "")

    return call
