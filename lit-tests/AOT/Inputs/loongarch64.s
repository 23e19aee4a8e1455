# What a program of the suite needs to run on Linux without a C library: a start, which
# bounds it to a quarter of a second of processor time; `finish`, which ends it with a
# status; what a runtime needs to patch code; and `capture`, which writes registers and stack to standard output and returns with all of them unchanged
# but ra. The format is told in harness/stackmaps/roots/capture.py. `capture` is the first of a section of its own: a
# test may have it linked at an address that its IR names as a number.

    .text
    .globl _start
_start:
    # setitimer(ITIMER_PROF, ...): SIGPROF ends a lost program after a quarter of a second of processor time.
    ori $a0, $zero, 2
    la.pcrel $a1, quarter
    move $a2, $zero
    ori $a7, $zero, 103
    syscall 0
    # So much stack may always be copied.
    lu12i.w $t0, 2
    sub.d $sp, $sp, $t0
    bl main
    .globl finish
finish:
    ori $a7, $zero, 94
    syscall 0

    .section .capture,"ax",@progbits
    .globl capture
    .type capture, @function
capture:
    addi.d $sp, $sp, -16
    st.d $t0, $sp, 0
    la.pcrel $t0, registers
    st.d $r0, $t0, 0
    st.d $r1, $t0, 8
    st.d $r2, $t0, 16
    st.d $r3, $t0, 24
    st.d $r4, $t0, 32
    st.d $r5, $t0, 40
    st.d $r6, $t0, 48
    st.d $r7, $t0, 56
    st.d $r8, $t0, 64
    st.d $r9, $t0, 72
    st.d $r10, $t0, 80
    st.d $r11, $t0, 88
    st.d $r12, $t0, 96
    st.d $r13, $t0, 104
    st.d $r14, $t0, 112
    st.d $r15, $t0, 120
    st.d $r16, $t0, 128
    st.d $r17, $t0, 136
    st.d $r18, $t0, 144
    st.d $r19, $t0, 152
    st.d $r20, $t0, 160
    st.d $r21, $t0, 168
    st.d $r22, $t0, 176
    st.d $r23, $t0, 184
    st.d $r24, $t0, 192
    st.d $r25, $t0, 200
    st.d $r26, $t0, 208
    st.d $r27, $t0, 216
    st.d $r28, $t0, 224
    st.d $r29, $t0, 232
    st.d $r30, $t0, 240
    st.d $r31, $t0, 248
    fst.d $f0, $t0, 256
    fst.d $f1, $t0, 264
    fst.d $f2, $t0, 272
    fst.d $f3, $t0, 280
    fst.d $f4, $t0, 288
    fst.d $f5, $t0, 296
    fst.d $f6, $t0, 304
    fst.d $f7, $t0, 312
    fst.d $f8, $t0, 320
    fst.d $f9, $t0, 328
    fst.d $f10, $t0, 336
    fst.d $f11, $t0, 344
    fst.d $f12, $t0, 352
    fst.d $f13, $t0, 360
    fst.d $f14, $t0, 368
    fst.d $f15, $t0, 376
    fst.d $f16, $t0, 384
    fst.d $f17, $t0, 392
    fst.d $f18, $t0, 400
    fst.d $f19, $t0, 408
    fst.d $f20, $t0, 416
    fst.d $f21, $t0, 424
    fst.d $f22, $t0, 432
    fst.d $f23, $t0, 440
    fst.d $f24, $t0, 448
    fst.d $f25, $t0, 456
    fst.d $f26, $t0, 464
    fst.d $f27, $t0, 472
    fst.d $f28, $t0, 480
    fst.d $f29, $t0, 488
    fst.d $f30, $t0, 496
    fst.d $f31, $t0, 504
    # t0 is r12, sp is r3; both as they are at the site.
    ld.d $a1, $sp, 0
    st.d $a1, $t0, 96
    addi.d $sp, $sp, 16
    st.d $sp, $t0, 24
    st.d $ra, $t0, -32
    st.d $sp, $t0, -24
    addi.d $a1, $sp, -512
    st.d $a1, $t0, -16
    # write(1, header and registers, ...); write(1, stack, ...)
    ori $a0, $zero, 1
    addi.d $a1, $t0, -40
    ori $a2, $zero, 552
    ori $a7, $zero, 64
    syscall 0
    ori $a0, $zero, 1
    # The kernel may use the t registers.
    la.pcrel $t0, registers
    ld.d $a1, $t0, -16
    ld.d $a2, $t0, -8
    syscall 0
    la.pcrel $t0, registers
    ld.d $a0, $t0, 32
    ld.d $a1, $t0, 40
    ld.d $a2, $t0, 48
    ld.d $a7, $t0, 88
    ld.d $t1, $t0, 104
    ld.d $t2, $t0, 112
    ld.d $t3, $t0, 120
    ld.d $t4, $t0, 128
    ld.d $t5, $t0, 136
    ld.d $t6, $t0, 144
    ld.d $t7, $t0, 152
    ld.d $t8, $t0, 160
    ld.d $t0, $t0, 96
    ret

    .text
    # Pages are of 16 KiB here, and what is asked for are 4 KiB that begin in one: all of it stays executable, as the
    # code that writes may lie in it too. The emulator sees what is written; a processor would have to be told.
    .globl mprotect
mprotect:
    srli.d $a0, $a0, 14
    slli.d $a0, $a0, 14
    lu12i.w $a1, 4
    ori $a2, $a2, 4
    ori $a7, $zero, 226
    syscall 0
    ret

# Fill a region (a0, a1 bytes) with nops, and at its end lu12i.w ra; jirl ra to a2, an address of 31 bits.
    .globl write_call
write_call:
    add.d $a1, $a0, $a1
    lu12i.w $a3, 0x3400
1:  st.w $a3, $a0, 0
    addi.d $a0, $a0, 4
    bltu $a0, $a1, 1b
    srli.d $a3, $a2, 12
    slli.d $a3, $a3, 5
    lu12i.w $a4, 0x14000
    ori $a4, $a4, 1
    or $a3, $a3, $a4
    st.w $a3, $a1, -8
    andi $a3, $a2, 0xfff
    slli.d $a3, $a3, 8
    lu12i.w $a4, 0x4c000
    ori $a4, $a4, 0x21
    or $a3, $a3, $a4
    st.w $a3, $a1, -4
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
