# What a program of the suite needs to run on Linux without a C library: a start, which
# bounds it to a quarter of a second of processor time; `finish`, which ends it with a
# status; what a runtime needs to patch code; and `capture`, which writes registers and stack to standard output and returns with all of them unchanged
# but r12 and the link register. The format is told in harness/stackmaps/roots/capture.py. `capture` is the first of a section of its own: a
# test may have it linked at an address that its IR names as a number.

    .text
    .globl _start
_start:
    # setitimer(ITIMER_PROF, ...): SIGPROF ends a lost program after a quarter of a second of processor time.
    lis 2, .TOC.@ha
    addi 2, 2, .TOC.@l
    li 3, 2
    addis 4, 2, quarter@toc@ha
    addi 4, 4, quarter@toc@l
    li 5, 0
    li 0, 104
    sc
    # So much stack may always be copied.
    addi 1, 1, -8192
    li 0, 0
    std 0, 0(1)
    bl main
    nop
    .globl finish
finish:
    li 0, 234
    sc

    .section .capture,"ax",@progbits
    .globl capture
    .type capture, @function
capture:
    lis 12, registers@ha
    addi 12, 12, registers@l
    std 0, 0(12)
    std 1, 8(12)
    std 2, 16(12)
    std 3, 24(12)
    std 4, 32(12)
    std 5, 40(12)
    std 6, 48(12)
    std 7, 56(12)
    std 8, 64(12)
    std 9, 72(12)
    std 10, 80(12)
    std 11, 88(12)
    std 12, 96(12)
    std 13, 104(12)
    std 14, 112(12)
    std 15, 120(12)
    std 16, 128(12)
    std 17, 136(12)
    std 18, 144(12)
    std 19, 152(12)
    std 20, 160(12)
    std 21, 168(12)
    std 22, 176(12)
    std 23, 184(12)
    std 24, 192(12)
    std 25, 200(12)
    std 26, 208(12)
    std 27, 216(12)
    std 28, 224(12)
    std 29, 232(12)
    std 30, 240(12)
    std 31, 248(12)
    stfd 0, 256(12)
    stfd 1, 264(12)
    stfd 2, 272(12)
    stfd 3, 280(12)
    stfd 4, 288(12)
    stfd 5, 296(12)
    stfd 6, 304(12)
    stfd 7, 312(12)
    stfd 8, 320(12)
    stfd 9, 328(12)
    stfd 10, 336(12)
    stfd 11, 344(12)
    stfd 12, 352(12)
    stfd 13, 360(12)
    stfd 14, 368(12)
    stfd 15, 376(12)
    stfd 16, 384(12)
    stfd 17, 392(12)
    stfd 18, 400(12)
    stfd 19, 408(12)
    stfd 20, 416(12)
    stfd 21, 424(12)
    stfd 22, 432(12)
    stfd 23, 440(12)
    stfd 24, 448(12)
    stfd 25, 456(12)
    stfd 26, 464(12)
    stfd 27, 472(12)
    stfd 28, 480(12)
    stfd 29, 488(12)
    stfd 30, 496(12)
    stfd 31, 504(12)
    mflr 0
    std 0, -32(12)
    std 1, -24(12)
    addi 4, 1, -512
    std 4, -16(12)
    # write(1, header and registers, ...); write(1, stack, ...)
    li 0, 4
    li 3, 1
    addi 4, 12, -40
    li 5, end-header
    sc
    lis 12, registers@ha
    addi 12, 12, registers@l
    li 0, 4
    li 3, 1
    ld 4, -16(12)
    ld 5, -8(12)
    sc
    lis 12, registers@ha
    addi 12, 12, registers@l
    ld 0, 0(12)
    ld 3, 24(12)
    ld 4, 32(12)
    ld 5, 40(12)
    ld 6, 48(12)
    ld 7, 56(12)
    ld 8, 64(12)
    ld 9, 72(12)
    ld 10, 80(12)
    ld 11, 88(12)
    blr

    .text
    # The emulator sees what is written to code; a processor would have to be told.
    .globl mprotect
    .type mprotect, @function
mprotect:
    li 0, 125
    sc
    blr

# Fill a region (r3, r4 bytes) with nops, and at its end call r5, an address of 31 bits, by way of r12 and ctr.
    .globl write_call
    .type write_call, @function
write_call:
    add 4, 3, 4
    lis 6, 0x6000
1:  stw 6, 0(3)
    addi 3, 3, 4
    cmpld 3, 4
    blt 1b
    # lis 12, ; ori 12, 12, ; mtctr 12; bctrl
    srwi 6, 5, 16
    oris 6, 6, 0x3d80
    stw 6, -16(4)
    clrldi 6, 5, 48
    oris 6, 6, 0x618c
    stw 6, -12(4)
    lis 6, 0x7d89
    ori 6, 6, 0x03a6
    stw 6, -8(4)
    lis 6, 0x4e80
    ori 6, 6, 0x0421
    stw 6, -4(4)
    blr

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
    .fill 512
end:
    .section .note.GNU-stack,"",%progbits
