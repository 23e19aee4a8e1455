"""`harness reach build`, `show`, `export` and `import`, as a user runs them; and what they refuse."""

from __future__ import annotations

import json
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from harness.mapping.exchange import export
from harness.reach.map.store import MappedRelease, Maps
from harness.store import Store, default_root
from harness.toolchain.provider import Request
from harness.toolchain.registry import resolve
from harness.toolchain.release import find_release
from tests.command import Harness, Source
from tests.mapping.made_maps import made_maps

# They run llc and nothing else of LLVM's, as those of tests/mapping/test_map_of_llvm.py: its tools are these.
FOLDERS = ("upstream:CodeGen/X86/stackmap.ll", "upstream:CodeGen/X86/ret-i64-0.ll")
VISIT = "llvm::SelectionDAGBuilder::visitStackmap(llvm::CallInst const&)"
VISITS = "llvm/lib/CodeGen/SelectionDAG/SelectionDAGBuilder.cpp"
SUITES = ("--llvm", "19", "--suite", FOLDERS[0], "--suite", FOLDERS[1], "--quiet")


@pytest.fixture(name="maps")
def _maps() -> Iterator[Maps]:
    """The maps of this machine's store; the two that the test makes are gone before it and after it."""
    store = Store(default_root())
    provider = resolve(store, Request("debian", 19, None), lambda _text: None)
    maps = Maps(store, MappedRelease.of(find_release(store, provider, None, "HEAD", lambda _text: None)))

    def forget() -> None:
        for folder in FOLDERS:
            maps.file(folder).unlink(missing_ok=True)

    forget()
    yield maps
    forget()


def built(harness: Harness) -> list[str]:
    said = harness("reach", "build", *SUITES)
    assert (said.code, said.err) == (0, "")
    return [re.sub(r"\d+ (bytes|s\b)", r"N \1", line) for line in said.out.splitlines()]


def shown(harness: Harness, *words: str) -> str:
    said = harness("reach", "show", *words, "--llvm", "19", "--limit", "0")
    assert (said.code, said.err) == (0, "")
    return said.out


@pytest.mark.needs_llvm
@pytest.mark.builds
@pytest.mark.slow
@pytest.mark.xdist_group("overlays")
def test_a_map_is_made_shown_passed_on_and_refused(
    harness: Harness, source: Source, maps: Maps, tmp_path: Path
) -> None:
    sizes = [f"{folder}: 1 tests, N bytes a test" for folder in FOLDERS]
    total = "LLVM 19.1.7: the map has 2 tests of 2 folders (N s)"
    assert built(harness) == [*(f"{size} (N s)" for size in sizes), total]
    # This store may have more maps.
    function = shown(harness, "SelectionDAGBuilder::visitStackmap")
    entered = f"entered by 1 of 1 tests of {FOLDERS[0]}"
    assert function.startswith(f"{VISIT}\n")
    assert entered in function.splitlines()
    assert "/ret-i64-0.ll\n" not in function
    assert re.search(r"^ +\d{4}  llvm/test/CodeGen/X86/stackmap.ll$", function, re.M)
    line = source.line_of(VISITS, "void SelectionDAGBuilder::visitStackmap(const CallInst &CI) {")
    assert entered in shown(harness, f"{VISITS}:{line + 5}").splitlines()
    test = shown(harness, f"{FOLDERS[0]}/llvm/test/CodeGen/X86/stackmap.ll")
    assert re.match(r"llvm/test/CodeGen/X86/stackmap.ll: PASS\nllc enters \d{4} functions; first", test)
    assert {f"{folder}: 1 tests" for folder in FOLDERS} < {*shown(harness).splitlines(), ""}

    exported = harness("reach", "export", tmp_path / "all.reach", "--llvm", "19")
    lines = exported.out.splitlines()
    assert re.fullmatch(rf"{tmp_path}/all.reach: LLVM 19.1.7, \d+ folders of tests, \d+.\d MB", lines[0])
    assert (exported.code, {f"  {folder}" for folder in FOLDERS} <= set(lines)) == (0, True)
    other = tmp_path / "two.reach"
    keep_two(tmp_path / "all.reach", other)
    maps.file(FOLDERS[0]).unlink()
    imported = harness("reach", "import", other, "--llvm", "19")
    folders = [f"  {folder}" for folder in sorted(FOLDERS)]
    assert (imported.code, imported.out.splitlines()) == (
        0,
        ["LLVM 19.1.7: 2 folders of tests", *folders],
    )
    assert shown(harness, "SelectionDAGBuilder::visitStackmap") == function
    # What came from elsewhere, of the same tests, is not made again.
    assert built(harness) == [*(f"{size} (was there)" for size in sizes), total]

    foreign = tmp_path / "foreign.reach"
    foreign.write_bytes(export(made_maps(tmp_path / "store")).data)
    refused = harness("reach", "import", foreign, "--llvm", "19")
    assert (refused.code, refused.out, refused.err) == (
        2,
        "",
        f"harness: error: {foreign}: is a map of LLVM 19.1.7 from a Debian; "
        f"here is LLVM 19.1.7 from {maps.release.provenance}\n"
        "next: make one with 'harness reach build', or name the LLVM that it is of\n",
    )
    nosuch = harness("reach", "build", "--llvm", "19", "--suite", "upstream:CodeGen/Z80", "--quiet")
    assert (nosuch.code, nosuch.out, nosuch.err) == (
        2,
        "",
        "harness: error: --suite upstream:CodeGen/Z80: LLVM 19.1.7 has no llvm/test/CodeGen/Z80\n"
        f"next: look into {source.root}/llvm/test/CodeGen\n",
    )


def keep_two(file: Path, other: Path) -> None:
    """Write what was exported with the maps of FOLDERS alone."""
    with zipfile.ZipFile(file) as old, zipfile.ZipFile(other, "w") as new:
        names = json.loads(old.read("folders.json"))
        mine = [number for number, name in enumerate(names) if name in FOLDERS]
        new.writestr("folders.json", json.dumps([names[number] for number in mine]))
        for part in ("release.json", "functions", *(f"folders/{number:04}" for number in mine)):
            new.writestr(part, old.read(part))


def test_a_file_that_is_none_is_said_before_an_llvm_is_fetched(harness: Harness, tmp_path: Path) -> None:
    (tmp_path / "text.reach").write_text("no map\n")
    store = ("--store", tmp_path / "store")
    said = [harness("reach", "import", name, *store, cwd=tmp_path) for name in ("gone.reach", "text.reach")]
    assert [(one.code, one.out, one.err) for one in said] == [
        (
            2,
            "",
            "harness: error: gone.reach: cannot be read: No such file or directory\nnext: name a file\n",
        ),
        (
            2,
            "",
            "harness: error: text.reach: is not a file that 'harness reach export' wrote, or damaged\n"
            "next: export it again\n",
        ),
    ]
    assert not (tmp_path / "store").exists()


def test_no_map_to_export_is_said_before_an_llvm_is_fetched(harness: Harness, tmp_path: Path) -> None:
    said = harness("reach", "export", tmp_path / "all.reach", "--store", tmp_path / "store")
    assert (said.code, said.out, said.err) == (
        4,
        "",
        "harness: error: no map here to export\nnext: make one with 'harness reach build'\n",
    )
    assert not (tmp_path / "all.reach").exists()


def test_a_place_or_folder_of_a_map_that_is_not_there_is_said(harness: Harness, tmp_path: Path) -> None:
    made_maps(tmp_path / "store")
    (tmp_path / "A.cpp").write_text("int a;\n\nvoid f() {\n}\n")
    said = [
        harness("reach", "show", what, "--store", tmp_path / "store", cwd=tmp_path)
        for what in ("A.cpp:1", "A.cpp:4", "CodeGen/z.ll")
    ]
    assert [(one.code, one.err) for one in said] == [
        (2, "harness: error: A.cpp:1: is in no function\nnext: name a line between the braces of one\n"),
        (
            2,
            "harness: error: A.cpp:4: is in f, which no tool of the map has\n"
            "next: it may be inlined wherever it is called: ask for a function that calls it\n",
        ),
        (
            2,
            "harness: error: CodeGen/z.ll: no test of the map is called so\n"
            "next: 'harness reach show' lists its folders\n",
        ),
    ]
