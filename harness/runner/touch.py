"""What a series does to one of LLVM's own tests that the base has."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from harness.runner import weaker
from harness.runner.llvm_tests import TESTS, configures, folder_of_tests


@dataclass(frozen=True, slots=True)
class Touch:
    """What a series does to one of base's tests.

    `deleted`: the file is gone. `moved`: where it is now, if the series moves it. `text`: it changes it, or a
    file that it names. `configured`: it changes lit's configuration of the folder. `fewer_runs` and
    `fewer_checks` say what the new text lacks, empty for nothing.
    """

    deleted: bool = False
    moved: str = ""
    text: bool = False
    configured: bool = False
    fewer_runs: str = ""
    fewer_checks: str = ""


def find_touch(base: Path, patched: Path, name: str, kinds: Mapping[str, str], moved: str = "") -> Touch:
    """What a change of files does to a test of the base's tree; `kinds` says how each file is changed.

    `moved` is the test's new path, if the series moves it.
    """
    if kinds.get(name) == "deleted" and not moved:
        return Touch(deleted=True)
    now = moved or name
    old = _text(base / name)
    new = _text(patched / now) if now in kinds else old
    files = [path for path in sorted(kinds) if _is_text(path) and path != name]
    named = [path for path in files if PurePosixPath(path).name in old]
    before, after = ("".join(_text(tree / path) for path in named) for tree in (base, patched))
    return Touch(
        moved=moved,
        text=now in kinds or bool(named),
        configured=any(configures(path) and now.startswith(f"{folder_of_tests(path)}/") for path in kinds),
        fewer_runs=weaker.fewer_runs(old, new),
        fewer_checks=weaker.fewer_checks(f"{old}\n{before}", f"{new}\n{after}"),
    )


def _text(file: Path) -> str:
    return file.read_text("utf-8", "replace") if file.is_file() else ""


def _is_text(path: str) -> bool:
    """Whether a test may name the file as an input; a script is that too, though lit could import it."""
    name = PurePosixPath(path).name
    return path.startswith(f"{TESTS}/") and not (name.startswith("lit.") or name.endswith(".cfg"))
