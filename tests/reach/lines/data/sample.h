inline int half(int n) {
  if (n % 2)
    return n / 2;
  return n >> 1;
}
inline int third(int n) {
  return n / 3;
}
