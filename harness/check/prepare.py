"""A series applied to a copy of the source: what it changes, and what its files tell of that."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path

from harness import faults
from harness.builders.effect import Effect, find_effect
from harness.builders.request import CompileError, Side
from harness.errors import Failure, HarnessError, UsageError
from harness.llvm import SourceTree
from harness.model import Series, SeriesKind
from harness.patch import Change, ChangeKind, Patch
from harness.progress import Progress
from harness.runner import llvm_tests
from harness.runner.tool_names import tools_in_texts
from harness.series.apply import apply
from harness.series.blame import Written, blame
from harness.series.elsewhere import project_of
from harness.store import Store, digest, file_digest
from harness.toolchain.source.tree import COMPONENTS, link_tree

_BUILT_FROM = tuple(f"{component}/" for component in COMPONENTS)


@dataclass(frozen=True, slots=True)
class Prepared:
    """One series applied to a copy of the source: what it changes, with digests of the new content.

    `notes` are remarks on applying it, `tools` are those named by tests that it adds, changes or deletes,
    `effect` is what its files say about its possible effect. `written` are the lines of the copy that its
    patches wrote, `patches` are the names of these.
    """

    series: Series
    side: Side
    changes: tuple[Change, ...]
    content: dict[str, str]
    notes: tuple[str, ...] = ()
    tools: frozenset[str] = frozenset()
    effect: Effect = field(default_factory=Effect)
    written: Written = field(default_factory=dict)
    patches: tuple[str, ...] = ()

    @property
    def remarks(self) -> tuple[str, ...]:
        """Remarks on how it was read and applied, and on its parts."""
        return (*self.series.remarks, *self.notes, *self.effect.remarks)

    @property
    def must_show(self) -> bool:
        """Whether tests have to show it: it claims something about them, or is a mutant."""
        return bool(self.series.claims) or self.series.kind is SeriesKind.MUTANT

    def unjudged_besides(self, units: Collection[str]) -> tuple[str, ...]:
        """The code that is not judged, as far as its files say, without the `units` that are compiled."""
        return tuple(line for line in self.effect.unjudged if line.partition(": ")[0] not in units)

    def lines_about(self, unjudged: Iterable[str]) -> tuple[str, ...]:
        """Those lines `path: why` of a build, which may serve other series too, that are about this one."""
        return tuple(line for line in unjudged if line.partition(": ")[0] in self.content)


def prepare_or_fail(
    store: Store, source: SourceTree, series: Series, progress: Progress
) -> Prepared | Failure:
    """The series applied to a copy of the source, or why it does not apply.

    Whatever goes wrong is this series' failure; the others continue.
    """
    try:
        return prepare(store, source, series, progress)
    except Exception as error:
        return Failure.of(faults.explain_fault(error))


def prepare(store: Store, source: SourceTree, series: Series, progress: Progress) -> Prepared:
    """The series applied to a copy of the source. Raises what keeps it from applying."""
    mine, left_out = leave_out_projects(series)
    key = digest("4", source.identity, *(patch.canonical for patch in mine.patches))

    def build(aside: Path) -> None:
        progress.step(f"applying {series.name}")
        store.require_whole("source", source.root)
        link_tree(source.root, aside, {path for patch in mine.patches for path in patch.paths})
        done = apply(mine, aside)
        changes = [[change.path, change.kind, change.source] for change in done.changes]
        content = {
            path: file_digest(aside / path) if kind != ChangeKind.DELETED else kind
            for path, kind, _ in changes
        }
        record = {"changes": changes, "content": content, "notes": done.remarks, "written": done.written}
        (aside / "patched.json").write_text(json.dumps(record))

    if not mine.patches:
        raise UsageError(
            f"{series.name}: touches nothing of {', '.join(COMPONENTS)}: there is nothing to judge",
            "give a patch to LLVM itself",
            "\n".join(_whose(path) for path in left_out),
        )
    root = store.make("patched", key, build, lazily=["patched.json"])
    record = json.loads((root / "patched.json").read_text())
    changes = tuple(Change(path, ChangeKind(kind), *rest) for path, kind, *rest in record["changes"])
    texts = llvm_tests.files_of_tests(source.root, root, (change.path for change in changes))
    return Prepared(
        series=series,
        side=Side(series.name, root, key),
        changes=changes,
        content=record["content"],
        notes=tuple(record["notes"]),
        tools=tools_in_texts(texts),
        effect=find_effect(changes, left_out, source.root, root),
        written=record["written"],
        patches=tuple(patch.name for patch in mine.patches),
    )


def _whose(path: str) -> str:
    """A path that is left out, with its project if the path does not show it."""
    project = project_of(path)
    return f"{path}: {project}'s" if project else path


def leave_out_projects(series: Series) -> tuple[Series, tuple[str, ...]]:
    """The series without what it changes in other projects (clang, mlir), and the paths left out.

    Nothing of these is an input of llc or lli, and the source in the store does not hold them.
    """
    kept: list[Patch] = []
    left_out: list[str] = []
    for patch in series.patches:
        mine = tuple(d for d in patch.diffs if all(p.startswith(_BUILT_FROM) for p in (d.path, d.source)))
        left_out += [d.path for d in patch.diffs if d not in mine]
        if mine:
            kept.append(replace(patch, diffs=mine))
    return replace(series, patches=tuple(kept)), tuple(dict.fromkeys(left_out))


def explain(error: HarnessError, one: Prepared) -> HarnessError:
    """The error; a compiler's with the patch's lines it is about."""
    if not isinstance(error, CompileError):
        return error
    lines = dict.fromkeys(line for d in error.diagnostics if (line := _patch_line(one, d.path, d.line)))
    if lines:
        error.detail = "\n".join(["the patch's lines it is about:", *lines, "", error.detail])
    return error


def _patch_line(one: Prepared, path: str, line: int) -> str:
    """`0001-x.patch: +  the added line`, or an empty string if no patch of the series wrote that line."""
    number = blame(one.written, path, line)
    if number is None:
        return ""
    text = (one.side.root / path).read_bytes().split(b"\n")[line - 1]
    return f"{one.patches[number]}: +{text.decode('utf-8', 'replace')}"
