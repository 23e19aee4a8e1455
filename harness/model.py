"""The vocabulary: frozen values that every part of the harness passes along. No I/O here."""

from __future__ import annotations

import enum
from dataclasses import dataclass, field
from typing import Self

from harness.patch import Patch

# Of a program's environment, while a test runs: the file in which it says, a line each, what it is asked for
# and this toolchain cannot do. Its status alone could be taken for an error of LLVM's, which `not` wants.
REFUSALS = "LLVM_PATCH_HARNESS_REFUSALS"


class Listed(enum.Enum):
    """Members that are listed once with their facts, as lit's ResultCode: `NAME = label, fact, ...`.

    The label is the value; the facts are attributes in the order in which the class annotates them.
    """

    def __new__(cls, label: str, *facts: object) -> Self:
        """A member of a row."""
        member = object.__new__(cls)
        member._value_ = label
        for name, fact in zip(cls.__annotations__, facts, strict=True):
            setattr(member, name, fact)
        return member


class Outcome(Listed):
    """What one test did.

    `passes`: whether the test passes, whatever lit expects of it (XFAIL does not, XPASS does); None without
    an answer. `is_red`: whether a run without a patch is red for it (XPASS: an expectation is out of date).
    """

    #              passes  is_red
    PASS = "PASS", True, False
    FAIL = "FAIL", False, True
    CRASH = "CRASH", False, True
    TIMEOUT = "TIMEOUT", False, True
    XFAIL = "XFAIL", False, False
    XPASS = "XPASS", True, True
    UNSUPPORTED = "UNSUPPORTED", None, False
    UNRESOLVED = "UNRESOLVED", None, True

    passes: bool | None
    is_red: bool

    @property
    def ran(self) -> bool:
        """Whether there is an answer at all; without one nothing may be concluded."""
        return self.passes is not None

    @property
    def failed(self) -> bool:
        """Whether the test ran and did not do what it says."""
        return self.ran and self.is_red


class CrashKind(enum.Enum):
    """How a tool died."""

    ASSERTION = "assertion"
    UNREACHABLE = "unreachable"
    FATAL_ERROR = "fatal error"
    SANITIZER = "sanitizer"
    SIGNAL = "signal"
    LIMIT = "limit"


@dataclass(frozen=True, slots=True)
class Signature:
    """What identifies a failure. `harness.crash.similar` says whether two of them are one failure.

    `message` is the assertion text, the fatal error, the signal's name or the limit hit, free of
    addresses and paths; `location` is `lib/.../File.cpp:line` or empty; `frames` are function names of
    LLVM from the innermost out; `tool` is the program that died, by the name it has in the toolchain, or
    by its path if it is not of it; `function` is the one that the message itself names, `stage` the pass
    that ran, `target` whose code was made, and `address` the file and offset of a signal, where they are
    known. Equality is that of kind and message: a patch moves lines, and inlining differs between builds.
    """

    kind: CrashKind
    message: str
    location: str = field(default="", compare=False)
    frames: tuple[str, ...] = field(default=(), compare=False)
    tool: str = field(default="", compare=False)
    function: str = field(default="", compare=False)
    stage: str = field(default="", compare=False)
    target: str = field(default="", compare=False)
    address: str = field(default="", compare=False)

    @property
    def cause(self) -> str:
        """How it died, and where: `assertion: N > 0 (lib/IR/Type.cpp:12)`, `SIGSEGV`."""
        vague = self.kind in {CrashKind.SIGNAL, CrashKind.LIMIT}
        what = self.message if vague else f"{self.kind.value}: {self.message}"
        return f"{what} ({self.location})" if self.location else what

    @property
    def description(self) -> str:
        """What died and how: `llc: assertion: N > 0 (lib/IR/Type.cpp:12)`."""
        return f"{self.tool}: {self.cause}" if self.tool else self.cause


@dataclass(frozen=True, slots=True)
class Capture:
    """The text one FileCheck of a test was given: what the tools wrote, at most 1 MiB of it."""

    command: str
    text: str


@dataclass(frozen=True, slots=True)
class Output:
    """What one LLVM tool of a test wrote in one place, as the `run`-th tool that the test ran.

    `place` is `stdout`, `stderr`, the name of a file, or `end`: how the tool died. `digest` and `size`, in
    bytes, are of all of it. `text` is at most 1 MiB of it, an object disassembled, and empty if it cannot be
    shown; `sizes` are those of functions, in bytes, where they are known.
    """

    tool: str
    run: int
    place: str
    digest: str
    size: int
    text: str = ""
    sizes: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class TestResult:
    """One test on one toolchain. `name` is the path below the suite's root, `elapsed` in seconds.

    `cpu` is the processor time of its programs and of the FileCheck in process, in seconds. `wrote` is a
    digest of what LLVM's tools wrote in it, empty if none ran; `outputs` are there if they were asked for.
    """

    __test__ = False  # not a pytest class

    name: str
    outcome: Outcome
    elapsed: float
    signature: Signature | None = None
    output: str = ""
    captures: tuple[Capture, ...] = ()
    cpu: float = 0.0
    wrote: str = ""
    outputs: tuple[Output, ...] = ()

    @property
    def passed(self) -> bool:
        """Whether it passed, whatever was expected."""
        return self.outcome.passes is True

    @property
    def lacking(self) -> str:
        """What the toolchain lacks for it that it does not require itself, as a predicate; or nothing."""
        first = self.output.split("\n", 1)[0].strip()
        said = self.outcome is Outcome.UNSUPPORTED and first.startswith(("runs ", "needs "))
        return first if said else ""

    @property
    def ending(self) -> str:
        """How it ended in words: `passes`, `fails`, what died and how, or the outcome."""
        if self.signature is not None:
            return self.signature.description
        if self.passed:
            return "passes"
        return "fails" if self.outcome in {Outcome.FAIL, Outcome.XFAIL} else self.outcome.value


@dataclass(frozen=True, slots=True)
class Run:
    """The whole suite on one toolchain. `results` are sorted by name; `elapsed` in seconds."""

    toolchain: str
    results: tuple[TestResult, ...]
    elapsed: float


class Red(Listed):
    """Why a verdict turns its series red.

    `no_answer`: the test says nothing for sure. `is_error`: nor is that what the test checks, so that a CI
    system's page shows it as an error and not as a failure.
    """

    #            words          no_answer  is_error
    REGRESSED = "regressed", False, False
    FLAKY = "flaky", True, False
    UNRESOLVED = "unresolved", True, True
    ONE_SIDED = "not run on one side", True, True
    OWN = "own tests that do not pass", False, False

    no_answer: bool
    is_error: bool


class Verdict(Listed):
    """What a patch did to one test (base -> patched).

    `base` and `patched`: whether the test passes there, None if that is not what the verdict is about.
    `style` is its colour. `is_trivial`: it says nothing about the patch, so that reports only count it.
    `has_evidence`: what differs between the two sides explains it. `red`: what it turns a series red for,
    unless that is meant; a test that only one side ran and one that the series owes are red besides.
    """

    #                 base   patched style     is_trivial has_evidence red
    FIXED = "fixed", False, True, "green", False, True, None
    REGRESSED = "regressed", True, False, "red", False, True, Red.REGRESSED
    REWRITTEN = "rewritten", None, None, "yellow", False, True, None
    PASSES = "passes", True, True, "", True, False, None
    STILL_FAILING = "still-failing", False, False, "", True, False, None
    FAILS_DIFFERENTLY = "fails-differently", False, False, "yellow", False, True, None
    VACUOUS = "vacuous", True, True, "yellow", False, True, None
    FLAKY = "flaky", None, None, "red", False, True, Red.FLAKY
    UNREACHED = "unreached", None, None, "", True, False, None
    UNSUPPORTED = "unsupported", None, None, "", True, False, None
    UNRESOLVED = "unresolved", None, None, "red", False, False, Red.UNRESOLVED

    base: bool | None
    patched: bool | None
    style: str
    is_trivial: bool
    has_evidence: bool
    red: Red | None


@dataclass(frozen=True, slots=True)
class TestVerdict:
    """One test's verdict with the two results it rests on; `note` says why, in one line, if needed.

    `red` is why it turns its series red, set by `check/compare.py` alone.
    `own`: the series brings this test, that is adds it to LLVM's or changes it, and is not a mutant. `gone`
    says how the test is no longer run with the series: the results are then those of its old text. So are
    those of a `rewritten` one, where `renewed` is the verdict on its new text. An `unreached` test ran on
    base alone, and gets to nothing that the series changes: `patched` is base's result.
    """

    __test__ = False

    name: str
    verdict: Verdict
    base: TestResult
    patched: TestResult
    note: str = ""
    own: bool = False
    gone: str = ""
    renewed: Verdict | None = None
    red: Red | None = None

    @property
    def is_one_sided(self) -> bool:
        """Whether the test ran on one side only."""
        return self.verdict is Verdict.UNSUPPORTED and self.base.outcome is not self.patched.outcome

    @property
    def is_broken(self) -> bool:
        """Whether the test, run again too, fails with the patch as it does not without it."""
        return self.verdict in {Verdict.REGRESSED, Verdict.FAILS_DIFFERENTLY}

    @property
    def is_unmet(self) -> bool:
        """Whether the series brings this test, and LLVM's bots would not be green on it, or not run it."""
        if self.verdict is Verdict.REWRITTEN:
            return False  # the results are the old text's; the new one passes
        return self.own and self.patched.outcome not in {Outcome.PASS, Outcome.XFAIL}


class ClaimKind(enum.Enum):
    """What a series says it does to a test."""

    FIXES = "fixes"
    BREAKS = "breaks"


@dataclass(frozen=True, slots=True)
class Claim:
    """One claim of a series: `test` is a test name or a glob over test names.

    `message`, for `breaks`, must be part of the crash signature's message.
    """

    kind: ClaimKind
    test: str
    message: str = ""


class LeftOut(enum.Enum):
    """Why a test was not run on purpose, in words; and the option that says so."""

    FILTER = "filtered out"
    GREP = "without that text"
    SUITE = "of a suite that was not asked for"

    @property
    def option(self) -> str:
        """The option of `harness check` that left the test out."""
        return {LeftOut.FILTER: "--filter", LeftOut.GREP: "--grep", LeftOut.SUITE: "--suite"}[self]


@dataclass(frozen=True, slots=True)
class ClaimResult:
    """Whether a claim held, on which of the tests that were run, and why not.

    A claim about a test that was left out is not `checked`, unless those that were run refute it; `why`
    has the words of `LeftOut` then.
    """

    claim: Claim
    held: bool
    tests: tuple[str, ...]
    why: str = ""
    checked: bool = True


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two runs compared: every test's verdict, every claim's result. Green if `ok`."""

    verdicts: tuple[TestVerdict, ...]
    claims: tuple[ClaimResult, ...]
    ok: bool
    reasons: tuple[str, ...]

    def count(self, verdict: Verdict) -> int:
        """How many tests have this verdict."""
        return sum(1 for v in self.verdicts if v.verdict is verdict)


class SeriesKind(enum.Enum):
    """Why a series exists; a mutant is a mistake made on purpose."""

    FIX = "fix"
    FEATURE = "feature"
    MUTANT = "mutant"


@dataclass(frozen=True, slots=True)
class Series:
    """Patches in order, with what they claim. `llvm` is the version they are for, or empty if unknown.

    `equivalent`, of a mutant, says why no test can tell it from LLVM; empty if one can. `remarks` say in one
    line each how the input was read, such as that it is one patch of several.
    """

    name: str
    title: str
    kind: SeriesKind
    patches: tuple[Patch, ...]
    llvm: str = ""
    upstream: str = ""
    claims: tuple[Claim, ...] = ()
    equivalent: str = ""
    remarks: tuple[str, ...] = ()
