"""The actions that the workflows use, by the commit of a release: a tag can be moved, a commit cannot."""

from __future__ import annotations

# That of checkout stands beside its version in workflows of two named projects that have nothing to do with
# each other. The others stand beside the same version in several public files; of these, no more is known.
PINS = {
    "actions/cache": ("cdf6c1fa76f9f475f3d7449005a359c84ca0f306", "v5.0.3"),
    "actions/checkout": ("de0fac2e4500dabe0009e67214ff5f5447ce83dd", "v6.0.2"),
    "actions/download-artifact": ("3e5f45b2cfb9172054b4087a40e8e0b5a5461e7c", "v8.0.1"),
    "actions/upload-artifact": ("043fb46d1a93c77aae656e7c1c64a875d1fc6a0a", "v7.0.1"),
}


def reference(action: str) -> str:
    """What `uses:` says: `actions/cache@<commit> # v5.0.3`, `actions/cache/save@<commit> # v5.0.3`."""
    commit, version = PINS["/".join(action.split("/")[:2])]
    return f"{action}@{commit} # {version}"
