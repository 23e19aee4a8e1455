"""What makes a run one of lit tests, and what does not; and what is wrong with one."""

from __future__ import annotations

import os
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest

from harness.process.sandbox import VARIABLE
from harness.pytest_plugin.activation import activate
from tests.pytest_plugin.started import make_prefix, make_suite, run_pytest, without

pytestmark = [pytest.mark.xdist_group("plugin"), pytest.mark.slow]

EMPTY = """\
diff --git a/llvm/README.txt b/llvm/README.txt
--- a/llvm/README.txt
+++ b/llvm/README.txt
@@ -1 +1 @@
-a
+b
"""
QUIET = ("-q", "-p", "no:cacheprovider")


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    top = tmp_path_factory.mktemp("activation")
    make_suite(top / "suite", {"a.test": "RUN: llc ret\n"})
    make_suite(top / "broken", {"a.test": "RUN: llc ret\n"})
    (top / "broken/lit.cfg.py").write_text("config.name = undefined_name\n")
    make_prefix(top / "p")
    (top / "python").mkdir()
    (top / "empty.patch").write_text(EMPTY)
    return top


def test_other_runs_load_nothing_of_the_harness(place: Path) -> None:
    """Nor does pytest rewrite its asserts, which takes half a second and more."""
    (place / "python/test_modules.py").write_text(
        "import sys\n"
        "def test_modules(request):\n"
        "    mine = [name for name in sys.modules if name.startswith('harness')]\n"
        "    assert mine == ['harness', 'harness.pytest_plugin', 'harness.pytest_plugin.plugin']\n"
        "    import harness.model\n"
        "    assert type(harness.model.__loader__).__name__ == 'SourceFileLoader'\n"
    )
    ran = run_pytest(place, "python", "-n", "1", *QUIET)
    assert ran.code == 0, ran.text


def test_a_module_of_python_in_a_suite_is_pytests_own(place: Path) -> None:
    (place / "suite/test_own.py").write_text("def test_own(): pass\n")
    ran = run_pytest(place, "suite/test_own.py", "-rA", *QUIET)
    (place / "suite/test_own.py").unlink()
    assert ran.listed("PASSED") == ["suite/test_own.py::test_own"]
    assert "LLVM" not in ran.text


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (
            ("python", "--llvm", "tree:p"),
            "ERROR: --llvm: no path on the command line is a lit suite, or in one\n"
            "next: name a folder with lit.cfg.py, such as lit-tests",
        ),
        (("suite", "--llvm", "x19"), "ERROR: x19: no LLVM is called that\nnext: give a version"),
        (
            ("suite", "--llvm", "wheel", "--patch", "empty.patch"),
            "ERROR: --patch with --llvm wheel: no patch can be built into it\n"
            "next: name others, such as --llvm 19",
        ),
        (
            ("suite", "--llvm", "tree:p", "--patch", "none.patch"),
            "ERROR: --patch none.patch: there is no such file\nnext: check the path",
        ),
    ],
)
def test_what_is_wrong_is_said_before_anything_runs(place: Path, args: tuple[str, ...], said: str) -> None:
    ran = run_pytest(place, *args, *QUIET)
    assert said in ran.text
    assert ran.code == 4


@pytest.mark.parametrize("workers", ["0", "1"])
def test_a_suite_that_lit_cannot_read_is_an_error_of_collection(place: Path, workers: str) -> None:
    ran = run_pytest(place, "broken", "--llvm", "tree:p", "-n", workers, *QUIET)
    assert "FOLDER/broken: lit cannot read this suite" in without(ran.text, place)
    assert "NameError: name 'undefined_name' is not defined" in ran.text
    assert ran.code != 0
    assert "passed" not in ran.text


def test_an_llvm_that_cannot_be_had_is_an_error_of_its_tests_alone(place: Path) -> None:
    ran = run_pytest(place, "suite", "--llvm", "tree:nothing,tree:p", "-rA", *QUIET)
    assert ran.code == 1
    assert ran.listed("PASSED") == ["suite/a.test[tree:p]"]
    assert ran.listed("ERROR") == ["suite/a.test[tree:nothing]"]
    assert "no answer: FOLDER/nothing: has no bin/llc" in without(ran.text, place)


def test_the_option_turns_the_sandbox_off(monkeypatch: pytest.MonkeyPatch) -> None:
    """Before anything of the run is looked at, and for all that it starts."""
    monkeypatch.setenv(VARIABLE, "auto")
    plain = dict.fromkeys(("llvm", "patch", "matrix", "matrix_json"))
    seen = []
    for chosen in (False, True):
        option = SimpleNamespace(no_sandbox=chosen, **plain)
        plugins = SimpleNamespace(hasplugin=lambda _name: False)
        config = SimpleNamespace(option=option, args_source=None, pluginmanager=plugins)
        activate(cast("pytest.Config", config))
        seen.append(os.environ[VARIABLE])
    assert seen == ["auto", "off"]
