/* SPDX-License-Identifier: Apache-2.0 */
/* Classifies samples of the trained network that ships: the engine runs its layers, the hart counts the output's spikes and takes the class
   with most. Every spike is compared with the golden model. */
#include <stdio.h>

#include "engine.h"
#include "job_image.h"

int main(void) {
  if (JOB_IMAGE->magic != JOB_IMAGE_MAGIC) return 2;
  struct snn_engine engine = {0x10010000u, 32, 0, 0};
  if (!snn_engine_present(&engine)) return 3;
  snn_engine_open(&engine);
  const uint32_t classes = JOB_IMAGE->classes, steps = JOB_IMAGE->steps;
  uint32_t correct = 0, different = 0;
  for (uint32_t i = 0; i < JOB_IMAGE->task_count; i++) {
    const struct job_task *task = &JOB_IMAGE->tasks[i];
    simctl_phase(1 + i);
    if (snn_engine_run(&engine, task->first) != SNN_OK) return 4;
    different += job_differences(task);
    const uint8_t *spikes = task->checks[0].result; /* [step][class], packed */
    uint32_t best = 0, best_count = 0;
    for (uint32_t c = 0; c < classes; c++) {
      uint32_t count = 0;
      for (uint32_t t = 0; t < steps; t++) {
        const uint32_t bit = t * classes + c;
        count += spikes[bit >> 3] >> (bit & 7) & 1;
      }
      if (count > best_count) best = c, best_count = count;
    }
    correct += best == task->label;
    printf("sample %lu: class %lu with %lu spikes, label %lu\n", (unsigned long)i, (unsigned long)best, (unsigned long)best_count,
           (unsigned long)task->label);
  }
  simctl_phase(0);
  printf("%lu of %lu correct, %lu bytes differ, engine cycles %lu\n", (unsigned long)correct, (unsigned long)JOB_IMAGE->task_count,
         (unsigned long)different, (unsigned long)snn_engine_cycles(&engine));
  return different == 0 && engine.events == JOB_IMAGE->task_count ? 0 : 1;
}
