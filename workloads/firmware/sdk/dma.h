/* SPDX-License-Identifier: Apache-2.0 */
/* The copy engine, which is an engine with the one operation `copy`. */
#pragma once

#include "engine.h"

/* Copies bytes and waits for the end, asleep if the engine has an irq. Source and destination must not overlap. */
static inline enum snn_status dma_copy(struct snn_engine *dma, void *to, const void *from, uint32_t bytes) {
  static struct snn_job job;
  snn_job_init(&job, SNN_OP_COPY);
  snn_job_operand(&job, 0, from, SNN_UINT8, bytes, 0, 0, 0);
  snn_job_operand(&job, 1, to, SNN_UINT8, bytes, 0, 0, 0);
  snn_job_seal(&job);
  return snn_engine_run(dma, &job);
}
