/* SPDX-License-Identifier: Apache-2.0 */
/* Memory benchmark: bytes per 1000 cycles of reading, writing and copying by words, of reading in strides, and the cost of atomics and of
   device registers. What is read back is checked. */
#include <stdio.h>
#include <string.h>

#include "snn.h"

enum { words = 8192, line_words = 8 };

static uint32_t a[words], b[words];

static uint32_t read_all(unsigned stride) {
  uint32_t sum = 0;
  for (unsigned start = 0; start < stride; start++)
    for (unsigned i = start; i < words; i += stride) sum += a[i];
  return sum;
}

static void write_all(uint32_t seed) {
  for (unsigned i = 0; i < words; i++) a[i] = seed + i;
}

static uint32_t begin;
static void start(uint32_t phase) {
  simctl_phase(phase);
  begin = csr_read(mcycle);
}
static void stop(const char *what, uint32_t bytes) {
  const uint32_t cycles = csr_read(mcycle) - begin;
  simctl_phase(0);
  printf("%-14s %6lu cycles, %5lu bytes per 1000 cycles\n", what, (unsigned long)cycles, (unsigned long)(bytes * 1000ull / cycles));
}

int main(void) {
  const uint32_t expected = words * 5u + words / 2 * (words - 1u);
  int wrong = 0;
  start(1);
  write_all(5);
  stop("write", sizeof a);
  start(2);
  wrong += read_all(1) != expected;
  stop("read", sizeof a);
  start(3);
  wrong += read_all(line_words) != expected;
  stop("read, strided", sizeof a);
  start(4);
  memcpy(b, a, sizeof a);
  stop("memcpy", 2 * sizeof a);
  wrong += memcmp(a, b, sizeof a) != 0;
  uint32_t counter = 0;
  start(5);
  for (unsigned i = 0; i < 1000; i++) asm volatile("amoadd.w zero, %1, (%0)" ::"r"(&counter), "r"(1) : "memory");
  stop("amoadd", 1000 * 8);
  wrong += counter != 1000;
  start(6);
  for (unsigned i = 0; i < 1000; i++) (void)SNN_REG32(SNN_PLIC + 0x1000);
  stop("device read", 1000 * 4);
  return wrong;
}
