"""The one root of all errors the harness raises on purpose.

Every error carries fields, says what is wrong in one line and what to do next in another, and knows
its exit code. The command line prints it in one place (`harness.cli`); nothing else formats errors.
"""

from __future__ import annotations

from dataclasses import dataclass, fields

from harness.printable import safe_line

# Characters of what an error says in one line.
_LONGEST = 1000
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
        parts = [_brief(safe_line(self.what))]
        if self.detail:
            parts.extend("  " + line for line in self.detail.rstrip("\n").splitlines())
        parts.append(f"next: {safe_line(self.next_step)}")
        return "\n".join(parts)

    def __reduce__(self) -> tuple[type[HarnessError], tuple[object, ...]]:
        # Errors cross process boundaries (the suite's workers); Exception's own pickling loses fields.
        return (type(self), tuple(getattr(self, field.name) for field in fields(self)))


def _brief(line: str) -> str:
    """A line as it is, unless it is absurdly long: arguments may have megabytes."""
    return line if len(line) <= _LONGEST else f"{line[: _LONGEST // 2]}...{line[-_LONGEST // 2 :]}"


class UsageError(HarnessError):
    """Bad input or usage: nothing was changed (exit code 2)."""


class PatchError(HarnessError):
    """The patch does not apply, or LLVM does not build with it (exit code 3)."""

    exit_code = EXIT_PATCH


class EnvironmentLacksError(HarnessError):
    """The machine lacks something: a tool, the network, disk space (exit code 4)."""

    exit_code = EXIT_ENVIRONMENT


class HarnessFaultError(HarnessError):
    """The harness itself is wrong, and has no answer (exit code 4, never that of a verdict)."""

    exit_code = EXIT_ENVIRONMENT
