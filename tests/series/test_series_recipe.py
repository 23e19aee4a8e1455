"""series.toml: what it may say, and each message for what it may not."""

from __future__ import annotations

import pytest

from harness.errors import EXIT_USAGE, UsageError
from harness.model import Claim, ClaimKind, SeriesKind
from harness.series.recipe import parse_recipe

NAME = "patches/x/series.toml"
TOP = 'title = "Say so"\nkind = "fix"\n'
LLVM = '[llvm]\nversions = ["19.1.7", "22.1.8"]\n'
MUTANT = TOP.replace("fix", "mutant") + LLVM
FIX = TOP + LLVM
EQUIVALENT = 'equivalent = "Same bytes"\n'
CLAIM = '[[claims]]\nfixes = "X86/a.ll"\n'
KEYS = "next: use one of title, kind, llvm, upstream, cases, since, equivalent, claims"


def test_everything() -> None:
    recipe = parse_recipe(
        NAME,
        (
            'title = "Break it"\nkind = "mutant"\nupstream = "https://example.org/1"\n'
            + LLVM
            + '[[claims]]\nbreaks = "X86/*.ll"\nmessage = "cast<Ty>"\nversions = ["19.1.7"]\n'
            '[[claims]]\nbreaks = "JIT/b.ll"\n'
        ).encode(),
    )
    assert (recipe.title, recipe.kind, recipe.upstream) == (
        "Break it",
        SeriesKind.MUTANT,
        "https://example.org/1",
    )
    assert recipe.versions == ("19.1.7", "22.1.8")
    always = Claim(ClaimKind.BREAKS, "JIT/b.ll")
    assert recipe.claims_for("22.1.8") == (always,)
    assert recipe.claims_for("19.1.7") == (Claim(ClaimKind.BREAKS, "X86/*.ll", "cast<Ty>"), always)


def test_the_least() -> None:
    recipe = parse_recipe(NAME, FIX.encode())
    assert (recipe.kind, recipe.upstream, recipe.claims) == (SeriesKind.FIX, "", ())


def test_a_mutant_may_claim_nothing_or_be_equivalent() -> None:
    recipe = parse_recipe(NAME, MUTANT.encode())
    assert (recipe.kind, recipe.claims, recipe.equivalent) == (SeriesKind.MUTANT, (), "")
    assert parse_recipe(NAME, (EQUIVALENT + MUTANT).encode()).equivalent == "Same bytes"


CASES: dict[str, tuple[str | bytes, str]] = {
    "unknown key": (FIX.replace("kind", "clams = 1\nkind"), f'line 2: unknown key "clams"\n{KEYS}'),
    "unknown key in llvm": (
        FIX + "x = 1\n",
        'line 5: unknown key "x" in llvm\nnext: use one of versions, compiled',
    ),
    "unknown key in a claim": (
        FIX + CLAIM + "test = 1\n",
        'line 7: unknown key "test" in claims[0]\nnext: use one of fixes, breaks, message, versions',
    ),
    "missing key": (
        'kind = "fix"\n' + LLVM,
        'key "title" is missing\n'
        "next: add it; the keys are title, kind, llvm, upstream, cases, since, equivalent, claims",
    ),
    "missing versions": (
        TOP + "[llvm]\n",
        'line 3: key "versions" is missing in llvm\nnext: add it; the keys are versions, compiled',
    ),
    "kind": (
        FIX.replace('"fix"', '"bugfix"'),
        "line 2: kind: 'bugfix' is none of its values\nnext: use one of fix, feature, mutant",
    ),
    "kind's type": (
        FIX.replace('"fix"', "1"),
        "line 2: kind: expected `str`, got `int`\nnext: give it a value of that type",
    ),
    "type": (
        FIX.replace('"Say so"', "5"),
        "line 1: title: expected `str`, got `int`\nnext: give it a value of that type",
    ),
    "type in a list": (
        TOP + "[llvm]\nversions = [19]\n",
        "line 4: llvm.versions[0]: expected `str`, got `int`\nnext: give it a value of that type",
    ),
    "claims no list": (
        TOP + 'claims = "all"\n' + LLVM,
        "line 3: claims: expected `array`, got `str`\nnext: give it a value of that type",
    ),
    "not toml": (
        "title = \nkind",
        "is not TOML: Invalid value (at line 1, column 9)\nnext: correct that line; strings need quotes",
    ),
    "not utf-8": (b'title = "a"\nkind = "\xff"\n', "line 2 is not UTF-8\nnext: save the file as UTF-8"),
    "nested": (
        b"a = " + b"[" * 100_000,
        "is not TOML: nested too deeply\nnext: remove a level",
    ),
    "no title": (
        FIX.replace("Say so", " "),
        "line 1: title must be one line of text\nnext: say in one line what the series does",
    ),
    "two lines of title": (
        FIX.replace("Say so", "a\\nb"),
        "line 1: title must be one line of text\nnext: say in one line what the series does",
    ),
    "no versions": (
        TOP + "[llvm]\nversions = []\n",
        'line 4: llvm.versions is empty\nnext: list the LLVM versions it has patches for, as ["19.1.7"]',
    ),
    "no version": (
        TOP + '[llvm]\nversions = ["19"]\n',
        "line 4: llvm.versions: '19' is not an LLVM version\nnext: write all three numbers, as \"19.1.7\"",
    ),
    "version leads away": (
        TOP + '[llvm]\nversions = ["../19.1.7"]\n',
        "line 4: llvm.versions: '../19.1.7' is not an LLVM version\n"
        'next: write all three numbers, as "19.1.7"',
    ),
    "compiled twice": (
        FIX.replace("[llvm]\n", '[llvm]\ncompiled = ["23.1.1", "23.1.1"]\n'),
        "line 4: llvm.compiled has 23.1.1 twice\nnext: remove one of them",
    ),
    "compiled and judged": (
        FIX.replace("[llvm]\n", '[llvm]\ncompiled = ["22.1.8"]\n'),
        "line 4: llvm.compiled: 22.1.8 is in llvm.versions too\nnext: remove one of them",
    ),
    "version twice": (
        TOP + '[llvm]\nversions = ["19.1.7", "19.1.7"]\n',
        "line 4: llvm.versions has 19.1.7 twice\nnext: remove one of them",
    ),
    "both": (
        FIX + CLAIM + 'breaks = "X86/b.ll"\n',
        "line 5: claims[0] has both fixes and breaks\nnext: give each claim exactly one of fixes, breaks",
    ),
    "none": (
        FIX + CLAIM + '[[claims]]\nversions = ["19.1.7"]\n',
        "line 7: claims[1] has neither fixes nor breaks\nnext: give each claim exactly one of fixes, breaks",
    ),
    "a mutant fixes": (
        MUTANT + CLAIM,
        "line 5: claims[0]: a mutant fixes nothing\n"
        "next: claim what it breaks, or make its kind fix or feature",
    ),
    "a fix is equivalent": (
        EQUIVALENT + FIX,
        "line 1: equivalent: only a mutant can be equivalent\nnext: remove it, or make its kind mutant",
    ),
    "equivalent without why": (
        EQUIVALENT.replace("Same bytes", " ") + MUTANT,
        "line 1: equivalent is empty\nnext: say why no test can tell, or remove it",
    ),
    "equivalent is no yes": (
        "equivalent = true\n" + MUTANT,
        "line 1: equivalent: expected `str | null`, got `bool`\nnext: give it a value of that type",
    ),
    "equivalent and breaks": (
        EQUIVALENT + MUTANT + CLAIM.replace("fixes", "breaks"),
        "line 1: equivalent says that no test can tell, claims say that some break\n"
        "next: remove the one that is wrong",
    ),
    "a fix breaks": (
        FIX + CLAIM.replace("fixes", "breaks"),
        "line 5: claims[0]: only a mutant breaks tests\n"
        "next: claim what the fix fixes, or make its kind mutant",
    ),
    "message of a fix": (
        FIX + CLAIM + 'message = "x"\n',
        "line 7: claims[0]: message is only for breaks\nnext: remove it: a test that passes has no message",
    ),
    "empty message": (
        MUTANT + CLAIM.replace("fixes", "breaks") + 'message = ""\n',
        "line 7: claims[0]: message is empty\nnext: remove it, or give part of the assertion's text",
    ),
    "no test": (
        FIX + CLAIM.replace("X86/a.ll", "../a.ll"),
        "line 6: claims[0]: '../a.ll' is not a test name\n"
        'next: name a test below the suite\'s root, as "X86/a-test.ll"',
    ),
    "empty test": (
        FIX + CLAIM.replace("X86/a.ll", ""),
        "line 6: claims[0]: '' is not a test name\n"
        'next: name a test below the suite\'s root, as "X86/a-test.ll"',
    ),
    "claim's version": (
        FIX + CLAIM + 'versions = ["20.1.8"]\n',
        "line 7: claims[0].versions: 20.1.8 is not in llvm.versions\nnext: use one of 19.1.7, 22.1.8",
    ),
    "claim's versions empty": (
        FIX + CLAIM + "versions = []\n",
        "line 7: claims[0].versions is empty\nnext: remove it: without it the claim is for every version",
    ),
    "claim twice": (FIX + CLAIM + CLAIM, "line 7: claims[1] repeats claims[0]\nnext: remove one of them"),
}


@pytest.mark.parametrize("case", CASES)
def test_message(case: str) -> None:
    data, message = CASES[case]
    with pytest.raises(UsageError) as raised:
        parse_recipe(NAME, data if isinstance(data, bytes) else data.encode())
    assert str(raised.value) == f"{NAME}: {message}"
    assert raised.value.exit_code == EXIT_USAGE
