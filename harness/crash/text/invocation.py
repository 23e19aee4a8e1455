"""Pure: one program with the options that a test may have; what it may not have is named.

A report is untrusted. Of its command line only these tools are kept, by their plain name. Of their options
those are kept that name no file, load nothing, show nothing on a screen and whose value is a plain word.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

# The tools that a test may run.
RUNNABLE = ("llc", "opt", "llvm-as")
# Options that take a value of their own, as one word or as two.
_VALUED = frozenset({"mtriple", "march", "mcpu", "mattr", "code-model", "relocation-model", "O", "passes"})
# What reads or writes a file, loads code or starts a program, by a part of its name.
_FORBIDDEN = re.compile(
    r"load|plugin|file(?!type)|output|(?<![a-z])out|path|dir(?!ect)|view|(?<![a-z])dot|exec(?!ution-dep)|save|write|history"
    r"|log(?!ic|2)|import|export|cache|reproduc|remark|profile|summary|cmd|command|script|server|socket|config|yaml|html"
    r"|trace|stats?(?![a-z])|time-passes|-o$|^o$|^L|^l$|^I$|response|dump-|record|training|model-runner|interactive"
)
_NAME = re.compile(r"[A-Za-z][\w-]*(?:\.[\w-]+)?")
_NUMBER = re.compile(r"-?\d{1,19}|true|false|0x[0-9A-Fa-f]{1,16}")
# Values of options that take words. Quotes are put around what lit's shell would read otherwise.
_TRIPLE = r"[A-Za-z_][\w.]*(?:-[\w.]+){0,4}"
_WORDS = r"[+-]?[A-Za-z0-9][\w.-]*(?:,[+-]?[A-Za-z0-9][\w.-]*)*"
_PASSES = r"[\w<>(),;:=.!@-]{1,2000}"
_KNOWN: dict[str, re.Pattern[str]] = {
    name: re.compile(value)
    for names, value in (
        ("mtriple target-triple", _TRIPLE),
        ("march mcpu target-cpu", r"[A-Za-z0-9][\w.+-]*"),
        ("mattr target-feature", _WORDS),
        ("passes print-after print-before start-after start-before stop-after stop-before run-pass", _PASSES),
        ("filetype", r"asm|obj|null"),
        ("O", r"[0-3sz]"),
        (
            "code-model relocation-model thread-model frame-pointer float-abi fp-contract denormal-fp-math",
            r"[a-z-]+",
        ),
        (
            "exception-model target-abi tls-size debugger-tune emulated-tls align-loops regalloc",
            r"[a-z0-9-]+",
        ),
        (
            "pre-RA-sched misched isel-debug global-isel-abort verify-machineinstrs enable-misched",
            r"[a-z0-9-]+",
        ),
        (
            "force-vector-width force-vector-interleave x86-asm-syntax stack-alignment disable-tail-calls",
            r"\w+",
        ),
        ("aa-pipeline", r"[\w,-]+"),
    )
    for name in names.split()
}
_PLAIN_FLAG = re.compile(r"O[0-3sz]|S|[A-Za-z][\w-]{1,60}")
# Noise of a front end or of a test, which does not change what crashes.
_NOISE = frozenset(
    {
        "S",
        "c",
        "disable-symbolication",
        "o",
        "f",
        "disable-output",
        "emit-llvm",
        "debug",
        "print-after-all",
        "stats",
        "print-on-crash",
    }
)


@dataclass(frozen=True, slots=True)
class Invocation:
    """A tool with its options, in their order; `refused` are those that were left out as unsafe."""

    tool: str
    options: tuple[str, ...] = ()
    refused: tuple[str, ...] = ()

    @property
    def triple(self) -> str:
        """The value of `-mtriple`, if there is one."""
        return next((one.partition("=")[2] for one in self.options if one.startswith("-mtriple=")), "")


def check_options(tool: str, words: Sequence[str]) -> Invocation:
    """The tool with those of `words` that a test may have. Words without a dash are files, and left out."""
    kept: list[str] = []
    refused: list[str] = []
    for option in _options(words):
        if _is_noise(option):
            continue
        (kept if is_safe(option) else refused).append(option)
    return Invocation(tool, tuple(dict.fromkeys(kept)), tuple(dict.fromkeys(refused)))


def _options(words: Sequence[str]) -> Iterator[str]:
    """The options as `-name` or `-name=value`, whichever way they were written."""
    rest = list(words)
    while rest:
        word = rest.pop(0)
        if not word.startswith("-") or word in {"-", "--"}:
            continue
        name = word.lstrip("-")
        if name in {"o", "load", "load-pass-plugin"}:
            value = rest.pop(0) if rest else ""
            if name != "o":
                yield f"-{name}={value}"
        elif name in _VALUED and rest and not rest[0].startswith("-"):
            yield f"-{name}={rest.pop(0)}" if name != "O" else f"-O{rest.pop(0)}"
        else:
            yield f"-{name}"


def _is_noise(option: str) -> bool:
    return option.lstrip("-").partition("=")[0] in _NOISE


def is_safe(option: str) -> bool:
    """Whether a test may have this option."""
    name, equals, value = option[1:].partition("=")
    if not _NAME.fullmatch(name) or (_FORBIDDEN.search(name) and name not in _KNOWN):
        return False
    if not equals:
        return bool(_PLAIN_FLAG.fullmatch(name))
    if name in _KNOWN:
        return bool(_KNOWN[name].fullmatch(value))
    return bool(_NUMBER.fullmatch(value))


def quote(option: str) -> str:
    """The option as a word of a RUN line."""
    return option if re.fullmatch(r"[\w.,+=:@-]+", option) else f"'{option}'"
