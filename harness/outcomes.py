"""What the suite did on a build it ran on before: kept, so that the base is not run again."""

from __future__ import annotations

from pathlib import Path

import msgspec

from harness.model import Outcome, Run, Toolchain
from harness.store import Store, digest, file_digest
from harness.suite.lit_runner import Suite

_RECORD = "run.json"
# Outcomes that may be the machine's fault are not kept.
_UNSURE = {Outcome.TIMEOUT, Outcome.UNRESOLVED}


def key(toolchain: Toolchain, suite: Suite) -> str:
    """Names the tools, every file of the suite, how it is run, and the code that runs it."""
    code = Path(__file__).parent
    files = [*code.glob("suite/*.py"), code / "worker.py", code / "process.py", *code.glob("crash/*.py")]
    if not suite.identity:
        files += (p for p in suite.root.rglob("*") if p.is_file() and "__pycache__" not in p.parts)
    texts = (f"{path} {file_digest(path)}" for path in sorted(files))
    which = f"{suite.names} {suite.pattern!r} {suite.inputs} {suite.prefix} {suite.site!r} {suite.identity}"
    how = f"{suite.filecheck} {suite.expectations} {suite.params} {which}"
    # Emulators come and go without the LLVM, and tests with them.
    return digest(toolchain.identity, toolchain.version, how, *sorted(toolchain.tools), *texts)


def kept(store: Store, toolchain: Toolchain, suite: Suite) -> Run | None:
    """The run as it was, or None. Its `elapsed` is what it took then."""
    if suite.site and not suite.identity:
        return None
    entry = store.get("outcomes", key(toolchain, suite))
    return msgspec.json.decode((entry / _RECORD).read_bytes(), type=Run) if entry else None


def keep(store: Store, toolchain: Toolchain, suite: Suite, run: Run) -> None:
    """Keep a run, unless some of its outcomes may be the machine's fault, or nobody can tell what was run."""
    if suite.site and not suite.identity:
        return
    if any(result.outcome in _UNSURE for result in run.results):
        return

    def write(aside: Path) -> None:
        (aside / _RECORD).write_bytes(msgspec.json.encode(run))

    store.make("outcomes", key(toolchain, suite), write)
