"""Which LLVMs a list means."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.desk.repro.llvms import Wanted, find_llvms, read_wanted
from harness.errors import UsageError
from harness.store import Store
from harness.toolchain import registry
from harness.toolchain.provider import SurveyRow

GRAMMAR = (
    "give versions such as 19 and trunk, ranges such as 13..22, wheel, wheel:0.47, wheel:*, system:14 or "
    "tree:DIR, with commas between"
)


def test_a_list_is_read_in_its_order() -> None:
    assert read_wanted("wheel") == (Wanted("wheel", "wheel"),)
    assert read_wanted("wheel")[0].is_one
    assert not read_wanted("wheel:*")[0].is_one
    assert read_wanted("trunk,wheel:0.47,wheel:20") == (
        Wanted("trunk", "debian", named="trunk"),
        Wanted("wheel:0.47", "wheel", named="0.47"),
        Wanted("wheel:20", "wheel", 20, 20),
    )
    assert read_wanted("19, 13..16,wheel:*,system:14.0.6,tree:/opt/a b") == (
        Wanted("19", "debian", 19, 19),
        Wanted("13..16", "debian", 13, 16),
        Wanted("wheel:*", "wheel"),
        Wanted("system:14.0.6", "system", 14, 14),
        Wanted("tree:/opt/a b", "tree", prefix=Path("/opt/a b")),
    )


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", f"--llvm : no version of LLVM\nnext: {GRAMMAR}"),
        ("19,,20", f"--llvm : no version of LLVM\nnext: {GRAMMAR}"),
        ("19-21", f"--llvm 19-21: no version of LLVM\nnext: {GRAMMAR}"),
        ("22..13", "--llvm 22..13: the range ends before it begins\nnext: write 13..22"),
        (
            "fedora:19",
            "--llvm fedora:19: there is no kind fedora of LLVM\nnext: use one of wheel, system, debian, tree",
        ),
    ],
)
def test_what_is_no_list_is_told(text: str, message: str) -> None:
    with pytest.raises(UsageError) as caught:
        read_wanted(text)
    assert str(caught.value) == message


def test_a_range_is_what_there_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [SurveyRow("debian", version, "", True, True, True) for version in ("14.0.6", "19.1.7", "22.1.8")]
    kind = registry.PROVIDERS["debian"]
    monkeypatch.setattr(kind, "survey", classmethod(lambda *_a, **_k: tuple(rows)))
    store = Store(tmp_path)
    found, notes = find_llvms(store, read_wanted("13..19,19,22"), print)
    assert [(one.kind, one.major) for one in found] == [("debian", 14), ("debian", 19), ("debian", 22)]
    assert notes == ["13..19: debian has no LLVM 13, 15, 16, 17, 18 here"]
    with pytest.raises(UsageError, match=r"--llvm 15\.\.18: there is none here"):
        find_llvms(store, read_wanted("15..18"), print)
    found, notes = find_llvms(store, read_wanted("wheel:0.43,wheel:14,wheel:0.43"), print)
    assert ([one.kind for one in found], notes) == (["wheel", "wheel"], [])
    found, notes = find_llvms(store, read_wanted("debian:*"), print)
    assert ([one.major for one in found], notes) == ([14, 19, 22], [])
