/* SPDX-License-Identifier: Apache-2.0 */
/* What gdb_session_test.py debugs. Its lines are addressed by their comments: "at: NAME". */
#include <stdio.h>

#include "snn.h"

volatile unsigned counter, go_on, table[4];

__attribute__((noinline)) unsigned square(unsigned x) { return x * x; /* at: square */ }

__attribute__((noinline)) unsigned sum_to(unsigned n) {
  unsigned sum = 0;
  asm volatile("1: add %0, %0, %1; addi %1, %1, -1; bnez %1, 1b" : "+r"(sum), "+r"(n)); /* at: loop */
  return sum; /* at: after-loop */
}

static void wait_for_timer(int for_ever) {
  timer_set(0, for_ever ? ~0ull : timer_now() + 10);
  csr_set(mie, MIE_MTI);
  asm volatile("wfi"); /* at: wfi */
  csr_clear(mie, MIE_MTI);
}

int main(void) {
  const unsigned a = square(7);         /* at: start */
  const unsigned b = sum_to(300000);    /* at: call-loop */
  table[2] = a;                         /* at: table */
  table[3] = b;
  while (!go_on && counter < 40000000) counter++; /* at: spin */
  wait_for_timer(go_on != 0); /* at: wait */
  printf("%u %u\n", a, b);
  return 0; /* at: end */
}
