"""`docs/upstream.md`: each series of patches/ with its bug, its age, its verdicts, and how to send it.

Made of the series' own words and of records that `harness check --json` wrote, so that no verdict in it is
typed by hand: `python -m harness.upstream RECORD...`, the oldest first. Records of several calls about one
series and version are put together, such as one with `lit-tests` and one with LLVM's own tests; of a test or
claim in several of them the last counts.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from harness.errors import EXIT_OK, HarnessError, UsageError
from harness.model import TestVerdict, Verdict
from harness.report.record import CheckReport, SeriesReport, counted, decode
from harness.series.catalogue import Entry, entries

PAGE = Path("docs/upstream.md")
_OWN = "llvm/test/"
_HEAD = """\
# For LLVM

Each series of `patches/` as its maintainers would be asked to review it: the bug, how old it is, what the
harness says, and how to send it. Made by `make upstream` from what `harness check` recorded; do not edit.

A verdict on `lit-tests/` and one on LLVM's own tests stand apart. Of the latter those of `llvm/test/CodeGen`
with a patch point, a stack map or a statepoint in them were run on both sides, by the release's own
FileCheck; how many of which folder, the line below each table says.
"""

Verdicts = Mapping[tuple[str, str], Sequence[SeriesReport]]
"""What was recorded, by series and LLVM version."""


def page(found: Sequence[Entry], reports: Iterable[CheckReport]) -> str:
    """The page. Raises UsageError if a series has a version that nothing was recorded about."""
    known: dict[tuple[str, str], list[SeriesReport]] = {}
    for report in reports:
        for series in report.series:
            known.setdefault((series.name, report.llvm_version), []).append(series)
    blocks = [_HEAD, *_overview(found, known)]
    for entry in found:
        blocks += ["", *_section(entry, known)]
    return "\n".join(blocks).rstrip() + "\n"


def _of(known: Verdicts, entry: Entry, version: str) -> tuple[TestVerdict, ...]:
    """Every test's verdict, each once: that of the last record."""
    reports = known.get((entry.folder.name, version), ())
    if not reports:
        raise UsageError(
            f"no record has {entry.folder.name} on LLVM {version}",
            f"harness check {entry.folder.name} --llvm {version} --json FILE, and give FILE too",
        )
    if reports[-1].error:
        raise UsageError(f"{entry.folder.name} on LLVM {version}: {reports[-1].reasons[0]}", "mend it first")
    return tuple({one.name: one for report in reports for one in report.verdicts}.values())


def _claims(known: Verdicts, entry: Entry, version: str) -> str:
    """`2/2`: how many of the claims the series has hold, by the last record that checked each."""
    checked = {
        result.claim: result.held
        for report in known[entry.folder.name, version]
        for result in report.claims
        if result.checked
    }
    claims = entry.recipe.claims_for(version)
    return f"{sum(checked.get(claim, False) for claim in claims)}/{len(claims)}"


def _overview(found: Sequence[Entry], known: Verdicts) -> Iterator[str]:
    yield "| series | cases | LLVM | fixed | regressed | claims | LLVM's own tests |"
    yield "|---|---|---|---|---|---|---|"
    for entry in found:
        name = entry.folder.name
        for version in entry.recipe.versions:
            verdicts = _of(known, entry, version)
            counts = Counter(one.verdict for one in verdicts)
            own = sum(one.name.startswith(_OWN) for one in verdicts)
            cells = (
                f"[{name}](#{name})",
                ", ".join(entry.recipe.cases),
                version,
                str(counts[Verdict.FIXED]),
                str(counts[Verdict.REGRESSED]),
                _claims(known, entry, version),
                str(own),
            )
            yield f"| {' | '.join(cells)} |"


def _section(entry: Entry, known: Verdicts) -> Iterator[str]:
    recipe, name = entry.recipe, entry.folder.name
    yield f"## {name}\n"
    yield f"{recipe.title}."
    yield ""
    if recipe.since:
        yield f"- Since: {recipe.since}"
    yield f"- Upstream: {recipe.upstream}"
    for version, patches in entry.patches.items():
        number = len(patches)
        yield f"- {version}: {number} patch{'' if number == 1 else 'es'} in `patches/{name}/{version}`"
    for version in recipe.versions:
        yield ""
        yield from _table(version, _of(known, entry, version))
    newest = recipe.versions[-1]
    yield "\n```sh"
    yield f"git switch -c {name} origin/main"
    yield f"git am -3 $HARNESS/patches/{name}/{newest}/*.patch"
    yield "gh pr create --repo llvm/llvm-project --fill"
    yield "```"


def _table(version: str, verdicts: Sequence[TestVerdict]) -> Iterator[str]:
    trivial = {Verdict.PASSES, Verdict.STILL_FAILING, Verdict.UNSUPPORTED}
    yield f"| on LLVM {version} | base | patched | verdict |"
    yield "|---|---|---|---|"
    for one in sorted(verdicts, key=lambda each: each.name):
        if one.verdict not in trivial:
            outcomes = f"{one.base.outcome.value} | {one.patched.outcome.value}"
            yield f"| `{one.name}` | {outcomes} | {one.verdict.value} |"
    for what, own in (("lit-tests", False), ("LLVM's own", True)):
        some = [one for one in verdicts if one.name.startswith(_OWN) is own]
        counts = Counter(one.verdict for one in some if one.verdict in trivial)
        said = counted((verdict, counts[verdict]) for verdict in Verdict if counts[verdict])
        where = f" ({_folders(some)})" if own else ""
        if said:
            yield f"\n{what[0].upper()}{what[1:]}{where}: {said} besides."


def _folders(verdicts: Sequence[TestVerdict]) -> str:
    """`CodeGen/X86 4991, Verifier 1`."""
    counts = Counter(one.name.removeprefix(_OWN).rpartition("/")[0] for one in verdicts)
    tops: Counter[str] = Counter()
    for folder, number in counts.items():
        tops["/".join(folder.split("/")[:2])] += number
    return ", ".join(f"{folder} {number}" for folder, number in sorted(tops.items()))


def main(arguments: Sequence[str]) -> int:
    """Write the page from records."""
    top = Path(__file__).parents[1]
    try:
        reports = [decode(Path(argument).read_bytes()) for argument in arguments]
        text = page(entries(top / "patches", mutants=False), reports)
    except HarnessError as error:
        print(f"harness: error: {error}", file=sys.stderr)
        return error.exit_code
    (top / PAGE).write_text(text, encoding="utf-8")
    return EXIT_OK


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
