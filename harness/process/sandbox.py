"""Enclosing a child: how this machine can do it, and the command that does.

Bubblewrap, where it is installed and user namespaces work: a child sees only its jail. Else Landlock with
seccomp: a child sees names and metadata of all files, but opens and changes only what its jail holds. Else
nothing is enclosed unless the user says so.
"""

from __future__ import annotations

import enum
import errno
import os
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness.errors import EnvironmentLacksError, UsageError
from harness.process import bubblewrap, landlock
from harness.process.child import Child, Keeper
from harness.process.jail import Jail, JailKind
from harness.process.kill import bind_group_to_parent
from harness.process.limits import Limits
from harness.process.namespace import Namespace
from harness.process.room import Room

# What chooses the mode, for this process and for those of ours that it starts.
VARIABLE = "HARNESS_SANDBOX"
# The option of commands that turns it off.
NO_SANDBOX = "--no-sandbox"
# What `Sandbox.summary` begins with then.
NOT_ENCLOSED = "NOT ENCLOSED"


class Mode(enum.Enum):
    """How children are enclosed. The value is what VARIABLE and the reports call it."""

    BUBBLEWRAP = "bubblewrap"
    LANDLOCK = "landlock"
    OFF = "off"


@dataclass(frozen=True, slots=True)
class Sandbox:
    """What encloses children here; `gaps` are what it does not hold off, for `doctor` and the reports."""

    mode: Mode
    gaps: tuple[str, ...] = ()
    bwrap: str = ""
    abi: int = 0

    @property
    def summary(self) -> str:
        """In one line, for reports: `enclosed by Landlock (ABI 7); not held off: ...`."""
        if self.mode is Mode.OFF:
            return f"{NOT_ENCLOSED}: {NO_SANDBOX}, what a patch brings ran with all of the user's rights"
        name = f"Landlock (ABI {self.abi})" if self.mode is Mode.LANDLOCK else self.mode.value
        return "; ".join([f"enclosed by {name}", *(f"not held off: {gap}" for gap in self.gaps)])


def start_enclosed(
    argv: Sequence[str],
    jail: Jail,
    limits: Limits,
    *,
    env: Mapping[str, str | None],
    cwd: Path | None = None,
    **streams: Any,
) -> Child:
    """Start a child in its jail, with no environment but `env` and what the jail gives.

    Without `cwd` it starts in its home: the caller may be where nothing is for it.
    Raises FileNotFoundError if there is no such program, EnvironmentLacksError if nothing can enclose it.
    """
    home = jail.writes[0] if jail.writes else Path("/")
    environment, place, here = jail.environment(env), cwd or home, current()
    program = argv[0] if "/" in argv[0] else shutil.which(argv[0], path=environment.get("PATH"))
    if program is None or not (place / program).exists():
        raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), argv[0])
    words, keeper, channels, namespace = list(argv), Keeper.NONE, jail.channels, None
    if here.mode is Mode.BUBBLEWRAP:
        namespace = Namespace()
        words = bubblewrap.enclose(here.bwrap, argv, jail, limits, place, namespace)
        keeper, channels = Keeper.TELLS, (*channels, namespace.info)
    elif here.mode is Mode.LANDLOCK:
        words, keeper = landlock.enclose(program, argv, jail, limits, here.abi), Keeper.ENDS
    elif jail.kind is JailKind.BUILD:
        # Jails end with their parent. Without one, what runs for hours has to be told to.
        words = bind_group_to_parent([program, *argv[1:]])
    rooms = [Room(path, limits.files) for path in jail.writes if limits.files]
    streams |= {"cwd": place, "env": environment, "pass_fds": channels}
    return Child(words, limits, keeper, rooms, namespace, **streams)


_LANDLOCK = Mode.LANDLOCK.value
# What `current` found, by what was asked for: probing starts a process.
_found: dict[str, Sandbox] = {}


def current() -> Sandbox:
    """What encloses children of this process. Raises EnvironmentLacksError if nothing can."""
    wanted = os.environ.get(VARIABLE, "auto")
    if wanted not in _found:
        _found[wanted] = _find(wanted)
    return _found[wanted]


def _find(wanted: str) -> Sandbox:
    named = [mode.value for mode in Mode]
    name, _, version = wanted.partition(":")
    known = name in {"auto", *named} and (not version or (name == _LANDLOCK and version.isdecimal()))
    if not known:
        raise UsageError(f"{VARIABLE}={wanted}: no such sandbox", f"choose auto, {', '.join(named)}")
    if name == Mode.OFF.value:
        return Sandbox(Mode.OFF, ("everything: patches run with all of your rights",))
    reasons = []
    if name in {"auto", Mode.BUBBLEWRAP.value}:
        program, reason = bubblewrap.probe()
        if not reason:
            return Sandbox(Mode.BUBBLEWRAP, bwrap=program)
        reasons.append(f"bubblewrap: {reason}")
    if name in {"auto", _LANDLOCK}:
        abi, reason = landlock.probe()
        if not reason:
            # An older one may be asked for: whoever has a newer kernel sees what the other machine holds off.
            abi = min(abi, int(version or abi))
            return Sandbox(Mode.LANDLOCK, landlock.gaps(abi), abi=abi)
        reasons.append(f"landlock: {reason}")
    raise EnvironmentLacksError(
        "nothing here can enclose what a patch runs",
        "install bubblewrap, or take a Linux with Landlock (5.13); --no-sandbox runs them with your rights",
        "\n".join(reasons),
    )
