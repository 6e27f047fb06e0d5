/* SPDX-License-Identifier: Apache-2.0 */
#include "engine.h"

#include <string.h>

#include "irq.h"

/* CRC-32 with the zlib polynomial, four bits at a time. */
static uint32_t crc_of(uint32_t crc, const void *data, unsigned bytes) {
  static const uint32_t table[16] = {0x00000000, 0x1db71064, 0x3b6e20c8, 0x26d930ac, 0x76dc4190, 0x6b6b51f4, 0x4db26158, 0x5005713c,
                                     0xedb88320, 0xf00f9344, 0xd6d6a3e8, 0xcb61b38c, 0x9b64c2b0, 0x86d3d2d4, 0xa00ae278, 0xbdbdf21c};
  const uint8_t *at = (const uint8_t *)data;
  crc = ~crc;
  for (; bytes > 0; bytes--) {
    crc ^= *at++;
    crc = table[crc & 15] ^ crc >> 4;
    crc = table[crc & 15] ^ crc >> 4;
  }
  return ~crc;
}

void snn_job_init(struct snn_job *job, enum snn_operation operation) {
  memset(job, 0, sizeof *job);
  job->size = sizeof *job;
  job->version = 1;
  job->operation = operation;
}

void snn_job_operand(struct snn_job *job, unsigned i, const volatile void *data, enum snn_format format, uint32_t n0, uint32_t n1,
                     uint32_t n2, uint32_t n3) {
  struct snn_operand *operand = &job->operand[i];
  memset(operand, 0, sizeof *operand);
  operand->address = (uint32_t)(uintptr_t)data;
  operand->format = format;
  operand->shape[0] = n0, operand->shape[1] = n1, operand->shape[2] = n2, operand->shape[3] = n3;
}

/* Words of the record from 0 on. */
#define RECORD(job, ...)                          \
  do {                                            \
    const uint32_t words_[] = {__VA_ARGS__};      \
    memcpy((job)->record, words_, sizeof words_); \
  } while (0)

void snn_job_layer(struct snn_job *job, uint32_t t, uint32_t c, uint32_t h, uint32_t w, uint32_t l, uint32_t n, uint32_t kernel,
                   uint32_t stride, uint32_t padding) {
  RECORD(job, t, c, h, w, l, n, kernel, stride, padding);
}

void snn_job_attention(struct snn_job *job, uint32_t t, enum snn_attention kind, uint32_t l, uint32_t d, uint32_t heads) {
  RECORD(job, t, kind, l, d, heads);
}

void snn_job_layernorm(struct snn_job *job, uint32_t rows, uint32_t width, uint32_t t) { RECORD(job, rows, width, t); }

void snn_job_elementwise(struct snn_job *job, uint32_t t, enum snn_element kind, uint32_t c, uint32_t h, uint32_t w, uint32_t kernel,
                         uint32_t stride, uint32_t padding) {
  const uint32_t square = 0x10001u; /* height and width in the two halves of a word */
  RECORD(job, t, kind, c, h, w, square * kernel, square * stride, square * padding);
  for (unsigned i = 0; i < 4; i++) snn_job_scale(job, i, 1, 0);
  job->record[10] = 1;
}

void snn_job_scale(struct snn_job *job, unsigned i, int32_t multiplier, uint32_t shift) {
  job->record[18 + i] = ((uint32_t)multiplier & 0x3FFFFF) | shift << 22;
}

void snn_job_mha(struct snn_job *job, uint32_t t, uint32_t tokens, uint32_t d, uint32_t heads, uint32_t kept, uint32_t shift) {
  RECORD(job, t, tokens, d, heads, kept, shift);
}

void snn_job_moe(struct snn_job *job, uint32_t t, uint32_t tokens, uint32_t d, uint32_t experts, uint32_t per_token, uint32_t hidden,
                 enum snn_merge merge) {
  RECORD(job, t, tokens, d, experts, per_token, hidden, merge);
}

void snn_job_lif(struct snn_job *job, uint32_t neurons, int32_t threshold, int subtracts, uint32_t membrane_bits) {
  job->record[9] = 1;
  job->record[10] = neurons;
  job->record[11] = (uint32_t)threshold;
  job->record[14] = subtracts != 0;
  job->record[15] = membrane_bits;
}

void snn_job_seal(struct snn_job *job) {
  const uint8_t *bytes = (const uint8_t *)job;
  job->crc = crc_of(crc_of(0, bytes, 24), bytes + 28, sizeof *job - 28);
}

void snn_job_chain(struct snn_job *job, const struct snn_job *next) {
  job->next = (uint32_t)(uintptr_t)next;
  snn_job_seal(job);
}

int snn_engine_present(const struct snn_engine *engine) {
  return snn_engine_id_read(engine->base) == SNN_ENGINE_ID_RESET &&
         snn_engine_version_read(engine->base) >> 16 == SNN_ENGINE_VERSION_RESET >> 16;
}

int snn_engine_can(const struct snn_engine *engine, enum snn_operation operation) {
  return (snn_engine_capabilities_read(engine->base) >> operation & 1) != 0;
}

/* The causes are cleared first: one that comes meanwhile raises the level again. */
static void on_interrupt(void *context) {
  struct snn_engine *engine = (struct snn_engine *)context;
  const uint32_t causes = snn_engine_irq_status_read(engine->base);
  snn_engine_irq_status_write(engine->base, causes);
  engine->causes |= causes;
  engine->events++;
}

void snn_engine_open(struct snn_engine *engine) {
  engine->events = 0;
  engine->causes = 0;
  if (engine->irq == 0) return;
  snn_engine_irq_status_write(engine->base, ~0u);
  snn_irq_attach(engine->irq, on_interrupt, engine);
  snn_engine_irq_enable_write(engine->base, SNN_ENGINE_IRQ_ENABLE_DONE_MASK | SNN_ENGINE_IRQ_ENABLE_ERROR_MASK);
}

void snn_engine_start(struct snn_engine *engine, const struct snn_job *job) {
  engine->causes = 0;
  asm volatile("fence" ::: "memory"); /* the descriptor is in memory before the doorbell rings */
  snn_engine_desc_addr_lo_write(engine->base, (uint32_t)(uintptr_t)job);
  snn_engine_desc_addr_hi_write(engine->base, 0);
  snn_engine_doorbell_write(engine->base, 1);
}

enum snn_status snn_engine_wait(struct snn_engine *engine) {
  if (engine->irq != 0) SNN_WAIT(engine->causes != 0 && (snn_engine_status_read(engine->base) & SNN_ENGINE_STATUS_BUSY_MASK) == 0);
  uint32_t status;
  do status = snn_engine_status_read(engine->base);
  while ((status & SNN_ENGINE_STATUS_BUSY_MASK) != 0);
  asm volatile("fence" ::: "memory");
  return (status & SNN_ENGINE_STATUS_ERROR_MASK) != 0 ? (enum snn_status)SNN_ENGINE_STATUS_CODE_GET(status) : SNN_OK;
}

enum snn_status snn_engine_run(struct snn_engine *engine, const struct snn_job *job) {
  snn_engine_start(engine, job);
  return snn_engine_wait(engine);
}

void snn_engine_abort(struct snn_engine *engine) { snn_engine_ctrl_write(engine->base, SNN_ENGINE_CTRL_ABORT_MASK); }

void snn_engine_reset(struct snn_engine *engine) {
  const uint32_t enabled = snn_engine_irq_enable_read(engine->base); /* the reset takes it away */
  snn_engine_ctrl_write(engine->base, SNN_ENGINE_CTRL_SOFT_RESET_MASK);
  snn_engine_irq_enable_write(engine->base, enabled);
}

uint64_t snn_engine_cycles(const struct snn_engine *engine) {
  const uint32_t low = snn_engine_cycles_lo_read(engine->base); /* latches the high word */
  return (uint64_t)snn_engine_cycles_hi_read(engine->base) << 32 | low;
}

uint32_t snn_engine_error_address(const struct snn_engine *engine) { return snn_engine_error_addr_lo_read(engine->base); }
