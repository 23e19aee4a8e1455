"""Where this process shares artifacts: what the environment says of it."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from harness.artifacts.place import ENDPOINT, URL, open_place

if TYPE_CHECKING:
    from harness.artifacts.remote import Artifacts


def open_artifacts(url: str = "", endpoint: str = "") -> Artifacts | None:
    """The artifacts at a URL, else of HARNESS_ARTIFACTS in the environment; None if neither names any.

    The endpoint of an S3-compatible server is that of HARNESS_ARTIFACTS_ENDPOINT, unless it is given. Raises
    UsageError for a URL that is none.
    """
    url = url or os.environ.get(URL, "")
    if not url:
        return None
    from harness.artifacts.remote import Artifacts

    endpoint = endpoint or os.environ.get(ENDPOINT, "")
    return Artifacts(open_place(url, endpoint), endpoint)
