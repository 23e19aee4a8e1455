"""A folder of tests that is not in the suite."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

from harness.litsite.elsewhere import write_configuration


def test_the_configuration_loads_that_of_the_suite_and_names_its_own_folder(tmp_path: Path) -> None:
    loaded: list[str] = []
    config = SimpleNamespace()
    lit_config = SimpleNamespace(load_config=lambda _config, path: loaded.append(path))
    text = write_configuration("/the 'suite'/lit.cfg.py", "mine")
    exec(text, {"config": config, "lit_config": lit_config, "__file__": str(tmp_path / "lit.cfg.py")})  # noqa: S102 - as lit does
    assert loaded == ["/the 'suite'/lit.cfg.py"]
    assert (config.name, config.test_source_root) == ("mine", str(tmp_path))
    assert config.test_exec_root == str(tmp_path / "Output")
