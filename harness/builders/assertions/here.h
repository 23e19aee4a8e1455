/* Where an assertion stands, as one constant that the compiler makes, instead of numbers in the code: a line
 * more at the top of a file changes no function below it. Which functions a patch changes is read from the
 * objects (harness/reach/changed), where these constants and texts that begin with the mark do not count.
 *
 * The functions below take what __assert_fail and llvm_unreachable_internal take, so that they can jump there
 * and leave no frame in the stack trace. -D__LINE__=0 asks for code without places (harness/builders/same.py). */
#ifndef PATCH_HARNESS_HERE_H
#define PATCH_HARNESS_HERE_H
#if defined(__cplusplus) && defined(__clang__) && defined(__has_builtin) && defined(__has_cpp_attribute)
#if __has_builtin(__builtin_source_location) && __has_cpp_attribute(clang::musttail) && __LINE__
#define PATCH_HARNESS_HERE reinterpret_cast<const char *>(__builtin_source_location())
#define PATCH_HARNESS_MARK "\1assert\1"
/* The compiler asks for the type by this name; before C++20 no library declares it. */
#if __cplusplus > 201703L
#include <source_location>
#else
namespace std {
struct source_location {
  struct __impl {
    const char *_M_file_name;
    const char *_M_function_name;
    unsigned _M_line;
    unsigned _M_column;
  };
};
} // namespace std
#endif
/* clang 19 cannot jump to a function that it knows never to return. */
#define PATCH_HARNESS_HIDE(function) __asm__("" : "+r"(function))
namespace patch_harness {
struct Place {
  const char *file;
  const char *function;
  unsigned line;
  unsigned column;
};
void fail(const char *, const char *, unsigned, const char *) __asm__("__assert_fail");
void stop(const char *, const char *, unsigned) __asm__("_ZN4llvm25llvm_unreachable_internalEPKcS1_j");
__attribute__((noinline, cold)) inline void fail_at(const char *text, const char *here, unsigned,
                                                    const char *) {
  const Place *place = reinterpret_cast<const Place *>(here);
  void (*to)(const char *, const char *, unsigned, const char *) = fail;
  PATCH_HARNESS_HIDE(to);
  [[clang::musttail]] return to(text + sizeof(PATCH_HARNESS_MARK) - 1, place->file, place->line,
                                place->function);
}
__attribute__((noinline, cold)) inline void stop_at(const char *text, const char *here, unsigned) {
  const Place *place = reinterpret_cast<const Place *>(here);
  void (*to)(const char *, const char *, unsigned) = stop;
  PATCH_HARNESS_HIDE(to);
  [[clang::musttail]] return to(text, place->file, place->line);
}
} // namespace patch_harness
#endif
#endif
#endif
