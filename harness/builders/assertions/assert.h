/* Found before the C library's: assert() that checks whether or not NDEBUG is defined.
 *
 * The overlay must be compiled with NDEBUG, because the release archives it is linked with were, and LLVM's
 * headers have members and virtual functions that exist only without it (ScheduleDAG.h, TargetLowering.h).
 * Like the original, this file may be included many times, so it has no guard. */
#undef assert
#include "here.h"
#ifdef __cplusplus
extern "C" void __assert_fail(const char *, const char *, unsigned int, const char *) noexcept
    __attribute__((noreturn));
#ifdef PATCH_HARNESS_HERE
#define assert(...)                                                                                \
  (static_cast<bool>(__VA_ARGS__)                                                                  \
       ? void(0)                                                                                   \
       : (::patch_harness::fail_at(PATCH_HARNESS_MARK #__VA_ARGS__, PATCH_HARNESS_HERE, 0, nullptr), \
          __builtin_unreachable()))
#else
#define assert(...)                                                                                \
  (static_cast<bool>(__VA_ARGS__)                                                                  \
       ? void(0)                                                                                   \
       : __assert_fail(#__VA_ARGS__, __FILE__, __LINE__, __PRETTY_FUNCTION__))
#endif
#else
extern void __assert_fail(const char *, const char *, unsigned int, const char *)
    __attribute__((noreturn));
#define assert(...)                                                                                \
  ((__VA_ARGS__) ? (void)0 : __assert_fail(#__VA_ARGS__, __FILE__, __LINE__, __func__))
#ifndef static_assert
#define static_assert _Static_assert
#endif
#endif
