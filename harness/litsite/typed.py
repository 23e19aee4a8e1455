"""The suite's IR for an LLVM without opaque pointers: `ptr` becomes `i8*`, with casts where a type matters.

    python typed.py llc -mtriple=x86_64 < test.ll

runs llc on the rewritten standard input, and rewrites every argument that is a file called *.ll. It is for
the IR of the suite, which has one instruction per line and no named types; it leaves what it does not know.
Standard library only, and no import of ours: plain lit runs this as a program, on any Python.
"""

from __future__ import annotations

import os
import re
import signal
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

# Opening brackets raise the depth, closing ones lower it: a comma inside does not separate parts.
_DEPTH = {"(": 1, "[": 1, "{": 1, "<": 1, ")": -1, "]": -1, "}": -1, ">": -1}
_SPACE = re.compile(r"\bptr addrspace\((\d+)\)")
# A symbol as a value, after its type or in a phi; not the name of a function that is defined or called.
_SYMBOL = re.compile(r"(?P<type>\bptr |\[ (?=@))(dso_local_equivalent )?(@[\w.]+)(?![\w.(])")
_FUNCTION = re.compile(r"^(?:define|declare)\b.*?(?P<result>\S+|\{.*\}|<.*>|\[.*\]) (?P<name>@[\w.]+)\(")
_VARIABLE = re.compile(r"^(?P<name>@[\w.]+) = .*?\b(?P<kind>global|constant|alias|ifunc) (?P<rest>.*)")
_MEMORY = re.compile(
    r"^(?P<head>\s*(?:%[\w.]+ = load|store) (?:volatile )?)(?P<typed>.*), "
    r"ptr (?P<place>[%@][\w.]+)(?P<tail>.*)$"
)
_ALLOCA = re.compile(r"^(?P<indent>\s*)(?P<name>%[\w.]+) = alloca (?P<rest>.*)$")


def _parts(text: str) -> list[str]:
    """The parts between commas outside brackets, up to a closing bracket that nothing opened."""
    parts, depth = [""], 0
    for letter in text:
        depth += _DEPTH.get(letter, 0)
        if depth < 0:
            break
        if letter == "," and not depth:
            parts.append("")
        else:
            parts[-1] += letter
    return [part.strip() for part in parts if part.strip()]


def _type(text: str) -> str:
    """The type that a text begins with."""
    depth = 0
    for place, letter in enumerate(text):
        depth += _DEPTH.get(letter, 0)
        if not depth and (place + 1 == len(text) or text[place + 1] == " "):
            return text[: place + 1]
    return text


def _plain(text: str, symbols: dict[str, str]) -> str:
    """A text with `i8*` for every `ptr`, and a cast to it around every symbol that is one."""

    def cast(found: re.Match[str]) -> str:
        pointer = f"{symbols.get(found[3], 'i8')}* {found[2] or ''}{found[3]}"
        return f"{found['type']}bitcast ({pointer} to i8*)"

    return re.sub(r"\bptr\b", "i8*", _SYMBOL.sub(cast, _SPACE.sub(r"i8 addrspace(\1)*", text)))


def _symbols(lines: Sequence[str]) -> dict[str, str]:
    """The type that each symbol points to."""
    found: dict[str, str] = {}
    for line in lines:
        if function := _FUNCTION.match(line):
            parameters = ", ".join(_type(p) for p in _parts(line[function.end() :]))
            found[function["name"]] = _plain(f"{function['result']} ({parameters})", {})
        elif variable := _VARIABLE.match(line):
            whole = _parts(variable["rest"])[0]
            named = variable["kind"] in {"alias", "ifunc"}
            found[variable["name"]] = _plain(whole if named else _type(whole), {})
    return found


def _rewrite_line(line: str, symbols: dict[str, str], number: int) -> Iterator[str]:
    if variable := re.match(r"(@[\w.]+ = .*\b(?:alias|ifunc) .*), ptr (@[\w.]+)$", line):
        yield f"{_plain(variable[1], symbols)}, {symbols[variable[2]]}* {variable[2]}"
    elif alloca := _ALLOCA.match(line):
        kind, name = _plain(_parts(alloca["rest"])[0], symbols), alloca["name"]
        yield f"{alloca['indent']}{name}.typed = alloca {_plain(alloca['rest'], symbols)}"
        yield f"{alloca['indent']}{name} = bitcast {kind}* {name}.typed to i8*"
    elif memory := _MEMORY.match(line):
        kind, place = _plain(_type(memory["typed"]), symbols), memory["place"]
        pointer = f"%typed.{number}"
        yield f"  {pointer} = bitcast {_plain(f'ptr {place}', symbols)} to {kind}*"
        yield f"{memory['head']}{_plain(memory['typed'], symbols)}, {kind}* {pointer}{memory['tail']}"
    else:
        yield _plain(line, symbols)


def rewrite(text: str) -> str:
    """The same program in LLVM 13's syntax."""
    lines = text.split("\n")
    symbols = _symbols(lines)
    return "\n".join(
        new
        for number, line in enumerate(lines)
        for new in ([line] if line.lstrip().startswith(";") else _rewrite_line(line, symbols, number))
    )


def _open(text: str) -> int:
    """An anonymous file that holds the text, for the program that runs next."""
    place = os.memfd_create("typed.ll", 0)
    os.write(place, text.encode())
    os.lseek(place, 0, os.SEEK_SET)
    return place


def main(arguments: Sequence[str]) -> None:
    """Become the program, with its input rewritten; returns only to raise."""
    command = []
    for argument in arguments:
        if argument.endswith(".ll") and Path(argument).is_file():
            command.append(f"/proc/self/fd/{_open(rewrite(Path(argument).read_text(encoding='utf-8')))}")
        else:
            command.append(argument)
    for ignored in (signal.SIGPIPE, signal.SIGXFSZ):
        # Python ignores them, and the program would: it then writes beyond its limit until its time is up.
        signal.signal(ignored, signal.SIG_DFL)
    if not os.isatty(0):
        os.dup2(_open(rewrite(sys.stdin.read())), 0)
    os.execvp(command[0], command)  # noqa: S606 - it takes this process's place, and its bounds


if __name__ == "__main__":
    main(sys.argv[1:])
