"""Pure: the commands in a report, and what they are in terms of the tools that a test may run."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from harness.crash.text.invocation import RUNNABLE, Invocation, check_options
from harness.crash.text.passes import pass_name, upgrade_options

# Programs that have LLVM inside. Their options are translated as far as they have counterparts.
_FRONT_ENDS = (
    "clang",
    "clang++",
    "flang",
    "rustc",
    "julia",
    "swiftc",
    "ldc2",
    "zig",
    "lli",
    "llvm-lto",
    "ld.lld",
)
_TOOL = (
    r"(?P<path>(?:[\w.+~:\\-]*[/\\])*)"
    r"(?P<tool>llc|opt|lli|llvm-as|llvm-lto|ld\.lld|clang\+\+|clang|flang|rustc|julia|swiftc|ldc2|zig)"
    r"(?:-?\d+(?:\.\d+)?)?(?:\.exe)?"
)
_COMMAND = re.compile(rf"(?:^|(?<=[\s|;&('\"`])){_TOOL}['\"]?(?=\s|$)(?P<rest>.*)$")
# Where a command stands, the most telling first.
_PLACES = tuple(
    (re.compile(form), origin)
    for form, origin in (
        (r"^\s*(?:\d+\.\s*)?Program arguments: (?P<command>.*)$", "the stack dump"),
        (r"^\s*[;#/]*\s*RUN: (?P<command>.*)$", "a RUN line"),
        (
            r"^\s*(?:# executed command: |(?:\$|%|\+|#|[\w.@~/-]*[$#%>]) |[A-Za-z]:[^>]*>\s?)"
            r"(?P<command>.*)$",
            "a command",
        ),
        (r"^\s*(?:Command(?: line)?|cmd|COMMAND): (?P<command>.*)$", "a command"),
        (rf"^.{{0,200}}?[$#%>\u276f\u279c\u03bb\u203a] (?P<command>{_TOOL} .*)$", "a command"),
        (rf"^\s*(?:;|//|#)\s*(?P<command>{_TOOL} .*)$", "a comment"),
        (r"`(?P<command>[^`]*)`", "a quoted command"),
        (rf"^\s*(?P<command>[\"']?{_TOOL}[\"']? [\"']?-.*)$", "a command"),
        (rf"^\s*(?P<command>{_TOOL} .*)$", "the text"),
        (r"(?P<command>(?<![\w./-])(?:llc|opt)(?:-?\d+)? -.*)$", "the text"),
    )
)
# What only prose has.
_SENTENCE = re.compile(r"[\"'`,.;:)]*$")
_ASKS = frozenset({"--version", "-version", "--help", "-help", "-v"})
_LONGEST_LINE = 1 << 14


@dataclass(frozen=True, slots=True)
class ReportedCommand:
    """A command as a test may run it: `steps` are joined by pipes. `original` is the program of the report.

    `origin` says where it was found, empty if it was not. `guesses` say what was made of it, and why.
    """

    steps: tuple[Invocation, ...] = ()
    original: str = ""
    origin: str = ""
    guesses: tuple[str, ...] = ()


def find_command(lines: Sequence[str], *, optimizing: bool | None = None, stage: str = "") -> ReportedCommand:
    """The command that crashed, of all that the report has. `optimizing` and `stage` are of the ending."""
    crashed = crashed_tool(lines)
    found = list(_commands(lines))
    runnable = [one for one in found if one[1][0][0] in RUNNABLE]
    # The sort is stable: of several of that tool, the first.
    runnable.sort(key=lambda one: crashed not in {"", *(tool for tool, _words in one[1])})
    if not found and (options := _options_alone(lines)):
        runnable = [("options in the text", [(crashed or "llc", options)])]
    for origin, parts in (runnable or found)[:1]:
        if runnable:
            return _run(origin, parts)
        return _translate(origin, parts[0], optimizing=optimizing, stage=stage)
    return ReportedCommand()


_HEAD = re.compile(r"^\s*(?:\S*[/\\])?(?P<tool>llc|opt)(?:-?\d+)?(?:\.exe)?: \S")
# `opt (trunk), arguments: -passes=gvn`, or options in backticks.
_ALONE = re.compile(r"`(?P<options>-{1,2}[a-zA-Z][^`]*)`|\barguments?: (?P<listed>-{1,2}[a-zA-Z].*)$")


def crashed_tool(lines: Iterable[str]) -> str:
    """The tool that an error message begins with: `llc: F.cpp:3: ...`; empty if none does."""
    heads = (hit for line in lines if len(line) < _LONGEST_LINE and (hit := _HEAD.match(line)))
    return next((hit["tool"] for hit in heads), "")


def _options_alone(lines: Iterable[str]) -> list[str]:
    for line in lines:
        alone = _ALONE.search(line) if len(line) < _LONGEST_LINE else None
        if alone:
            return _split_words(alone["options"] or alone["listed"])
    return []


def _commands(lines: Sequence[str]) -> Iterator[tuple[str, list[tuple[str, list[str]]]]]:
    """Each command with its place: the tools of LLVM in its pipe, with their words. The best place first."""
    for pattern, origin in _PLACES:
        for line in lines:
            if len(line) >= _LONGEST_LINE:
                continue
            for found in pattern.finditer(line):
                parts = list(_parts(found["command"], prose=origin == "the text"))
                if parts:
                    yield origin, parts


def _parts(command: str, *, prose: bool) -> Iterator[tuple[str, list[str]]]:
    for part in _split(command):
        found = _COMMAND.search(" ".join(part))
        if found is None or not (prose or _may_precede(found.string[: found.start("tool")])):
            continue
        words = _split_words(found["rest"])
        if prose:
            words = list(_before_prose(words))
        if set(words) - _ASKS or (not prose and not words and found["tool"] in RUNNABLE):
            yield found["tool"], words


# What may be before a tool in a command: where it is, what runs it, variables, options of these.
_BEFORE = re.compile(
    r"(?:\S*[/\\])?(?:time|nice|not|gdb|lldb|valgrind|timeout|env|sudo|exec|bash|sh)?|-\S*|\w+=\S*|\d+s?"
)


def _may_precede(before: str) -> bool:
    return all(_BEFORE.fullmatch(word) for word in before.split())


def _before_prose(words: Iterable[str]) -> Iterator[str]:
    """The options and file names at the start of a sentence."""
    before = ""
    for word in words:
        value = before in _PAIRED or before.lstrip("-") in {"mtriple", "march", "mcpu", "mattr", "passes"}
        before = word
        if not value and not word.startswith("-") and not re.search(r"\.(?:ll|bc|c|cpp|mir)\b|^[<|-]", word):
            return
        yield _SENTENCE.sub("", word)


def _split(command: str) -> Iterator[list[str]]:
    """The parts of a pipe or a list of commands, without redirections."""
    part: list[str] = []
    for word in _split_words(command):
        if word in {"|", "||", "&&", ";", "|&", "&"}:
            yield part
            part = []
        else:
            part.append(word)
    yield part


def _split_words(command: str) -> list[str]:
    try:
        lexer = shlex.shlex(command, posix=True, punctuation_chars="|&;")
        lexer.whitespace_split = True
        lexer.commenters = ""
        return list(lexer)
    except ValueError:  # a quote that nothing closes
        return command.split()


def _run(origin: str, parts: Sequence[tuple[str, list[str]]]) -> ReportedCommand:
    steps = [check_options(tool, words) for tool, words in parts if tool in RUNNABLE][:3]
    upgraded = [upgrade_options(step) for step in steps]
    said = tuple(change for _step, change in upgraded if change)
    return ReportedCommand(tuple(step for step, _change in upgraded), steps[-1].tool, origin, said)


_LEVEL = re.compile(r"-O(?P<level>[0-3sz]|fast)?|-C?opt-level=(?P<rust>[0-3sz])")
# Options of clang (its driver and -cc1) and rustc, with the option of llc and opt that means the same.
_EQUAL = tuple(
    (re.compile(form), option)
    for form, option in (
        (r"--?(?:target|triple)=(?P<value>.+)", "-mtriple"),
        (r"-(?:target-cpu|mcpu|march|mtune)=(?P<value>.+)|-?Ctarget-cpu=(?P<rust>.+)", "-mcpu"),
        (r"-target-feature=(?P<value>.+)|-?Ctarget-feature=(?P<rust>.+)", "-mattr"),
        (r"-mcmodel=(?P<value>.+)", "-code-model"),
        (r"-?Crelocation-model=(?P<value>.+)", "-relocation-model"),
    )
)
_PAIRED = frozenset(
    {"-target", "--target", "-triple", "-target-cpu", "-target-feature", "-mllvm", "-C", "-o", "-x"}
)


def _translate(
    origin: str, part: tuple[str, list[str]], *, optimizing: bool | None, stage: str
) -> ReportedCommand:
    """What a front end's command is for llc or opt."""
    original, words = part
    options: list[str] = []
    for word in _paired(words):
        if level := _LEVEL.fullmatch(word):
            options.append(f"-O{(level['level'] or level['rust'] or '2').replace('fast', '3')}")
        elif word.startswith("-mllvm="):
            options.append(word.removeprefix("-mllvm="))
        elif word in {"-fPIC", "-fpic", "-fPIE", "-fpie"}:
            options.append("-relocation-model=pic")
        else:
            options += [
                f"{option}={found['value'] or found.groupdict().get('rust')}"
                for form, option in _EQUAL
                if (found := form.fullmatch(word))
            ][:1]
    features = ",".join(one.partition("=")[2] for one in options if one.startswith("-mattr="))
    others = [one for one in options if not one.startswith("-mattr=")]
    step = choose_tool(
        [*others, *([f"-mattr={features}"] if features else [])], optimizing=optimizing, stage=stage
    )
    said = f"the report runs {original}; the test runs {step.tool}, with what it has of the options"
    return ReportedCommand((step,), original, origin, (said,))


def choose_tool(options: Sequence[str], *, optimizing: bool | None, stage: str = "") -> Invocation:
    """`opt` with the pass that crashed, or the whole pipeline; else `llc`, whose only `-O` are 0 to 3."""
    levels = [one for one in options if re.fullmatch(r"-O[0-3sz]", one)]
    rest = [one for one in options if one not in levels]
    if not optimizing:
        codegen = [one.replace("s", "2").replace("z", "2") for one in levels]
        return check_options("llc", [*codegen, *rest])
    passes = pass_name(stage) or f"default<{(levels or ['-O2'])[-1][1:]}>"
    return check_options(
        "opt", [f"-passes={passes}", *(one for one in rest if not one.startswith("-relocation"))]
    )


def _paired(words: Sequence[str]) -> Iterator[str]:
    """The words, those of two as one: `-target X` is `-target=X`, `-C opt-level=3` is `-Copt-level=3`."""
    rest = [word for word in words if word != "-Xclang"]
    while rest:
        word = rest.pop(0)
        if word in _PAIRED and rest:
            value = rest.pop(0)
            yield f"-C{value}" if word == "-C" else f"{word}={value}"
        else:
            yield word
