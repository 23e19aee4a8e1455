# What a program of the suite needs to run on Linux without a C library: a start, which
# bounds it to a quarter of a second of processor time; `finish`, which ends it with a
# status; what a runtime needs to patch code; and `capture`, which writes registers and stack to standard output and returns with all of them unchanged
# but ra. The format is told in harness/stackmaps/roots/capture.py. `capture` is the first of a section of its own: a
# test may have it linked at an address that its IR names as a number.

    .text
    .globl _start
_start:
    # setitimer(ITIMER_PROF, ...): SIGPROF ends a lost program after a quarter of a second of processor time.
    li a0, 2
    la a1, quarter
    li a2, 0
    li a7, 103
    ecall
    # So much stack may always be copied.
    li t0, 8192
    sub sp, sp, t0
    call main
    .globl finish
finish:
    li a7, 94
    ecall

    .section .capture,"ax",@progbits
    .globl capture
    .type capture, @function
capture:
    addi sp, sp, -16
    sd t0, 0(sp)
    la t0, registers
    sd x0, 0(t0)
    sd x1, 8(t0)
    sd x2, 16(t0)
    sd x3, 24(t0)
    sd x4, 32(t0)
    sd x5, 40(t0)
    sd x6, 48(t0)
    sd x7, 56(t0)
    sd x8, 64(t0)
    sd x9, 72(t0)
    sd x10, 80(t0)
    sd x11, 88(t0)
    sd x12, 96(t0)
    sd x13, 104(t0)
    sd x14, 112(t0)
    sd x15, 120(t0)
    sd x16, 128(t0)
    sd x17, 136(t0)
    sd x18, 144(t0)
    sd x19, 152(t0)
    sd x20, 160(t0)
    sd x21, 168(t0)
    sd x22, 176(t0)
    sd x23, 184(t0)
    sd x24, 192(t0)
    sd x25, 200(t0)
    sd x26, 208(t0)
    sd x27, 216(t0)
    sd x28, 224(t0)
    sd x29, 232(t0)
    sd x30, 240(t0)
    sd x31, 248(t0)
    fsd f0, 256(t0)
    fsd f1, 264(t0)
    fsd f2, 272(t0)
    fsd f3, 280(t0)
    fsd f4, 288(t0)
    fsd f5, 296(t0)
    fsd f6, 304(t0)
    fsd f7, 312(t0)
    fsd f8, 320(t0)
    fsd f9, 328(t0)
    fsd f10, 336(t0)
    fsd f11, 344(t0)
    fsd f12, 352(t0)
    fsd f13, 360(t0)
    fsd f14, 368(t0)
    fsd f15, 376(t0)
    fsd f16, 384(t0)
    fsd f17, 392(t0)
    fsd f18, 400(t0)
    fsd f19, 408(t0)
    fsd f20, 416(t0)
    fsd f21, 424(t0)
    fsd f22, 432(t0)
    fsd f23, 440(t0)
    fsd f24, 448(t0)
    fsd f25, 456(t0)
    fsd f26, 464(t0)
    fsd f27, 472(t0)
    fsd f28, 480(t0)
    fsd f29, 488(t0)
    fsd f30, 496(t0)
    fsd f31, 504(t0)
    # t0 is x5, sp is x2; both as they are at the site.
    ld a1, 0(sp)
    sd a1, 40(t0)
    addi sp, sp, 16
    sd sp, 16(t0)
    sd ra, -32(t0)
    sd sp, -24(t0)
    addi a1, sp, -512
    sd a1, -16(t0)
    # write(1, header and registers, ...); write(1, stack, ...)
    li a0, 1
    addi a1, t0, -40
    li a2, end-header
    li a7, 64
    ecall
    li a0, 1
    ld a1, -16(t0)
    ld a2, -8(t0)
    ecall
    ld a0, 80(t0)
    ld a1, 88(t0)
    ld a2, 96(t0)
    ld a7, 136(t0)
    ld t0, 40(t0)
    ret

    .text
    # The emulator sees what is written to code; a processor would have to be told.
    .globl mprotect
mprotect:
    li a7, 226
    ecall
    ret

# Fill a region (a0, a1 bytes) with nops, and at its end lui ra; jalr ra to a2, an address of 31 bits.
    .globl write_call
write_call:
    add a1, a0, a1
    li a3, 0x13
1:  sw a3, 0(a0)
    addi a0, a0, 4
    bltu a0, a1, 1b
    li a3, 0x800
    add a3, a2, a3
    srli a3, a3, 12
    slli a3, a3, 12
    sub a4, a2, a3
    addi a3, a3, 0x0b7
    sw a3, -8(a1)
    slli a4, a4, 20
    li a3, 0x80e7
    add a4, a4, a3
    sw a4, -4(a1)
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
    .fill 512
end:
    .section .note.GNU-stack,"",%progbits
