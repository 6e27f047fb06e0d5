/* SPDX-License-Identifier: Apache-2.0 */
/* Firmware support for the platform scenarios/platforms/riscv_virt.yaml, which has the memory map of QEMU's machine `virt`. */
#pragma once

#include <stdint.h>

#define SNN_REG8(address) (*(volatile uint8_t *)(uintptr_t)(address))
#define SNN_REG32(address) (*(volatile uint32_t *)(uintptr_t)(address))

/* --- where things are: made by `snnvp map` and `snnvp regs` when the program is built --- */

#include "intc_regs.h"
#include "platform_map.h"
#include "simctl_regs.h"
#include "uart_regs.h"

#if !defined(SNN_MAP_CTL_BASE) || !defined(SNN_MAP_INTC_CLINT_BASE) || !defined(SNN_MAP_UART_BASE)
#error "a platform for firmware has blocks of these names: ctl (models.simctl), intc (models.intc), uart (models.uart)"
#endif
#define SNN_SIMCTL SNN_MAP_CTL_BASE
#define SNN_CLINT SNN_MAP_INTC_CLINT_BASE
#define SNN_PLIC SNN_MAP_INTC_PLIC_BASE
#define SNN_UART SNN_MAP_UART_BASE
#define SNN_UART_SOURCE SNN_MAP_UART_IRQ                            /* at the PLIC */
#define SNN_CONTEXT(hart) (SNN_MAP_PLIC_CONTEXTS_PER_HART * (hart)) /* of machine mode, at the PLIC */

/* --- CSRs --- */

#define csr_read(name)                              \
  ({                                                \
    uint32_t value_;                                \
    asm volatile("csrr %0, " #name : "=r"(value_)); \
    value_;                                         \
  })
#define csr_write(name, value) asm volatile("csrw " #name ", %0" ::"r"((uint32_t)(value)) : "memory")
#define csr_set(name, bits) asm volatile("csrs " #name ", %0" ::"r"((uint32_t)(bits)) : "memory")
#define csr_clear(name, bits) asm volatile("csrc " #name ", %0" ::"r"((uint32_t)(bits)) : "memory")

#define MSTATUS_MIE (1u << 3)
#define MIE_MSI (1u << 3)
#define MIE_MTI (1u << 7)
#define MIE_MEI (1u << 11)
#define CAUSE_INTERRUPT (1u << 31)

/* --- traps --- */

/* Defined by a program that handles traps: returns the address to go on at. The default tells the trap and ends with code 127. */
uint32_t snn_trap(uint32_t cause, uint32_t pc, uint32_t value);
/* What that default does; for a handler that is not meant. */
uint32_t snn_unhandled_trap(uint32_t cause, uint32_t pc, uint32_t value);

/* Or, instead of that, the vector itself: a trap handler: it saves what it uses, is aligned for mtvec and ends in mret. */
#define SNN_TRAP __attribute__((interrupt("machine"), aligned(4)))

/* Sleeps until `condition` holds. No interrupt is lost: wfi wakes up for a pending one even while MIE is 0. */
#define SNN_WAIT(condition)            \
  do {                                 \
    for (;;) {                         \
      csr_clear(mstatus, MSTATUS_MIE); \
      if (condition) break;            \
      asm volatile("wfi");             \
      csr_set(mstatus, MSTATUS_MIE);   \
    }                                  \
    csr_set(mstatus, MSTATUS_MIE);     \
  } while (0)

/* --- timer (CLINT) --- */

static inline uint64_t timer_now(void) {
  uint32_t high, low;
  do {
    high = snn_clint_mtime_hi_read(SNN_CLINT);
    low = snn_clint_mtime_lo_read(SNN_CLINT);
  } while (high != snn_clint_mtime_hi_read(SNN_CLINT));
  return (uint64_t)high << 32 | low;
}
/* In an order in which no value in between fires. */
static inline void timer_set(unsigned hart, uint64_t at) {
  snn_clint_mtimecmp_hi_write(SNN_CLINT, hart, ~0u);
  snn_clint_mtimecmp_lo_write(SNN_CLINT, hart, (uint32_t)at);
  snn_clint_mtimecmp_hi_write(SNN_CLINT, hart, (uint32_t)(at >> 32));
}
static inline void software_interrupt(unsigned hart, int level) { snn_clint_msip_write(SNN_CLINT, hart, level != 0); }

/* --- several harts --- */

enum { SNN_HARTS = 4 }; /* for which crt0 has stacks; others wait for good */
/* What harts 1 and up execute, if the program defines it; interrupts are off. When it returns, the hart sleeps. */
void snn_secondary(unsigned hart);
/* Lets a hart begin with snn_secondary; it waits for this. */
static inline void hart_start(unsigned hart) { software_interrupt(hart, 1); }

/* --- device interrupts (PLIC) --- */

static inline void plic_enable(unsigned hart, unsigned source, unsigned priority) {
  snn_plic_priority_write(SNN_PLIC, source, priority);
  const uint32_t word = 32 * SNN_CONTEXT(hart) + source / 32;
  snn_plic_enable_write(SNN_PLIC, word, snn_plic_enable_read(SNN_PLIC, word) | 1u << source % 32);
}
static inline void plic_threshold(unsigned hart, unsigned threshold) { snn_plic_threshold_write(SNN_PLIC, SNN_CONTEXT(hart), threshold); }
static inline unsigned plic_claim(unsigned hart) { return snn_plic_claim_read(SNN_PLIC, SNN_CONTEXT(hart)); }
static inline void plic_complete(unsigned hart, unsigned source) { snn_plic_claim_write(SNN_PLIC, SNN_CONTEXT(hart), source); }

/* --- UART --- */

static inline void uart_put(char c) {
  while ((snn_uart_lsr_read(SNN_UART) & SNN_UART_LSR_THRE_MASK) == 0) {
  }
  snn_uart_data_write(SNN_UART, (uint8_t)c);
}
/* The next received character, -1 if there is none. */
static inline int uart_get(void) {
  return (snn_uart_lsr_read(SNN_UART) & SNN_UART_LSR_DATA_READY_MASK) != 0 ? snn_uart_data_read(SNN_UART) : -1;
}
/* When the UART raises its interrupt, SNN_UART_SOURCE at the PLIC: a character has come; all characters have left. */
static inline void uart_interrupts(int received, int sent) {
  snn_uart_ier_write(SNN_UART, (uint8_t)((received ? SNN_UART_IER_RECEIVE_MASK : 0) | (sent ? SNN_UART_IER_TRANSMIT_MASK : 0)));
}

/* --- simulation control; only the exit does anything on QEMU --- */

/* Ends the run: 0 passes, any other code fails. */
__attribute__((noreturn)) void _exit(int code);
/* Starts a phase of the report, 0 ends it. */
static inline void simctl_phase(uint32_t id) { snn_simctl_phase_write(SNN_SIMCTL, id); }
/* Ends the run unless it is called again within so many microseconds; 0 disarms. */
static inline void simctl_watchdog(uint32_t microseconds) { snn_simctl_watchdog_write(SNN_SIMCTL, microseconds); }
/* The values of the parameter `args`. */
static inline uint32_t simctl_arg(unsigned i) { return SNN_REG32(SNN_SIMCTL + SNN_SIMCTL_ARG0 + 4 * i); }
