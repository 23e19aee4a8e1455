/* Which of the addresses of standard input a program begins an instruction at: it is run step by step.

   tracer PROGRAM ARGUMENT... < addresses > those that are reached; of the first thread and process. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ptrace.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

static unsigned long *wanted;
static char *seen;
static long count;

static long find(unsigned long address) {
  long low = 0, high = count;
  while (low < high) {
    long middle = (low + high) / 2;
    if (wanted[middle] < address)
      low = middle + 1;
    else
      high = middle;
  }
  return low < count && wanted[low] == address ? low : -1;
}

int main(int arguments, char **words) {
  unsigned long address;
  long room = 1 << 20;
  (void)arguments;
  wanted = malloc(room * sizeof *wanted);
  seen = calloc(room, 1);
  while (count < room && scanf("%lx", &address) == 1)
    wanted[count++] = address;
  pid_t child = fork();
  if (!child) {
    dup2(2, 1); /* what we write is the answer; libc does not treat all kinds of files alike */
    ptrace(PTRACE_TRACEME, 0, 0, 0);
    execv(words[1], words + 1);
    return 1;
  }
  int status;
  while (waitpid(child, &status, 0) == child && WIFSTOPPED(status)) {
    struct user_regs_struct registers;
    ptrace(PTRACE_GETREGS, child, 0, &registers);
    long index = find(registers.rip);
    if (index >= 0)
      seen[index] = 1;
    ptrace(PTRACE_SINGLESTEP, child, 0, WSTOPSIG(status) == SIGTRAP ? 0 : WSTOPSIG(status));
  }
  for (long index = 0; index < count; index++)
    if (seen[index])
      printf("%lx\n", wanted[index]);
  return 0;
}
