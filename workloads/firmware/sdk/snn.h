/* SPDX-License-Identifier: Apache-2.0 */
/* Firmware support for the platform scenarios/platforms/riscv_virt.yaml, which has the memory map of QEMU's machine `virt`. */
#pragma once

#include <stdint.h>

#define SNN_REG8(address) (*(volatile uint8_t *)(uintptr_t)(address))
#define SNN_REG32(address) (*(volatile uint32_t *)(uintptr_t)(address))

/* --- where things are --- */

#define SNN_SIMCTL 0x00100000u
#define SNN_CLINT 0x02000000u
#define SNN_PLIC 0x0C000000u
#define SNN_UART 0x10000000u
#define SNN_UART_SOURCE 10u /* at the PLIC */

/* --- CSRs --- */

#define csr_read(name)                           \
  ({                                             \
    uint32_t value_;                             \
    asm volatile("csrr %0, " #name : "=r"(value_)); \
    value_;                                      \
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

/* Or, instead of that, the vector itself: a trap handler: it saves what it uses, is aligned for mtvec and ends in mret. */
#define SNN_TRAP __attribute__((interrupt("machine"), aligned(4)))

/* Sleeps until `condition` holds. No interrupt is lost: wfi wakes up for a pending one even while MIE is 0. */
#define SNN_WAIT(condition)          \
  do {                               \
    for (;;) {                       \
      csr_clear(mstatus, MSTATUS_MIE); \
      if (condition) break;          \
      asm volatile("wfi");           \
      csr_set(mstatus, MSTATUS_MIE); \
    }                                \
    csr_set(mstatus, MSTATUS_MIE);   \
  } while (0)

/* --- timer (CLINT) --- */

static inline uint64_t timer_now(void) {
  uint32_t high, low;
  do {
    high = SNN_REG32(SNN_CLINT + 0xBFFC);
    low = SNN_REG32(SNN_CLINT + 0xBFF8);
  } while (high != SNN_REG32(SNN_CLINT + 0xBFFC));
  return (uint64_t)high << 32 | low;
}
/* In an order in which no value in between fires. */
static inline void timer_set(unsigned hart, uint64_t at) {
  SNN_REG32(SNN_CLINT + 0x4004 + 8 * hart) = ~0u;
  SNN_REG32(SNN_CLINT + 0x4000 + 8 * hart) = (uint32_t)at;
  SNN_REG32(SNN_CLINT + 0x4004 + 8 * hart) = (uint32_t)(at >> 32);
}
static inline void software_interrupt(unsigned hart, int level) { SNN_REG32(SNN_CLINT + 4 * hart) = level != 0; }

/* --- several harts --- */

enum { SNN_HARTS = 4 }; /* for which crt0 has stacks; others wait for good */
/* What harts 1 and up execute, if the program defines it; interrupts are off. When it returns, the hart sleeps. */
void snn_secondary(unsigned hart);
/* Lets a hart begin with snn_secondary; it waits for this. */
static inline void hart_start(unsigned hart) { software_interrupt(hart, 1); }

/* --- device interrupts (PLIC, context of machine mode = 2 * hart) --- */

static inline void plic_enable(unsigned hart, unsigned source, unsigned priority) {
  SNN_REG32(SNN_PLIC + 4 * source) = priority;
  SNN_REG32(SNN_PLIC + 0x2000 + 0x100 * hart + source / 32 * 4) |= 1u << source % 32;
}
static inline void plic_threshold(unsigned hart, unsigned threshold) { SNN_REG32(SNN_PLIC + 0x200000 + 0x2000 * hart) = threshold; }
static inline unsigned plic_claim(unsigned hart) { return SNN_REG32(SNN_PLIC + 0x200004 + 0x2000 * hart); }
static inline void plic_complete(unsigned hart, unsigned source) { SNN_REG32(SNN_PLIC + 0x200004 + 0x2000 * hart) = source; }

/* --- UART --- */

static inline void uart_put(char c) {
  while ((SNN_REG8(SNN_UART + 5) & 0x20) == 0) {
  }
  SNN_REG8(SNN_UART) = (uint8_t)c;
}
/* The next received character, -1 if there is none. */
static inline int uart_get(void) { return (SNN_REG8(SNN_UART + 5) & 1) != 0 ? SNN_REG8(SNN_UART) : -1; }

/* --- simulation control; only the exit does anything on QEMU --- */

/* Ends the run: 0 passes, any other code fails. */
__attribute__((noreturn)) void _exit(int code);
/* Starts a phase of the report, 0 ends it. */
static inline void simctl_phase(uint32_t id) { SNN_REG32(SNN_SIMCTL + 0x04) = id; }
/* Ends the run unless it is called again within so many microseconds; 0 disarms. */
static inline void simctl_watchdog(uint32_t microseconds) { SNN_REG32(SNN_SIMCTL + 0x0C) = microseconds; }
/* The values of the parameter `args`. */
static inline uint32_t simctl_arg(unsigned i) { return SNN_REG32(SNN_SIMCTL + 0x10 + 4 * i); }
