"""llvmlite of other versions: which one is meant, and one for real beside the installed one."""

from __future__ import annotations

import zipfile
from importlib import metadata
from pathlib import Path

import pytest

from harness import process
from harness.errors import AbsentError, EnvironmentLacksError, UsageError
from harness.process import Completed
from harness.store import Store, default_root
from harness.toolchain.provider import Request
from harness.toolchain.registry import resolve, resolve_column
from harness.toolchain.wheel import collectors, package
from harness.toolchain.wheel.tool import PACKAGE
from tests.served import Served, serving


def silent(_text: str) -> None:
    """Nothing is shown."""


def test_a_wheel_is_named_by_its_own_version_or_by_its_llvms() -> None:
    assert package.wanted_version("0.47") == "0.47"
    assert package.wanted_version("0.43.0") == "0.43.0"
    assert {llvm: package.wanted_version(llvm) for llvm in ("14", "15", "20", "22")} == {
        "14": "0.43",
        "15": "0.44",
        "20": "0.47",
        "22": "0.50",
    }


def test_an_llvm_that_no_wheel_has(tmp_path: Path) -> None:
    with pytest.raises(UsageError) as caught:
        resolve_column(Store(tmp_path), "wheel:17", silent)
    assert str(caught.value) == (
        "wheel:17: no llvmlite that is known has LLVM 17\n"
        "next: use one of wheel:0.43 (LLVM 14.0.6), wheel:0.44 (LLVM 15.0.7), wheel:0.47 (LLVM 20.1.8), "
        "wheel:0.50 (LLVM 22.1.0)"
    )


def test_the_installed_one_is_not_fetched_again(tmp_path: Path) -> None:
    installed = metadata.version("llvmlite")
    store = Store(tmp_path)
    whole = resolve(store, Request("wheel", None, None, named=installed), silent)
    assert whole == resolve(store, Request("wheel", None, None), silent)
    assert resolve_column(store, f"wheel:{installed.rpartition('.')[0]}", silent) == whole


# -- pip, played by a function


class Index:
    """A package index with one wheel of llvmlite, and the commands that pip was given."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.answer = ""

    def ask(self, argv: list[str], _reads: object) -> Completed:
        """What the package in the wheel says of its LLVM."""
        return Completed(tuple(argv), 0, b"14.0.6\n", b"", 0.0)

    def run(self, argv: list[str], **_limits: object) -> Completed:
        self.asked.append(argv[-1])
        if not self.answer:
            place = Path(argv[argv.index("--dest") + 1])
            with zipfile.ZipFile(place / "llvmlite-0.43.1-cp3-x.whl", "w") as archive:
                archive.writestr("llvmlite/binding/libllvmlite.so", "ELF")
        return Completed(tuple(argv), int(bool(self.answer)), b"", self.answer.encode(), 0.0)


@pytest.fixture
def index(monkeypatch: pytest.MonkeyPatch) -> Index:
    index = Index()
    monkeypatch.setattr(process, "run", index.run)
    monkeypatch.setattr(process, "ask", index.ask)
    return index


def test_a_version_is_fetched_once(tmp_path: Path, index: Index) -> None:
    store = Store(tmp_path)
    found = package.find(store, "0.43", silent)
    assert (found.version, found.llvm) == ("0.43.1", "14.0.6")
    assert found.library.read_text() == "ELF"
    assert package.find(store, "0.43.1", silent) == package.find(store, "0.43", silent) == found
    assert index.asked == ["llvmlite==0.43.*"]
    found.library.write_text("damaged")
    assert package.find(store, "0.43.1", silent).library.read_text() == "ELF"
    assert index.asked == ["llvmlite==0.43.*", "llvmlite==0.43.1"]
    assert package.list_held(store) == [found]


@pytest.mark.parametrize(
    ("answer", "what", "absent"),
    [
        (
            "ERROR: No matching distribution found",
            "the package index has no wheel of llvmlite 0.1 for Python ",
            True,
        ),
        ("ERROR: connection refused", "cannot fetch llvmlite 0.1", False),
        ("/usr/bin/python: No module named pip", "cannot fetch llvmlite 0.1", False),
    ],
)
def test_what_pip_says_is_told(tmp_path: Path, index: Index, answer: str, what: str, absent: bool) -> None:
    index.answer = answer
    with pytest.raises(EnvironmentLacksError) as caught:
        package.find(Store(tmp_path), "0.1", silent)
    assert isinstance(caught.value, AbsentError) is absent
    assert caught.value.what.startswith(what)
    assert caught.value.detail in {"", answer}
    assert not list((tmp_path / "llvmlite").glob("*"))


# -- for real


@pytest.mark.slow
@pytest.mark.parametrize(("refused", "code", "absent"), [("/", 404, True), ("/", 503, False), ("", 0, False)])
def test_an_index_that_does_not_answer_is_not_said_to_have_no_wheel(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, refused: str, code: int, absent: bool
) -> None:
    class AskedIndex(Served):
        """Of this test alone."""

    AskedIndex.refused, AskedIndex.code = refused or Served.refused, code
    alone = {"CONFIG_FILE": "/dev/null", "EXTRA_INDEX_URL": "", "FIND_LINKS": "", "NO_INDEX": ""}
    for name, value in {**alone, "RETRIES": "0", "PROXY": "", "NO_CACHE_DIR": "1"}.items():
        monkeypatch.setenv(f"PIP_{name}", value)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with serving(tmp_path, AskedIndex) as uri:
        monkeypatch.setenv("PIP_INDEX_URL", f"{uri}/simple")
        if refused:
            check_missing(tmp_path, absent)
    if not refused:
        check_missing(tmp_path, absent)


def check_missing(folder: Path, absent: bool) -> None:
    with pytest.raises(EnvironmentLacksError) as caught:
        package.find(Store(folder / "store"), "0.1", silent)
    assert isinstance(caught.value, AbsentError) is absent
    what = "the package index has no wheel of" if absent else "cannot fetch"
    assert caught.value.what.startswith(f"{what} llvmlite 0.1")
    assert ("Could not fetch URL" in caught.value.detail) is not absent


IR = b"""\
declare void @llvm.experimental.stackmap(i64, i32, ...)
define void @f(i32* %p) {
  call void (i64, i32, ...) @llvm.experimental.stackmap(i64 1, i32 0, i32* %p)
  ret void
}
"""


@pytest.mark.needs_llvm
def test_an_old_llvm_runs_beside_the_installed_one() -> None:
    """With and without a server."""
    store = Store(default_root())
    provider = resolve_column(store, "wheel:14", silent)
    assert (provider.kind, provider.major, provider.buildable) == ("wheel", 14, False)
    toolchain = provider.toolchain()
    assert (toolchain.name, toolchain.version) == ("wheel-0.43.0", "14.0.6")
    assert toolchain.provenance == "llvmlite 0.43.0 (LLVM 14.0.6) from PyPI wheel"
    with provider.session() as served:
        for one in (toolchain, served):
            assert (one.tools["llc"].parent / PACKAGE).is_symlink()
            done = process.run([one.tools["llc"], "-mtriple=x86_64"], stdin=IR)
            assert done.ok, done.text
            assert b"__LLVM_StackMaps" in done.stdout
            said = process.run([one.tools["llc"], "--version"]).stdout
            assert b"inside llvmlite 0.43.0" in said
    newer = resolve_column(store, "wheel", silent).toolchain()
    assert newer.identity != toolchain.identity
    said = process.run([newer.tools["llc"], "--version"]).stdout
    assert f"inside llvmlite {metadata.version('llvmlite')}".encode() in said


@pytest.mark.needs_llvm
def test_a_wheel_without_strategies_of_collection_refuses_a_module_that_names_one() -> None:
    """llvmlite 0.44 would end by a fatal error, as if the module were wrong."""
    module = b'; gc "x"\ndefine void @f() gc "statepoint-example" {\n  ret void\n}\n'
    for column, able in (("wheel:0.44", False), ("wheel", True)):
        llc = resolve_column(Store(default_root()), column, silent).toolchain().tools["llc"]
        done = process.run([llc, "-mtriple=x86_64"], stdin=module)
        assert done.ok is able, done.text
        assert done.text.startswith("llc: error: this toolchain has no strategies of garbage") is not able
        assert process.run([llc, "-mtriple=x86_64"], stdin=b'; gc "x"\n').ok


def test_a_comment_names_no_strategy() -> None:
    assert collectors.names_collector(b'define void @f() gc"x" {')
    assert not collectors.names_collector(b'; gc "x"\ndefine void @f() "gc" "x" {')
