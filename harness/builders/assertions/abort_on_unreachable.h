/* Included before every armed unit: llvm_unreachable() that reports instead of being undefined behaviour.
 * The function behind it is in every libLLVMSupport; only the macro depends on NDEBUG. */
#include "llvm/Support/ErrorHandling.h"
#undef llvm_unreachable
#define llvm_unreachable(msg) ::llvm::llvm_unreachable_internal(msg, __FILE__, __LINE__)
