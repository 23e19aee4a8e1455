"""Where the suite and the patches are: in a checkout, or in the package itself where a wheel installed it."""

from __future__ import annotations

from pathlib import Path

from harness.errors import UsageError

_PACKAGE = Path(__file__).parent
# pyproject.toml puts lit-tests/ and patches/ there in a wheel; a checkout has them beside the package.
_BUNDLED = _PACKAGE / "bundled"


def find() -> Path:
    """The folder with lit-tests/ and patches/: a checkout around the working directory, else what comes with
    this code. Raises UsageError if there is none.
    """
    for place in (Path.cwd(), *Path.cwd().parents, _PACKAGE.parent, _BUNDLED):
        if (place / "lit-tests/lit.cfg.py").is_file() and (place / "patches").is_dir():
            return place
    raise UsageError(
        "no lit-tests/ and patches/ here", "run it in a checkout of the harness, or give --suite"
    )


def checkout() -> Path:
    """The checkout that this code is in. Raises UsageError if it is installed."""
    if not (_PACKAGE.parent / "pyproject.toml").is_file():
        raise UsageError(
            f"{_PACKAGE} is not in a checkout of the harness", "clone the repository, and type it there"
        )
    return _PACKAGE.parent
