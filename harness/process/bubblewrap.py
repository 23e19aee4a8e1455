"""Jails by bubblewrap: a child has namespaces of its own, with nothing of the machine but what is named."""

from __future__ import annotations

import resource
import shutil
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path

from harness.process.child import DEVNULL, PIPE, Child
from harness.process.jail import Jail, JailKind, machine_paths, with_real
from harness.process.limits import MIB, Limits, resource_limits
from harness.process.namespace import Namespace

# Memory in each jail, of a size of its own.
_MEMORY = ("/dev/shm", "/tmp")  # noqa: S108 - they are the jail's
_TMP_BYTES = 1024 * MIB
_PROBE_LIMITS = Limits(wall=10)
# A file system that somebody else put here, so that `where` finds a bubblewrap that is on no PATH.
_provided: list[str] = []

_NAMESPACES = (
    "--unshare-user",
    "--unshare-ipc",
    "--unshare-pid",
    "--unshare-net",
    "--unshare-uts",
    "--unshare-cgroup-try",
)


def provide(program: Path) -> None:
    """Use this bubblewrap if the machine has none of its own."""
    _provided[:] = [str(program)]
    probe.cache_clear()


@cache
def probe() -> tuple[str, str]:
    """The bubblewrap of this machine, and why it cannot be used (empty if it can)."""
    program = shutil.which("bwrap") or (_provided[0] if _provided else "")
    if not program:
        return "", "bwrap: not found"
    command = [program, *_NAMESPACES, "--ro-bind", "/", "/", "--proc", "/proc", "true"]
    try:
        child = Child(command, _PROBE_LIMITS, stdin=DEVNULL, stdout=DEVNULL, stderr=PIPE)
    except OSError as error:
        return program, str(error)
    said = child.communicate()[1].decode("utf-8", "replace").strip()
    if child.returncode == 0:
        return program, ""
    return program, said.splitlines()[-1] if said else f"it ended with status {child.returncode}"


def enclose(
    program: str, argv: Sequence[str], jail: Jail, limits: Limits, cwd: Path, namespace: Namespace
) -> list[str]:
    """The command that runs `argv` in its jail. All that it starts ends with it, and with its `namespace`."""
    words = [*_limited(limits), program, *_NAMESPACES, "--die-with-parent", "--cap-drop", "ALL"]
    words += ["--info-fd", str(namespace.info)]
    if jail.kind is JailKind.WORKER:
        # The first process of a PID namespace gets no signal from inside that it does not want, not even
        # SIGKILL: no tool can stop its worker. A tool itself has to die of its own signals.
        words.append("--as-pid-1")
    words += ["--proc", "/proc", "--dev", "/dev", "--remount-ro", "/dev"]
    for place in _MEMORY:
        words += ["--size", str(_TMP_BYTES), "--tmpfs", place]
    for flag, path in _mounts(jail):
        words += [flag, str(path), str(path)]
    # What holds the mount points is memory without a bound.
    return [*words, "--remount-ro", "/", "--chdir", str(cwd), "--", *argv]


def _mounts(jail: Jail) -> Iterator[tuple[str, Path]]:
    """What to mount, and how: what is inside something else after it."""
    flags = dict.fromkeys(
        (*machine_paths(), *with_real(path for path in jail.reads if path.exists())), "--ro-bind"
    )
    flags |= dict.fromkeys(with_real(jail.writes), "--bind")
    for path in sorted(flags, key=lambda path: len(path.parts)):
        yield flags[path], path


_OPTIONS = {
    resource.RLIMIT_CORE: "core",
    resource.RLIMIT_CPU: "cpu",
    resource.RLIMIT_AS: "as",
    resource.RLIMIT_FSIZE: "fsize",
}


def _limited(limits: Limits) -> list[str]:
    """The words in front of a command that has these limits from its first instruction on."""
    bounds = resource_limits(limits).items()
    # A user may have no PATH.
    program = shutil.which("prlimit") or "/usr/bin/prlimit"
    return [program, *(f"--{_OPTIONS[what]}={soft}:{hard}" for what, (soft, hard) in bounds), "--"]
