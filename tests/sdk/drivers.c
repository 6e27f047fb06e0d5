/* SPDX-License-Identifier: Apache-2.0 */
/* Every engine through its driver: jobs, chains, errors, reset; timer and DMA. The exit code is the number of the first check that failed.
 */
#include <string.h>

#include "check.h"
#include "dma.h"
#include "engine.h"
#include "irq.h"

enum { T = 2, L = 5, C = 32, N = 7 };
static uint8_t spikes[T * L * C / 8];
static int8_t weights[C * N];
static int32_t sums[T * L * N];
static uint8_t fired[(T * L * N + 7) / 8];
static struct snn_job job, second;
static volatile unsigned ticks;

static void tick(void *context) {
  ticks++;
  timer_set(0, ticks < 3 ? timer_now() + 10 : ~0ull);
  *(volatile unsigned *)context += 1;
}

static void layer_job(struct snn_job *j) {
  snn_job_init(j, SNN_OP_GEMM);
  snn_job_operand(j, 0, spikes, SNN_SPIKES, T, L, C, 0);
  snn_job_operand(j, 1, weights, SNN_INT8, C, N, 0, 0);
  snn_job_operand(j, 2, sums, SNN_INT32, T, L, N, 0);
  snn_job_layer(j, T, C, 1, 1, L, N, 1, 1, 0);
  j->flags = SNN_FIRST;
  snn_job_seal(j);
}

static int sums_are_right(void) {
  for (unsigned row = 0; row < T * L; row++)
    for (unsigned n = 0; n < N; n++) {
      int32_t sum = 0;
      for (unsigned c = 0; c < C; c++) {
        if (spike(spikes, row * C + c)) sum += weights[c * N + n];
      }
      if (sums[row * N + n] != sum) return 0;
    }
  return 1;
}

static void test_engine(struct snn_engine *engine, const char *name, int first) {
  CHECK(first, snn_engine_present(engine));
  CHECK(first + 1, snn_engine_can(engine, SNN_OP_GEMM));
  /* A reset enables no interrupt that nobody opened, and keeps the one that somebody did. */
  snn_engine_reset(engine);
  CHECK(first + 1, snn_engine_irq_enable_read(engine->base) == 0);
  snn_engine_open(engine);
  const uint32_t enabled = snn_engine_irq_enable_read(engine->base);
  snn_engine_reset(engine);
  CHECK(first + 1, enabled != 0 && snn_engine_irq_enable_read(engine->base) == enabled);
  memset(sums, 0x55, sizeof sums);
  layer_job(&job);
  const enum snn_status status = snn_engine_run(engine, &job);
  if (status != SNN_OK) printf("%s: status %d\n", name, status);
  CHECK(first + 2, status == SNN_OK);
  CHECK(first + 3, sums_are_right());
  CHECK(first + 4, engine->events == 1 && (engine->causes & SNN_ENGINE_IRQ_STATUS_DONE_MASK) != 0);
  const uint64_t cycles = snn_engine_cycles(engine);
  CHECK(first + 5, cycles > 0);
  /* Two jobs in a chain: one interrupt. */
  layer_job(&second);
  snn_job_chain(&job, &second);
  CHECK(first + 6, snn_engine_run(engine, &job) == SNN_OK && engine->events == 2);
  /* A pointer to nothing is a status and an interrupt, not a crash; so is a job that was changed behind its seal. */
  layer_job(&job);
  job.operand[1].address = 0x40000000;
  snn_job_seal(&job);
  CHECK(first + 7, snn_engine_run(engine, &job) == SNN_BUS_ERROR);
  CHECK(first + 8, engine->events == 3 && (engine->causes & SNN_ENGINE_IRQ_STATUS_ERROR_MASK) != 0);
  job.tag ^= 1;
  CHECK(first + 9, snn_engine_run(engine, &job) == SNN_BAD_DESCRIPTOR);
  snn_engine_reset(engine);
  printf("%s: %lu cycles\n", name, (unsigned long)cycles);
}

int main(void) {
  for (unsigned i = 0; i < sizeof spikes; i++) spikes[i] = (uint8_t)(random_bits() & random_bits());
  for (unsigned i = 0; i < sizeof weights; i++) weights[i] = (int8_t)random_bits();

  /* Timer by handler, asleep meanwhile. */
  volatile unsigned seen = 0;
  timer_set(0, timer_now() + 10);
  snn_timer_attach(tick, (void *)&seen);
  SNN_WAIT(ticks == 3);
  CHECK(1, seen == 3);
  snn_timer_attach(0, 0);

  struct snn_engine prosperity = SNN_ENGINE(PROSPERITY), pe = SNN_ENGINE(PE), spikex = SNN_ENGINE(SPIKEX), neuron = SNN_ENGINE(NEURON),
                    stack = SNN_ENGINE(STACK), dma = SNN_ENGINE(DMA);
  test_engine(&prosperity, "prosperity", 10);
  test_engine(&pe, "pe_array", 20);
  test_engine(&spikex, "spikex", 30);
  test_engine(&stack, "stack3d", 60);

  /* Neurons on the sums of the last layer: reset to zero above 20. */
  layer_job(&job);
  CHECK(40, snn_engine_run(&spikex, &job) == SNN_OK);
  CHECK(41, snn_engine_present(&neuron) && snn_engine_can(&neuron, SNN_OP_NEURON) && !snn_engine_can(&neuron, SNN_OP_GEMM));
  snn_engine_open(&neuron);
  snn_job_init(&job, SNN_OP_NEURON);
  snn_job_operand(&job, 0, sums, SNN_INT32, T, L * N, 0, 0);
  snn_job_operand(&job, 3, fired, SNN_SPIKES, T, L * N, 0, 0);
  snn_job_layer(&job, T, 1, 1, 1, 1, L * N, 1, 1, 0);
  snn_job_lif(&job, L * N, 20, 0, 32);
  snn_job_seal(&job);
  CHECK(42, snn_engine_run(&neuron, &job) == SNN_OK);
  for (unsigned n = 0; n < L * N; n++) {
    int32_t v = 0;
    for (unsigned t = 0; t < T; t++) {
      v += sums[t * L * N + n];
      const int fires = v > 20;
      CHECK(43, spike(fired, t * L * N + n) == fires);
      if (fires) v = 0;
    }
  }

  /* Copies, asleep and by polling. */
  static uint8_t to[1000];
  snn_engine_open(&dma);
  CHECK(50, dma_copy(&dma, to, weights, sizeof weights) == SNN_OK && memcmp(to, weights, sizeof weights) == 0);
  CHECK(51, dma.events == 1);
  dma.irq = 0;
  CHECK(52, dma_copy(&dma, to + 500, to, sizeof weights) == SNN_OK && memcmp(to + 500, weights, sizeof weights) == 0);
  CHECK(53, snn_irq_strays == 0);

  printf("all drivers work\n");
  return 0;
}
