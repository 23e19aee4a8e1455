"""What a command reads of `patches/` for a patch that is not in it: each file once; none that can fail."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from harness.cli import app
from harness.errors import EXIT_OK
from tests.command import REPOSITORY, Harness, Source
from tests.series.known import count_parses

DOCUMENT = "llvm/docs/StackMaps.rst"


@pytest.fixture
def foreign(source: Source, tmp_path: Path) -> Path:
    """A patch of documentation, which needs no build, below a checkout with our patches."""
    title = "Stack maps and patch points in LLVM\n"
    (tmp_path / "my.patch").write_bytes(source.diff({DOCUMENT: (title, f"All about {title}")}))
    (tmp_path / "lit-tests").symlink_to(REPOSITORY / "lit-tests")
    shutil.copytree(REPOSITORY / "patches", tmp_path / "patches")
    return tmp_path / "my.patch"


@pytest.mark.needs_llvm
@pytest.mark.builds
@pytest.mark.xdist_group("overlays")
class TestForeign:
    @pytest.mark.parametrize("command", ["check", "plan"])
    def test_each_patch_is_parsed_once(
        self, foreign: Path, monkeypatch: pytest.MonkeyPatch, command: str
    ) -> None:
        parsed = count_parses(monkeypatch)
        monkeypatch.chdir(foreign.parent)
        with pytest.raises(SystemExit) as ended:
            app([command, "-q", foreign.name], standalone_mode=False)
        assert ended.value.code == EXIT_OK
        theirs = {str(path) for path in Path("patches").rglob("*.patch")}
        assert len(theirs) > 100
        expected = {foreign.name, *(str(Path.cwd() / path) for path in theirs)}
        assert parsed == dict.fromkeys(expected, 1)

    @pytest.mark.parametrize("command", ["check", "plan"])
    def test_a_half_written_series_is_a_remark(self, foreign: Path, harness: Harness, command: str) -> None:
        patches = foreign.parent / "patches"
        (patches / "drafts/19.1.7").mkdir(parents=True)
        (patches / "drafts/series.toml").write_text('title = "What I am')
        said = harness(command, "-q", foreign, cwd=foreign.parent)
        assert (said.code, said.err) == (EXIT_OK, "")
        assert f"{patches}/drafts/series.toml: is not TOML: " in said.out
        assert "my is not compared with it" in " ".join(said.out.split())
