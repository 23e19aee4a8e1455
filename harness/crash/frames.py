"""Pure: the function names of a stack trace, innermost first.

LLVM's signal handler (llvm/lib/Support/Unix/Signals.inc) writes one of these per frame:

    ` #4 0x00007f… llvm::StackMaps::parseOperand(…) (/usr/lib/libLLVM.so.19.1+0x1484ad2)`  symbolised
    ` #5 0x00007f… raise ./signal/../sysdeps/posix/raise.c:27:6`                  with line tables
    ` #7 0x00007f… (/usr/lib/libLLVM.so.19.1+0x3f2b311)`                          no symbol
    `4  libLLVM.so.19.1 0x00007f… llvm::SelectionDAGBuilder::getValue(…) + 71`    no symbolizer at hand

The last is also what LLVM wrote in 2013, on Linux and macOS. Sanitizers, gdb and lldb write:

    `    #0 0x55d… in llvm::f(int) /src/lib/F.cpp:12:3`
    `#6  0x000055d… in llvm::f (this=0x7ff…, N=4) at F.cpp:14`    if inlined without address and `in`
    `  * frame #4: 0x00007f… libLLVM.so`llvm::f(int) + 71 at F.cpp:12:3`

A frame without a name means nothing in another build, so it is left out.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

# Each pattern has the number of the frame and, if known, the symbol with what follows it.
_FORMS = tuple(
    re.compile(form)
    for form in (
        r"^\s*\*?\s*frame #(?P<number>\d+): 0x[0-9A-Fa-f]+(?: [^`]*`(?P<symbol>.*))?$",
        r"^\s*#(?P<number>\d+)\s+0x[0-9A-Fa-f]+(?:\s+(?:in )?(?P<symbol>.*))?$",
        r"^\s*(?P<number>\d+)\s+\S.*?\s0x[0-9A-Fa-f]+(?:\s+(?P<symbol>.*))?$",
        r"^#(?P<number>\d+)\s+(?P<symbol>\S.* \(.*\) at .*:\d+|<signal handler called>)$",
    )
)
# What follows the symbol: ` (module+0x1234)` and its ` (BuildId: 12ab)`, ` file.cpp:12:3`, ` + 71`,
# gdb's ` from lib.so`.
_AFTER = tuple(
    re.compile(after)
    for after in (
        r"\s*\(BuildId: [0-9a-f]+\)$",
        r"\s*\([^()]*\+0x[0-9A-Fa-f]+\)$",
        r"\s+from \S+$",
        r"\s+\[(?:opt|artificial)\]$",
        r"\s+\S*[^\s:]:\d+(?::\d+)?$",
        r"\s+at$",
        r"\s+\+\s+\d+$",
    )
)
# gdb puts a blank between a function and the values of its arguments.
_GDB_ARGUMENTS = re.compile(r" \((?=\)|[\w@]+=)")
_UNKNOWN = re.compile(r"^(?:\?\?|___lldb_unnamed_symbol\w*|<unknown module>|<signal handler called>)")

# How a process dies and how C starts one are the same in every trace. In Debian 12's libc
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
      | (?:__)?(?:asan|hwasan|lsan|msan|tsan|ubsan|sanitizer|sancov|interceptor)_\w+ | ___interceptor_\w+
      | __(?:asan|hwasan|lsan|msan|tsan|ubsan|sanitizer)::.*
    )$""",
    re.VERBOSE,
)

# Longer lines are not frames: real ones are far shorter, even with nested templates.
_LONGEST_LINE = 1 << 14
# Parts of a function that the optimiser split off: `f.cold`, `f.part.0`.
_CLONE = re.compile(r"(?:\.(?:cold|part|isra|constprop|llvm)(?:\.\d+)*)+$")
_ANONYMOUS = "(anonymous namespace)"
_TYPES = frozenset({"decltype", "typeof", "__typeof__", "__attribute__", "noexcept"})
_OPENERS = {"(": ")", "<": ">", "{": "}", "[": "]"}


def frames(lines: Iterable[str]) -> tuple[str, ...]:
    """The named frames of the first stack trace in `lines`, without those of abort and signal handlers."""
    names = (function_name(symbol) for symbol in _symbols(lines))
    return tuple(name for name in names if name and not _MACHINERY.match(name))


def _symbols(lines: Iterable[str]) -> Iterator[str]:
    """The symbol of each frame of the first trace. A number that does not increase starts another trace."""
    last = -1
    for line in lines:
        match = _frame(line)
        if match is None:
            continue
        number = match["number"]
        # No stack is this deep, and int() refuses numbers of thousands of digits.
        if len(number) > 6 or int(number) <= last:
            return
        last = int(number)
        symbol: str = match["symbol"] or ""
        for after in _AFTER:
            symbol = after.sub("", symbol)
        symbol = symbol.rpartition(" [inlined] ")[
            2
        ]  # lldb: the function that it was inlined into is before it
        yield "" if _UNKNOWN.match(symbol) else _GDB_ARGUMENTS.sub("(", symbol, count=1)


def _frame(line: str) -> re.Match[str] | None:
    if len(line) >= _LONGEST_LINE:
        return None
    return next((match for form in _FORMS if (match := form.match(line))), None)


def function_name(symbol: str) -> str:
    """The qualified name in a demangled `symbol`: no return type, no arguments, `<...>` for templates.

    `void llvm::f<int>(int) const` is `llvm::f<...>`; lambdas lose their arguments too. Empty if
    there is no name.
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
            if char == "(" and name in _TYPES:
                name = ""  # `decltype(auto) f()`: a return type, with arguments of its own
                position = end
                continue
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
