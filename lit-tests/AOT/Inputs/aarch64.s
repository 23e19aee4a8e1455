# What a program of the suite needs to run on Linux without a C library: a start, which
# bounds it to a quarter of a second of processor time; `finish`, which ends it with a
# status; what a runtime needs to patch code; and `capture`, which writes registers and stack to standard output and returns with all of them unchanged
# but x16 and x17. The format is told in harness/stackmaps/roots/capture.py. `capture` is the first of a section of its own: a
# test may have it linked at an address that its IR names as a number.

    .text
    .globl _start
_start:
    // setitimer(ITIMER_PROF, ...): SIGPROF ends a lost program after a quarter of a second of processor time.
    mov x0, #2
    adrp x1, quarter
    add x1, x1, :lo12:quarter
    mov x2, #0
    mov x8, #103
    svc #0
    // So much stack may always be copied.
    sub sp, sp, #8192
    bl main
    .globl finish
finish:
    mov x8, #94
    svc #0

    .section .capture,"ax",%progbits
    .globl capture
    .type capture, %function
capture:
    adrp x16, registers
    add x16, x16, :lo12:registers
    stp x0, x1, [x16, #0]
    stp x2, x3, [x16, #16]
    stp x4, x5, [x16, #32]
    stp x6, x7, [x16, #48]
    stp x8, x9, [x16, #64]
    stp x10, x11, [x16, #80]
    stp x12, x13, [x16, #96]
    stp x14, x15, [x16, #112]
    stp x16, x17, [x16, #128]
    stp x18, x19, [x16, #144]
    stp x20, x21, [x16, #160]
    stp x22, x23, [x16, #176]
    stp x24, x25, [x16, #192]
    stp x26, x27, [x16, #208]
    stp x28, x29, [x16, #224]
    str x30, [x16, #240]
    mov x17, sp
    str x17, [x16, #248]
    stp q0, q1, [x16, #256]
    stp q2, q3, [x16, #288]
    stp q4, q5, [x16, #320]
    stp q6, q7, [x16, #352]
    stp q8, q9, [x16, #384]
    stp q10, q11, [x16, #416]
    stp q12, q13, [x16, #448]
    stp q14, q15, [x16, #480]
    stp q16, q17, [x16, #512]
    stp q18, q19, [x16, #544]
    stp q20, q21, [x16, #576]
    stp q22, q23, [x16, #608]
    stp q24, q25, [x16, #640]
    stp q26, q27, [x16, #672]
    stp q28, q29, [x16, #704]
    stp q30, q31, [x16, #736]
    str x30, [x16, #-32]
    str x17, [x16, #-24]
    sub x17, x17, #512
    str x17, [x16, #-16]
    // write(1, header and registers, ...); write(1, stack, ...)
    mov x0, #1
    sub x1, x16, #40
    mov x2, #(end-header)
    mov x8, #64
    svc #0
    mov x0, #1
    mov x1, x17
    ldr x2, [x16, #-8]
    svc #0
    ldp x0, x1, [x16, #0]
    ldr x2, [x16, #16]
    ldr x8, [x16, #64]
    ret

    .text
    // The emulator sees what is written to code; a processor would have to be told.
    .globl mprotect
mprotect:
    mov x8, #226
    svc #0
    ret

// Fill a region (x0, x1 bytes) with nops, and at its end load x2 into x16 and call it.
    .globl write_call
write_call:
    add x3, x0, x1
    movz w4, #0x201f
    movk w4, #0xd503, lsl #16
1:  str w4, [x0], #4
    cmp x0, x3
    b.lo 1b
    // movz x16, #; movk x16, #, lsl #16; movk x16, #, lsl #32; blr x16
    movz w4, #0x0010
    movk w4, #0xd280, lsl #16
    bfi w4, w2, #5, #16
    str w4, [x3, #-16]
    lsr x2, x2, #16
    movk w4, #0xf2a0, lsl #16
    bfi w4, w2, #5, #16
    str w4, [x3, #-12]
    lsr x2, x2, #16
    movz w4, #0x0010
    movk w4, #0xf2c0, lsl #16
    bfi w4, w2, #5, #16
    str w4, [x3, #-8]
    movz w4, #0x0200
    movk w4, #0xd63f, lsl #16
    str w4, [x3, #-4]
    ret

    .data
    .balign 16
quarter:
    .quad 0
    .quad 0
    .quad 0
    .quad 250000
    .balign 16
header:
    .ascii "CAPTURE1"
    .quad 0
    .quad 0
    .quad 0
    .quad 8192
registers:
    .fill 768
end:
    .section .note.GNU-stack,"",%progbits
