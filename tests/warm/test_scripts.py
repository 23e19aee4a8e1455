"""Programs of ours as files."""

from __future__ import annotations

from pathlib import Path

from harness.warm.scripts import write_script


def test_a_script_that_runs_is_not_written_to(tmp_path: Path) -> None:
    """Two runs of the harness write the tools of one store."""
    path = tmp_path / "llc"
    write_script(path, "harness.warm.client", "one")
    with path.open("rb", buffering=0) as running:
        write_script(path, "harness.warm.client", "two")
        assert b"main('one')" in running.read()
    assert "main('two')" in path.read_text()
    assert path.stat().st_mode & 0o777 == 0o755
    assert list(tmp_path.iterdir()) == [path]
