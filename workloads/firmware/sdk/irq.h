/* SPDX-License-Identifier: Apache-2.0 */
/* Device interrupts by source. A program that calls these gets the handler of irq.c for traps of every kind. */
#pragma once

#ifdef __cplusplus
extern "C" {
#endif

typedef void snn_handler(void *context);

enum { SNN_IRQ_SOURCES = 96 }; /* 1 to 95, as in the PLIC of riscv_virt */

/* Calls `handler` for a source of the PLIC on this hart from now on; null takes it away. Turns interrupts on. */
void snn_irq_attach(unsigned source, snn_handler *handler, void *context);
/* Calls `handler` when the timer set by timer_set fires; it must set the timer again, or to ~0, to lower the level. */
void snn_timer_attach(snn_handler *handler, void *context);
/* Claims that nobody had a handler for. */
extern volatile unsigned snn_irq_strays;

#ifdef __cplusplus
}
#endif
