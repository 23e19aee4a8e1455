"""What the suite did on a build it ran on before: kept, so that the base is not run again."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from pathlib import Path

import msgspec

from harness.model import Outcome, Run, Toolchain
from harness.store import Store, digest, file_digest
from harness.suite.lit_runner import Suite

_RECORD = "run.json"
# Outcomes that may be the machine's fault are not kept.
_UNSURE = {Outcome.TIMEOUT, Outcome.UNRESOLVED}


@dataclass(frozen=True, slots=True)
class Kept:
    """A run without the outcomes that may be the machine's fault; `unsure` are the names of these tests."""

    run: Run
    unsure: tuple[str, ...]


def key(toolchain: Toolchain, suite: Suite) -> str:
    """Names the tools, every file of the suite, how it is run, and the code that runs it."""
    code = Path(__file__).parent
    files = [*code.glob("suite/*.py"), code / "worker.py", code / "process.py", *code.glob("crash/*.py")]
    if not suite.identity:
        files += (p for p in suite.root.rglob("*") if p.is_file() and "__pycache__" not in p.parts)
    texts = (f"{path} {file_digest(path)}" for path in sorted(files))
    which = f"{suite.names} {suite.pattern!r} {suite.inputs} {suite.prefix} {suite.site!r} {suite.identity}"
    how = f"2 {suite.filecheck} {suite.expectations} {suite.params} {which}"
    # Emulators come and go without the LLVM, and tests with them.
    return digest(toolchain.identity, toolchain.version, how, *sorted(toolchain.tools), *texts)


def kept(store: Store, toolchain: Toolchain, suite: Suite) -> Kept | None:
    """The run as it was, or None. Its `elapsed` is what it took then.

    Of a suite with a pattern it may be a part of the whole suite's.
    """
    if suite.site and not suite.identity:
        return None
    for one in (suite, replace(suite, pattern="")) if suite.pattern else (suite,):
        if entry := store.get("outcomes", key(toolchain, one)):
            found = msgspec.json.decode((entry / _RECORD).read_bytes(), type=Kept)
            return found if one is suite else _part(found, suite.pattern)
    return None


def _part(found: Kept, pattern: str) -> Kept:
    results = tuple(result for result in found.run.results if re.search(pattern, result.name))
    unsure = tuple(name for name in found.unsure if re.search(pattern, name))
    return Kept(replace(found.run, results=results, elapsed=sum(r.elapsed for r in results)), unsure)


def keep(store: Store, toolchain: Toolchain, suite: Suite, run: Run) -> None:
    """Keep what is sure of a run, unless nobody can tell what was run."""
    if suite.site and not suite.identity:
        return
    sure = tuple(result for result in run.results if result.outcome not in _UNSURE)
    unsure = tuple(result.name for result in run.results if result.outcome in _UNSURE)
    if not sure:
        return

    def write(aside: Path) -> None:
        (aside / _RECORD).write_bytes(msgspec.json.encode(Kept(replace(run, results=sure), unsure)))

    store.make("outcomes", key(toolchain, suite), write)
