/* SPDX-License-Identifier: Apache-2.0 */
/* The first program: says hello and reads what the hart counts. */
#include <stdio.h>

#include "snn.h"

int main(void) {
  printf("hello from hart %lu, misa %08lx\n", (unsigned long)csr_read(mhartid), (unsigned long)csr_read(misa));
  const uint32_t instructions = csr_read(minstret), cycles = csr_read(mcycle);
  uint32_t sum = 0;
  for (uint32_t i = 0; i < 1000; i++) {
    sum += i * i;
    asm volatile("" ::"r"(sum)); /* the loop stays a loop */
  }
  const uint32_t took = csr_read(mcycle) - cycles, retired = csr_read(minstret) - instructions;
  printf("sum of squares %lu\n", (unsigned long)sum);
  /* The two counters are read a few instructions apart. */
  if (sum != 332833500u || retired < 3000 || took + 8 < retired) return 1;
  printf("done\n");
  return 0;
}
