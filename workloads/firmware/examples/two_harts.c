/* SPDX-License-Identifier: Apache-2.0 */
/* Two harts: a counter behind a lock of lr/sc, another by amoadd, and a mailbox of which hart 1 takes numbers and gives their squares
   back. The bell is the software interrupt of the CLINT. */
#include <stdio.h>

#include "snn.h"

enum { rounds = 500, letters = 20 };

static volatile uint32_t lock, locked_count, atomic_count, ready;
static struct {
  volatile uint32_t full, value;
} to_one, to_zero;

static void take(void) {
  uint32_t failed;
  do {
    asm volatile(
        "1: lr.w.aq %0, (%1)\n"
        "   bnez %0, 1b\n"
        "   sc.w %0, %2, (%1)"
        : "=&r"(failed)
        : "r"(&lock), "r"(1)
        : "memory");
  } while (failed != 0);
}
static void give(void) { asm volatile("amoswap.w.rl zero, zero, (%0)" ::"r"(&lock) : "memory"); }

static void count(void) {
  for (unsigned i = 0; i < rounds; i++) {
    take();
    const uint32_t seen = locked_count; /* a read and a write that the other hart must not come between */
    for (volatile unsigned pause = 0; pause < i % 7; pause++) {
    }
    locked_count = seen + 1;
    give();
    asm volatile("amoadd.w zero, %1, (%0)" ::"r"(&atomic_count), "r"(1) : "memory");
  }
}

/* Interrupts are off: wfi wakes up for a pending one all the same. */
static void await_bell(unsigned hart) {
  while ((csr_read(mip) & MIE_MSI) == 0) asm volatile("wfi");
  software_interrupt(hart, 0);
}

void snn_secondary(unsigned hart) {
  csr_write(mie, MIE_MSI);
  count();
  ready = 1;
  for (unsigned i = 0; i < letters; i++) {
    await_bell(hart);
    if (to_one.full == 0) _exit(10);
    const uint32_t value = to_one.value;
    to_one.full = 0;
    to_zero.value = value * value;
    to_zero.full = 1;
    software_interrupt(0, 1);
  }
}

int main(void) {
  csr_write(mie, MIE_MSI);
  hart_start(1);
  count();
  while (ready == 0) {
  }
  uint32_t sum = 0, expected = 0;
  for (uint32_t i = 1; i <= letters; i++) {
    to_one.value = i;
    to_one.full = 1;
    software_interrupt(1, 1);
    await_bell(0);
    if (to_zero.full == 0) return 11;
    to_zero.full = 0;
    sum += to_zero.value;
    expected += i * i;
  }
  printf("locked %lu, atomic %lu, squares %lu\n", (unsigned long)locked_count, (unsigned long)atomic_count, (unsigned long)sum);
  return locked_count == 2 * rounds && atomic_count == 2 * rounds && sum == expected ? 0 : 1;
}
