/* A layer of spiking neurons on the accelerator `pu` of scenario.yaml: sums of int8 weights under the input's spikes. */
#include <stdio.h>

#include "engine.h"

enum { STEPS = 4, INPUTS = 64, OUTPUTS = 10 };

static struct snn_engine pu = SNN_ENGINE(PU); /* address and interrupt of block pu */
static struct snn_job job;
static uint8_t spikes[STEPS * INPUTS / 8]; /* bit i of a step: input i spikes */
static int8_t weights[INPUTS][OUTPUTS];
static int32_t sums[STEPS][OUTPUTS];

/* The same on the hart. */
static int32_t expected(int step, int output) {
  int32_t sum = 0;
  for (int i = 0; i < INPUTS; i++)
    if (spikes[(step * INPUTS + i) / 8] >> i % 8 & 1) sum += weights[i][output];
  return sum;
}

int main(void) {
  printf("hello from hart %lu\n", (unsigned long)csr_read(mhartid));
  for (unsigned i = 0; i < sizeof spikes; i++) spikes[i] = (uint8_t)(i * 37);
  for (int i = 0; i < INPUTS; i++)
    for (int n = 0; n < OUTPUTS; n++) weights[i][n] = (int8_t)(i * 7 - n * 13);

  if (!snn_engine_present(&pu)) return 1;
  snn_engine_open(&pu); /* its interrupt, here and at the interrupt controllers */
  snn_job_init(&job, SNN_OP_GEMM);
  snn_job_operand(&job, 0, spikes, SNN_SPIKES, STEPS, 1, INPUTS, 0);
  snn_job_operand(&job, 1, weights, SNN_INT8, INPUTS, OUTPUTS, 0, 0);
  snn_job_operand(&job, 2, sums, SNN_INT32, STEPS, 1, OUTPUTS, 0);
  snn_job_layer(&job, STEPS, INPUTS, 1, 1, 1, OUTPUTS, 1, 1, 0);
  job.flags = SNN_FIRST | SNN_STORE_SUMS;
  snn_job_seal(&job);
  const enum snn_status status = snn_engine_run(&pu, &job); /* doorbell, sleep, interrupt */

  int wrong = 0;
  for (int t = 0; t < STEPS; t++)
    for (int n = 0; n < OUTPUTS; n++) wrong += sums[t][n] != expected(t, n);
  printf("status %d, %d of %d sums wrong, %lu engine cycles\n", status, wrong, STEPS * OUTPUTS, (unsigned long)snn_engine_cycles(&pu));
  return status != SNN_OK || wrong != 0; /* exit code of the run */
}
