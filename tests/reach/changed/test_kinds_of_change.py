"""What counts as changed, for each kind of change that a patch may make to a unit of C++."""

from __future__ import annotations

import pytest

from tests.reach.changed.conftest import Differ

pytestmark = [pytest.mark.builds, pytest.mark.needs_llvm]

OUT = "[[gnu::noinline]]"
# base, patched, the functions that change
KINDS: dict[str, tuple[str, str, set[str]]] = {
    "a comment": (
        "int f(int a) { return a + 1; }",
        "// why\n\nint f(int a) {\n  return a + 1;  // so\n}",
        set(),
    ),
    "a local variable's name": (
        "int f(int a) { int old = a * a; return old + old; }",
        "int f(int a) { int other = a * a; return other + other; }",
        set(),
    ),
    "code": (
        f"{OUT} int f(int a) {{ return a + 1; }} int g(int a) {{ return f(a); }} int h() {{ return 3; }}",
        f"{OUT} int f(int a) {{ return a + 2; }} int g(int a) {{ return f(a); }} int h() {{ return 3; }}",
        {"_Z1fi"},
    ),
    "code that is inlined, too": (
        "static int one() { return 1; } int g(int a) { return a + one(); } int h() { return 3; }",
        "static int one() { return 2; } int g(int a) { return a + one(); } int h() { return 3; }",
        {"_Z1gi"},
    ),
    "a static function": (
        f"{OUT} static int s(int a) {{ return a * 3; }} int g(int a) {{ return s(a); }}",
        f"{OUT} static int s(int a) {{ return a * 5; }} int g(int a) {{ return s(a); }}",
        {"U.cpp:_ZL1si"},
    ),
    "a static function of another name": (
        f"{OUT} static int s(int a) {{ return a * 3; }} int g(int a) {{ return s(a); }}",
        f"{OUT} static int t(int a) {{ return a * 3; }} int g(int a) {{ return t(a); }}",
        set(),
    ),
    "another function is called": (
        "int f(int); int g(int); int h(int a) { return f(a); }",
        "int f(int); int g(int); int h(int a) { return g(a); }",
        {"_Z1hi"},
    ),
    "a new function": (
        "int g(int a) { return a; }",
        "int f(int a) { return a * 7; } int g(int a) { return a; }",
        set(),
    ),
    "a function less": (
        "int f(int a) { return a * 7; } int g(int a) { return a; }",
        "int g(int a) { return a; }",
        {"_Z1fi"},
    ),
    "a function of a table less": (
        f"{OUT} static int a() {{ return 1; }} {OUT} static int b() {{ return 2; }}"
        "int (*const table[])() = {a, b}; int g(int n) { return table[n](); }",
        f"{OUT} static int a() {{ return 1; }}"
        "int (*const table[])() = {a, a}; int g(int n) { return table[n](); }",
        {"U.cpp:_ZL1bv", "_Z1gi"},
    ),
    "a constant of a table": (
        "static const int table[] = {1, 2, 3, 9}; int g(int n) { return table[n]; } int h() { return 1; }",
        "static const int table[] = {1, 2, 3, 8}; int g(int n) { return table[n]; } int h() { return 1; }",
        {"_Z1gi"},
    ),
    "a constant behind a table of pointers": (
        "static const int low[] = {1, 2, 3}; static const int *const table[] = {low, low + 1};"
        "int g(int n) { return table[n][n]; } int h(int n) { return n; }",
        "static const int low[] = {1, 2, 4}; static const int *const table[] = {low, low + 1};"
        "int g(int n) { return table[n][n]; } int h(int n) { return n; }",
        {"_Z1gi"},
    ),
    "another row of a table": (
        "static const int low[] = {1, 2, 3}; static const int *const table[] = {low, low + 1};"
        "int g(int n) { return table[n][n]; }",
        "static const int low[] = {1, 2, 3}; static const int *const table[] = {low, low + 2};"
        "int g(int n) { return table[n][n]; }",
        {"_Z1gi"},
    ),
    "a table of strings": (
        'static const char *const names[] = {"add", "sub"}; const char *g(int n) { return names[n]; }',
        'static const char *const names[] = {"add", "mul"}; const char *g(int n) { return names[n]; }',
        {"_Z1gi"},
    ),
    "a string": (
        'void say(const char *); void f() { say("one"); } void g() { say("two"); }',
        'void say(const char *); void f() { say("six"); } void g() { say("two"); }',
        {"_Z1fv"},
    ),
    "a string more, so that others move": (
        'void say(const char *); void f() { say("one"); } void g() { say("two"); say("three"); }',
        'void say(const char *); void f() { say("nought"); say("one"); }'
        'void g() { say("two"); say("three"); }',
        {"_Z1fv"},
    ),
    "a number that is a constant in memory": (
        "double f(double a) { return a * 1.1; } double g(double a) { return a * 1.3; }",
        "double f(double a) { return a * 1.2; } double g(double a) { return a * 1.3; }",
        {"_Z1fd"},
    ),
    "a vector that is a constant in memory": (
        "typedef int V __attribute__((vector_size(16))); V f(V a) { return a ^ V{1, 2, 3, 4}; }"
        "V g(V a) { return a ^ V{5, 6, 7, 8}; }",
        "typedef int V __attribute__((vector_size(16))); V f(V a) { return a ^ V{1, 2, 3, 5}; }"
        "V g(V a) { return a ^ V{5, 6, 7, 8}; }",
        {"_Z1fDv4_i"},
    ),
    "a variable's first value": (
        "static int count = 3; int f() { return count++; } int g() { return 1; }",
        "static int count = 4; int f() { return count++; } int g() { return 1; }",
        {"_Z1fv"},
    ),
    "another variable of the same content": (
        "static int a, b; int f() { return a++; } int g() { return b++; } int h() { return a++; }"
        "int i() { return b++; }",
        "static int a, b; int f() { return a++; } int g() { return b++; } int h() { return a++; }"
        "int i() { return a++; }",
        {"_Z1iv"},
    ),
    "a static variable of a function more": (
        "int f() { static int n; return n++; } int g() { static int n = 7; return n++; }",
        "int e() { static int n; return n++; } int f() { static int n; return n++; }"
        "int g() { static int n = 7; return n++; }",
        set(),
    ),
    "a static variable more of one name in a function": (
        "int f(int a) { if (a) { static int n; return n++; } static int n = 7; return n++; }"
        "int g() { static int n = 9; return n++; }",
        "int f(int a) { if (a > 1) { static int n = 4; return n++; }"
        "if (a) { static int n; return n++; } static int n = 7; return n++; }"
        "int g() { static int n = 9; return n++; }",
        {"_Z1fi"},
    ),
    "an inline function": (
        f"{OUT} inline int i(int a) {{ return a * 3; }} int g(int a) {{ return i(a); }}",
        f"{OUT} inline int i(int a) {{ return a * 5; }} int g(int a) {{ return i(a); }}",
        {"_Z1ii"},
    ),
    "a member of a template": (
        f"template <class T> struct S {{ {OUT} T i(T a) {{ return a * 3; }} }};"
        "int f(int a) { return S<int>().i(a); } long g(long a) { return S<long>().i(a); }",
        f"template <class T> struct S {{ {OUT} T i(T a) {{ return a * (sizeof(T) == 8 ? 5 : 3); }} }};"
        "int f(int a) { return S<int>().i(a); } long g(long a) { return S<long>().i(a); }",
        {"_ZN1SIlE1iEl"},
    ),
    "a weak function that no other may replace any more": (
        "[[gnu::weak]] int f() { return 1; }",
        "int f() { return 1; }",
        {"_Z1fv"},
    ),
    "a function with a second name": (
        'int f() { return 1; } extern "C" [[gnu::alias("_Z1fv")]] int other();',
        'int f() { return 2; } extern "C" [[gnu::alias("_Z1fv")]] int other();',
        {"_Z1fv", "other"},
    ),
    "a second name that is another function's": (
        'int f() { return 1; } int g() { return 2; } extern "C" [[gnu::alias("_Z1fv")]] int other();',
        'int f() { return 1; } int g() { return 2; } extern "C" [[gnu::alias("_Z1gv")]] int other();',
        {"_Z1fv", "other"},
    ),
    "a thread's variable": (
        "static thread_local int n = 1; int f() { return n++; } int g() { return 1; }",
        "static thread_local int n = 2; int f() { return n++; } int g() { return 1; }",
        {"_Z1fv"},
    ),
    "a variable that becomes a thread's": (
        "static int n = 1; int f() { return n++; } int g() { return 1; }",
        "static thread_local int n = 1; int f() { return n++; } int g() { return 1; }",
        {"_Z1fv"},
    ),
}
SWITCH = """
int a(); int b(); int c(); int d(); int e();
int f(int n) { switch (n) { case 1: return a(); case 2: return b(); case 3: return c(); case 4: return d();
  case 5: return e(); default: return 0; } }
int g(int n) { switch (n) { case 0: return 12; case 1: return 55; case 2: return 31; case 3: return 7;
  case 4: return 19; case 5: return 2; default: return 0; } }
int h(int n) { switch (n) { case 0: return 1; case 1: return 6; case 2: return 4; case 3: return 77;
  case 4: return 91; case 5: return 5; default: return 0; } }
"""
LAMBDAS = """
template <class F> [[gnu::noinline]] int twice(F f, int n) { return f(n) + f(n + 1); }
int f(int n) { return twice([](int m) __attribute__((noinline)) { return m * 3; }, n); }
int g(int n) { return twice([](int m) __attribute__((noinline)) { return m * 5; }, n); }
"""
CLASSES = """
struct A { virtual ~A(); virtual int one(); virtual int two(); };
A::~A() {} int A::one() { return 1; } int A::two() { return 2; }
struct B : A { int one() override; };
int B::one() { return 11; }
A *make() { return new B; } int plain() { return 0; }
"""
KINDS |= {
    "where a jump table leads": (
        SWITCH,
        SWITCH.replace("return a()", "return z()").replace("int a()", "int z()"),
        {"_Z1fi"},
    ),
    "two rows of a jump table": (
        SWITCH,
        SWITCH.replace("case 1: return a(); case 2: return b()", "case 2: return a(); case 1: return b()"),
        {"_Z1fi"},
    ),
    "a table of results": (SWITCH, SWITCH.replace("return 31", "return 32"), {"_Z1gi"}),
    "a table of results more, so that others are numbered anew": (
        SWITCH,
        SWITCH.replace(
            "int g(",
            "int i(int n) { switch (n) { case 0: return 11; case 1: return 4; case 2: return 3;"
            " case 3: return 8; case 4: return 1; default: return 0; } } int g(",
        ),
        set(),
    ),
    "a lambda": (LAMBDAS, LAMBDAS.replace("m * 5", "m * 7"), {"U.cpp:_ZZ1giENK3$_0clEi"}),
    "a lambda more, so that others are numbered anew": (
        LAMBDAS,
        LAMBDAS.replace(
            "int f(",
            "int e(int n) { return twice([](int m) __attribute__((noinline)) { return m * 9; }, n); } int f(",
        ),
        set(),
    ),
    "a virtual function": (CLASSES, CLASSES.replace("return 11", "return 12"), {"_ZN1B3oneEv"}),
    "a virtual function that is overridden": (
        CLASSES,
        CLASSES.replace("int one() override; };", "int one() override; int two() override; };")
        + "int B::two() { return 22; }",
        {"_Z4makev"},
    ),
}
ASSERTS = """#include <assert.h>
#include "llvm/Support/ErrorHandling.h"
int f(int a) { assert(a > 1 && "low"); return a; } int g(int a) { assert(a < 9); return a * 2; }
struct S { template <class T> T h(T a) { assert(a); return a; } }; int i(int a) { return S().h(a); }
int j(int a) { switch (a) { case 0: return 4; case 1: return 9; default: llvm_unreachable("no"); } }
"""
KINDS |= {
    "where assertions stand": (ASSERTS, ASSERTS.replace("int f", "// why\n\n int f"), set()),
    "the text of an assertion": (ASSERTS, ASSERTS.replace('"low"', '"too low"'), set()),
    "a name in an assertion": (
        ASSERTS,
        ASSERTS.replace("int g(int a) { assert(a < 9); return a", "int g(int b) { assert(b < 9); return b"),
        set(),
    ),
    "an assertion": (ASSERTS, ASSERTS.replace("a < 9", "a < 8"), {"_Z1gi"}),
    "an assertion less": (ASSERTS, ASSERTS.replace("assert(a < 9); ", ""), {"_Z1gi"}),
    "what cannot be reached": (ASSERTS, ASSERTS.replace("int j", "// why\n\n int j"), set()),
    "what is said of what cannot be reached": (ASSERTS, ASSERTS.replace('"no"', '"not"'), {"_Z1ji"}),
}


@pytest.mark.parametrize("kind", KINDS)
def test_what_counts_as_changed(kind: str, differ: Differ) -> None:
    base, patched, expected = KINDS[kind]
    changed = differ(base, patched)
    assert {str(name) for name in changed.functions} == expected
    assert not changed.everything
