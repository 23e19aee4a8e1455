/* A static program with the functions that are hard to watch, and ways to end it. */
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define FUNCTION __attribute__((noinline, used))

static FUNCTION int local(int x) { return x * 3 + 1; }
FUNCTION int never(int x) { return x * 5 + local(x); }
FUNCTION int recursive(int n) { return n < 2 ? 1 : n * recursive(n - 1); }
FUNCTION void in_handler(int signal) { (void)signal; }
FUNCTION int in_child(int x) { __asm__ volatile("" ::: "memory"); return x + 11; }
FUNCTION int in_parent(int x) { __asm__ volatile("" ::: "memory"); return x + 12; }
FUNCTION int at_exit(int x) { return x + 13; }
FUNCTION int sum(int a, int b, int c, int d, int e, int f, int g) { return a + 2 * b + 3 * c + 4 * d + 5 * e + 6 * f + 7 * g; }
FUNCTION double product(double a, double b, double c) { return a * b * c; }
FUNCTION __attribute__((constructor)) void before_main(void) { __asm__ volatile("" ::: "memory"); }

/* A function of one, two and four bytes; one that is left by a jump; one with a second name; one in which a
   loop goes back into the first bytes; one that falls through into the next; one with a label in the first
   bytes that another jumps to; and two within one word of memory. */
__asm__(".text\n"
        ".macro begin name\n .globl \\name\n .type \\name,@function\n \\name:\n .endm\n"
        ".macro done name\n .size \\name, . - \\name\n .endm\n"
        ".p2align 4\n begin tiny1\n ret\n done tiny1\n"
        ".p2align 4\n begin tiny2\n nop\n ret\n done tiny2\n"
        ".p2align 4\n begin tiny4\n nop\n nop\n nop\n ret\n done tiny4\n"
        ".p2align 4\n begin tail\n lea 1(%rdi), %edi\n jmp local_target\n done tail\n"
        ".p2align 4\n begin local_target\n begin second_name\n lea 100(%rdi), %eax\n ret\n done second_name\n"
        " done local_target\n"
        ".p2align 4\n begin looping\n xor %eax, %eax\n 1: inc %eax\n cmp %edi, %eax\n jl 1b\n ret\n"
        " done looping\n"
        ".p2align 4\n begin falling\n lea 1(%rdi,%rdi), %edi\n nop\n done falling\n"
        " begin fallen_into\n lea 1(%rdi,%rdi), %eax\n nop\n ret\n done fallen_into\n"
        ".p2align 4\n begin packed1\n mov %edi, %eax\n ret\n done packed1\n"
        " begin packed2\n mov %edi, %eax\n ret\n done packed2\n"
        ".p2align 4\n begin labelled\n nop\n inner:\n lea 7(%rdi), %eax\n ret\n done labelled\n"
        ".p2align 4\n begin enters_inner\n lea 1(%rdi), %edi\n jmp inner\n done enters_inner\n"
        ".p2align 6\n .skip 61\n begin crossing\n lea 9(%rdi), %eax\n lea 1(%rax), %eax\n ret\n done crossing\n");
int tail(int), looping(int), falling(int), packed1(int), packed2(int), enters_inner(int), crossing(int);
int second_name(int);
void tiny1(void), tiny2(void), tiny4(void);

static void *in_thread(void *argument) {
  long x = (long)argument;
  for (int i = 0; i < 2000; i++)
    x += sum(i, 1, 2, 3, 4, 5, 6) + recursive(5) + tail(i);
  return (void *)x;
}

int main(int count, char **words) {
  const char *mode = count > 1 ? words[1] : "plain";
  printf("%d %.1f %d\n", sum(1, 2, 3, 4, 5, 6, 7), product(1.5, 2, 3), recursive(10));
  tiny1(), tiny2(), tiny4();
  printf("%d %d %d %d %d %d\n", tail(1), looping(3), falling(2), packed2(6), enters_inner(3), crossing(4));
  fflush(stdout);
  if (!strcmp(mode, "threads")) {
    pthread_t all[8];
    void *end;
    long total = 0;
    for (int i = 0; i < 8; i++)
      pthread_create(&all[i], 0, in_thread, (void *)0);
    for (int i = 0; i < 8; i++)
      pthread_join(all[i], &end), total += (long)end;
    printf("%ld\n", total);
  } else if (!strcmp(mode, "fork")) {
    if (!fork())
      _exit(in_child(0));
    int status;
    wait(&status);
    printf("%d %d\n", in_parent(1), WEXITSTATUS(status));
  } else if (!strcmp(mode, "exec")) {
    execl(words[2], words[2], (char *)0);
  } else if (!strcmp(mode, "abort")) {
    in_child(0);
    abort();
  } else if (!strcmp(mode, "kill")) {
    in_child(0);
    kill(getpid(), SIGKILL);
  } else if (!strcmp(mode, "fault")) {
    in_child(0);
    *(volatile int *)(long)(count - 2) = 0;
  } else if (!strcmp(mode, "signal")) {
    signal(SIGUSR1, in_handler);
    raise(SIGUSR1);
    puts("handled");
  } else if (!strcmp(mode, "_exit")) {
    _exit(at_exit(0));
  }
  return 0;
}
