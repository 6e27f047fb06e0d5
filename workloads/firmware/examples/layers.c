/* SPDX-License-Identifier: Apache-2.0 */
/* Runs all layers of a recorded network on an engine, by interrupt, and compares every byte of every result. Then a job with a pointer to
   nowhere and one at a misaligned address: both must come back as errors, with an interrupt each. The same program runs on every engine:
   the first of models.simctl's `args` may give another base address, the second its interrupt source. */
#include <stdio.h>
#include <string.h>

#include "engine.h"
#include "job_image.h"

static struct snn_job bad;

int main(void) {
  if (JOB_IMAGE->magic != JOB_IMAGE_MAGIC) return 2;
  struct snn_engine engine = {0x10010000u, 32, 0, 0};
  if (simctl_arg(0) != 0) engine.base = simctl_arg(0), engine.irq = simctl_arg(1);
  if (!snn_engine_present(&engine)) return 3;
  snn_engine_open(&engine);
  const struct job_task *task = &JOB_IMAGE->tasks[0];
  simctl_phase(1);
  const enum snn_status status = snn_engine_run(&engine, task->first);
  simctl_phase(2);
  const uint32_t different = job_differences(task);
  simctl_phase(0);
  const uint32_t cycles = (uint32_t)snn_engine_cycles(&engine);
  printf("status %d, %lu bytes in %lu tensors, %lu differ\n", status, (unsigned long)job_checked_bytes(task),
         (unsigned long)task->check_count, (unsigned long)different);
  printf("engine cycles %lu, interrupts %u\n", (unsigned long)cycles, engine.events);
  if (status != SNN_OK || different != 0 || engine.events != 1) return 1;

  memcpy(&bad, task->first, sizeof bad);
  bad.operand[0].address = 0x60000000u;
  snn_job_chain(&bad, 0);
  const enum snn_status nowhere = snn_engine_run(&engine, &bad);
  const enum snn_status misaligned = snn_engine_run(&engine, (const struct snn_job *)((uintptr_t)&bad + 4));
  printf("pointer to nowhere: status %d; misaligned job: status %d; interrupts %u\n", nowhere, misaligned, engine.events);
  return nowhere == SNN_BUS_ERROR && misaligned == SNN_MISALIGNED && engine.events == 3 ? 0 : 4;
}
