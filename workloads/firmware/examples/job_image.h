/* SPDX-License-Identifier: Apache-2.0 */
/* Jobs that tools/make_firmware_data laid out in memory: operands, descriptors, and what must come out. */
#pragma once

#include <stdint.h>

#define JOB_IMAGE ((const struct job_image *)(uintptr_t)0x80800000u)
#define JOB_IMAGE_MAGIC 0x4A4E4E53u

struct job_check {
  const uint8_t *result, *golden; /* what a job leaves, and what the golden model says */
  uint32_t bytes;
};

struct job_task {
  const struct snn_job *first; /* of a chain */
  uint32_t label;              /* class of a sample */
  uint32_t check_count;
  const struct job_check *checks;
};

struct job_image {
  uint32_t magic, task_count;
  uint32_t steps, classes; /* of the output, in samples of a network */
  struct job_task tasks[];
};

/* Bytes of all checks of a task that differ. */
static inline uint32_t job_differences(const struct job_task *task) {
  uint32_t different = 0;
  for (uint32_t i = 0; i < task->check_count; i++) {
    const struct job_check *check = &task->checks[i];
    for (uint32_t b = 0; b < check->bytes; b++) different += check->result[b] != check->golden[b];
  }
  return different;
}

static inline uint32_t job_checked_bytes(const struct job_task *task) {
  uint32_t bytes = 0;
  for (uint32_t i = 0; i < task->check_count; i++) bytes += task->checks[i].bytes;
  return bytes;
}
