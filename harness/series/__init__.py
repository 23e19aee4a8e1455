"""Patches: read in every form they come in, checked, known by their claims, applied to a source tree.

`load` turns what a user names into a `Series`, of patches that are parsed once; `apply` puts a series into a
tree; `parse`, `unified`, `mail`, `paths`, `recipe`, `presence` and `mismatch` are pure.
"""
