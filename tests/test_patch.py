"""A parsed patch, and what several of them change in all."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.patch import Change, ChangeKind, FileDiff, Patch, net_changes

A, B, C = "llvm/lib/A.cpp", "llvm/lib/B.cpp", "llvm/lib/C.cpp"
ADD, MODIFY, DELETE, RENAME = (
    ChangeKind.ADDED,
    ChangeKind.MODIFIED,
    ChangeKind.DELETED,
    ChangeKind.RENAMED,
)


def patch(*diffs: FileDiff) -> Patch:
    return Patch("x.patch", "", diffs)


def diff(path: str, kind: ChangeKind, old: str = "") -> FileDiff:
    return FileDiff(path, kind, old_path=old)


@pytest.mark.parametrize(
    ("diffs", "expected"),
    [
        ([diff(A, MODIFY), diff(A, MODIFY)], [Change(A, MODIFY)]),
        ([diff(A, ADD), diff(A, MODIFY)], [Change(A, ADD)]),
        ([diff(A, MODIFY), diff(A, DELETE)], [Change(A, DELETE)]),
        ([diff(A, DELETE), diff(A, ADD)], [Change(A, MODIFY)]),
        ([diff(A, ADD), diff(A, DELETE)], []),
        ([diff(B, RENAME, A)], [Change(A, DELETE), Change(B, ADD, A)]),
        ([diff(B, RENAME, A), diff(C, RENAME, B)], [Change(A, DELETE), Change(C, ADD, A)]),
        ([diff(B, RENAME, A), diff(A, RENAME, B)], [Change(A, MODIFY)]),
        ([diff(B, RENAME, A), diff(B, DELETE)], [Change(A, DELETE)]),
        ([diff(B, RENAME, A), diff(B, DELETE), diff(B, ADD)], [Change(A, DELETE), Change(B, ADD)]),
        ([diff(B, RENAME, A), diff(A, ADD)], [Change(A, MODIFY), Change(B, ADD)]),
        ([diff(B, DELETE), diff(B, RENAME, A)], [Change(A, DELETE), Change(B, MODIFY)]),
        ([diff(A, ADD), diff(B, RENAME, A)], [Change(B, ADD)]),
        # What is made anew where a file was is not what was moved away from there.
        (
            [diff(B, RENAME, A), diff(A, ADD), diff(C, RENAME, A)],
            [Change(A, DELETE), Change(B, ADD, A), Change(C, ADD)],
        ),
        ([diff(B, ADD, A)], [Change(B, ADD)]),
    ],
)
def test_each_file_counts_once_as_the_patches_leave_it(diffs: list[FileDiff], expected: list[Change]) -> None:
    assert net_changes([patch(one) for one in diffs]) == tuple(expected)


def test_two_files_may_swap_their_names_in_one_patch() -> None:
    both = patch(diff(B, RENAME, A), diff(A, RENAME, B))
    assert net_changes([both]) == (Change(A, MODIFY), Change(B, MODIFY))


PATHS = ("a", "b", "c", "d")


@given(st.sets(st.sampled_from(PATHS)), st.data())
def test_it_says_what_the_patches_do_to_a_tree(there: set[str], data: st.DataObject) -> None:
    """Each file has a name of its own: what is at a path afterwards tells where it came from."""
    before = {path: path for path in there}
    tree, patches, made = dict(before), [], 0
    for _ in range(data.draw(st.integers(0, 6))):
        kinds = [kind for kind in ChangeKind if tree or kind is ADD]
        kind = data.draw(st.sampled_from(kinds))
        free = [path for path in PATHS if path not in tree]
        if kind in {ADD, RENAME} and not free:
            continue
        if kind is ADD:
            made, path = made + 1, data.draw(st.sampled_from(free))
            tree[path] = f"new {made}"
            patches.append(patch(diff(path, ADD)))
        elif kind is RENAME:
            old, path = data.draw(st.sampled_from(sorted(tree))), data.draw(st.sampled_from(free))
            tree[path] = tree.pop(old)
            patches.append(patch(diff(path, RENAME, old)))
        else:
            path = data.draw(st.sampled_from(sorted(tree)))
            if kind is DELETE:
                del tree[path]
            patches.append(patch(diff(path, kind)))
    changed = {change.path: change for change in net_changes(patches)}
    for path in PATHS:
        if path not in before and path not in tree:
            assert path not in changed
        elif path not in tree:
            assert changed[path] == Change(path, DELETE)
        elif path not in before:
            moved = tree[path] in before and tree[path] not in tree
            assert changed[path] == Change(path, ADD, tree[path] if moved else "")
        elif path in changed:
            assert changed[path] == Change(path, MODIFY)
        else:
            assert tree[path] == before[path]
