"""Pure: the function names of a stack trace, innermost first.

LLVM's signal handler (llvm/lib/Support/Unix/Signals.inc) writes one of these per frame:

    ` #4 0x00007f… llvm::StackMaps::parseOperand(…) (/usr/lib/libLLVM.so.19.1+0x1484ad2)`  symbolised
    ` #5 0x00007f… raise ./signal/../sysdeps/posix/raise.c:27:6`                  with line tables
    ` #7 0x00007f… (/usr/lib/libLLVM.so.19.1+0x3f2b311)`                          no symbol
    `4  libLLVM.so.19.1 0x00007f… llvm::SelectionDAGBuilder::getValue(…) + 71`    no symbolizer at hand

The last is also what LLVM wrote in 2013, on Linux and macOS. A frame without a name says nothing that
holds for another build, so it is left out.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

_FRAME = re.compile(r"^\s*(?:#(?P<new>\d+)\s+|(?P<old>\d+)\s+\S.*?\s)0x[0-9A-Fa-f]+(?:\s+(?P<rest>.*))?$")
# What follows the symbol: ` (module+0x1234)`, ` file.cpp:12:3`, ` + 71`.
_MODULE = re.compile(r"\s*\([^()]*\+0x[0-9A-Fa-f]+\)$")
_LINE = re.compile(r"\s+\S*[^\s:]:\d+(?::\d+)?$")
_OFFSET = re.compile(r"\s+\+\s+\d+$")

# How a process dies and how C starts one: the same in every trace, so they tell nothing. In Debian 12's libc
# `_nl_load_domain` follows __assert_fail_base, whose last call never returns: its return address lies there.
_MACHINERY = re.compile(
    r"""^(?:
        llvm::sys::(?:PrintStackTrace|RunSignalHandlers|CleanupOnSignal)
      | (?:\(anonymous\ namespace\)::)?(?:Print)?(?:StackTrace)?SignalHandler
      | PrintStackTrace\w* | CrashSignalHandler | SignalHandlerTerminate
      | llvm::(?:report_fatal_error|report_bad_alloc_error|llvm_unreachable_internal)
      | llvm::reportFatal(?:Internal|Usage)Error
      | (?:__GI_|__)?(?:abort|raise|gsignal|kill|pthread_kill)(?:_implementation|_internal|@.*)?
      | __restore_rt | _sigtramp | killpg | _nl_load_domain
      | _?_assert(?:_fail|_fail_base|_rtn|_perror_fail)? | __GI___assert_fail
      | std::terminate | __cxxabiv1::\w+ | __cxa_throw | __gnu_cxx::__verbose_terminate_handler
      | __libc_start_\w+(?:@.*)? | call_init | _?start
    )$""",
    re.VERBOSE,
)

# Longer lines are no frames: real ones, templates of templates included, stay far below.
_LONGEST_LINE = 1 << 14
# Parts of a function that the optimiser split off: `f.cold`, `f.part.0`.
_CLONE = re.compile(r"(?:\.(?:cold|part|isra|constprop|llvm)(?:\.\d+)*)+$")
_ANONYMOUS = "(anonymous namespace)"
_OPENERS = {"(": ")", "<": ">", "{": "}", "[": "]"}


def frames(lines: Iterable[str]) -> tuple[str, ...]:
    """The named frames of the first stack trace in `lines`, without those of the dying itself."""
    names = (function_name(symbol) for symbol in _symbols(lines))
    return tuple(name for name in names if name and not _MACHINERY.match(name))


def _symbols(lines: Iterable[str]) -> Iterator[str]:
    """The symbol of each frame of the first trace. A number not above the last one starts another."""
    last = -1
    for line in lines:
        match = _FRAME.match(line) if len(line) < _LONGEST_LINE else None
        if match is None:
            continue
        number = match["new"] or match["old"]
        # Nobody has a stack this deep, and int() refuses numbers of thousands of digits.
        if len(number) > 6 or int(number) <= last:
            return
        last = int(number)
        yield _LINE.sub("", _OFFSET.sub("", _MODULE.sub("", match["rest"] or "")))


def function_name(symbol: str) -> str:
    """The qualified name in a demangled `symbol`: no return type, no arguments, `<...>` for templates.

    `void llvm::f<int>(int) const` is `llvm::f<...>`; lambdas lose their arguments too. An empty string
    if there is no name.
    """
    name = ""
    called = False  # an argument list was seen: what came before it is the name, not a return type
    position = 0
    while position < len(symbol):
        rest = symbol[position:]
        char = rest[0]
        operator = _operator(name, rest)
        if operator:
            name += operator
            position += len(operator)
        elif rest.startswith(_ANONYMOUS):
            name += _ANONYMOUS
            position += len(_ANONYMOUS)
        elif char in _OPENERS:
            end = _closing(symbol, position)
            name += {"<": "<...>", "{": _brace(symbol[position:end])}.get(char, "")
            called = called or (char == "(" and bool(name))
            position = end
        elif char.isspace():
            if called:
                break
            name = name + " " if name.endswith("operator") else ""
            position += 1
        else:
            name += char
            position += 1
    return _CLONE.sub("", name.strip())


def _operator(name: str, rest: str) -> str:
    """The operator's own characters if `rest` continues `…operator`, such as `()` or `<<`."""
    if not re.search(r"\boperator$", name):
        return ""
    match = re.match(r"\(\)|\[\]|<=>|<<=?|>>=?|->\*?|[-+*/%^&|=!<>]=?|&&|\|\||\+\+|--|~|,", rest)
    return match[0] if match else ""


def _brace(group: str) -> str:
    """`{lambda(int)#1}` without its arguments; GCC's `{anonymous}` as everyone else writes it."""
    if group == "{anonymous}":
        return _ANONYMOUS
    return "{lambda}" if group.startswith("{lambda") else group


def _closing(symbol: str, start: int) -> int:
    """The position after the bracket that closes the one at `start`, or the end of `symbol`."""
    expected: list[str] = []
    for position in range(start, len(symbol)):
        char = symbol[position]
        if char in _OPENERS:
            expected.append(_OPENERS[char])
        elif char == ">" and (symbol[position - 1] == "-" or expected[-1] != ">"):
            continue  # `->`, or a comparison inside an argument
        elif expected and char == expected[-1]:
            expected.pop()
            if not expected:
                return position + 1
    return len(symbol)
