/* Included before every armed unit: llvm_unreachable() that reports instead of being undefined behaviour.
 * The function behind it is in every libLLVMSupport; only the macro depends on NDEBUG. */
#include "llvm/Support/ErrorHandling.h"
#undef llvm_unreachable
#include "here.h"
#ifdef PATCH_HARNESS_HERE
#define llvm_unreachable(msg)                                                                      \
  (::patch_harness::stop_at(msg, PATCH_HARNESS_HERE, 0), __builtin_unreachable())
#else
#define llvm_unreachable(msg) ::llvm::llvm_unreachable_internal(msg, __FILE__, __LINE__)
#endif
