"""LLVM's own tests, on a miniature of LLVM's test tree and stand-ins for its tools."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from harness.errors import EnvironmentLacksError, UsageError
from harness.llvm import Toolchain
from harness.model import Outcome
from harness.progress import Silent
from harness.runner import llvm_tests, runs
from harness.runner.symlink_tree import make_symlink_tree

pytestmark = pytest.mark.slow

TEMPLATE = """\
@LIT_SITE_CFG_IN_HEADER@

config.host_triple = "@LLVM_HOST_TRIPLE@"
config.target_triple = "@LLVM_TARGET_TRIPLE@"
config.llvm_src_root = path(r"@LLVM_SOURCE_DIR@")
config.llvm_obj_root = path(r"@LLVM_BINARY_DIR@")
config.llvm_tools_dir = lit_config.substitute(path(r"@LLVM_TOOLS_DIR@"))
config.lit_tools_dir = path(r"@LLVM_LIT_TOOLS_DIR@")
config.gold_executable = "@GOLD_NONE@"
config.targets_to_build = "@TARGETS_TO_BUILD@"
config.host_ldflags = '@HOST_LDFLAGS@'
config.have_zlib = @LLVM_ENABLE_ZLIB@
config.have_tflite = @LLVM_HAVE_TFLITE@
config.version = "@LLVM_VERSION_MAJOR@.@LLVM_VERSION_MINOR@@LLVM_VERSION_SUFFIX@"

import lit.llvm
lit.llvm.initialize(lit_config, config)

lit_config.load_config(config, os.path.join(config.llvm_src_root, "test/lit.cfg.py"))
"""
CONFIG = """\
import os
import lit.formats
from lit.llvm import llvm_config

config.name = "LLVM"
config.test_format = lit.formats.ShTest(not llvm_config.use_lit_shell)
config.suffixes = [".ll"]
config.excludes = ["Inputs"]
config.test_source_root = os.path.dirname(__file__)
config.test_exec_root = os.path.join(config.llvm_obj_root, "test")
llvm_config.with_environment("PATH", config.llvm_tools_dir, append_path=True)
llvm_config.use_default_substitutions()
llvm_config.add_tool_substitutions(["llc"], config.llvm_tools_dir)
for arch in config.targets_to_build.split():
    config.available_features.add(arch.lower() + "-registered-target")
"""
RUNS = "; RUN: llc %s | FileCheck %s\n"
TREE = {
    "llvm/lib/X.cpp": "",
    "llvm/test/lit.site.cfg.py.in": TEMPLATE,
    "llvm/test/lit.cfg.py": CONFIG,
    "llvm/test/CodeGen/X86/lit.local.cfg": (
        "if 'X86' not in config.root.targets_to_build:\n    config.unsupported = True\n"
    ),
    "llvm/test/CodeGen/X86/passes.ll": f"{RUNS}; CHECK: code\n",
    "llvm/test/CodeGen/X86/fails.ll": f"{RUNS}; CHECK: other\n",
    "llvm/test/CodeGen/X86/expected.ll": f"; XFAIL: *\n{RUNS}; CHECK: other\n",
    # Only lit's own shell leaves a variable alone.
    "llvm/test/CodeGen/X86/shell.ll": "; RUN: echo $HOME | FileCheck %s\n; CHECK: $HOME\n",
    "llvm/test/CodeGen/X86/input.ll": "; RUN: cat %S/Inputs/data | FileCheck %s\n; CHECK: data\n",
    "llvm/test/CodeGen/X86/Inputs/data": "data\n",
    "llvm/test/CodeGen/ARM/lit.local.cfg": (
        "if 'ARM' not in config.root.targets_to_build:\n    config.unsupported = True\n"
    ),
    "llvm/test/CodeGen/ARM/other.ll": f"{RUNS}; CHECK: code\n",
}
VERSION = 'if [ "$1" = --version ]; then echo "LLVM version 19.1.7"; echo "  Registered Targets:"; exit; fi'
TOOLS = {
    "llc": f"{VERSION}\necho code",
    "FileCheck": 'text=$(sed -n "s/^; CHECK: //p" "$1"); [ -n "$text" ] && grep -qF -- "$text"',
    "not": '! "$@"',
    "count": '[ "$(wc -l)" = "$1" ]',
    "llvm-config": 'printf "X86 AArch64\\nx86_64-pc-linux-gnu\\n/usr/lib\\n%s/cmake\\n19.1.7\\n" "${0%/*}"',
}


def write(root: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    return root


def stand_ins(folder: Path, bodies: Mapping[str, str] = TOOLS) -> dict[str, Path]:
    """Shell scripts with these bodies in a folder, as the tools of a toolchain."""
    write(folder, {name: f"#!/bin/sh\n{body}\n" for name, body in bodies.items()})
    for name in bodies:
        (folder / name).chmod(0o755)
    return {name: folder / name for name in bodies}


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    return write(tmp_path / "source-100%", TREE)


@pytest.fixture
def toolchain(tmp_path: Path) -> Toolchain:
    return Toolchain("stand-in", "19.1.7", stand_ins(tmp_path / "tools"), "stand-in", "0")


def outcomes(toolchain: Toolchain, suite: runs.Suite) -> dict[str, str]:
    run = runs.run(toolchain, suite, Silent())
    assert not [result.output for result in run.results if result.outcome is Outcome.UNRESOLVED]
    return {result.name: result.outcome.value for result in run.results}


def test_llvms_tests_run_by_llvms_own_configuration(
    tree: Path, toolchain: Toolchain, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LIT_USE_INTERNAL_SHELL", "0")
    suite = llvm_tests.suite(toolchain, tree, ["llvm/test/CodeGen"], jobs=2)
    raw = {
        "llvm/test/CodeGen/ARM/other.ll": "UNSUPPORTED",
        "llvm/test/CodeGen/X86/expected.ll": "FAIL",
        "llvm/test/CodeGen/X86/fails.ll": "FAIL",
        "llvm/test/CodeGen/X86/input.ll": "PASS",
        "llvm/test/CodeGen/X86/passes.ll": "PASS",
        "llvm/test/CodeGen/X86/shell.ll": "PASS",
    }
    assert runs.names(toolchain, suite) == tuple(raw)
    assert all(suite.holds(name) for name in raw)
    assert outcomes(toolchain, suite) == raw
    expecting = replace(suite, expectations=True)
    assert outcomes(toolchain, expecting) == {**raw, "llvm/test/CodeGen/X86/expected.ll": "XFAIL"}
    assert sorted(path.name for path in tree.rglob("Output")) == []


def test_one_file_is_an_input_too_and_names_select(tree: Path, toolchain: Toolchain) -> None:
    suite = llvm_tests.suite(toolchain, tree, ["llvm/test/CodeGen/X86/passes.ll"], jobs=1)
    assert outcomes(toolchain, suite) == {"llvm/test/CodeGen/X86/passes.ll": "PASS"}
    suite = llvm_tests.suite(toolchain, tree, ["llvm/test/CodeGen/X86"], jobs=1)
    some = replace(suite, names=("llvm/test/CodeGen/X86/fails.ll",))
    assert outcomes(toolchain, some) == {"llvm/test/CodeGen/X86/fails.ll": "FAIL"}


def test_a_target_that_is_not_built_is_unsupported(tree: Path, toolchain: Toolchain) -> None:
    config = toolchain.tools["llvm-config"]
    config.write_text(config.read_text().replace("X86 AArch64", "ARM"))
    suite = llvm_tests.suite(toolchain, tree, ["llvm/test/CodeGen"], jobs=1)
    found = outcomes(toolchain, suite)
    assert found.pop("llvm/test/CodeGen/ARM/other.ll") == "PASS"
    assert set(found.values()) == {"UNSUPPORTED"}


def test_a_configuration_that_fails_is_an_error_with_lits_message(tree: Path, toolchain: Toolchain) -> None:
    (tree / "llvm/test/lit.cfg.py").write_text("lit_config.fatal('no such tool')\n")
    suite = llvm_tests.suite(toolchain, tree, ["llvm/test/CodeGen"], jobs=1)
    with pytest.raises(UsageError) as error:
        runs.run(toolchain, suite, Silent())
    assert error.value.what == f"{tree}/llvm/test: lit cannot read this suite"
    assert "fatal: no such tool" in error.value.detail


def test_a_folder_without_tests_is_an_error(tree: Path, toolchain: Toolchain) -> None:
    suite = llvm_tests.suite(toolchain, tree, ["llvm/test/CodeGen/X86/Inputs"], jobs=1)
    with pytest.raises(UsageError) as error:
        runs.names(toolchain, suite)
    assert error.value.what == "CodeGen/X86/Inputs: no tests there"


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ("CodeGen/X86", "CodeGen/X86: is not below llvm/test\nnext: name it as in LLVM: "),
        ("llvm/test", "llvm/test: is not below llvm/test\nnext: name it as in LLVM: "),
        ("llvm/test/../lib", "llvm/test/../lib: is not below llvm/test\nnext: name it as in LLVM: "),
    ],
)
def test_an_input_must_be_below_llvms_tests(
    tree: Path, toolchain: Toolchain, given: str, message: str
) -> None:
    with pytest.raises(UsageError) as error:
        llvm_tests.suite(toolchain, tree, [given], jobs=1)
    assert str(error.value) == f"{message}llvm/test/CodeGen/X86"


def test_an_input_must_be_there(tree: Path, toolchain: Toolchain) -> None:
    with pytest.raises(UsageError) as error:
        llvm_tests.suite(toolchain, tree, ["llvm/test/CodeGen/Z80"], jobs=1)
    assert str(error.value) == (
        f"llvm/test/CodeGen/Z80: LLVM's source has no such test or folder\nnext: look into {tree}/llvm/test"
    )


def test_a_toolchain_without_llvms_test_tools_is_refused(tree: Path, toolchain: Toolchain) -> None:
    few = replace(toolchain, tools={"llc": toolchain.tools["llc"], "not": toolchain.tools["not"]})
    with pytest.raises(EnvironmentLacksError) as error:
        llvm_tests.suite(few, tree, ["llvm/test/CodeGen"], jobs=1)
    assert str(error.value) == (
        "stand-in lacks what LLVM's own tests need: FileCheck, count, llvm-config\n"
        "next: use --toolchain debian, or a build directory where `ninja llvm-test-depends` has run"
    )


def test_an_llvm_config_that_does_not_run_is_refused(tree: Path, toolchain: Toolchain) -> None:
    toolchain.tools["llvm-config"].write_text("#!/bin/sh\necho broken >&2; exit 1\n")
    with pytest.raises(EnvironmentLacksError) as error:
        llvm_tests.suite(toolchain, tree, ["llvm/test/CodeGen"], jobs=1)
    assert str(error.value) == (
        f"{toolchain.tools['llvm-config']} does not say how stand-in was built\n"
        "  broken\n"
        "next: check that it runs by itself"
    )


# -- the site configuration


def assigned(text: str) -> dict[str, str]:
    return dict(line.split(" = ", 1) for line in text.splitlines() if line.startswith("config."))


def test_what_cmake_would_substitute_is_substituted() -> None:
    values = {"LLVM_ENABLE_ZLIB": "TRUE", "LLVM_VERSION_MAJOR": "19", "LLVM_VERSION_MINOR": "1"}
    found = assigned(llvm_tests.site_config(TEMPLATE, {**values, "TARGETS_TO_BUILD": "X86 ARM"}))
    assert found["config.have_zlib"] == "1"
    assert found["config.have_tflite"] == "0"
    assert found["config.version"] == '"19.1"'
    assert found["config.targets_to_build"] == '"X86 ARM"'
    assert found["config.host_ldflags"] == "''"
    assert found["config.gold_executable"] == '""'
    assert "@" not in llvm_tests.site_config(TEMPLATE, values)


@pytest.mark.parametrize(
    ("value", "number"), [("ON", "1"), ("on", "1"), ("1", "1"), ("OFF", "0"), ("", "0"), ("no", "0")]
)
def test_cmakes_booleans_are_numbers(value: str, number: str) -> None:
    found = assigned(llvm_tests.site_config(TEMPLATE, {"LLVM_ENABLE_ZLIB": value}))
    assert found["config.have_zlib"] == number


def test_a_template_that_would_leave_the_shell_to_chance_is_refused() -> None:
    with pytest.raises(UsageError) as error:
        llvm_tests.site_config(TEMPLATE.replace("lit.llvm.initialize", "lit.llvm.start"), {})
    assert str(error.value) == (
        "LLVM's lit.site.cfg.py.in is not as in LLVM 13 to 22\n"
        "next: it must have the line `lit.llvm.initialize(lit_config, config)`"
    )


def test_how_an_llvm_was_configured_is_read_from_its_cmake_file() -> None:
    text = (
        "set(LLVM_VERSION_MAJOR 19)\n"
        "set(LLVM_VERSION_SUFFIX )\n"
        'set(LLVM_TARGET_TRIPLE "x86_64-pc-linux-gnu")\n'
        'set(LLVM_CMAKE_DIR "${LLVM_INSTALL_PREFIX}/lib")\n'
        "  set(LLVM_INDENTED 1)\n"
    )
    assert llvm_tests.cmake_values(text) == {
        "LLVM_VERSION_MAJOR": "19",
        "LLVM_VERSION_SUFFIX": "",
        "LLVM_TARGET_TRIPLE": "x86_64-pc-linux-gnu",
    }


def test_what_the_release_was_configured_with_reaches_the_configuration(
    tree: Path, toolchain: Toolchain
) -> None:
    cmake = toolchain.tools["llc"].parent / "cmake"
    write(cmake, {"LLVMConfig.cmake": "set(LLVM_ENABLE_ZLIB 1)\nset(LLVM_VERSION_MAJOR 19)\n"})
    suite = llvm_tests.suite(toolchain, tree, ["llvm/test/CodeGen"], jobs=1)
    assert assigned(suite.site)["config.have_zlib"] == "1"
    assert assigned(suite.site)["config.targets_to_build"] == '"X86 AArch64"'


# -- a patched copy


def test_a_patched_copy_that_holds_only_touched_tests_is_completed(
    tree: Path, tmp_path: Path, toolchain: Toolchain
) -> None:
    x86 = "llvm/test/CodeGen/X86"
    patched = write(
        tmp_path / "patched",
        {
            f"{x86}/added.ll": f"{RUNS}; CHECK: code\n",
            f"{x86}/fails.ll": f"{RUNS}; CHECK: code\n",
            f"{x86}/Inputs/data": "changed data\n",
            "llvm/test/CodeGen/New/lit.local.cfg": "",
            "llvm/test/CodeGen/New/deep/first.ll": f"{RUNS}; CHECK: code\n",
            "llvm/lib/X.cpp": "patched",
        },
    )
    touched = [str(path.relative_to(patched)) for path in patched.rglob("*") if path.is_file()]
    symlinks = tmp_path / "symlinks"
    make_symlink_tree(tree, patched, [*touched, f"{x86}/passes.ll"], symlinks)
    suite = llvm_tests.suite(toolchain, symlinks, ["llvm/test/CodeGen"], jobs=1)
    assert outcomes(toolchain, suite) == {
        "llvm/test/CodeGen/ARM/other.ll": "UNSUPPORTED",
        "llvm/test/CodeGen/New/deep/first.ll": "PASS",
        "llvm/test/CodeGen/X86/added.ll": "PASS",
        "llvm/test/CodeGen/X86/expected.ll": "FAIL",
        "llvm/test/CodeGen/X86/fails.ll": "PASS",
        "llvm/test/CodeGen/X86/input.ll": "PASS",
        "llvm/test/CodeGen/X86/shell.ll": "PASS",
    }
    assert (symlinks / x86 / "Inputs/data").read_text() == "changed data\n"
    assert (symlinks / "llvm/lib/X.cpp").read_text() == ""
    assert {p: p_text for p, p_text in TREE.items() if (tree / p).read_text() != p_text} == {}


def test_an_untouched_tree_is_completed_too(tree: Path, tmp_path: Path) -> None:
    symlinks = tmp_path / "symlinks"
    make_symlink_tree(tree, tmp_path / "patched", ["llvm/lib/X.cpp"], symlinks)
    assert (symlinks / "llvm/test/CodeGen").is_symlink()
    assert (symlinks / "llvm/test/lit.cfg.py").read_text() == CONFIG
    assert not (symlinks / "llvm/test").is_symlink()
