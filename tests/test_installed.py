"""The wheel, installed without a checkout: the suite and the patches come with it."""

from __future__ import annotations

import os
import shutil
import sys
import sysconfig
import venv
from pathlib import Path

import pytest

from harness import process
from tests.command import Harness
from tests.matrix.small import write_matrix

REPOSITORY = Path(__file__).parents[1]
pytestmark = [pytest.mark.xdist_group("overlay"), pytest.mark.slow]
SERIES = "x86-undersized-patchpoint"


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What `pip` and `pipx` build of the checkout, by the hatchling that is here: no index is asked."""
    place = tmp_path_factory.mktemp("dist")
    build = process.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", place], cwd=REPOSITORY
    )
    assert build.ok, build.text
    (made,) = place.glob("*.whl")
    return made


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Harness:
    """The command in an environment with the wheel and its dependencies, and nothing of the checkout."""
    top = tmp_path_factory.mktemp("environment")
    venv.create(top, with_pip=False)
    python = top / "bin/python"
    install: list[str | Path] = [
        *(sys.executable, "-m", "pip", "--python", python, "--disable-pip-version-check", "install"),
        *("--no-deps", "--no-index", "--no-compile", wheel),
    ]
    done = process.run(install)
    assert done.ok, done.text
    (site,) = top.glob("lib/python*/site-packages")
    # A .pth of a folder on this path is not read, so the editable harness there stays out.
    (site / "dependencies.pth").write_text(sysconfig.get_path("purelib") + "\n")
    for name in ("cmake", "ninja"):  # programs that pip would have put there with their packages
        if found := shutil.which(name, path=os.fspath(Path(sys.executable).parent)):
            (top / "bin" / name).symlink_to(found)
    return Harness(os.fspath(top / "bin/harness"))


def test_the_environment_has_nothing_of_the_checkout(installed: Harness, tmp_path: Path) -> None:
    """Else the tests after this one tell of the checkout."""
    code = "import harness.resources as r; print(r.__file__); print(r.find())"
    said = process.run([Path(installed.path).with_name("python"), "-c", code], cwd=tmp_path)
    top = os.fspath(Path(installed.path).parents[1])
    assert said.ok, said.text
    assert all(line.startswith(top) for line in said.stdout.decode().splitlines())


def test_the_suite_and_the_patches_come_with_it(installed: Harness) -> None:
    (site,) = Path(installed.path).parents[1].glob("lib/python*/site-packages")
    for folder in ("lit-tests", "patches"):
        shipped = site / "harness/bundled" / folder
        listed = process.run(["git", "ls-files", "-z", folder], cwd=REPOSITORY).stdout.decode().split("\0")
        files = [name for name in listed if name]
        assert len(files) > 200
        for name in files:
            assert (shipped.parent / name).read_bytes() == (REPOSITORY / name).read_bytes(), name


@pytest.mark.needs_llvm
def test_the_suite_runs_in_any_folder(installed: Harness, tmp_path: Path) -> None:
    """All that lit.cfg.py starts of the harness' own is there too: `%records` here, and the oracle."""
    words = ("check", "--toolchain", "wheel", "-q", "--filter", "^(X86/patchpoint-[ab]|JIT/)")
    said = installed(*words, cwd=tmp_path)
    assert (said.code, said.err) == (0, ""), said.out
    assert "\nOK in " in said.out
    assert list(tmp_path.iterdir()) == []


def test_ci_is_written_in_any_folder(installed: Harness, tmp_path: Path) -> None:
    """The templates and the recipe are there."""
    said = installed("ci-files", cwd=tmp_path)
    assert (said.code, said.err) == (0, "")
    workflow = "ci/github/llvm-patch-check.yml"
    assert (tmp_path / workflow).read_text() == (REPOSITORY / workflow).read_text()


def test_what_no_installed_harness_can_do(installed: Harness, tmp_path: Path) -> None:
    patch = tmp_path / "my.patch"
    (made,) = (REPOSITORY / "patches" / SERIES / "22.1.8").glob("*.patch")
    shutil.copyfile(made, patch)
    said = installed("check", "--toolchain", "wheel", patch, cwd=tmp_path)
    assert said.code == 2
    assert "the wheel's LLVM is one shared library: no patch can be built into it\n" in said.err
    python = Path(installed.path).with_name("python")
    page = process.run([python, "-m", "harness.ledger.page"], cwd=tmp_path)
    (site,) = python.parents[1].glob("lib/python*/site-packages")
    assert (page.returncode, page.stderr.decode()) == (
        2,
        f"harness: error: {site}/harness is not in a checkout of the harness\n"
        "next: clone the repository, and type it there\n",
    )


@pytest.mark.needs_llvm
@pytest.mark.builds
def test_a_patch_is_judged_in_any_folder(installed: Harness, tmp_path: Path) -> None:
    """The patch as a file, and the series of that name, which the wheel brings along."""
    (made,) = (REPOSITORY / "patches" / SERIES / "19.1.7").glob("*.patch")
    shutil.copyfile(made, tmp_path / "my.patch")
    words = ("check", "--all", "--llvm", "19", "-q", "--filter", "^X86/patchpoint-undersized")
    said = installed(*words, "my.patch", SERIES, cwd=tmp_path)
    assert (said.code, said.err) == (0, ""), said.out
    assert said.out.count("X86/patchpoint-undersized-symbol-callee.ll") >= 2, said.out
    assert [path.name for path in tmp_path.iterdir()] == ["my.patch"]


@pytest.mark.needs_llvm
def test_pytest_runs_any_suite_in_any_folder(installed: Harness, tmp_path: Path) -> None:
    """The plugin comes with it: nothing but the package is needed."""
    write_matrix(tmp_path)
    words = ("-m", "pytest", "-q", "-p", "no:cacheprovider", "lit-tests", "--llvm", "wheel")
    # What the tests around this one were started with is none of its business.
    env = {name: None for name in os.environ if name.startswith(("PYTEST_", "PYTHONPATH"))}
    said = process.run([Path(installed.path).with_name("python"), *words], cwd=tmp_path, env=env)
    text = said.stdout.decode()
    assert said.returncode == 1, said.text
    assert "FAILED lit-tests/B/b.ll[wheel]" in text
    assert "1 failed, 1 passed" in text
