"""The result of a campaign as text, as JSON, and as lit tests in a folder."""

from __future__ import annotations

import shlex
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from harness.errors import UsageError
from harness.fuzz import reproducer, targets
from harness.fuzz.campaign import FuzzFinding, Summary
from harness.litsite.elsewhere import write_configuration
from harness.report import wire


def replay(words: tuple[str, ...], finding: FuzzFinding) -> str:
    """The command that reproduces a finding; `words` are the user's options for LLVM and hazards."""
    more = ("--seed", str(finding.seed), "--count", "1", "--target", finding.target)
    return shlex.join(("harness", "fuzz", *words, *more))


def finding_lines(one: FuzzFinding, words: tuple[str, ...]) -> Iterator[str]:
    """A finding as text."""
    head = f"known: {one.case}" if one.case else "new"
    yield f"{head}: {one.target}: {one.defect.oracle}: {one.defect.text}"
    if not one.case:
        yield f"  {replay(words, one)}"


def lines(summary: Summary) -> Iterator[str]:
    """The last lines: how often each finding was met, then the totals."""
    for one in sorted(summary.findings.values(), key=lambda each: (bool(each.case), each.key)):
        head = f"known: {one.case}" if one.case else "new"
        met = ", ".join(f"{count} on {name}" for name, count in one.met.items())
        yield f"{head}: {one.target}: {one.defect.oracle}: {one.defect.key} ({met})"
    stopped = "interrupted: " if summary.interrupted else ""
    known = len(summary.findings) - len(summary.new)
    yield (
        f"{stopped}{summary.modules} modules, {summary.functions} functions, {summary.sites} sites:"
        f" {len(summary.new)} new findings, {known} known"
    )
    yield f"go on with --seed {summary.next_seed}"


@dataclass(frozen=True, slots=True)
class _FindingRecord:
    case: str | None
    target: str
    oracle: str
    key: str
    text: str
    seed: int
    replay: str
    met: dict[str, int]


@dataclass(frozen=True, slots=True)
class _Record:
    version: int
    llvm: tuple[str, ...]
    modules: int
    functions: int
    sites: int
    next_seed: int
    interrupted: bool
    findings: tuple[_FindingRecord, ...]


def encode(summary: Summary, llvms: tuple[str, ...], words: tuple[str, ...]) -> bytes:
    """The campaign as indented JSON with a final newline."""
    findings = tuple(
        _FindingRecord(
            *(one.case or None, one.target, one.defect.oracle, one.defect.key, one.defect.text, one.seed),
            replay(words, one),
            one.met,
        )
        for one in summary.findings.values()
    )
    numbers = (summary.modules, summary.functions, summary.sites, summary.next_seed)
    return wire.encode(_Record(wire.VERSION, llvms, *numbers, summary.interrupted, findings))


def keep(finding: FuzzFinding, words: tuple[str, ...], folder: Path, suite: Path) -> Path | None:
    """Write a finding as a lit test, with what lit needs to run it. Raises UsageError.

    None if it was not reduced: a known defect has a test already.
    """
    if finding.module is None:
        return None
    inputs = folder / "Inputs"
    path = folder / reproducer.name(finding.target, finding.defect)
    machine = targets.find(finding.target).runtime.machine
    try:
        inputs.mkdir(parents=True, exist_ok=True)
        configuration = write_configuration(str(suite / "lit.cfg.py"), "findings")
        (folder / "lit.cfg.py").write_text(configuration)
        shutil.copy(suite / "AOT/Inputs" / f"{machine}.s", inputs)
        path.write_text(reproducer.text(finding.module, finding.defect, replay(words, finding)))
    except OSError as error:
        raise UsageError(f"--out {folder}: {error.strerror}", "name a folder that can be written") from None
    return path
