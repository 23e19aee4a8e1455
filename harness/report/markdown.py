"""The report as GitHub Markdown, to be posted as a comment on a pull request."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from harness.coverage import PatchCoverage
from harness.model import ClaimResult, Outcome, Run, TestVerdict, Verdict
from harness.printable import one_line, printable, tail
from harness.report.coverage import describe_coverage, percentage
from harness.report.record import (
    CheckReport,
    SeriesReport,
    describe_build,
    describe_claim,
    describe_counts,
    is_suite_ok,
    list_lacking,
    tally,
)

# GitHub refuses comments of more than 65,536 characters; the evidence may take what tables leave.
_EVIDENCE = 45_000
_ROWS = 100
_TAIL = 20
# What Markdown, GitHub (@names, #numbers, addresses) or a table would read as its own.
_SPECIAL = re.compile(r"[\\`*_{}\[\]<>#|~&@$!]|:(?=//)|(?<=www)\.", re.IGNORECASE)


def write(report: CheckReport, changes: int = 0) -> str:
    """The verdict, a table of the series, then each series with its evidence folded away.

    So is the evidence for so many changes that no test notices, of each series.
    """
    assertions = "assertions enabled" if report.assertions else "no assertions"
    blocks = [
        f"## LLVM patch check: {_word(report.ok)}",
        f"LLVM {inline(report.llvm_version)}, {inline(report.toolchain)} ({inline(report.provenance)}), "
        f"builder {inline(report.builder)}, {assertions}, {report.seconds:.1f} s",
    ]
    if report.enclosure:
        enclosure = inline(report.enclosure)
        blocks.append(enclosure if report.is_enclosed else f"**{enclosure}**")
    if report.proviso:
        blocks.append(f"**{inline(report.proviso)}**")
    if report.remarks:
        blocks.append(_remarks(report.remarks))
    if report.series:
        blocks.append(_summary(report.series))
    room = _EVIDENCE
    for series in report.series:
        text = _series(series, room, changes)
        room -= min(room, sum(len(part) for part in text if part.startswith("<details>")))
        blocks += text
    if report.suite is not None:
        blocks += _suite(report, report.suite, room)
    return "\n\n".join(blocks) + "\n"


def _word(ok: bool) -> str:
    return "OK" if ok else "NOT OK"


def inline(text: str) -> str:
    """`text` as prose: nothing in it means anything to Markdown. Entities never start a construct."""
    return _SPECIAL.sub(lambda match: f"&#{ord(match[0])};", one_line(text))


def code(text: str) -> str:
    """`text` as code, safe inside a table too, where a code span cannot hold every character."""
    text = one_line(text)
    if not text:
        return ""
    return f"<code>{inline(text)}</code>" if re.search(r"[`|\\]", text) else f"`{text}`"


def fence(text: str, language: str = "") -> str:
    """`text` as a block of code, in a fence longer than any run of backticks in it."""
    text = printable(text)
    longest = max((len(run) for run in re.findall(r"`+", text)), default=0)
    marks = "`" * max(3, longest + 1)
    return f"{marks}{language}\n{text}\n{marks}"


def _table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [heads, ["---"] * len(heads), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def _details(summary: str, body: str) -> str:
    return f"<details><summary>{summary}</summary>\n\n{body}\n\n</details>"


def _summary(all_series: Sequence[SeriesReport]) -> str:
    measured = any(series.coverage is not None for series in all_series)
    rows = []
    for series in all_series:
        counts = dict(series.counts)
        held, claims, more = tally(series)
        rows.append(
            (
                code(series.name),
                series.kind.value,
                series.result.value,
                str(counts.get(Verdict.FIXED, 0)),
                str(counts.get(Verdict.REGRESSED, 0)),
                f"{held} of {claims}{more}",
                *([percentage(series.coverage)] if measured else []),
            )
        )
    heads = ("series", "kind", "verdict", "fixed", "regressed", "claims held")
    return _table((*heads, *(["patch coverage"] if measured else [])), rows)


def _series(series: SeriesReport, room: int, changes: int) -> list[str]:
    """One series in blocks. Those that start with `<details>` have at most `room` characters together."""
    blocks = [f"### {series.kind.value} {code(series.name)}: {inline(series.title)}"]
    reasons = [f"- {inline(reason)}" for reason in series.grounds]
    blocks.append("\n".join([f"**{series.result.value}**", *([""] if reasons else []), *reasons]))
    if series.reach is not None:
        blocks.append("\n".join(f"- {inline(line)}" for line in series.reach.lines))
    if series.remarks:
        blocks.append(_remarks(series.remarks))
    if series.error:
        blocks.append(fence(tail(series.error, _ROWS)))
    notable = series.notable
    if notable:
        blocks.append(_verdicts(series, notable))
    if len(notable) > _ROWS:
        blocks.append(f"and {len(notable) - _ROWS} more")
    if series.counts:
        blocks.append(describe_counts(series.counts))
    unsupported = (v.patched for v in series.verdicts if v.verdict is Verdict.UNSUPPORTED)
    if missing := list_lacking(unsupported):
        blocks.append("\n".join(f"- not run: {inline(line)}" for line in missing))
    if series.claims:
        rows = [(code(describe_claim(c.claim)), _held(c), str(len(c.tests))) for c in series.claims]
        blocks.append(_table(("claim", "holds", "tests"), rows))
    if series.coverage is not None:
        blocks += (covered := _coverage(series.coverage, room))
        room -= sum(map(len, covered))
    blocks += (evidence := _evidence(_differences(series, notable), room))
    if series.silent is not None:
        blocks.append("\n".join(f"- {inline(line)}" for line in series.silent.lines))
        silent = [(inline(c.title), c.diff) for c in series.silent.changes[:changes]]
        blocks += _evidence(silent, room - sum(map(len, evidence)))
    times = [f"- build {inline(b.name)}: {inline(_short(describe_build(b)))}" for b in series.builds]
    times += [f"- note on {inline(b.name)}: {inline(note)}" for b in series.builds for note in b.notes]
    if series.comparison is not None:
        times.append(f"- tests: base {series.base_seconds:.1f} s, patched {series.patched_seconds:.1f} s")
    return [*blocks, "\n".join(times)] if times else blocks


def _coverage(coverage: PatchCoverage, room: int) -> list[str]:
    """What was executed, as a list; the lines that were not are folded away if there is room for them."""
    lines = describe_coverage(coverage)
    told = [f"- {inline(_short(line))}" for line in lines if not line.startswith("  ")]
    found = "\n".join(_short(line.strip()) for line in lines if line.startswith("  "))
    block = _details("what no test executes", fence(found)) if found else ""
    return ["\n".join(told), *([block] if block and len(block) <= room else [])]


def _remarks(remarks: Sequence[str]) -> str:
    """How the input was read, as a list; a series of hundreds of patches must not fill the comment."""
    shown = [f"- note: {inline(_short(remark))}" for remark in remarks[:_ROWS]]
    more = [f"- and {len(remarks) - _ROWS} more notes"] if len(remarks) > _ROWS else []
    return "\n".join([*shown, *more])


def _held(result: ClaimResult) -> str:
    if not result.checked:
        return inline(result.why)
    return "yes" if result.held else "**no**"


def _short(text: str) -> str:
    return text if len(text) <= 500 else text[:500] + "..."


def _verdicts(series: SeriesReport, notable: Sequence[TestVerdict]) -> str:
    rows = []
    for v in notable[:_ROWS]:
        outcomes = (v.base.outcome.value, v.patched.outcome.value)
        rows.append((code(v.name), *outcomes, v.verdict.value, inline(_short(series.remark(v)))))
    return _table(("test", "base", "patched", "verdict", "note"), rows)


def _differences(series: SeriesReport, notable: Sequence[TestVerdict]) -> list[tuple[str, str]]:
    """The evidence for verdicts, each with its summary."""
    shown = ((v, series.difference(v.name)) for v in notable)
    return [(f"<code>{inline(v.name)}</code> {v.verdict.value}", text) for v, text in shown if text]


def _evidence(differences: Iterable[tuple[str, str]], room: int) -> list[str]:
    """The differences, folded away, as many as there is room for."""
    blocks: list[str] = []
    left_out = 0
    for summary, text in differences:
        language = "diff" if text.startswith("--- ") else ""
        block = _details(summary, fence(text, language))
        if len(block) > room:
            left_out += 1
            continue
        room -= len(block)
        blocks.append(block)
    if left_out:
        blocks.append(f"{left_out} more differences are in the other reports of this check.")
    return blocks


def _suite(report: CheckReport, run: Run, room: int) -> list[str]:
    """A run without a patch: how many of each outcome, every red test folded away."""
    counts = [(o.value, n) for o in Outcome if (n := sum(r.outcome is o for r in run.results))]
    blocks = [
        f"### suite on {inline(run.toolchain)}",
        f"**{_word(is_suite_ok(run))}**, {len(run.results)} tests in {run.elapsed:.1f} s",
    ]
    if counts:
        blocks.append(_table(("outcome", "tests"), [(name, str(number)) for name, number in counts]))
    if missing := list_lacking(run.results):
        blocks.append("\n".join(f"- not run: {inline(line)}" for line in missing))
    for result in run.results:
        if result.outcome.is_red:
            why = report.failure(result) or tail(result.output, _TAIL) or "(no output)"
            block = _details(f"<code>{inline(result.name)}</code> {result.outcome.value}", fence(why))
            if len(block) > room:
                blocks.append("More red tests are in the other reports of this check.")
                break
            room -= len(block)
            blocks.append(block)
    return blocks
