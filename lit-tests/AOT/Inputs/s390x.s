# What a program of the suite needs to run on Linux without a C library: a start, which
# bounds it to a quarter of a second of processor time; `finish`, which ends it with a
# status; what a runtime needs to patch code; and `capture`, which writes registers and stack to standard output and returns with all of them unchanged
# but r1 and r14. The format is told in harness/stackmaps/roots/capture.py. `capture` is the first of a section of its own: a
# test may have it linked at an address that its IR names as a number.

    .text
    .globl _start
_start:
    # setitimer(ITIMER_PROF, ...): SIGPROF ends a lost program after a quarter of a second of processor time.
    lghi %r2, 2
    larl %r3, quarter
    lghi %r4, 0
    svc 104
    # So much stack may always be copied.
    aghi %r15, -8192
    brasl %r14, main
    .globl finish
finish:
    svc 248

    .section .capture,"ax",@progbits
    .globl capture
    .type capture, @function
capture:
    larl %r1, registers
    stmg %r0, %r15, 0(%r1)
    std %f0, 128(%r1)
    std %f2, 136(%r1)
    std %f4, 144(%r1)
    std %f6, 152(%r1)
    std %f1, 160(%r1)
    std %f3, 168(%r1)
    std %f5, 176(%r1)
    std %f7, 184(%r1)
    std %f8, 192(%r1)
    std %f10, 200(%r1)
    std %f12, 208(%r1)
    std %f14, 216(%r1)
    std %f9, 224(%r1)
    std %f11, 232(%r1)
    std %f13, 240(%r1)
    std %f15, 248(%r1)
    stg %r14, -32(%r1)
    stg %r15, -24(%r1)
    lay %r3, -512(%r15)
    stg %r3, -16(%r1)
    # write(1, header and registers, ...); write(1, stack, ...)
    lghi %r2, 1
    larl %r3, header
    lghi %r4, 296
    svc 4
    lghi %r2, 1
    larl %r1, registers
    lg %r3, -16(%r1)
    lg %r4, -8(%r1)
    svc 4
    larl %r1, registers
    lmg %r2, %r5, 16(%r1)
    br %r14

    .text
    .globl mprotect
mprotect:
    svc 125
    br %r14

# Fill a region (r2, r3 bytes) with nops, and at its end brasl %r14 to r4.
    .globl write_call
write_call:
    agr %r3, %r2
    lghi %r1, 0x0700
1:  sth %r1, 0(%r2)
    aghi %r2, 2
    clgr %r2, %r3
    jl 1b
    aghi %r3, -6
    llill %r1, 0xc0e5
    sth %r1, 0(%r3)
    # The distance is in halfwords.
    sgr %r4, %r3
    srag %r4, %r4, 1
    st %r4, 2(%r3)
    br %r14

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
    .fill 256
end:
    .section .note.GNU-stack,"",%progbits
