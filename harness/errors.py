"""The one root of all errors the harness raises on purpose.

Every error carries fields, says what is wrong in one line and what to do next in another, and knows
its exit code. The command line prints it in one place (`harness.cli`); nothing else formats errors.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, fields

from harness.printable import safe_line

# Characters of what an error says in one line, of a line of its evidence, and how many lines that has.
_LONGEST, _LONGEST_EVIDENCE, _MOST_LINES = 1000, 4000, 400
EXIT_OK = 0
EXIT_VERDICT = 1
EXIT_USAGE = 2
EXIT_PATCH = 3
EXIT_ENVIRONMENT = 4


@dataclass(eq=False)
class HarnessError(Exception):
    """A failure with its cause and its remedy.

    `what` is one line naming the file, line or key; `next_step` tells what to type or change;
    `detail` holds the evidence (a compiler's message, the lines a patch expected), maybe many lines.
    """

    what: str
    next_step: str
    detail: str = ""

    exit_code = EXIT_USAGE

    def __str__(self) -> str:
        # Names that others chose are in it: what is one line stays one.
        parts = [_brief(safe_line(self.what), _LONGEST)]
        parts.extend(f"  {line}" for line in _evidence(self.detail))
        parts.append(f"next: {safe_line(self.next_step)}")
        return "\n".join(parts)

    def __reduce__(self) -> tuple[type[HarnessError], tuple[object, ...]]:
        # Errors cross process boundaries (the suite's workers); Exception's own pickling loses fields.
        return (type(self), tuple(getattr(self, field.name) for field in fields(self)))


def _brief(line: str, most: int) -> str:
    """A line as it is, unless it is absurdly long: arguments, and what tools write, may have megabytes."""
    return line if len(line) <= most else f"{line[: most // 2]}...{line[-(most // 2) :]}"


def _evidence(detail: str) -> list[str]:
    """The lines of an evidence, the first and the last of very many."""
    lines = [_brief(line, _LONGEST_EVIDENCE) for line in detail.rstrip("\n").splitlines()]
    half = _MOST_LINES // 2
    left_out = f"... {len(lines) - 2 * half} more lines ..."
    return lines if len(lines) <= _MOST_LINES else [*lines[:half], left_out, *lines[-half:]]


class UsageError(HarnessError):
    """Bad input or usage: nothing was changed (exit code 2)."""


class PatchError(HarnessError):
    """The patch does not apply, or LLVM does not build with it (exit code 3)."""

    exit_code = EXIT_PATCH


class EnvironmentLacksError(HarnessError):
    """The machine lacks something: a tool, the network, disk space (exit code 4)."""

    exit_code = EXIT_ENVIRONMENT


class AbsentError(EnvironmentLacksError):
    """What was asked for does not exist where it was looked for, and whoever looked got an answer (code 4).

    Never a mirror that does not answer, nor a full disk: these say nothing of what there is.
    """


class HarnessFaultError(HarnessError):
    """The harness itself is wrong, and has no answer (exit code 4, never that of a verdict)."""

    exit_code = EXIT_ENVIRONMENT


class Failure(str):
    """Why something came to nothing, as a value of a report: what is wrong and what to do next, in lines.

    Empty if nothing is wrong. A text, as that is all of it that the JSON has; `exit_code` is what a command
    ends with for it.
    """

    __slots__ = ("exit_code",)
    exit_code: int

    def __new__(cls, text: str = "", exit_code: int = EXIT_PATCH) -> Failure:
        """A failure of this text."""
        made = super().__new__(cls, text)
        made.exit_code = exit_code
        return made

    @classmethod
    def of(cls, error: HarnessError) -> Failure:
        """The failure that an error is."""
        return cls(str(error), error.exit_code)


NO_FAILURE = Failure()


def exit_code_of(failures: Iterable[Failure], *, ok: bool = True) -> int:
    """What a command ends with: the worst of what failed, else whether its verdict is `ok`."""
    codes = [failure.exit_code for failure in failures if failure]
    return max(codes, default=EXIT_OK if ok else EXIT_VERDICT)
