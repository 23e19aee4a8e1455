"""Patches: read in every form they come in, checked, known by their claims, applied to a source tree.

`load` turns what a user names into a `Series`; `apply` puts a series into a tree; `parse`, `diff`, `mail`,
`paths`, `recipe` and `mismatch` are pure.
"""
