"""The store: everything that is expensive to make, under a key of what it was made from.

Others import it from here. What the store holds, what of it may go, and whether it is whole is asked of
`survey`, `collect` and `verify`.
"""

from harness.store.manifest import MANIFEST, file_digest
from harness.store.store import Remote, Store, default_root, digest, disk_full, no_space

__all__ = [
    "MANIFEST",
    "Remote",
    "Store",
    "default_root",
    "digest",
    "disk_full",
    "file_digest",
    "no_space",
]
