/* SPDX-License-Identifier: Apache-2.0 */
#include "irq.h"

#include "snn.h"

static struct {
  snn_handler *handler;
  void *context;
} by_source[SNN_IRQ_SOURCES], timer;
volatile unsigned snn_irq_strays;

void snn_irq_attach(unsigned source, snn_handler *handler, void *context) {
  if (source == 0 || source >= SNN_IRQ_SOURCES) return;
  csr_clear(mstatus, MSTATUS_MIE);
  by_source[source].handler = handler;
  by_source[source].context = context;
  const unsigned hart = csr_read(mhartid);
  plic_threshold(hart, 0);
  plic_enable(hart, source, handler != 0);
  csr_set(mie, MIE_MEI);
  csr_set(mstatus, MSTATUS_MIE);
}

void snn_timer_attach(snn_handler *handler, void *context) {
  csr_clear(mstatus, MSTATUS_MIE);
  timer.handler = handler;
  timer.context = context;
  if (handler != 0)
    csr_set(mie, MIE_MTI);
  else
    csr_clear(mie, MIE_MTI);
  csr_set(mstatus, MSTATUS_MIE);
}

/* Every source that waits, one after the other; a claim of 0 means that somebody else took it. */
static void external(void) {
  const unsigned hart = csr_read(mhartid);
  for (unsigned source; (source = plic_claim(hart)) != 0;) {
    if (source < SNN_IRQ_SOURCES && by_source[source].handler != 0)
      by_source[source].handler(by_source[source].context);
    else
      snn_irq_strays++;
    plic_complete(hart, source);
  }
}

uint32_t snn_trap(uint32_t cause, uint32_t pc, uint32_t value) {
  if (cause == (CAUSE_INTERRUPT | 11))
    external();
  else if (cause == (CAUSE_INTERRUPT | 7) && timer.handler != 0)
    timer.handler(timer.context);
  else
    return snn_unhandled_trap(cause, pc, value);
  return pc;
}
