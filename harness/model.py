"""The vocabulary: frozen values that every part of the harness passes along. No I/O here."""

from __future__ import annotations

import enum
from dataclasses import dataclass, field
from pathlib import Path

from harness.patch import Patch

# Of a program's environment, while a test runs: the file in which it says, a line each, what it is asked for
# and this toolchain cannot do. Its status alone could be taken for an error of LLVM's, which `not` wants.
REFUSALS = "LLVM_PATCH_HARNESS_REFUSALS"


class Outcome(enum.Enum):
    """What one test did. Each is listed once, with whether it fails."""

    PASS = "PASS"  # noqa: S105 - a verdict, not a password
    FAIL = "FAIL"
    CRASH = "CRASH"
    TIMEOUT = "TIMEOUT"
    XFAIL = "XFAIL"
    XPASS = "XPASS"
    UNSUPPORTED = "UNSUPPORTED"
    UNRESOLVED = "UNRESOLVED"

    @property
    def failed(self) -> bool:
        """Whether the test ran and did not do what it says (XPASS: an expectation is out of date)."""
        return self in {Outcome.FAIL, Outcome.CRASH, Outcome.TIMEOUT, Outcome.XPASS}

    @property
    def ran(self) -> bool:
        """Whether there is an answer at all; without one nothing may be concluded."""
        return self not in {Outcome.UNSUPPORTED, Outcome.UNRESOLVED}


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
    """What identifies a failure: two runs with equal signatures failed for the same reason.

    `message` is the assertion text, the fatal error, the signal's name or the limit hit, free of
    addresses and paths; `location` is `lib/.../File.cpp:line` or empty; `frames` are function names of
    LLVM from the innermost out; `tool` is the program that died, by the name it has in the toolchain, or
    by its path if it is not of it. Equality ignores `location` (a patch moves lines), `frames` (inlining
    differs between builds) and `tool`.
    """

    kind: CrashKind
    message: str
    location: str = field(default="", compare=False)
    frames: tuple[str, ...] = field(default=(), compare=False)
    tool: str = field(default="", compare=False)

    @property
    def cause(self) -> str:
        """How it died, and where: `assertion: N > 0 (lib/IR/Type.cpp:12)`, `SIGSEGV`."""
        vague = self.kind in {CrashKind.SIGNAL, CrashKind.LIMIT}
        what = self.message if vague else f"{self.kind.value}: {self.message}"
        return f"{what} ({self.location})" if self.location else what

    @property
    def told(self) -> str:
        """What died and how: `llc: assertion: N > 0 (lib/IR/Type.cpp:12)`."""
        return f"{self.tool}: {self.cause}" if self.tool else self.cause


@dataclass(frozen=True, slots=True)
class Capture:
    """The text one FileCheck of a test was given: what the tools wrote, at most 1 MiB of it."""

    command: str
    text: str


@dataclass(frozen=True, slots=True)
class TestResult:
    """One test on one toolchain. `name` is the path below the suite's root, `elapsed` in seconds.

    `cpu` is the processor time of its programs and of the FileCheck in process, in seconds.
    """

    __test__ = False  # not a pytest class

    name: str
    outcome: Outcome
    elapsed: float
    signature: Signature | None = None
    output: str = ""
    captures: tuple[Capture, ...] = ()
    cpu: float = 0.0

    @property
    def passed(self) -> bool:
        """Whether it passed, whatever was expected."""
        return self.outcome in {Outcome.PASS, Outcome.XPASS}

    @property
    def lacking(self) -> str:
        """What the toolchain lacks for it that it does not require itself, as a predicate; or nothing."""
        first = self.output.split("\n", 1)[0].strip()
        said = self.outcome is Outcome.UNSUPPORTED and first.startswith(("runs ", "needs "))
        return first if said else ""

    @property
    def ended(self) -> str:
        """How it ended in words: `passes`, `fails`, what died and how, or the outcome."""
        if self.signature is not None:
            return self.signature.told
        if self.passed:
            return "passes"
        return "fails" if self.outcome in {Outcome.FAIL, Outcome.XFAIL} else self.outcome.value


@dataclass(frozen=True, slots=True)
class Run:
    """The whole suite on one toolchain. `results` are sorted by name; `elapsed` in seconds."""

    toolchain: str
    results: tuple[TestResult, ...]
    elapsed: float


class Verdict(enum.Enum):
    """What a patch did to one test (base -> patched)."""

    FIXED = "fixed"
    REGRESSED = "regressed"
    REWRITTEN = "rewritten"
    PASSES = "passes"
    STILL_FAILING = "still-failing"
    FAILS_DIFFERENTLY = "fails-differently"
    VACUOUS = "vacuous"
    FLAKY = "flaky"
    UNSUPPORTED = "unsupported"
    UNRESOLVED = "unresolved"


@dataclass(frozen=True, slots=True)
class TestVerdict:
    """One test's verdict with the two results it rests on; `note` says why, in one line, if needed.

    `own`: the series brings this test, that is adds it to LLVM's or changes it, and is no mutant. `gone` says
    how the test is no longer run with the series: the results are then those of its old text. So are those of
    a `rewritten` one, where `renewed` is the verdict on its new text.
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

    @property
    def broken(self) -> bool:
        """Whether the test, run again too, fails with the patch as it does not without it."""
        return self.verdict in {Verdict.REGRESSED, Verdict.FAILS_DIFFERENTLY}

    @property
    def unmet(self) -> bool:
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


@dataclass(frozen=True, slots=True)
class Toolchain:
    """One LLVM to run. `tools` maps a tool's name to its executable; `identity` changes with its bytes.

    `features` are what the provider knows and `llc --version` does not say (lit's feature names). `stale`
    names tools that are not built with the patch of this side: a test that runs one is unresolved.
    """

    name: str
    version: str
    tools: dict[str, Path]
    provenance: str
    identity: str
    features: frozenset[str] = frozenset()
    stale: frozenset[str] = frozenset()

    @property
    def major(self) -> int:
        """LLVM's major version."""
        return int(self.version.split(".")[0])


@dataclass(frozen=True, slots=True)
class Prebuilt:
    """What an overlay links against: a release's archives and headers, and what compiles like it.

    `prefix` holds lib/libLLVM*.a, include/ and cmake's LLVMConfig; `bin` is put first on the PATH of the
    build (clang, mold, ccache); `tblgen` is None where the source's own is to be built; `sysroot` and `libs`
    (run-time libraries) are None for the machine's own.
    `settings` are further variables of cmake that the archives were configured with (name, value).
    """

    prefix: Path
    version: str
    cc: Path
    cxx: Path
    tblgen: Path | None
    bin: Path
    sysroot: Path | None
    libs: Path | None
    linker: str
    assertions: bool
    identity: str
    provenance: str
    settings: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class SourceTree:
    """LLVM's source as it was released or committed, never written to. `root` holds `llvm/`."""

    root: Path
    version: str
    identity: str
    provenance: str
