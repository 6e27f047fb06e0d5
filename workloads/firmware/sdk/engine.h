/* SPDX-License-Identifier: Apache-2.0 */
/* Driver for every engine of the platform: they take the same job descriptor through the same registers (docs/jobs.md). */
#pragma once

#include <stdint.h>

#include "engine_regs.h"
#include "snn.h"

#ifdef __cplusplus
extern "C" {
#endif

enum snn_operation {
  SNN_OP_GEMM = 1,
  SNN_OP_CONV2D = 2,
  SNN_OP_ATTENTION = 3,
  SNN_OP_NEURON = 4,
  SNN_OP_LAYERNORM = 5,
  SNN_OP_COPY = 6,
  SNN_OP_ELEMENTWISE = 7,
  SNN_OP_MHA = 8,
  SNN_OP_MOE = 9
};
enum snn_attention { SNN_SPIKFORMER = 0, SNN_SPIKEBERT = 1, SNN_SDT = 2, SNN_SPIKINGBERT = 3 };
enum snn_element { SNN_ADD = 0, SNN_SCALE = 1, SNN_RELU = 2, SNN_SUM_POOL = 3, SNN_MAX_POOL = 4 };
enum snn_merge { SNN_PLACE = 0, SNN_PSUM_SUM = 1, SNN_SPIKE_SUM = 2, SNN_SPIKE_OR = 3 };
enum snn_format { SNN_NONE = 0, SNN_SPIKES = 1, SNN_INT8 = 2, SNN_INT32 = 3, SNN_UINT8 = 4 };
enum snn_flag { SNN_FIRST = 1, SNN_IRQ = 2, SNN_STORE_SUMS = 4 };
enum snn_status {
  SNN_OK = 0,
  SNN_BAD_DESCRIPTOR = 1,
  SNN_UNKNOWN_OPERATION = 2,
  SNN_UNSUPPORTED = 3,
  SNN_BAD_SHAPE = 4,
  SNN_MISALIGNED = 5,
  SNN_BUS_ERROR = 6,
  SNN_BUSY = 7,
  SNN_ABORTED = 8
};

struct snn_operand {
  uint32_t address, address_high, format, stream;
  uint32_t shape[4], stride[4]; /* stride 0 everywhere: dense */
};

/* As the engine reads it; 8-byte aligned, which the type is. */
struct snn_job {
  uint32_t size, version, operation, flags;
  uint32_t next, next_high;
  uint32_t crc, tag;
  struct snn_operand operand[8];
  uint32_t record[24];
} __attribute__((aligned(8)));
#ifndef __cplusplus
_Static_assert(sizeof(struct snn_operand) == 48 && sizeof(struct snn_job) == 512, "layout of docs/jobs.md");
#endif

/* An empty job of an operation. */
void snn_job_init(struct snn_job *job, enum snn_operation operation);
/* Operand i: a dense tensor of up to four axes, 0 for those it has not. */
void snn_job_operand(struct snn_job *job, unsigned i, const volatile void *data, enum snn_format format, uint32_t n0, uint32_t n1,
                     uint32_t n2, uint32_t n3);
/* Shape of a layer, record words 0 to 8: steps, channels, height and width of the input, positions and channels of the output, then of a
   convolution kernel, stride and padding; kernel 1, stride 1, padding 0 is a fully connected one. */
void snn_job_layer(struct snn_job *job, uint32_t t, uint32_t c, uint32_t h, uint32_t w, uint32_t l, uint32_t n, uint32_t kernel,
                   uint32_t stride, uint32_t padding);
/* The records of the other operations, for whose operands see docs/jobs.md. Attention: l positions of d features in `heads` heads. */
void snn_job_attention(struct snn_job *job, uint32_t t, enum snn_attention kind, uint32_t l, uint32_t d, uint32_t heads);
void snn_job_layernorm(struct snn_job *job, uint32_t rows, uint32_t width, uint32_t t);
/* Of [t][c][h][w]; pooling takes square windows, the others kernel 1, stride 1, padding 0. Inputs count as they are: but see snn_job_scale. */
void snn_job_elementwise(struct snn_job *job, uint32_t t, enum snn_element kind, uint32_t c, uint32_t h, uint32_t w, uint32_t kernel,
                         uint32_t stride, uint32_t padding);
/* Input i (0 to 3, in the order of their operands 0, 4, 5, 6) counts times multiplier / 2^shift. */
void snn_job_scale(struct snn_job *job, unsigned i, int32_t multiplier, uint32_t shift);
/* Multi-head attention with its projections: the `kept` busiest heads count; sums of attention are shifted right. */
void snn_job_mha(struct snn_job *job, uint32_t t, uint32_t tokens, uint32_t d, uint32_t heads, uint32_t kept, uint32_t shift);
void snn_job_moe(struct snn_job *job, uint32_t t, uint32_t tokens, uint32_t d, uint32_t experts, uint32_t per_token, uint32_t hidden,
                 enum snn_merge merge);
/* Record words 9 to 15 of a plain LIF behind the operation: no leak, reset to zero or by subtraction. */
void snn_job_lif(struct snn_job *job, uint32_t neurons, int32_t threshold, int subtracts, uint32_t membrane_bits);
/* To be called when the job is complete, and after every change. */
void snn_job_seal(struct snn_job *job);
/* The job after which the chain goes on with another; null ends it. Seals the job. */
void snn_job_chain(struct snn_job *job, const struct snn_job *next);

/* One engine. Fill in with SNN_ENGINE(BLOCK), or base and source by hand. */
struct snn_engine {
  uintptr_t base;
  unsigned irq;             /* source at the PLIC; 0: none, the driver polls */
  volatile unsigned events; /* interrupts taken */
  volatile uint32_t causes; /* irq_status bits they had */
};
#define SNN_ENGINE(BLOCK) \
  { SNN_MAP_##BLOCK##_BASE, SNN_MAP_##BLOCK##_IRQ, 0, 0 }

/* Is there an engine at this address at all? Checks identity and version of the register map. */
int snn_engine_present(const struct snn_engine *engine);
/* Does it do an operation? */
int snn_engine_can(const struct snn_engine *engine, enum snn_operation operation);
/* Enables its interrupt here, at the PLIC and at the hart; needs the trap handler of irq.h. Without an irq nothing is done. */
void snn_engine_open(struct snn_engine *engine);
/* Rings the doorbell for a chain of jobs. */
void snn_engine_start(struct snn_engine *engine, const struct snn_job *job);
/* Sleeps in wfi until the chain has ended (polls without an irq); returns its status. */
enum snn_status snn_engine_wait(struct snn_engine *engine);
/* Both. */
enum snn_status snn_engine_run(struct snn_engine *engine, const struct snn_job *job);
void snn_engine_abort(struct snn_engine *engine);
/* As after power-up, but for the interrupt: it stays enabled if snn_engine_open enabled it. */
void snn_engine_reset(struct snn_engine *engine);
/* Busy cycles since reset. */
uint64_t snn_engine_cycles(const struct snn_engine *engine);
/* Descriptor that failed, or the address of the access that did. */
uint32_t snn_engine_error_address(const struct snn_engine *engine);

#ifdef __cplusplus
}
#endif
