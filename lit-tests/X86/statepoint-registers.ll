; With -max-registers-for-gc-values=N, N of the live pointers are the statepoint's own results: they stay in registers which
; the callee keeps if the collector may change those (-fixup-allow-gcptr-in-csr), or are spilled where the record says. The
; others go to memory as before. What is used afterwards comes from the place that was recorded.
;
; REQUIRES: llvm-ge-15
; RUN: llc -mtriple=x86_64-unknown-linux-gnu -max-registers-for-gc-values=1 < %s | FileCheck --check-prefix=ONE %s
; RUN: llc -mtriple=x86_64-unknown-linux-gnu -max-registers-for-gc-values=1 < %s | %records | FileCheck --check-prefix=ONE-MAP %s
; RUN: llc -mtriple=x86_64-unknown-linux-gnu -max-registers-for-gc-values=8 -fixup-allow-gcptr-in-csr < %s | FileCheck --check-prefix=CSR %s
; RUN: llc -mtriple=x86_64-unknown-linux-gnu -max-registers-for-gc-values=8 -fixup-allow-gcptr-in-csr < %s | %records | FileCheck --check-prefix=CSR-MAP %s

declare token @llvm.experimental.gc.statepoint.p0(i64, i32, ptr, i32, i32, ...)
declare ptr addrspace(1) @llvm.experimental.gc.relocate.p1(token, i32, i32)
declare void @callee()
declare void @use(ptr addrspace(1), ptr addrspace(1))

; ONE-LABEL:     caller:
; ONE-DAG:       movq %rdi, [[A:[0-9]*]](%rsp)
; ONE-DAG:       movq %rsi, [[B:[0-9]*]](%rsp)
; ONE:           callq callee@PLT
; ONE-NEXT:      .Ltmp0:
; ONE-DAG:       movq [[A]](%rsp), %rdi
; ONE-DAG:       movq [[B]](%rsp), {{%r[a-z0-9]+}}
; ONE:           callq use@PLT
; ONE-MAP:       record 7
; ONE-MAP-COUNT-3: Constant 0, size 8
; ONE-MAP-NEXT:  {{^ *}}Indirect reg 7, offset [[FIRST:[0-9]+]], size 8
; ONE-MAP-NEXT:  Indirect reg 7, offset [[FIRST]], size 8
; ONE-MAP-NEXT:  {{^ *}}Indirect reg 7, offset [[SECOND:[0-9]+]], size 8
; ONE-MAP-NEXT:  Indirect reg 7, offset [[SECOND]], size 8
; CSR-LABEL:     caller:
; CSR-DAG:       movq %rdi, [[A:%r[a-z0-9]+]]
; CSR-DAG:       movq %rsi, [[B:%r[a-z0-9]+]]
; CSR:           callq callee@PLT
; CSR-NEXT:      .Ltmp0:
; CSR-DAG:       movq [[A]], %rdi
; CSR-DAG:       movq [[B]], %rsi
; CSR:           callq use@PLT
; CSR-MAP:       record 7
; CSR-MAP-COUNT-3: Constant 0, size 8
; CSR-MAP-NEXT:  {{^ *}}Register reg [[FIRST:[0-9]+]], size 8
; CSR-MAP-NEXT:  Register reg [[FIRST]], size 8
; CSR-MAP-NEXT:  {{^ *}}Register reg [[SECOND:[0-9]+]], size 8
; CSR-MAP-NEXT:  Register reg [[SECOND]], size 8
define void @caller(ptr addrspace(1) %a, ptr addrspace(1) %b) nounwind gc "statepoint-example" {
  %t = call token (i64, i32, ptr, i32, i32, ...) @llvm.experimental.gc.statepoint.p0(i64 7, i32 0, ptr elementtype(void ()) @callee, i32 0, i32 0, i32 0, i32 0) [ "gc-live"(ptr addrspace(1) %a, ptr addrspace(1) %b) ]
  %a.moved = call ptr addrspace(1) @llvm.experimental.gc.relocate.p1(token %t, i32 0, i32 0)
  %b.moved = call ptr addrspace(1) @llvm.experimental.gc.relocate.p1(token %t, i32 1, i32 1)
  call void @use(ptr addrspace(1) %a.moved, ptr addrspace(1) %b.moved)
  ret void
}
