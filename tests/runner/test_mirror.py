"""Tests run in folders of their own: what they write beside themselves reaches nobody else, or is found."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from harness import process
from harness.llvm import Toolchain
from harness.model import Outcome
from harness.process.sandbox import VARIABLE, Mode
from harness.progress import Silent
from harness.runner import llvm_tests, runs
from harness.runner.mirror import Mirror, Mirrors
from harness.runner.pool import Pool
from harness.runner.sources import SourceChangedError, SourceWatch, drop_if_changed
from harness.runner.symlink_tree import make_symlink_tree
from harness.store import MANIFEST, Store
from tests.runner.test_llvm_tests import TREE, stand_ins, write

pytestmark = pytest.mark.slow


@pytest.fixture(autouse=True)
def mode(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tests may write to their source only where nothing holds them. Elsewhere: test_one_worker.py."""
    monkeypatch.setenv(VARIABLE, Mode.OFF.value)


X86 = "llvm/test/CodeGen/X86"
# Each test writes where a careless or hostile one might, and then looks whether another side has been there.
WRITERS = {
    f"{X86}/appends.ll": "; RUN: not grep appended %S/other.ll\n; RUN: echo appended >> %S/other.ll\n",
    f"{X86}/other.ll": "; RUN: true\n",
    f"{X86}/replaces.ll": "; RUN: rm %S/Inputs/data\n; RUN: echo written > %S/Inputs/data\n",
    f"{X86}/itself.ll": "; RUN: echo written >> %s\n",
    f"{X86}/makes.ll": "; RUN: not ls %S/made\n; RUN: echo written > %S/made\n",
    f"{X86}/sub/deep.ll": "; RUN: echo written >> %S/../../X86/other.ll\n; RUN: true\n",
}


def contents(tree: Path) -> dict[str, str]:
    return {str(p.relative_to(tree)): p.read_text() for p in sorted(tree.rglob("*")) if p.is_file()}


# And where only a link is that leads to LLVM's source itself: the RUN lines, and the file.
ARM = "llvm/test/CodeGen/ARM"
STRAYS = {
    "changes": ("; RUN: echo x >> %S/../ARM/other.ll\n", f"{ARM}/other.ll"),
    "adds": ("; RUN: echo x > %S/../../../lib/added\n", "llvm/lib/added"),
    "removes": ("; RUN: rm %S/../../../lib/X.cpp\n", "llvm/lib/X.cpp"),
    "replaces": ("; RUN: cp %S/../ARM/other.ll %t\n; RUN: mv %t %S/../ARM/other.ll\n", f"{ARM}/other.ll"),
    "by-way-of-a-link": ("; RUN: sh -c 'echo x >> %S/../ARM/../X86/other.ll'\n", f"{X86}/other.ll"),
    "keeps-the-size": ("; RUN: sh -c 'echo | dd of=%S/../ARM/other.ll conv=notrunc'\n", f"{ARM}/other.ll"),
    "without-a-name": ("; RUN: sh -c 'for f in %S/oth*; do echo x >> $f; done'\n", f"{X86}/other.ll"),
    "its-mode": ("; RUN: chmod a+x %S/../ARM/other.ll\n", f"{ARM}/other.ll"),
    "later": (
        # The shell's group is killed at its end: the other has to have left it by then.
        '; RUN: sh -c \'setsid sh -c "touch %t.left; echo > %S/../../../lib/added; touch %t.done" >%t 2>&1 & '
        "until test -e %t.left; do sleep 0.01; done'\n"
        "; RUN: sh -c 'until test -e %t.done; do sleep 0.01; done'\n",
        "llvm/lib/added",
    ),
}


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    return write(tmp_path / "tree", {**TREE, **WRITERS, "cmake/x": ""})


def test_that_another_run_uses_a_tree_is_no_change_of_it(tree: Path) -> None:
    store = Store(tree.parent / "store")

    def unpack(aside: Path) -> None:
        (aside / "a.cpp").write_text("a")

    source = store.make("source", "key", unpack)
    watch = SourceWatch()
    watch.begin([source], lambda file: ())
    os.utime(source / MANIFEST, (1, 1))
    watch.require_unchanged()
    watch.begin([source], lambda file: ())
    (source / "a.cpp").write_text("b")
    with pytest.raises(SourceChangedError, match=r"a\.cpp: changed while"):
        watch.require_unchanged()


@pytest.fixture
def toolchain(tmp_path: Path) -> Toolchain:
    return Toolchain("made up", "19.1.7", stand_ins(tmp_path / "tools"), "made up", "0")


@pytest.mark.parametrize("where", [[X86], sorted(WRITERS), ["llvm/test/CodeGen"]])
def test_what_a_test_writes_beside_itself_reaches_neither_the_source_nor_another_side(
    tree: Path, toolchain: Toolchain, where: list[str]
) -> None:
    before = contents(tree)
    suite = llvm_tests.suite(toolchain, tree, where, jobs=1)
    with Pool(1) as pool:
        for _ in range(2):
            for run in runs.run_all([(toolchain, suite), (toolchain, suite)], Silent(), pool):
                found = {r.name: (r.outcome, r.output) for r in run.results if r.name in WRITERS}
                assert found == dict.fromkeys(WRITERS, (Outcome.PASS, ""))
    assert contents(tree) == before


def test_a_symlink_tree_lets_nothing_through_to_the_trees_it_is_of(
    tree: Path, tmp_path: Path, toolchain: Toolchain
) -> None:
    patched = write(tmp_path / "patched", {f"{X86}/added.ll": "; RUN: echo x >> %S/other.ll\n"})
    make_symlink_tree(tree, patched, [f"{X86}/added.ll"], tmp_path / "symlinks")
    before = contents(tree), contents(patched)
    suite = llvm_tests.suite(toolchain, tmp_path / "symlinks", [f"{X86}/added.ll"], jobs=1)
    (result,) = runs.run(toolchain, suite, Silent()).results
    assert (result.outcome, result.output) == (Outcome.PASS, "")
    assert (contents(tree), contents(patched)) == before


def test_results_name_the_source_and_not_the_copy(tree: Path, toolchain: Toolchain) -> None:
    write(tree, {f"{X86}/where.ll": "; RUN: echo %s | FileCheck %s\n; CHECK: somewhere\n"})
    suite = llvm_tests.suite(toolchain, tree, [f"{X86}/where.ll"], jobs=1)
    (result,) = runs.run(toolchain, suite, Silent()).results
    assert result.outcome is Outcome.FAIL
    assert f"echo {tree}/{X86}/where.ll" in result.output
    assert "/source/llvm/" not in result.output


def test_what_tests_name_is_copied_and_all_else_is_links(tree: Path, tmp_path: Path) -> None:
    (tree / X86 / "Inputs/data").chmod(0o755)
    write(tree, {f"{X86}/Inputs/not named": "", f"{X86}/Inputs/not-named": ""})
    tests = (f"{X86}/replaces.ll", f"{X86}/sub/deep.ll", "llvm/test/CodeGen/NotThere/x.ll")
    assert Mirror(tree, tmp_path / "copy").add(tests)
    assert contents(tmp_path / "copy" / X86) == contents(tree / X86)
    links = sorted(
        str(p.relative_to(tmp_path / "copy")) for p in (tmp_path / "copy").rglob("*") if p.is_symlink()
    )
    assert links == ["cmake", "llvm/lib", "llvm/test/CodeGen/ARM"]
    files = (p for p in (tmp_path / "copy" / X86).rglob("*") if p.is_file())
    copies = {str(p.relative_to(tmp_path / "copy" / X86)) for p in files if p.stat().st_nlink == 1}
    # A name that the text cannot be searched for in one piece may be named.
    assert copies == {"Inputs/data", "Inputs/not named", "other.ll", "replaces.ll", "sub/deep.ll"}
    assert (tmp_path / "copy" / X86 / "Inputs/data").stat().st_mode & 0o777 == 0o755


def test_where_no_link_can_be_made_all_is_copied(
    tree: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise OSError(errno.EXDEV, "another file system")

    monkeypatch.setattr(os, "link", refuse)
    assert Mirror(tree, tmp_path / "copy").add([f"{X86}/replaces.ll"])
    assert contents(tmp_path / "copy" / X86) == contents(tree / X86)
    assert all(p.stat().st_nlink == 1 for p in (tmp_path / "copy" / X86).rglob("*") if p.is_file())


def copies(folder: Path) -> set[str]:
    """The files that a test may write to without a change of the source."""
    files = (p for p in folder.rglob("*") if p.is_file() and not p.is_symlink())
    return {str(p.relative_to(folder)) for p in files if p.stat().st_nlink == 1}


def test_a_mirror_that_nobody_wrote_to_serves_the_next_round(tree: Path, tmp_path: Path) -> None:
    mirrors = Mirrors(tmp_path)
    first, beside = (mirrors.take(tree, [f"{X86}/itself.ll"]) for _ in range(2))
    assert first.root != beside.root
    mirrors.give_back([first])
    assert mirrors.take(write(tmp_path / "other", TREE), [f"{X86}/plain.ll"]) is not first
    again = mirrors.take(tree, [f"{X86}/replaces.ll"])
    assert again is first
    assert contents(again.root / X86) == contents(tree / X86)
    # What the tests of both rounds name, and no more.
    assert copies(again.root / X86) == {"itself.ll", "replaces.ll", "Inputs/data"}
    mirrors.give_back([again])
    assert mirrors.take(tree, [f"{X86}/itself.ll", f"{X86}/other.ll"]) is first


@pytest.mark.parametrize(
    "rounds",
    [
        [f"{X86}/sub/deep.ll", f"{X86}/appends.ll"],
        [f"{X86}/appends.ll", f"{X86}/sub/deep.ll", f"{ARM}/plain.ll"],
        [f"{ARM}/plain.ll", f"{X86}/sub/deep.ll", "llvm/test/CodeGen/x.ll", "x.ll"],
        ["llvm/test/NotThere/deep/x.ll", f"{X86}/appends.ll", f"{X86}/sub/deep.ll"],
    ],
    ids=["outwards", "inwards", "to the top", "a folder that is not there"],
)
def test_a_mirror_grows_by_the_folders_of_the_next_round(
    tree: Path, tmp_path: Path, rounds: list[str]
) -> None:
    write(tree, {f"{ARM}/plain.ll": "; RUN: true\n", "llvm/test/CodeGen/other.ll": ""})
    mirrors = Mirrors(tmp_path / "mirrors")
    first = mirrors.take(tree, rounds[:1])
    for test in rounds[1:]:
        mirrors.give_back([first])
        assert mirrors.take(tree, [test]) is first
    at_once = Mirror(tree, tmp_path / "at-once")
    assert at_once.add(rounds)
    assert contents(first.root) == contents(at_once.root)
    assert copies(first.root) == copies(at_once.root)
    for test in rounds:
        folder = (first.root / test).parent
        assert all(not path.is_symlink() for path in folder.rglob("*"))
        if folder.exists():
            assert contents(folder) == contents((tree / test).parent)


@pytest.mark.parametrize(
    "way",
    [
        "echo >> itself.ll",
        "touch -r itself.ll time && echo '; RUN: fals' > itself.ll && touch -r time itself.ll && rm time",
        "echo > added",
        "mkdir added",
        "rm other.ll",
        "cp other.ll x && mv x other.ll",
        "rm -r sub && ln -s Inputs sub",
        "chmod a+x itself.ll",
        "ln -sfn / ../ARM",
    ],
)
def test_what_a_test_left_reaches_no_later_round(tree: Path, tmp_path: Path, way: str) -> None:
    write(tree, {f"{X86}/itself.ll": "; RUN: true\n"})
    before, mirrors = contents(tree), Mirrors(tmp_path / "mirrors")
    first = mirrors.take(tree, [f"{X86}/itself.ll"])
    assert process.run(["sh", "-c", way], cwd=first.root / X86).ok
    mirrors.give_back([first])
    again = mirrors.take(tree, [f"{X86}/itself.ll"])
    assert again is not first
    assert not first.root.exists()
    assert contents(again.root / X86) == contents(tree / X86)
    assert (again.root / ARM).samefile(tree / ARM)
    assert contents(tree) == before


def test_a_few_mirrors_are_kept(tree: Path, tmp_path: Path) -> None:
    mirrors = Mirrors(tmp_path / "mirrors")
    used = [mirrors.take(tree, [f"{X86}/itself.ll"]) for _ in range(6)]
    mirrors.give_back(used)
    assert [one.root.exists() for one in used] == [False] * 2 + [True] * 4


@pytest.mark.parametrize("way", STRAYS)
@pytest.mark.parametrize("woven", [False, True])
def test_no_verdict_rests_on_a_source_that_a_test_wrote_to(
    tree: Path, tmp_path: Path, toolchain: Toolchain, way: str, *, woven: bool
) -> None:
    text, file = STRAYS[way]
    name = f"{X86}/stray.ll"
    where = tmp_path / "woven" if woven else tree
    if woven:
        patched = write(tmp_path / "patched", {name: text})
        make_symlink_tree(tree, patched, [name], where)
    else:
        write(tree, {name: text})
    suite = llvm_tests.suite(toolchain, where, [name], jobs=1)
    with pytest.raises(SourceChangedError) as caught:
        runs.run(toolchain, suite, Silent())
    named = f"  named by {name}\n" if Path(file).name in text else ""
    assert str(caught.value) == (
        f"{file}: changed while LLVM's own tests ran: no verdict can rest on that\n"
        f"  {file}\n{named}"
        "next: have the test write to %t, or below %S; the next run makes the source anew"
    )


def test_what_python_leaves_beside_modules_is_no_source(tree: Path, toolchain: Toolchain) -> None:
    write(tree, {"llvm/utils/used.py": "", f"{X86}/runs.ll": "; RUN: python3 %S/../../../utils/uses.py\n"})
    write(tree, {"llvm/utils/uses.py": "import used\n"})
    suite = llvm_tests.suite(toolchain, tree, [f"{X86}/runs.ll"], jobs=1)
    assert runs.run(toolchain, suite, Silent()).results[0].outcome is Outcome.PASS
    assert not list(tree.rglob("*.pyc"))


def name_stray(file: str) -> list[str]:
    return ["stray.ll"] if file == "X.cpp" else []


def test_runs_share_a_watch_and_what_the_first_changes_is_found_after_the_last(
    tree: Path, tmp_path: Path
) -> None:
    other = write(tmp_path / "other", {"llvm/x": ""})
    watch = SourceWatch()
    watch.begin([tree], name_stray)
    write(tree, {"llvm/lib/X.cpp": "changed"})
    watch.begin([tree, other], lambda _: ())
    with pytest.raises(SourceChangedError, match=r"X\.cpp: changed while .*\n.*\n  named by stray\.ll\n"):
        watch.require_unchanged()


def test_the_next_series_begins_with_what_the_lasting_tree_was(tree: Path, tmp_path: Path) -> None:
    """What a test left running and wrote in between is found, and files of a series are not read again."""
    mine = tmp_path / "mine"
    make_symlink_tree(tree, write(tmp_path / "patched", {f"{X86}/new.ll": ""}), [f"{X86}/new.ll"], mine)
    watch = SourceWatch(tree)
    watch.begin([mine], lambda _: ())
    write(mine, {f"{X86}/new.ll": "changed"})
    with pytest.raises(SourceChangedError, match=r"new\.ll: changed"):
        watch.require_unchanged()
    watch.leave()
    watch.require_unchanged()
    write(tree, {"llvm/lib/X.cpp": "changed"})
    watch.begin([mine], lambda _: ())
    with pytest.raises(SourceChangedError, match=r"^llvm/lib/X\.cpp: changed .*\n  llvm/lib/X\.cpp\nnext: "):
        watch.require_unchanged()


def test_what_was_looked_at_is_read_again_after_the_next_run(
    tree: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    watch = SourceWatch()
    watch.begin([tree], lambda _: ())
    watch.require_unchanged()
    with monkeypatch.context() as patch:
        patch.setattr(os, "scandir", None)
        watch.require_unchanged()
    watch.begin([tree], lambda _: ())
    write(tree, {"llvm/lib/X.cpp": "changed"})
    for _ in range(2):
        with pytest.raises(SourceChangedError):
            watch.require_unchanged()


def test_where_no_test_of_llvms_ran_nothing_is_read(tmp_path: Path) -> None:
    watch = SourceWatch(tmp_path / "missing")
    watch.begin([], lambda _: ())
    watch.require_unchanged()


def test_a_source_that_tests_changed_is_made_anew(tmp_path: Path) -> None:
    store = Store(tmp_path / "store")
    root = store.make("source", "base", lambda aside: (aside / "x").touch())
    with pytest.raises(SourceChangedError), drop_if_changed(store, root, tmp_path):
        raise SourceChangedError("x: changed", "run it again")
    assert not root.exists()
    assert tmp_path.exists()


def test_a_tree_with_hard_links_to_what_changed_is_made_anew_too(tree: Path, tmp_path: Path) -> None:
    store = Store(tmp_path / "store")
    name = f"{X86}/new.ll"
    patched = write(tmp_path / "patched", {name: ""})
    mine = store.make("symlink-tree", "1", lambda aside: make_symlink_tree(tree, patched, [name], aside))
    other = store.make("symlink-tree", "2", lambda aside: make_symlink_tree(tree, tree, [f"{ARM}/x"], aside))
    watch = SourceWatch(tree)
    watch.begin([mine, other], lambda _: ())
    write(tree, {f"{X86}/other.ll": "changed", f"{X86}/passes.ll": "changed"})
    with pytest.raises(SourceChangedError) as caught, drop_if_changed(store, tree):
        watch.require_unchanged()
    # Once each, though two trees have the files.
    assert caught.value.detail == f"{X86}/other.ll\n{X86}/passes.ll"
    assert (mine.exists(), other.exists(), tree.exists()) == (False, True, True)


def test_a_symlink_tree_takes_no_room_for_what_is_as_in_base(
    tree: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A folder of LLVM's has thousands of files, and a symbolic link takes a block of the disk."""
    touched = [f"{X86}/itself.ll", f"{X86}/Inputs/data", f"{X86}/passes.ll"]
    patched = write(tmp_path / "patched", dict.fromkeys(touched[:2], "as the series leaves it"))
    (patched / touched[1]).chmod(0o755)
    make_symlink_tree(tree, patched, touched, tmp_path / "mine")
    assert copies(tmp_path / "mine" / X86) == {"itself.ll", "Inputs/data"}
    assert {p.name for p in (tmp_path / "mine" / X86).iterdir() if p.is_symlink()} == {"sub"}
    assert (tmp_path / "mine" / touched[1]).stat().st_mode & 0o777 == 0o755
    assert not (tmp_path / "mine" / touched[2]).exists()

    def refuse(*_: object, **__: object) -> None:
        raise OSError(errno.EXDEV, "another file system")

    monkeypatch.setattr(os, "link", refuse)
    make_symlink_tree(tree, patched, touched, tmp_path / "elsewhere")
    assert contents(tmp_path / "elsewhere" / X86) == contents(tmp_path / "mine" / X86)
