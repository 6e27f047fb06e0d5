/* SPDX-License-Identifier: Apache-2.0 */
/* Five ticks of the timer, slept through with wfi, and an ecall that the handler steps over. */
#include <stdio.h>

#include "snn.h"

enum { ticks_wanted = 5, period = 1000 /* ticks of mtime: 100 us */ };

static volatile unsigned ticks, ecalls, surprises;
static volatile uint64_t next, latest;

SNN_TRAP void snn_trap_entry(void) {
  const uint32_t cause = csr_read(mcause);
  if (cause == (CAUSE_INTERRUPT | 7)) {
    const uint64_t late = timer_now() - next;
    if (late > latest) latest = late;
    ticks++;
    next += period;
    timer_set(0, ticks < ticks_wanted ? next : ~0ull);
  } else if (cause == 11) {
    ecalls++;
    csr_write(mepc, csr_read(mepc) + 4);
  } else {
    surprises++;
    _exit(2);
  }
}

int main(void) {
  const uint64_t start = timer_now();
  next = start + period;
  timer_set(0, next); /* before interrupts are on: a timer that was never set may have fired already */
  csr_set(mie, MIE_MTI);
  csr_set(mstatus, MSTATUS_MIE);
  SNN_WAIT(ticks == ticks_wanted);
  const uint64_t took = timer_now() - start;
  asm volatile("ecall");
  printf("%u ticks, %u ecall, on time: %s\n", ticks, ecalls, latest <= 5 ? "yes" : "no");
  if (ecalls != 1 || surprises != 0) return 3;
  return took >= ticks_wanted * period ? 0 : 4;
}
