"""Which kinds of the store are what. Others, named nowhere here, are of entries made by computing."""

from __future__ import annotations

# Folders that other programs keep consistent, without manifests.
WORKSPACES = frozenset({"apt", "full-build", "graph", "reach", "reach-sample"})
# One folder each, which goes as a whole.
CACHES = frozenset({"ccache"})
# They go last: a download each, or, for maps, hours of tests.
LAST = frozenset({"apt", "debian", "llvmlite", "reach", "source"})
# Hard links to sources: what they share is the source's.
LINKS = frozenset({"labelled", "patched", "symlink-tree"})
# Never removed: what cannot be made again, what others hold, and a few small files.
KEPT = frozenset({"history", "locks", "wheel", "wheels"})
