"""Which tools tests name: enough, and not all that there are."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.runner.runs import Suite
from harness.runner.tool_names import tools_in_texts, tools_of_suite


def write(root: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)


@pytest.mark.parametrize(
    ("text", "tools"),
    [
        ("; RUN: opt -S < %s | FileCheck %s\n; about llvm-objdump\n", {"opt", "FileCheck"}),
        ("; RUN: not --crash llvm-as %s 2>&1 | \\\n; RUN:   llvm-objdump -\n", {"llvm-as", "llvm-objdump"}),
        ("# RUN: %llc_dwarf %s\n# RUN: %lli x\n", {"llc", "lli"}),
        ("; DEFINE: %{check} = llvm-readelf -S\n; RUN: %{check} %t\n", {"llvm-readelf"}),
        ("; REDEFINE: %{check} = %python script.py --tool=llvm-nm\n", {"llvm-nm"}),
        ("; RUN: %as-x86_64 %t.s -o %t.o\n", {"llvm-mc"}),
        ("; RUN: env A=1 bash -c 'obj2yaml %t'\n", {"obj2yaml"}),
        ("a test in another format: opt and llc\n", {"opt", "llc"}),
        ("; RUN: nothing-of-llvms %s\n", set()),
    ],
)
def test_the_tools_that_a_test_names(text: str, tools: set[str]) -> None:
    assert tools_in_texts([("a.ll", text.encode())]) == tools


def test_a_text_that_is_not_utf8_names_its_tools() -> None:
    assert tools_in_texts([("a.ll", b"; RUN: opt %s \xff\n")]) == {"opt"}


def test_a_suite_is_read_with_its_configuration_and_what_it_links_to(tmp_path: Path) -> None:
    own, other = tmp_path / "own", tmp_path / "other"
    write(own, {"lit.cfg.py": "config.substitutions.append(('%o', 'opt'))", "a.ll": "; RUN: llc %s\n"})
    write(other, {"b.ll": "; RUN: llvm-mc %s\n"})
    (own / "linked").symlink_to(other)
    (own / "linked/round").symlink_to(own)
    assert tools_of_suite(Suite(own, 1)) == {"opt", "llc", "llvm-mc"}


def test_of_llvms_own_tests_only_the_selected_and_their_folders_count(tmp_path: Path) -> None:
    """LLVM's lit.cfg.py names every tool there is."""
    root = tmp_path / "llvm/test"
    write(
        root,
        {
            "lit.cfg.py": "tools = ['opt', 'llc', 'llvm-nm']",
            "A/lit.local.cfg": "config.substitutions.append(('%o', 'llvm-dwarfdump'))",
            "A/b/c.ll": "; RUN: %o\n",
            "A/b/d.ll": "; RUN: llvm-ar\n",
            "B/lit.local.cfg": "llvm-size",
        },
    )
    suite = Suite(root, 1, names=("llvm/test/A/b/c.ll",), prefix="llvm/test/", site="made")
    assert tools_of_suite(suite) == {"llvm-dwarfdump"}
