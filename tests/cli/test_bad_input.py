"""What bad input gets: the exact message, the exit code, and nothing written."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from harness import process
from harness.authoring import lint
from harness.errors import EXIT_ENVIRONMENT, EXIT_PATCH, EXIT_USAGE
from tests.command import ADDS_LIVE_OUTS, LIVENESS

if TYPE_CHECKING:
    from tests.command import Harness, Said, Source

LOWER = "llvm/lib/Target/X86/X86MCInstLower.cpp"
PATCHES = Path(__file__).parents[2] / "patches"
SERIES = ", ".join(sorted(path.parent.name for path in PATCHES.glob("*/series.toml")))
USAGE = "Usage: harness check [OPTIONS] [SERIES]...\nTry 'harness check --help' for help.\n\n"


def refused(said: Said, code: int, message: str) -> None:
    """The command ended with this message alone."""
    assert (said.code, said.out, said.err) == (code, "", message)


# -- usage: no LLVM is needed to say so


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (
            ("--llvm", "nineteen"),
            "harness: error: --llvm nineteen: not a version\nnext: give a number such as 19 or 19.1.7\n",
        ),
        (
            ("--llvm", "-1"),
            "harness: error: --llvm -1: not a version\nnext: give a number such as 19 or 19.1.7\n",
        ),
        (
            ("--toolchain", "tree"),
            "harness: error: --toolchain tree needs a place\nnext: add --prefix DIR\n",
        ),
        (
            ("--suite", "no/such/suite"),
            "harness: error: --suite no/such/suite: no such folder\n"
            "next: name a folder with lit.cfg.py and tests, or LLVM's own: --suite upstream:CodeGen/X86\n",
        ),
        (
            ("--suite", "upstream:"),
            "harness: error: --suite upstream:: names no tests\n"
            "next: name a folder or a test below llvm/test: --suite upstream:CodeGen/X86\n",
        ),
        (
            ("--suite", "upstream:/usr/src/llvm/test/Verifier"),
            "harness: error: --suite upstream:/usr/src/llvm/test/Verifier: is an absolute path\n"
            "next: name it as below llvm/test: --suite upstream:Verifier\n",
        ),
        (
            ("--suite", "upstream:CodeGen/../../lib"),
            "harness: error: --suite upstream:CodeGen/../../lib: leads out of llvm/test\n"
            "next: name it without ..: --suite upstream:CodeGen/X86\n",
        ),
        (
            ("--toolchain", "wheel", "--suite", "upstream:CodeGen/X86"),
            "harness: error: --suite upstream:CodeGen/X86: the wheel has no FileCheck, not and opt\n"
            "next: use --toolchain debian\n",
        ),
        (
            ("--no-patch", "--suite", "lit-tests", "--suite", "upstream:CodeGen/X86"),
            "harness: error: --suite: more than one without a patch\nnext: run them one by one\n",
        ),
        (
            ("--filter", "(", "--toolchain", "wheel"),
            "harness: error: --filter (: missing ), unterminated subpattern at position 0\n"
            "next: give a regular expression of Python\n",
        ),
        (
            ("--toolchain", "wheel", "patches/x86-undersized-patchpoint"),
            "harness: error: the wheel's LLVM is one shared library: no patch can be built into it\n"
            "next: use --toolchain debian; the wheel can only run the suite as it is\n",
        ),
        (
            ("--no-patch", "patches/x86-undersized-patchpoint"),
            "harness: error: --no-patch with patches/x86-undersized-patchpoint\n"
            "next: leave one of them out\n",
        ),
        (
            ("--toolchain", "wheel", "--suite", "lit-tests", "--suite", "lit-tests/X86"),
            "harness: error: --suite: more than one without a patch\nnext: run them one by one\n",
        ),
        pytest.param(
            ("--toolchain", "wheel", "--filter", "no such test", "-q"),
            "harness: error: --filter no such test: none of {tests} tests matches\n"
            "next: try a part of a test's path\n",
            marks=pytest.mark.needs_llvm,
        ),
        (
            ("--jobs", "0"),
            USAGE + "Error: Invalid value for '--jobs' / '-j': 0 is not in the range 1<=x<=256.\n",
        ),
        (
            ("--builder", "make"),
            USAGE + "Error: Invalid value for '--builder': 'make' is not one of 'auto', 'overlay', 'full'.\n",
        ),
        (("--xyzzy",), USAGE + "Error: No such option '--xyzzy'.\n"),
    ],
)
def test_wrong_options(harness: Harness, args: tuple[str, ...], message: str) -> None:
    tests = len(list(lint.tests_below(Path(__file__).parents[2] / "lit-tests")))
    refused(harness("check", *args), EXIT_USAGE, message.replace("{tests}", str(tests)))


def test_a_command_that_is_none(harness: Harness) -> None:
    message = "Usage: harness [OPTIONS] COMMAND [ARGS]...\nTry 'harness --help' for help.\n\n"
    refused(harness("chek"), EXIT_USAGE, message + "Error: No such command 'chek'.\n")


@pytest.mark.needs_llvm
def test_a_suite_without_tests(harness: Harness, tmp_path: Path) -> None:
    said = harness("check", "--toolchain", "wheel", "--suite", tmp_path, "-q")
    assert said.code == EXIT_USAGE
    first, *_, last = said.err.splitlines()
    assert first == f"harness: error: {tmp_path}: no tests there"
    assert last == "next: name a lit suite: a folder with lit.cfg.py and tests"


@pytest.mark.parametrize("option", ["--json", "--junit", "--markdown"])
def test_reports_that_cannot_be_written_are_refused_before_anything_runs(
    harness: Harness, tmp_path: Path, option: str
) -> None:
    place = tmp_path / "gone" / "report"
    said = harness("check", "--toolchain", "wheel", option, place)
    message = (
        f"harness: error: {place}: cannot be written: No such file or directory\nnext: give another file\n"
    )
    refused(said, EXIT_USAGE, message)


def test_a_prefix_without_llvm(harness: Harness, tmp_path: Path) -> None:
    message = (
        f"harness: error: {tmp_path}: has no static libraries of LLVM with lib/cmake/llvm/LLVMConfig.cmake\n"
        "next: build the targets 'all' or install the development files, or use --toolchain debian\n"
    )
    refused(harness("check", "--prefix", tmp_path, "-q"), EXIT_ENVIRONMENT, message)


def test_a_prefix_that_is_not_there(harness: Harness, tmp_path: Path) -> None:
    message = (
        f"harness: error: {tmp_path / 'none'}: no such folder\n"
        "next: name an install prefix or a build directory of LLVM\n"
    )
    refused(harness("check", "--prefix", tmp_path / "none", "-q"), EXIT_USAGE, message)


# -- patches: their refusal names the LLVM that is there, so it has to be there


def check(harness: Harness, patch: str | bytes, source: Source, cwd: Path) -> Said:
    """Check a patch (bytes: on standard input) that is refused: neither source nor folder change."""
    before, here = (source.root / LOWER).read_bytes(), sorted(cwd.iterdir())
    stdin = patch if isinstance(patch, bytes) else b""
    said = harness("check", "-q", "-" if isinstance(patch, bytes) else patch, cwd=cwd, stdin=stdin)
    assert (source.root / LOWER).read_bytes() == before
    assert sorted(cwd.iterdir()) == here
    return said


def new_file(name: bytes) -> bytes:
    return b"--- /dev/null\n+++ b/" + name + b"\n@@ -0,0 +1 @@\n+x\n"


BINARY = b"""\
diff --git a/llvm/docs/x.png b/llvm/docs/x.png
index 1234567..89abcde 100644
Binary files a/llvm/docs/x.png and b/llvm/docs/x.png differ
"""


@pytest.mark.needs_llvm
@pytest.mark.builds
@pytest.mark.xdist_group("overlays")
class TestPatches:
    def test_unknown_llvm(self, harness: Harness) -> None:
        said = harness("check", "--llvm", "12", "-q")
        assert said.code == EXIT_ENVIRONMENT
        first, second = said.err.splitlines()
        assert first == "harness: error: no suite of Debian's mirror has LLVM 12"
        assert second.startswith("next: use one of its versions: ")
        assert " 19" in second

    @pytest.mark.parametrize(
        ("name", "next_"),
        [
            ("x86-undersised-patchpoint", "did you mean x86-undersized-patchpoint?"),
            (
                "main-or-so",
                "name a series, a patch file, a folder of patches, `-` for stdin, or commits; fetch a commit "
                "that is on a remote first",
            ),
        ],
    )
    def test_a_name_in_a_checkout(self, harness: Harness, tmp_path: Path, name: str, next_: str) -> None:
        process.run(["git", "init", "-q", tmp_path])
        refused(
            harness("check", "-q", name, cwd=tmp_path),
            EXIT_USAGE,
            f"harness: error: {name}: is not a series, file or folder, and git finds no commit of that name "
            f"in {tmp_path}\n"
            f"  series here: {SERIES}\n"
            f"next: {next_}\n",
        )

    @pytest.mark.parametrize(
        ("patch", "message"),
        [
            (
                "no-such-series",
                "no-such-series: is not a series, file or folder, and {cwd} is not a git repository to find "
                "commits in\n"
                f"  series here: {SERIES}\n"
                "next: name a series, a patch file, a folder of patches, or `-` for stdin\n",
            ),
            ("gone.patch", "gone.patch: there is no such file\nnext: check the path\n"),
            (
                bytes(range(256)) * 40,
                "stdin: has no diff in it\nnext: make it with `git format-patch`, or pipe `gh pr diff N` "
                "in\n",
            ),
            (
                BINARY,
                "stdin: line 3: the change of llvm/docs/x.png is binary, and only text can be applied and "
                "judged\nnext: leave llvm/docs/x.png out: `git diff ... -- . ':!llvm/docs/x.png'`\n",
            ),
            (
                new_file(b"../../../../etc/x"),
                "stdin: line 2 names 'b/../../../../etc/x', which leads out of the source tree\n"
                "next: make the patch with `git diff` or `git format-patch` in a checkout of llvm-project\n",
            ),
            (
                new_file(b"llvm/lib/\xff.cpp"),
                "stdin: line 2 names a file in bytes that are not UTF-8\n"
                "next: make the patch with `git diff`, which quotes such names\n",
            ),
            (
                new_file(b"llvm/lib/New.cpp").replace(b"\n", b"\r\n"),
                "stdin: line 1 ends in CR LF, so the patch as a whole was converted to Windows line endings\n"
                "next: pipe it through `sed 's/\\r$//'`; if the patched files themselves have CR LF lines, "
                "take the change from git instead (`git am --keep-cr`, then give the commit)\n",
            ),
            (
                new_file(b"llvm/lib/New.cpp").replace(b"+1 @@", b"+1,5 @@"),
                "stdin: truncated: hunk 1 of llvm/lib/New.cpp promises 0 old and 5 new lines, 0 and 4 of "
                "them are missing (line 3)\n"
                "next: get the patch again; `git format-patch` or `gh pr diff` write it whole\n",
            ),
        ],
        ids=["unknown", "gone", "bytes", "binary", "escape", "not-utf8", "crlf", "truncated"],
    )
    def test_malformed(
        self, harness: Harness, source: Source, tmp_path: Path, patch: str | bytes, message: str
    ) -> None:
        said = check(harness, patch, source, tmp_path)
        refused(said, EXIT_USAGE, "harness: error: " + message.replace("{cwd}", str(tmp_path)))

    @pytest.mark.parametrize("series", ["x86-undersized-patchpoint", "--no-patch"])
    @pytest.mark.parametrize(
        ("folder", "message"),
        [
            (
                "CodeGen/X68",
                "LLVM 19.1.7 has no llvm/test/CodeGen/X68\n"
                "next: did you mean --suite upstream:CodeGen/X86?\n",
            ),
            (
                "CodeGen/X86/Inputs",
                "no tests there\nnext: name a folder with tests, or a test: --suite upstream:CodeGen/X86\n",
            ),
        ],
    )
    def test_a_folder_of_llvms_without_tests(
        self, harness: Harness, series: str, folder: str, message: str
    ) -> None:
        said = harness("check", "-q", series, "--suite", f"upstream:{folder}")
        refused(said, EXIT_USAGE, f"harness: error: --suite upstream:{folder}: {message}")

    def test_unknown_key_of_a_series(self, harness: Harness, source: Source, tmp_path: Path) -> None:
        folder = tmp_path / "mine"
        folder.mkdir()
        (folder / "series.toml").write_text(
            'title = "x"\nkind = "fix"\nfixes = "X86/*"\n[llvm]\nversions = ["19.1.7"]\n'
        )
        message = (
            'harness: error: mine/series.toml: line 3: unknown key "fixes"\n'
            "next: use one of title, kind, llvm, upstream, cases, since, equivalent, claims\n"
        )
        refused(check(harness, "./mine", source, tmp_path), EXIT_USAGE, message)

    def test_three_patches_that_fail_and_each_says_why(
        self, harness: Harness, source: Source, tmp_path: Path
    ) -> None:
        """One does not apply, one does not compile, one does not link: each has its own report."""
        added = "        (void)MI.isSixtyFour();\n"
        wrong = source.diff({LIVENESS: (ADDS_LIVE_OUTS, ADDS_LIVE_OUTS + added)})
        undefined = "        extern void neverDefined();\n        neverDefined();\n"
        unlinked = source.diff({LIVENESS: (ADDS_LIVE_OUTS, undefined + ADDS_LIVE_OUTS)})
        call = b"\n         addLiveOutSetToMI(MF, MI)"
        elsewhere = wrong.replace(call, call.replace(b" MI", b" IM"))
        names = ("elsewhere.patch", "wrong.patch", "unlinked.patch")
        for name, patch in zip(names, (elsewhere, wrong, unlinked), strict=True):
            (tmp_path / name).write_bytes(patch)
        said = harness("check", "-q", "--json", "report.json", *names, cwd=tmp_path)
        assert (said.code, said.err) == (EXIT_PATCH, "")
        series = json.loads((tmp_path / "report.json").read_text())["report"]["series"]
        line = source.line_of(LIVENESS, ADDS_LIVE_OUTS.rstrip())
        assert [one["error"] for one in series] == [
            f"elsewhere.patch: hunk 1 of {LIVENESS} does not apply at line {line - 2}\n"
            f"  closest place: line {line - 2}; first difference at line {line}:\n"
            f"  expected | {ADDS_LIVE_OUTS.rstrip().replace('MI)', 'IM)')}\n"
            f"  in file  | {ADDS_LIVE_OUTS.rstrip()}\n"
            "next: rebase the series onto LLVM 19.1.7 and make the patches again with `git format-patch`",
            f"{LIVENESS} does not compile: {LIVENESS}:{line + 1}: "
            "no member named 'isSixtyFour' in 'llvm::MachineInstr'\n"
            f"  the patch's lines it is about:\n  wrong.patch: +{added.rstrip()}\n  \n"
            f"  {LIVENESS}:{line + 1}:18: error: no member named 'isSixtyFour' in 'llvm::MachineInstr'\n"
            f"    {line + 1} | {added.rstrip()}\n"
            "        |               ~~ ^\n"
            "  1 error generated.\n"
            "next: mend the patch and run it again",
            "llc does not link with the patch\n"
            "  mold: error: undefined symbol: (anonymous namespace)::neverDefined()\n"
            "  clang++: error: linker command failed with exit code 1 (use -v to see invocation)\n"
            "next: define what is missing in the units the patch touches, or use --builder full",
        ]
        assert all(one["comparison"] is None for one in series)
        for one in series:
            for text in one["error"].splitlines():
                assert text.rstrip() in said.out
