"""`docs/upstream.md`: each series of patches/ with its bug, its age, its verdicts, and how to send it.

Made of the series' own words and of the ledger beside it (`patches/ledger.json`), so that no verdict in it is
typed by hand. `python -m harness.ledger.page RECORD...` takes into the ledger what `harness check --json`
wrote, the oldest first, and writes both: one call with `lit-tests`, others with folders of LLVM's own tests.
Records of `harness compile` say what else a series was compiled on. Last it says which folders of LLVM's own
tests, of those that a series touches, have yet to be run in full.
"""

from __future__ import annotations

import re
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from html import escape
from pathlib import Path

from harness import resources
from harness.compile_only import record
from harness.compile_only.record import CompilationReport
from harness.console.say import say_lines
from harness.errors import EXIT_OK, UsageError
from harness.faults import run_program
from harness.ledger import record as ledger
from harness.ledger.record import OWN_SUITE, Folder, Judged, Ledger
from harness.model import Verdict
from harness.patch import Patch, net_changes
from harness.printable import one_line
from harness.report import wire
from harness.report.markdown import code, inline
from harness.report.record import CheckReport, decode, describe_claim
from harness.runner.llvm_tests import TESTS
from harness.runner.selection import option_of
from harness.series.catalogue import Catalogue, Entry
from harness.store import digest

PAGE = Path("docs/upstream.md")
LEDGER = Path("patches/ledger.json")
_TARGET = re.compile(r"llvm/lib/Target/([^/]+)/")
_HEAD = """\
# For LLVM

Each series of `patches/` as its maintainers would be asked to review it: the bug, how old it is, what the
harness says, and how to send it. Made by `make upstream` from what `harness check` recorded; do not edit.
Where a version's source can be had and its archives cannot, `harness compile --source debian:23` says that a
series applies and compiles: that is not a verdict.

A verdict on `lit-tests/` and one on LLVM's own tests stand apart. Of the latter those of `llvm/test/CodeGen`
with a patch point, a stack map or a statepoint in them were run on both sides, and every test of the folders
in the last column; by the release's own FileCheck. Where they are a hundred or less, only those
with a statepoint were.
"""


def page(found: Sequence[Entry], known: Ledger) -> str:
    """The page. Raises UsageError if a series has a version that nothing is known about."""
    blocks = [_HEAD, *_overview(found, known)]
    for entry in found:
        blocks += ["", *_section(entry, known)]
    return "\n".join(blocks).rstrip() + "\n"


def patch_digests(found: Sequence[Entry]) -> dict[ledger.Key, str]:
    """What names the patches of each series and version."""
    return {
        (entry.folder.name, version): digest(*(patch.canonical for patch in patches))
        for entry in found
        for version, patches in entry.patches.items()
    }


def _prose(text: str) -> str:
    """A series' own words: one line, which may be Markdown and is no HTML."""
    return escape(one_line(text), quote=False)


def _judged(known: Ledger, entry: Entry, version: str) -> Judged:
    name = entry.folder.name
    if (name, version) not in known.judged:
        raise UsageError(
            f"no record has {name} on LLVM {version} as it is now",
            f"harness check {name} --all --llvm {version} --json FILE, "
            "then python -m harness.ledger.page FILE",
        )
    return known.judged[name, version]


def _claims(judged: Judged, entry: Entry, version: str) -> str:
    """`2/2`: how many of the claims the series has hold."""
    claims = entry.recipe.claims_for(version)
    return f"{sum(judged.claims.get(describe_claim(claim), False) for claim in claims)}/{len(claims)}"


def _overview(found: Sequence[Entry], known: Ledger) -> Iterator[str]:
    yield "| series | cases | LLVM | fixed | regressed | claims | LLVM's own tests | every one of |"
    yield "|---|---|---|---|---|---|---|---|"
    for entry in found:
        name = entry.folder.name
        for version in entry.recipe.versions:
            judged = _judged(known, entry, version)
            counts = Counter(line.verdict for one in judged.folders.values() for line in one.lines.values())
            own = sum(one.total for where, one in judged.folders.items() if where != OWN_SUITE)
            cells = (
                f"[{name}](#{name})",
                _prose(", ".join(entry.recipe.cases)),
                version,
                str(counts[Verdict.FIXED.value]),
                str(counts[Verdict.REGRESSED.value]),
                _claims(judged, entry, version),
                f"{own:,}",
                ", ".join(folder.removeprefix("CodeGen/") for folder in judged.whole),
            )
            yield f"| {' | '.join(cells)} |"


def _section(entry: Entry, known: Ledger) -> Iterator[str]:
    recipe, name = entry.recipe, entry.folder.name
    yield f"## {name}\n"
    yield f"{_prose(recipe.title)}."
    yield ""
    if recipe.since:
        yield f"- Since: {_prose(recipe.since)}"
    yield f"- Upstream: {_prose(recipe.upstream)}"
    for version in recipe.versions:
        patches = entry.patches[version]
        number = len(patches)
        yield f"- {version}: {number} patch{'' if number == 1 else 'es'} in `patches/{name}/{version}`"
    for (series, version), compiled in known.compiled.items():
        if series == name:
            yield f"- {version}: the patches for {compiled.made_for} apply and compile; nothing was run there"
    for version in recipe.versions:
        yield ""
        yield from _table(version, _judged(known, entry, version))
    newest = recipe.versions[-1]
    yield "\n```sh"
    yield f"git switch -c {name} origin/main"
    yield f"git am -3 $HARNESS/patches/{name}/{newest}/*.patch"
    yield "gh pr create --repo llvm/llvm-project --fill"
    yield "```"


def _table(version: str, judged: Judged) -> Iterator[str]:
    yield f"| on LLVM {version} | base | patched | verdict |"
    yield "|---|---|---|---|"
    lines = {name: line for one in judged.folders.values() for name, line in one.lines.items()}
    for name, line in sorted(lines.items()):
        yield f"| {code(name)} | {inline(line.base)} | {inline(line.patched)} | {inline(line.verdict)} |"
    own = {name: one for name, one in judged.folders.items() if name != OWN_SUITE}
    if OWN_SUITE in judged.folders:
        yield f"\nLit-tests: {_counted([judged.folders[OWN_SUITE]])} besides."
    if own:
        folders = ", ".join(
            f"{'all of ' if name in judged.whole else ''}{name} {one.total:,}" for name, one in own.items()
        )
        yield f"\nLLVM's own ({folders}): {_counted(list(own.values()))} besides."


def _counted(folders: Sequence[Folder]) -> str:
    """`12 passes, 3 still-failing`."""
    counts: Counter[str] = Counter()
    for one in folders:
        counts.update(one.counts)
    return ", ".join(f"{counts[v.value]:,} {v.value}" for v in Verdict if counts[v.value]) or "nothing"


def missing_runs(found: Sequence[Entry], known: Ledger) -> dict[tuple[str, str], list[str]]:
    """By LLVM version and folder the series that have yet to be judged on every test of that folder."""
    rows: dict[tuple[str, str], list[str]] = {}
    for entry in found:
        for version in entry.recipe.versions:
            whole = _judged(known, entry, version).whole
            for folder in sorted(folders_of_change(entry.patches[version]) - set(whole)):
                rows.setdefault((version, folder), []).append(entry.folder.name)
    return dict(sorted(rows.items()))


def folders_of_change(patches: Iterable[Patch]) -> set[str]:
    """The folders of LLVM's own tests that patches touch, or that are of a target which they touch."""
    paths = {change.path for change in net_changes(patches)}
    tests = {ledger.folder_of(path) for path in paths if path.startswith(f"{TESTS}/")}
    return tests | {f"CodeGen/{found[1]}" for path in paths if (found := _TARGET.match(path))}


def _record(path: Path) -> CheckReport | CompilationReport:
    try:
        data = path.read_bytes()
    except OSError as error:
        raise UsageError(
            f"{path}: cannot be read: {error.strerror}", "name what `harness check --json FILE` wrote"
        ) from None
    return record.decode(data) if wire.has_field(data, "compilation") else decode(data)


def main(arguments: Sequence[str]) -> int:
    """Take records into the ledger, and write the page."""
    top = resources.checkout()
    found = Catalogue(top / "patches").entries(mutants=False)
    kept = ledger.decode((top / LEDGER).read_bytes(), str(LEDGER))
    reports = (_record(Path(argument)) for argument in arguments)
    known = ledger.merge(kept, patch_digests(found), reports)
    text = page(found, known)
    (top / LEDGER).write_bytes(ledger.encode(known))
    (top / PAGE).write_text(text, encoding="utf-8")
    for (version, folder), names in missing_runs(found, known).items():
        file = f"build/{version}-{folder.replace('/', '-')}.json"
        options = f"--llvm {version} --suite {option_of(folder)} --json {file}"
        say_lines([f"left: harness check {' '.join(names)} --all {options}"])
    return EXIT_OK


if __name__ == "__main__":
    sys.exit(run_program(lambda: main(sys.argv[1:])))
