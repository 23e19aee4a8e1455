#include "sample.h"
#include <cstdlib>
#define TWICE(x) \
  ((x) + (x))

namespace {
enum Kind { Small, Large, Other };
// A comment between functions.
Kind classify(int n) {
  if (n < 10 && n >= 0) // two conditions
    return Small;
  /* a comment
     of two lines */
  return n < 0 ? Other : Large;
}

int unused(int n) { return n + 1; }
} // namespace

int weigh(int n) {
  int sum = 0;
  switch (classify(n)) {
  case Small:
    sum = TWICE(n);
    break;
  case Large: {
    for (int i = 0; i < n;
         ++i)
      sum += half(i);
    break;
  }
  default:
    abort();
  }
#if 0
  sum = 0;
#endif

  auto add = [&](int m) {
    sum += m;
  };
  if (sum > 1000)
    add(1);
  else {
    sum += 2;
  }
  return sum;
}

int main(int count, char **) {
  return (weigh(count) + weigh(12)) % 200;
}
