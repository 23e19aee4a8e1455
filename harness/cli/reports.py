"""The files a command writes: refused before the work if they cannot be, and never instead of a verdict."""

from __future__ import annotations

import contextlib
import errno
import os
import tempfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

from harness.console.say import ReaderGoneError, complain
from harness.errors import EnvironmentLacksError, HarnessError, UsageError
from harness.faults import explain_fault


def require(reports: Mapping[str, Path | None], inputs: Iterable[str | Path] = ()) -> None:
    """Find out before minutes of work, not after. `reports` are files by their option.

    Raises UsageError if one cannot be written, is there for two reports, or is one of the `inputs`.
    """
    taken: dict[tuple[int, int] | str, str] = {}
    for option, report in reports.items():
        if report is None:
            continue
        _require_writable(report)
        place = _place(report)
        if place in taken:
            raise UsageError(f"{report}: is given for {taken[place]} and for {option}", "name two files")
        if place:
            taken[place] = option
    for given in inputs:
        if (place := _place(Path(given))) in taken and Path(given).exists():
            raise UsageError(
                f"{given}: is read, and {taken[place]} would write over it",
                "give another file",
            )


def require_folder(option: str, folder: Path | None) -> None:
    """The same of a folder that findings go to. Raises UsageError."""
    if folder is None:
        return
    missing = [one for one in (folder, *folder.parents) if not one.exists()]
    try:
        folder.mkdir(parents=True, exist_ok=True)
        # Permissions do not say it all: nobody can create a file in /proc, whose mode says that root can.
        tempfile.TemporaryFile(dir=folder).close()
    except OSError as error:
        raise UsageError(
            f"{option} {folder}: {error.strerror}", "name a folder that can be written"
        ) from None
    finally:
        for one in missing:
            with contextlib.suppress(OSError):
                one.rmdir()


def deliver(show: Callable[[], None], files: Sequence[tuple[Path | None, Callable[[], str | bytes]]]) -> None:
    """Print the verdict first, then write every report that can be; raise what went wrong at last."""
    failures: list[Exception] = []
    steps = [show, *(_writer(path, text) for path, text in files if path is not None)]
    for step in steps:
        try:
            step()
        except ReaderGoneError as error:
            failures.append(error)
        except Exception as error:  # a report that cannot be made must not take the others with it
            failures.append(explain_fault(error))
    known = [error for error in failures if isinstance(error, HarnessError)]
    for other in known[1:]:
        complain(f"harness: error: {other}")
    if failures:
        raise (known or failures)[0]


def _writer(path: Path, content: Callable[[], str | bytes]) -> Callable[[], None]:
    def write() -> None:
        made = content()
        made = made.encode() if isinstance(made, str) else made
        try:
            path.write_bytes(made)
        except OSError as error:
            raise EnvironmentLacksError(
                f"{path}: cannot be written: {error.strerror}",
                "the verdict is above; for this report, run it again with another file",
            ) from None

    return write


def _require_writable(report: Path) -> None:
    try:
        new = not report.exists()
        if new or report.is_file():
            report.open("a").close()
        elif not os.access(report, os.W_OK):  # a pipe, a terminal: opening it may wait for a reader
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
    except OSError as error:
        raise UsageError(f"{report}: cannot be written: {error.strerror}", "give another file") from None
    if new:
        report.unlink()


def _place(path: Path) -> tuple[int, int] | str:
    """What tells one file from another, by whatever name; empty for what any number of reports may go to."""
    try:
        found = path.stat()
    except OSError:
        return str(path.resolve())
    return (found.st_dev, found.st_ino) if path.is_file() else ""
