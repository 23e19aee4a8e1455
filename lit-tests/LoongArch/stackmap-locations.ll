; L6: LoongArch has no lowering for a stack map: its record must be there, or the program be refused with an error. Without
; assertions it vanishes: no map at all, and nothing said.
;
; RUN: llc -mtriple=loongarch64-unknown-linux-gnu -mattr=+d < %S/../Inputs/locations.ll | %records | FileCheck %s || not llc -mtriple=loongarch64-unknown-linux-gnu -mattr=+d -o %t < %S/../Inputs/locations.ll 2>&1 | FileCheck --check-prefix=ERROR %s
; XFAIL: *
;
; CHECK:      record 7 at .Ltmp0-locations
; CHECK-NEXT: Register reg 4, size 8
; CHECK-NEXT: Register reg 5, size 8
; CHECK-NEXT: Direct reg {{3|22}}, offset
; ERROR:      error: {{.*}}stackmap
