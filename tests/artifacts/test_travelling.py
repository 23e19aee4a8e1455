"""Real entries in another store: their programs run there."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from harness import process
from harness.artifacts.settings import open_artifacts
from harness.builders.link import link_argv
from harness.llvm import Prebuilt
from harness.reach.names import FunctionName
from harness.reach.watch.make import watch
from harness.reach.watch.record import VARIABLE, prepare, read_hits
from harness.reach.watch.values import Hits, Watched
from harness.store import Store, default_root
from harness.toolchain.debian import packages
from tests.llvm import Llvm

MODULE = "define i32 @f(i32 %x) {\n  %y = add i32 %x, 1\n  ret i32 %y\n}\n"


@pytest.mark.needs_llvm
def test_debian_s_tools_run_from_another_store(llvm14: Llvm, tmp_path: Path) -> None:
    artifacts = open_artifacts(str(tmp_path / "artifacts"))
    assert artifacts is not None
    entry = llvm14.tools.parent
    artifacts.send("debian", entry.name, entry)
    two = Store(tmp_path / "two", artifacts)
    there = packages.toolchain(two, 14, pytest.fail)
    llc = there.tools["llc"]
    assert llc.is_relative_to(two.root)
    # Nothing in its commands leads to where it came from.
    assert os.fspath(default_root()) not in llc.read_text()
    done = process.run([llc, "-mtriple=x86_64", "-o", "-"], stdin=MODULE.encode())
    assert done.ok, done.text
    assert "leal\t1(%rdi), %eax" in done.stdout.decode()


def prebuilt(home: Path) -> Prebuilt:
    cc = Path("/usr/bin/cc")
    return Prebuilt(
        prefix=home, version="19.1.7", cc=cc, cxx=cc, tblgen=cc, bin=home, sysroot=None, libs=home / "libs",
        linker="", assertions=False, identity="", provenance="",
    )  # fmt: skip


@pytest.mark.builds
def test_an_overlay_s_tools_find_their_libraries_in_another_store(tmp_path: Path) -> None:
    artifacts = open_artifacts(str(tmp_path / "artifacts"))
    one, two = Store(tmp_path / "one", artifacts), Store(tmp_path / "two", artifacts)

    def debian(aside: Path) -> None:
        (aside / "libs").mkdir()
        (aside / "f.c").write_text("int f(void) { return 7; }\n")
        library = aside / "libs/libf.so"
        assert process.run(["cc", "-shared", "-fPIC", "-o", library, aside / "f.c"]).ok

    home = one.make("debian", "llvm-19", debian)

    def overlay(aside: Path) -> None:
        (aside / "bin").mkdir()
        (aside / "main.c").write_text("int f(void); int main(void) { return f(); }\n")
        main = aside / "main.o"
        assert process.run(["cc", "-c", "-o", main, aside / "main.c"]).ok
        line = ["cc", "main.o", "-o", "bin/llc", f"-L{home}/libs", "-lf"]
        argv = link_argv(line, {"main.o": main}, aside / "bin/opt", prebuilt(home), ())
        assert process.run(argv).ok
        (aside / "build.json").write_text(json.dumps({}))

    assert process.run([one.make("overlay", "key", overlay) / "bin/opt"]).returncode == 7
    one.root.rename(tmp_path / "gone")
    there = two.get("overlay", "key")
    assert there is not None
    assert two.get("debian", "llvm-19") is not None
    assert process.run([there / "bin/opt"]).returncode == 7


@pytest.mark.builds
def test_a_watched_tool_notes_what_it_enters_in_another_store(tmp_path: Path) -> None:
    artifacts = open_artifacts(str(tmp_path / "artifacts"))
    source, tool = tmp_path / "tool.c", tmp_path / "tool"
    source.write_text(
        "int never(int x) { return x * x + 3 * x + 5; }\nint entered(int x) { return x * 7 + x / 3; }\n"
        "int main(int n, char **v) { return n > 9 ? never(n) : entered(n); }\n"
    )
    assert process.run(["cc", "-O0", "-static", "-o", tool, source]).ok
    cc = Path(process.run(["which", "cc"]).stdout.decode().strip())
    only = [FunctionName("", name) for name in ("never", "entered")]
    made = watch(Store(tmp_path / "one", artifacts), tool, cc, only=only)
    (tmp_path / "one").rename(tmp_path / "gone")
    there = watch(Store(tmp_path / "two", artifacts), tool, cc, only=only)
    assert isinstance(made, Watched)
    assert isinstance(there, Watched)
    assert there.tool == tmp_path / "two" / made.tool.relative_to(tmp_path / "one")
    records = tmp_path / "records"
    prepare(records, [there])
    assert process.run([there.tool], env={VARIABLE: os.fspath(records)}).returncode == 7
    hits = read_hits(records, there)
    assert isinstance(hits, Hits)
    (index,) = hits.functions
    assert {name.name for name in there.functions[index].names} == {"entered"}
