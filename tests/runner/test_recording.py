"""What the programs of a test record is kept for that test alone, however the test ends."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.llvm import Toolchain
from harness.model import Outcome
from harness.progress import Silent
from harness.runner import runs
from harness.runner.recording import Recorder, Recording
from harness.runner.runs import Suite

CONFIG = """\
import lit.formats, os
config.name = "recorded"
config.test_format = lit.formats.ShTest(execute_external=False)
config.suffixes = {".test"}
config.test_source_root = os.path.dirname(__file__)
config.test_exec_root = lit_config.params["exec_root"]
config.environment["PATH"] = lit_config.params["toolchain_bin"] + ":/usr/bin:/bin"
config.substitutions.append(("%{llc}", lit_config.params["toolchain_bin"] + "/llc"))
"""
LLC = """\
#!/bin/sh
case "$1" in
--version) echo '  LLVM version 19.1.7' ;;
*) printf "$1" >> "${RECORDS:-$(dirname "$0")/../reach}/llc" ;;
esac
[ "$1" != die ] || kill -SEGV $$
"""
TESTS = {
    "none": "true",
    "twice": "llc one && llc two",
    "crash": "llc die",
    "fail": "llc bad && false",
    "bare": "env -i %{llc} bare",
}


@pytest.mark.slow
def test_each_test_keeps_what_its_programs_recorded(tmp_path: Path) -> None:
    suite, kept = tmp_path / "suite", tmp_path / "kept"
    suite.mkdir()
    (suite / "lit.cfg.py").write_text(CONFIG)
    for name, commands in TESTS.items():
        (suite / f"{name}.test").write_text(f"RUN: {commands}\n")
    llc = tmp_path / "llc"
    llc.write_text(LLC)
    llc.chmod(0o755)
    toolchain = Toolchain("recorded", "19.1.7", {"llc": llc}, "", "recorded")
    recording = Recording("RECORDS", (("llc", 4), ("opt", 8)), str(kept))
    done = runs.run(toolchain, Suite(suite, 2, recording=recording), Silent())
    outcomes = {result.name.removesuffix(".test"): result.outcome for result in done.results}
    assert outcomes == {**dict.fromkeys(TESTS, Outcome.PASS), "fail": Outcome.FAIL, "crash": Outcome.CRASH}
    found = {
        name: {path.name: path.read_text().strip("\0") for path in recording.folder(f"{name}.test").iterdir()}
        for name in TESTS
    }
    assert found == {
        "none": {},
        "twice": {"llc": "onetwo"},
        "crash": {"llc": "die"},
        "fail": {"llc": "bad"},
        "bare": {"llc": "bare"},
    }


def test_a_test_that_runs_again_keeps_its_last_record(tmp_path: Path) -> None:
    recording = Recording("RECORDS", (("llc", 4), ("opt", 4)), str(tmp_path / "kept"))
    recorder = Recorder(recording, tmp_path / "here")
    here = Path(recorder.environment["RECORDS"])
    assert {path.name: path.read_bytes() for path in here.iterdir()} == {"llc": bytes(4), "opt": bytes(4)}
    (here / "llc").write_bytes(b"\0\0\1\0")
    recorder.keep("A/b.ll")
    (here / "opt").write_bytes(b"\0\0\0\1")
    recorder.keep("A/b.ll")
    folder = recording.folder("A/b.ll")
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == {"opt": b"\0\0\0\1"}
    assert not recording.folder("A/c.ll").exists()
    assert (here / "llc").read_bytes() == bytes(4)


def test_programs_may_name_their_files_themselves(tmp_path: Path) -> None:
    recording = Recording("PROFILE", (), str(tmp_path / "kept"), "/%m.profraw")
    recorder = Recorder(recording, tmp_path / "here")
    assert recorder.environment == {"PROFILE": f"{tmp_path / 'here'}/%m.profraw"}
    (tmp_path / "here/1.profraw").write_bytes(b"a")
    recorder.keep("a.ll")
    (tmp_path / "here/2.profraw").write_bytes(bytes(3))
    recorder.keep("b.ll")
    recorder.keep("c.ll")
    kept = {test: recording.folder(test) for test in ("a.ll", "b.ll", "c.ll")}
    assert {t: [path.name for path in folder.iterdir()] for t, folder in kept.items()} == {
        "a.ll": ["1.profraw"],
        "b.ll": ["2.profraw"],
        "c.ll": [],
    }
