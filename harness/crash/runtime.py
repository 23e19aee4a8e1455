"""Pure: what sanitizers and C++ run-time libraries print when they end a program."""

from __future__ import annotations

import re

from harness.crash.death import Death, Match, location, normalise
from harness.model import CrashKind

# compiler-rt and GCC alike (sanitizer_common): `==12==ERROR: AddressSanitizer: heap-use-after-free on
# address 0x...`; MemorySanitizer and ThreadSanitizer call theirs a WARNING. A report ends with
# `SUMMARY: NAME: KIND FILE:LINE:COLUMN in f`. ABRT means that the program aborted; it printed the reason
# before.
_REPORT = re.compile(r"^(?:==\d+==\s*)?(?:ERROR|WARNING): (?P<name>\w+Sanitizer): (?P<text>(?!ABRT\b).*)$")
_SUMMARY = re.compile(r"^SUMMARY: \w+Sanitizer: .*? (?P<file>[^\s(][^:]*):(?P<line>\d+)(?::\d+)?(?: in .*)?$")
# What differs between runs of one failure follows these words.
_DETAILS = re.compile(r" on (?:unknown )?address\b.*| \((?:pc|pid)\b.*| at pc 0x.*")
# UndefinedBehaviorSanitizer's findings: `File.cpp:12:3: runtime error: signed integer overflow: ...`.
_UNDEFINED = re.compile(r"^(?P<file>[^\s:][^:]*):(?P<line>\d+):(?:\d+:)? runtime error: (?P<text>.*)$")


def sanitizer(death: Death) -> Match | None:
    """What a sanitizer found. The program exits with 1 then, or as the sanitizer's options say."""
    if hit := death.find(_REPORT):
        index, match = hit
        message = normalise(f"{match['name']}: {_DETAILS.sub('', match['text'])}")
        summary = death.find(_SUMMARY, index)
        place = location(summary[1]["file"], summary[1]["line"]) if summary else ""
        return Match(CrashKind.SANITIZER, message, place)
    if hit := death.find(_UNDEFINED):
        text = normalise(f"UndefinedBehaviorSanitizer: {hit[1]['text']}")
        return Match(CrashKind.SANITIZER, text, location(hit[1]["file"], hit[1]["line"]))
    return None


# libstdc++ (libsupc++/vterminate.cc, pure.cc); `what():` is a line of its own.
_THROWN = re.compile(r"^terminate called after throwing an instance of '(?P<type>.*)'$")
_WHAT = re.compile(r"^\s*what\(\): \s*(?P<text>.*)$")
# libc++abi (cxa_default_handlers.cpp, cxa_virtual.cpp); `.dylib` until LLVM 13, `due to` since 16.
_ABI = re.compile(r"^libc\+\+abi(?:\.dylib)?: (?P<text>.*)$")
_UNCAUGHT = re.compile(r"^terminating (?:with|due to) (?P<text>uncaught .*)$")
_PURE = re.compile(r"^(?:libc\+\+abi(?:\.dylib)?: )?[Pp]ure virtual (?:method|function) called!?$")
_TERMINATED = re.compile(r"^terminate called (?:without an active exception|recursively)$")


def cplusplus(death: Death) -> Match | None:
    """Why C++ ended the program, in the same words for both libraries."""
    if death.find(_PURE):
        return Match(CrashKind.FATAL_ERROR, "pure virtual function called")
    if hit := death.find(_THROWN):
        text = f"uncaught exception of type {hit[1]['type']}"
        what = death.find(_WHAT, hit[0] + 1)
        if what and what[0] == hit[0] + 1:
            text += f": {what[1]['text']}"
        return Match(CrashKind.FATAL_ERROR, normalise(text))
    if hit := death.find(_ABI):
        uncaught = _UNCAUGHT.match(hit[1]["text"])
        said = uncaught["text"] if uncaught else hit[1]["text"]
        text = normalise("std::terminate called" if said.strip() == "terminating" else said)
        return Match(CrashKind.FATAL_ERROR, text or "libc++abi")
    if death.find(_TERMINATED):
        return Match(CrashKind.FATAL_ERROR, "std::terminate called")
    return None


# glibc (malloc.c, fortify), which since 2.26 prints no more than the reason; macOS has a form of its own.
_HEAP = re.compile(
    r"^(?:\*\*\* Error in `.*?': )?(?P<text>(?:double free or corruption|corrupted size vs\. prev_size"
    r"|corrupted double-linked list"
    r"|(?:free|malloc|realloc|calloc|munmap_chunk|malloc_consolidate|tcache_thread_shutdown)\(\)"
    r").*?)(?:: 0x[0-9a-f]+ \*\*\*)?$"
)
_SMASHED = re.compile(r"^\*\*\* (?P<text>(?:stack smashing|buffer overflow) detected) \*\*\*")
_MAC_HEAP = re.compile(r"^\S+\(\d+(?:,\w+)?\) malloc: \*\*\* error for object 0x[0-9a-f]+: (?P<text>.*)$")


def heap(death: Death) -> Match | None:
    """What the C library found wrong with the heap or the stack when it ended the program."""
    for form in (_HEAP, _SMASHED, _MAC_HEAP):
        if hit := death.find(form):
            return Match(CrashKind.FATAL_ERROR, normalise(hit[1]["text"]))
    return None
