/* SPDX-License-Identifier: Apache-2.0 */
/* Walks the registers of an engine and of the DMA, tries memory by byte, half word and word, copies a block, and takes exceptions on purpose.
   The exit code is the number of the step that failed. */
#include <stdio.h>
#include <string.h>

#include "dma.h"
#include "engine.h"

static volatile uint32_t traps, last_cause, last_value;

/* Exceptions are noted and stepped over. */
uint32_t snn_unhandled_trap(uint32_t cause, uint32_t pc, uint32_t value) {
  traps++;
  last_cause = cause;
  last_value = value;
  return pc + ((*(const uint16_t *)(uintptr_t)pc & 3) == 3 ? 4 : 2);
}

static unsigned step;
static int ok(int condition) {
  step++;
  if (!condition) printf("step %u failed\n", step);
  return condition;
}
#define CHECK(condition) \
  if (!ok(condition)) return (int)step

/* Was the access refused with this cause? */
static int refused(uint32_t cause, uintptr_t address) { return traps == 1 && last_cause == cause && last_value == address; }
#define TRY(access) (traps = 0, (void)(access))

static int test_registers(struct snn_engine *e) {
  const uintptr_t base = e->base;
  /* constants and values after reset */
  CHECK(snn_engine_present(e));
  snn_engine_reset(e);
  CHECK(snn_engine_status_read(base) == SNN_ENGINE_STATUS_RESET && snn_engine_irq_status_read(base) == 0);
  CHECK(snn_engine_irq_enable_read(base) == 0 && snn_engine_queue_read(base) == 0);
  CHECK(snn_engine_cycles(e) == 0 && snn_engine_desc_len_read(base) == SNN_ENGINE_DESC_LEN_RESET);
  CHECK(snn_engine_capabilities_read(base) != 0);
  /* what can be written keeps what it has bits for */
  snn_engine_irq_enable_write(base, ~0u);
  CHECK(snn_engine_irq_enable_read(base) == (SNN_ENGINE_IRQ_ENABLE_DONE_MASK | SNN_ENGINE_IRQ_ENABLE_ERROR_MASK));
  snn_engine_irq_enable_write(base, 0);
  for (uint32_t pattern = 0xA5A5A5A8u; pattern != 0; pattern <<= 8) {
    snn_engine_desc_addr_lo_write(base, pattern);
    snn_engine_desc_addr_hi_write(base, ~pattern);
    CHECK(snn_engine_desc_addr_lo_read(base) == pattern && snn_engine_desc_addr_hi_read(base) == ~pattern);
  }
  /* read-only and write-only registers refuse the other direction; so do accesses that are no word, and holes */
  for (uintptr_t offset = 0; offset < 0x40; offset += 4) {
    const int is_writable = offset == SNN_ENGINE_CTRL || offset == SNN_ENGINE_IRQ_ENABLE || offset == SNN_ENGINE_IRQ_STATUS ||
                            offset == SNN_ENGINE_DESC_ADDR_LO || offset == SNN_ENGINE_DESC_ADDR_HI || offset == SNN_ENGINE_DESC_LEN ||
                            offset == SNN_ENGINE_DOORBELL;
    if (!is_writable) {
      TRY(SNN_REG32(base + offset) = 0);
      CHECK(refused(7, base + offset));
    }
    TRY(SNN_REG32(base + offset));
    CHECK(offset == SNN_ENGINE_DOORBELL ? refused(5, base + offset) : traps == 0);
    TRY(SNN_REG8(base + offset));
    CHECK(refused(5, base + offset));
  }
  unsigned own = 0;
  for (uintptr_t offset = 0x40; offset < 0x1000; offset += 4) {
    TRY(SNN_REG32(base + offset));
    own += traps == 0;
  }
  TRY(SNN_REG32(base + 0xFFC));
  CHECK(refused(5, base + 0xFFC));
  /* a doorbell with nothing behind it: error, cause, interrupt status that a written 1 clears */
  snn_engine_desc_addr_hi_write(base, 0);
  snn_engine_desc_addr_lo_write(base, 4);
  snn_engine_doorbell_write(base, 1);
  while ((snn_engine_status_read(base) & SNN_ENGINE_STATUS_BUSY_MASK) != 0) {
  }
  CHECK(SNN_ENGINE_STATUS_CODE_GET(snn_engine_status_read(base)) == SNN_MISALIGNED);
  CHECK(snn_engine_error_address(e) == 4);
  CHECK((snn_engine_irq_status_read(base) & SNN_ENGINE_IRQ_ENABLE_ERROR_MASK) != 0);
  snn_engine_irq_status_write(base, 0);
  CHECK((snn_engine_irq_status_read(base) & SNN_ENGINE_IRQ_ENABLE_ERROR_MASK) != 0);
  snn_engine_irq_status_write(base, ~0u);
  CHECK(snn_engine_irq_status_read(base) == 0);
  snn_engine_reset(e);
  CHECK(snn_engine_status_read(base) == 0 && snn_engine_desc_addr_lo_read(base) == 0);
  printf("registers at %08lx: 16 of the front end, %u of its own\n", (unsigned long)base, own);
  return 0;
}

static uint32_t words[64], copy[64];

static int test_memory(void) {
  volatile uint8_t *bytes = (volatile uint8_t *)words;
  volatile uint16_t *halves = (volatile uint16_t *)words;
  for (unsigned i = 0; i < 64; i++) ((volatile uint32_t *)words)[i] = 0x01020304u * (i + 1);
  CHECK(bytes[0] == 4 && bytes[3] == 1 && halves[1] == 0x0102);
  bytes[5] = 0xAA;
  halves[3] = 0xBBCC;
  CHECK(((volatile uint32_t *)words)[1] == 0xBBCCAA08u);
  /* a word that lies across two */
  uint32_t got;
  asm volatile("lw %0, 2(%1)" : "=r"(got) : "r"(&words[2]) : "memory");
  CHECK(got == (words[2] >> 16 | words[3] << 16));
  return 0;
}

static int test_exceptions(void) {
  TRY(0);
  asm volatile(".word 0xFFFFFFFF");
  CHECK(traps == 1 && last_cause == 2 && last_value == 0xFFFFFFFFu);
  TRY(0);
  asm volatile("ecall");
  CHECK(traps == 1 && last_cause == 11);
  TRY(0);
  asm volatile("ebreak");
  CHECK(traps == 1 && last_cause == 3);
  TRY(SNN_REG32(0x60000000u));
  CHECK(refused(5, 0x60000000u));
  TRY(SNN_REG32(0x60000000u) = 1);
  CHECK(refused(7, 0x60000000u));
  uint32_t got;
  TRY(0);
  asm volatile("lw %0, 0(%1)" : "=r"(got) : "r"(SNN_CLINT + 0x4001u) : "memory");
  CHECK(refused(4, SNN_CLINT + 0x4001u));
  return 0;
}

int main(void) {
  struct snn_engine engine = {0x10010000u, 32, 0, 0};
  struct snn_engine dma = {0x100F0000u, 46, 0, 0};
  int failed = test_registers(&engine);
  if (failed == 0) failed = test_registers(&dma);
  if (failed == 0) failed = test_memory();
  if (failed == 0) failed = test_exceptions();
  if (failed != 0) return failed;
  snn_engine_open(&dma);
  const enum snn_status status = dma_copy(&dma, copy, words, sizeof copy);
  step++;
  if (status != SNN_OK || memcmp(copy, words, sizeof copy) != 0 || dma.events != 1) return (int)step;
  printf("%u steps passed\n", step);
  return 0;
}
