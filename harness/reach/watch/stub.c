/* Notes which functions of a program are entered. It becomes a segment of the watched copy of a tool.

   In that copy, the first five bytes of each watched function are `call reach_enter`. The first entry sets the
   function's bit in the record, puts the five bytes back and begins the function again: each function costs
   one call, once. There are no signals, no constructors, no thread-local storage and no libc: it works before
   main, in a signal handler, in a child of fork, and in a program without libc.

   The record is a file that all processes of a test map, so that what is set stays set however they end. */

typedef unsigned char u8;
typedef unsigned int u32;
typedef unsigned long u64;

#define PAGE 4096UL
#define VARIABLE "LLVM_PATCH_HARNESS_REACH="
/* Beside the folder of a program's path, if its environment does not say where: `env -i llc`. */
#define BESIDE "/../reach"
#define UNWATCHED ".unwatched"
#define PATH_ROOM 4096
/* Of so few functions only the pages of each are made writable: to change the protection of all code of llc
   takes half a millisecond, one of its pages a thousandth of that. */
#define FEW 64

/* What copy.py writes behind the stub; the layouts are in copy.py too. Addresses are the linker's. */
struct table {
  u64 enter;       /* of reach_enter */
  u64 text;        /* the first page of code, which offsets count from */
  u64 text_size;   /* in bytes, whole pages */
  u64 text_offset; /* in the file */
  u64 record_size;
  u32 count;       /* of functions */
  u32 pages;
  char name[32]; /* of the record's file */
  u32 first[];   /* pages + 1 numbers: the first function in each page; then the functions, by address */
};
struct function {
  u32 offset;
  u8 code[5];
  u8 unused[3];
};

/* The beginning of a record; then a bit for each function. */
struct record {
  u32 processes; /* that began to note */
  u32 unwritable; /* of these, those whose code cannot be written to: they noted nothing */
  u8 unused[56];
  u8 bits[];
};

#define HIDDEN __attribute__((visibility("hidden")))
extern HIDDEN const struct table reach_table;
extern HIDDEN u8 reach_state_page[];
HIDDEN void reach_enter(void);
HIDDEN void reach_hit(u64 after);

static struct {
  u32 ready;
  u32 lock;
  u32 plain; /* the code has been replaced by the unwatched tool's */
  u8 *text;
  struct record *record;
  char path[PATH_ROOM / 2];
} state;

/* On entry the caller's return address, then that of the watched function's five bytes, are on the stack.
   All registers of the calling convention and the flags are kept; `ret` begins the function again. */
__asm__(".text\n"
        ".globl reach_enter\n"
        ".hidden reach_enter\n"
        ".type reach_enter,@function\n"
        "reach_enter:\n"
        "  pushfq\n"
        "  cld\n"
        "  pushq %rax\n  pushq %rcx\n  pushq %rdx\n  pushq %rsi\n  pushq %rdi\n"
        "  pushq %r8\n  pushq %r9\n  pushq %r10\n  pushq %r11\n"
        "  subq $5, 80(%rsp)\n"
        "  movq 80(%rsp), %rdi\n"
        "  call reach_hit\n"
        "  popq %r11\n  popq %r10\n  popq %r9\n  popq %r8\n"
        "  popq %rdi\n  popq %rsi\n  popq %rdx\n  popq %rcx\n  popq %rax\n"
        "  popfq\n"
        "  ret\n"
        ".size reach_enter, . - reach_enter\n");

enum { READ, WRITE, OPEN, CLOSE, LSEEK = 8, MMAP = 9, MPROTECT, MUNMAP, SIGPROCMASK = 14, YIELD = 24,
       READLINK = 89, EXIT_GROUP = 231 };

static long call6(long n, long a, long b, long c, long d, long e, long f) {
  long result;
  register long r10 __asm__("r10") = d;
  register long r8 __asm__("r8") = e;
  register long r9 __asm__("r9") = f;
  __asm__ volatile("syscall" : "=a"(result) : "a"(n), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9)
                   : "rcx", "r11", "memory");
  return result;
}
#define CALL3(n, a, b, c) call6(n, (long)(a), (long)(b), (long)(c), 0, 0, 0)
#define FAILED(result) ((u64)(result) > -4096UL)

enum { RDONLY = 0, RDWR = 2, CLOEXEC = 02000000 };
enum { R = 1, W = 2, X = 4 };
enum { SHARED = 1, PRIVATE = 2, FIXED = 16, ANONYMOUS = 32 };

static u64 map(u64 at, u64 size, long protection, long flags, long file, u64 offset) {
  return (u64)call6(MMAP, (long)at, (long)size, protection, flags, file, (long)offset);
}

static u64 length(const char *text) {
  u64 n = 0;
  while (text[n])
    n++;
  return n;
}

static void say(const char *text) { CALL3(WRITE, 2, text, length(text)); }

/* What cannot be noted must not be taken for what was not entered: the test has to fail. */
static void stop(const char *why, const char *about) {
  say("reach is unknown: ");
  say(why);
  say(about);
  say("\n");
  CALL3(EXIT_GROUP, 4, 0, 0);
  __builtin_trap();
}

/* Append to state.path, which stays terminated. Returns the new length. */
static u64 append(u64 used, const char *text, u64 size) {
  if (used + size + 1 > sizeof state.path)
    stop("a path is too long: ", text);
  for (u64 i = 0; i < size; i++)
    state.path[used + i] = text[i];
  state.path[used + size] = 0;
  return used + size;
}

/* A file of /proc, whole, in memory of its own; `room` is that memory's size. */
static char *read_all(const char *path, u64 *size, u64 *room) {
  for (*room = 16 * PAGE;; *room *= 4) {
    long file = CALL3(OPEN, path, RDONLY | CLOEXEC, 0);
    if (FAILED(file))
      stop("cannot be read: ", path);
    char *data = (char *)map(0, *room, R | W, PRIVATE | ANONYMOUS, -1, 0);
    if (FAILED(data))
      stop("no memory to read ", path);
    *size = 0;
    for (;;) {
      long got = CALL3(READ, file, data + *size, *room - *size);
      if (FAILED(got))
        stop("cannot be read: ", path);
      *size += (u64)got;
      if (!got || *size == *room)
        break;
    }
    CALL3(CLOSE, file, 0, 0);
    if (*size < *room)
      return data;
    CALL3(MUNMAP, data, *room, 0);
  }
}

/* The folder of records that the environment names, into state.path. Returns its length, or 0. */
static u64 find_in_environment(void) {
  u64 size, room, found = 0, wanted = sizeof VARIABLE - 1;
  char *data = read_all("/proc/self/environ", &size, &room);
  for (u64 at = 0; at < size && !found;) {
    u64 end = at, same = 0;
    while (end < size && data[end])
      end++;
    while (same < wanted && at + same < end && data[at + same] == VARIABLE[same])
      same++;
    if (same == wanted && end > at + wanted)
      found = append(0, data + at + wanted, end - at - wanted);
    at = end + 1;
  }
  CALL3(MUNMAP, data, room, 0);
  return found;
}

/* The folder beside that of the program as it was started, into state.path: for `env -i`. */
static u64 find_beside_program(void) {
  enum { EXECFN = 31 };
  u64 size, room, found = 0;
  u64 *pairs = (u64 *)read_all("/proc/self/auxv", &size, &room);
  for (u64 i = 0; i + 1 < size / sizeof *pairs; i += 2)
    if (pairs[i] == EXECFN) {
      const char *path = (const char *)pairs[i + 1];
      u64 end = length(path);
      while (end && path[end - 1] != '/')
        end--;
      found = end ? append(0, path, end) : append(0, "./", 2);
      found = append(found, BESIDE, sizeof BESIDE - 1);
    }
  CALL3(MUNMAP, pairs, room, 0);
  return found;
}

static int open_record(u64 folder) {
  folder = append(folder, "/", 1);
  append(folder, reach_table.name, length(reach_table.name));
  return (int)CALL3(OPEN, state.path, RDWR | CLOEXEC, 0);
}

static void map_record(void) {
  u64 folder = find_in_environment();
  int file = -1;
  if (folder) {
    file = open_record(folder);
    if (file < 0)
      stop("cannot be opened: ", state.path);
  } else if ((folder = find_beside_program())) {
    file = open_record(folder);
  }
  /* Nobody asks: it runs outside of a test. */
  long flags = file < 0 ? PRIVATE | ANONYMOUS : SHARED;
  /* Behind the end of a shorter file, every write is a fault. */
  if (file >= 0 && (u64)CALL3(LSEEK, file, 0, 2) != reach_table.record_size)
    stop("is not a record of this tool: ", state.path);
  u64 at = map(0, reach_table.record_size, R | W, flags, file, 0);
  if (FAILED(at))
    stop("cannot be mapped: ", state.path);
  if (file >= 0)
    CALL3(CLOSE, file, 0, 0);
  state.record = (struct record *)at;
  __atomic_fetch_add(&state.record->processes, 1, __ATOMIC_SEQ_CST);
}

/* Where code must not be written to, run the unwatched tool's, which is the same but for our calls. */
static void unwatch(void) {
  long size = CALL3(READLINK, "/proc/self/exe", state.path, sizeof state.path - sizeof UNWATCHED);
  if (FAILED(size))
    stop("code cannot be written to, and the program has no path", "");
  append((u64)size, UNWATCHED, sizeof UNWATCHED - 1);
  long file = CALL3(OPEN, state.path, RDONLY | CLOEXEC, 0);
  if (FAILED(file))
    stop("code cannot be written to, and there is no ", state.path);
  u64 at = map((u64)state.text, reach_table.text_size, R | X, PRIVATE | FIXED, file, reach_table.text_offset);
  if (FAILED(at))
    stop("code cannot be written to, nor replaced by that of ", state.path);
  CALL3(CLOSE, file, 0, 0);
  state.plain = 1;
  __atomic_fetch_add(&state.record->unwritable, 1, __ATOMIC_SEQ_CST);
}

static const struct function *functions(void) {
  return (const struct function *)&reach_table.first[reach_table.pages + 1];
}

static int make_writable(u8 *from, u64 size) {
  return !FAILED(CALL3(MPROTECT, from, size, R | W | X));
}

/* What is written to: all code, or the pages that the beginnings of few functions are in. */
static int make_code_writable(void) {
  if (reach_table.count > FEW)
    return make_writable(state.text, reach_table.text_size);
  for (u32 i = 0; i < reach_table.count; i++) {
    u64 first = functions()[i].offset & -PAGE, last = (functions()[i].offset + 4) & -PAGE;
    if (!make_writable(state.text + first, last + PAGE - first))
      return 0;
  }
  return 1;
}

static __attribute__((noinline)) void begin(void) {
  u64 all = -1UL, before = 0;
  /* A handler that entered a watched function now would wait for its own thread. */
  call6(SIGPROCMASK, 2, (long)&all, (long)&before, 8, 0, 0);
  if (FAILED(CALL3(MPROTECT, reach_state_page, PAGE, R | W)))
    stop("its memory cannot be written to", "");
  while (__atomic_exchange_n(&state.lock, 1, __ATOMIC_ACQUIRE))
    CALL3(YIELD, 0, 0, 0);
  if (!state.ready) {
    state.text = (u8 *)(reach_table.text + ((u64)&reach_enter - reach_table.enter));
    map_record();
    if (!make_code_writable())
      unwatch();
    __atomic_store_n(&state.ready, 1, __ATOMIC_RELEASE);
  }
  __atomic_store_n(&state.lock, 0, __ATOMIC_RELEASE);
  call6(SIGPROCMASK, 2, (long)&before, 0, 8, 0, 0);
}

/* The function that begins at an offset of the code. */
static u32 find(u64 offset) {
  u64 page = offset / PAGE;
  if (page >= reach_table.pages)
    stop("a call comes from outside the code", "");
  u32 low = reach_table.first[page], high = reach_table.first[page + 1];
  while (low < high) {
    u32 middle = (low + high) / 2;
    if (functions()[middle].offset < offset)
      low = middle + 1;
    else
      high = middle;
  }
  if (low >= reach_table.count || functions()[low].offset != offset)
    stop("a call comes from no watched function", "");
  return low;
}

/* Put the bytes back by one store into one line of the cache: another thread that begins the function now
   sees the call or the function, and no part of either. */
static void restore(u8 *at, const u8 *code) {
  u8 *place = at;
  if (((u64)at & 63) > 56)
    place = (u8 *)(((u64)at & ~63UL) + 56);
  u64 *word = (u64 *)place;
  u64 shift = (u64)(at - place) * 8, bytes = 0;
  for (u32 i = 0; i < 5; i++)
    bytes |= (u64)code[i] << (8 * i);
  u64 mask = 0xffffffffffUL << shift;
  u64 old = *(volatile u64 *)word;
  while (!__atomic_compare_exchange_n(word, &old, (old & ~mask) | (bytes << shift), 0, __ATOMIC_SEQ_CST,
                                      __ATOMIC_SEQ_CST))
    ;
}

/* A watched function, the address of which is `function`, is entered. */
void reach_hit(u64 function) {
  if (!__atomic_load_n(&state.ready, __ATOMIC_ACQUIRE))
    begin();
  if (state.plain)
    return;
  u32 index = find(function - (u64)state.text);
  u8 *bits = &state.record->bits[index / 8], bit = (u8)(1 << index % 8);
  if (!(*bits & bit))
    __atomic_fetch_or(bits, bit, __ATOMIC_RELAXED);
  restore((u8 *)function, functions()[index].code);
}
