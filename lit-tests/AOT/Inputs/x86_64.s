# What a program of the suite needs to run on Linux without a C library: a start, which
# bounds it to a quarter of a second of processor time; `finish`, which ends it with a
# status; what a runtime needs to patch code; and `capture`, which writes registers and stack to standard output and returns with all of them unchanged
# but r11. The format is told in harness/stackmaps/roots/capture.py. `capture` is the first of a section of its own: a
# test may have it linked at an address that its IR names as a number.

    .text
    .globl _start
_start:
    # setitimer(ITIMER_PROF, ...): SIGPROF ends a lost program after a quarter of a second of processor time.
    movl $2, %edi
    leaq quarter(%rip), %rsi
    xorl %edx, %edx
    movl $38, %eax
    syscall
    # So much stack may always be copied.
    subq $8192, %rsp
    andq $-16, %rsp
    callq main
    movl %eax, %edi
    .globl finish
finish:
    movl $231, %eax
    syscall
    ud2

    .section .capture,"ax",@progbits
    .globl capture
    .type capture, @function
capture:
    movq %rax, registers+0(%rip)
    movq %rdx, registers+8(%rip)
    movq %rcx, registers+16(%rip)
    movq %rbx, registers+24(%rip)
    movq %rsi, registers+32(%rip)
    movq %rdi, registers+40(%rip)
    movq %rbp, registers+48(%rip)
    movq %r8, registers+64(%rip)
    movq %r9, registers+72(%rip)
    movq %r10, registers+80(%rip)
    movq %r11, registers+88(%rip)
    movq %r12, registers+96(%rip)
    movq %r13, registers+104(%rip)
    movq %r14, registers+112(%rip)
    movq %r15, registers+120(%rip)
    movups %xmm0, registers+128(%rip)
    movups %xmm1, registers+144(%rip)
    movups %xmm2, registers+160(%rip)
    movups %xmm3, registers+176(%rip)
    movups %xmm4, registers+192(%rip)
    movups %xmm5, registers+208(%rip)
    movups %xmm6, registers+224(%rip)
    movups %xmm7, registers+240(%rip)
    movups %xmm8, registers+256(%rip)
    movups %xmm9, registers+272(%rip)
    movups %xmm10, registers+288(%rip)
    movups %xmm11, registers+304(%rip)
    movups %xmm12, registers+320(%rip)
    movups %xmm13, registers+336(%rip)
    movups %xmm14, registers+352(%rip)
    movups %xmm15, registers+368(%rip)
    movq (%rsp), %rax
    movq %rax, header+8(%rip)
    # The stack pointer as it is at the site, without the return address.
    leaq 8(%rsp), %rax
    movq %rax, header+16(%rip)
    movq %rax, registers+56(%rip)
    subq $512, %rax
    movq %rax, header+24(%rip)
    # write(1, header and registers); write(1, stack)
    movl $1, %eax
    movl $1, %edi
    leaq header(%rip), %rsi
    movl $end-header, %edx
    syscall
    movl $1, %eax
    movq header+24(%rip), %rsi
    movq header+32(%rip), %rdx
    syscall
    movq registers+0(%rip), %rax
    movq registers+8(%rip), %rdx
    movq registers+16(%rip), %rcx
    movq registers+32(%rip), %rsi
    movq registers+40(%rip), %rdi
    retq

    .text
    .globl mprotect
mprotect:
    movl $10, %eax
    syscall
    retq

# Fill a region (rdi, rsi bytes) with nops, and at its end movabsq $rdx, %r11; callq *%r11.
    .globl write_call
write_call:
    movq %rsi, %rcx
    movb $0x90, %al
    rep stosb
    movw $0xbb49, -13(%rdi)
    movq %rdx, -11(%rdi)
    movw $0xff41, -3(%rdi)
    movb $0xd3, -1(%rdi)
    retq

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
    .fill 384
end:
    .section .note.GNU-stack,"",@progbits
