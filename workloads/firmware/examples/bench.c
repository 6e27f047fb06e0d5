/* SPDX-License-Identifier: Apache-2.0 */
/* Six loops whose instruction and cycle counts are known (also on QEMU). Any change of this file changes the counts. */
#include <stdint.h>
#include <stdio.h>
#define REG32(a) (*(volatile uint32_t *)(uintptr_t)(a))
#define REG8(a)  (*(volatile uint8_t *)(uintptr_t)(a))
#define CSR(r)   ({ uint32_t v_; asm volatile("csrr %0," #r : "=r"(v_)); v_; })
#define NI       __attribute__((noinline))
static int put(char c, FILE *f) { (void)f; REG8(0x10000000) = (uint8_t)c; return c; }
static FILE uart = FDEV_SETUP_STREAM(put, NULL, NULL, _FDEV_SETUP_WRITE);
FILE *const stdout = &uart;
void _exit(int c) { REG32(0x100000) = c ? (uint32_t)c << 16 | 0x3333 : 0x5555; for (;;); }

static uint32_t buf[4096], dst[4096];
NI uint32_t alu(uint32_t n) { uint32_t a = 1, b = 0x9e3779b9;
  for (uint32_t i = 0; i < n; i++) { a ^= a << 13; a ^= a >> 17; a ^= a << 5; b += a; asm volatile("" ::"r"(b)); } return a + b; }
NI uint32_t mem(uint32_t n) { uint32_t s = 0; for (uint32_t r = 0; r < n; r++) for (int i = 0; i < 4096; i++) s += buf[i]; return s; }
NI uint32_t copy(uint32_t n) { for (uint32_t r = 0; r < n; r++) for (int i = 0; i < 4096; i++) dst[i] += buf[i] ^ r;
  uint32_t s = 0; for (int i = 0; i < 4096; i++) s = s * 31 + dst[i]; return s; }
NI uint32_t mmio(uint32_t n) { uint32_t s = 0; for (uint32_t i = 0; i < n; i++) s += REG32(0x0c001000) + 1; return s; }
NI uint32_t fib(uint32_t n) { return n < 2 ? n : fib(n - 1) + fib(n - 2); }
NI uint32_t lif(uint32_t steps) { static int16_t v[256]; static int8_t w[256][32]; uint32_t sp = 0;
  for (int i = 0; i < 256; i++) for (int j = 0; j < 32; j++) w[i][j] = (int8_t)((i * 7 + j * 13) & 15) - 4;
  for (uint32_t t = 0; t < steps; t++) { uint32_t in = t * 2654435761u;
    for (int i = 0; i < 256; i++) { int acc = v[i] - (v[i] >> 3); uint32_t m = in;
      while (m) { int j = __builtin_ctz(m); acc += w[i][j]; m &= m - 1; }
      if (acc > 64) { acc = 0; sp++; } v[i] = (int16_t)acc; } } return sp; }
static void bench(const char *name, int id, uint32_t (*f)(uint32_t), uint32_t n) {
  REG32(0x100004) = id;                                   /* phase marker; ignored by QEMU */
  uint32_t c0 = CSR(mcycle), i0 = CSR(minstret), r = f(n), c1 = CSR(mcycle), i1 = CSR(minstret);
  REG32(0x100004) = 0;
  printf("bench %s r=%08lx cycles=%lu instret=%lu\n", name, (long)r, (unsigned long)(c1 - c0), (unsigned long)(i1 - i0)); }
int main(void) {
  for (int i = 0; i < 4096; i++) buf[i] = i * 3 + 1;
  bench("alu", 1, alu, 20000000); bench("mem", 2, mem, 4000); bench("copy", 3, copy, 1000);
  bench("mmio", 4, mmio, 2000000); bench("fib", 5, fib, 28); bench("lif", 6, lif, 600);
  _exit(0); }
