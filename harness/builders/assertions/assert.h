/* Found before the C library's: assert() that checks whether or not NDEBUG is defined.
 *
 * The overlay must be compiled with NDEBUG, because the release archives it is linked with were, and LLVM's
 * headers have members and virtual functions that exist only without it (ScheduleDAG.h, TargetLowering.h).
 * Like the original, this file may be included many times, so it has no guard. */
#undef assert
#ifdef __cplusplus
extern "C" void __assert_fail(const char *, const char *, unsigned int, const char *) noexcept
    __attribute__((noreturn));
#define assert(...)                                                                                \
  (static_cast<bool>(__VA_ARGS__)                                                                  \
       ? void(0)                                                                                   \
       : __assert_fail(#__VA_ARGS__, __FILE__, __LINE__, __PRETTY_FUNCTION__))
#else
extern void __assert_fail(const char *, const char *, unsigned int, const char *)
    __attribute__((noreturn));
#define assert(...)                                                                                \
  ((__VA_ARGS__) ? (void)0 : __assert_fail(#__VA_ARGS__, __FILE__, __LINE__, __func__))
#ifndef static_assert
#define static_assert _Static_assert
#endif
#endif
