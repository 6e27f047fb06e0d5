/* SPDX-License-Identifier: Apache-2.0 */
/* A driver with mistakes, to see what they look like. The first value of models.simctl's `args` chooses one:
   0 a wild pointer, 1 a call into data, 2 a stack that overflows, 3 an endless loop, 4 a store into code, 5 a misaligned register access,
   6 an illegal instruction, 7 waiting for an interrupt that nobody enabled, 8 a trap vector that was never set. */
#include <stdio.h>

#include "snn.h"

#define OWN static __attribute__((noinline, used)) /* functions that stay functions: messages name them */

static uint32_t table[4] = {0x00000513, 0x00008067, 0, 0}; /* looks like code: li a0, 0; ret */

OWN uint32_t read_weights(uintptr_t address) { return SNN_REG32(address); }

OWN int call_table(void) { return ((int (*)(void))(uintptr_t)table)(); }

OWN unsigned depth_of(volatile unsigned *from) {
  volatile unsigned frame[64];
  if (*from == ~0u) return 0; /* never */
  frame[0] = *from + 1;
  return depth_of(frame) + frame[0];
}

OWN void wait_for_flag(volatile uint32_t *flag) {
  while (*flag == 0) {
  }
}

OWN void patch_code(void) { SNN_REG32(&read_weights) = 0; }

OWN void write_half_register(void) { *(volatile uint16_t *)(uintptr_t)(SNN_SIMCTL + 6) = 1; }

OWN void sleep_for_good(void) {
  csr_write(mie, 0);
  asm volatile("wfi");
}

OWN void trap_without_vector(void) {
  csr_write(mtvec, 0);
  asm volatile("ecall");
}

int main(void) {
  static volatile uint32_t never;
  const uint32_t mistake = simctl_arg(0);
  printf("mistake %lu\n", (unsigned long)mistake);
  unsigned result = 0;
  switch (mistake) {
    case 0: result = read_weights(0x40000000u); break;
    case 1: result = (unsigned)call_table(); break;
    case 2: {
      volatile unsigned zero = 0;
      result = depth_of(&zero);
      break;
    }
    case 3: wait_for_flag(&never); break;
    case 4: patch_code(); break;
    case 5: write_half_register(); break;
    case 6: asm volatile(".word 0xFFFFFFFF"); break;
    case 7: sleep_for_good(); break;
    case 8: trap_without_vector(); break;
    default: break;
  }
  printf("nothing happened, %u\n", result);
  return 0;
}
