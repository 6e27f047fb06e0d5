/* SPDX-License-Identifier: Apache-2.0 */
/* Programming of interconnect.switch: multicast table, queues and shapers of its output ports, counters (interconnect/switch/README.md). */
#pragma once

#include <stdint.h>

#include "switch_regs.h"

enum switch_scheduler { SWITCH_FIFO = 0, SWITCH_STRICT = 1, SWITCH_ROUND_ROBIN = 2 };
enum switch_shaper { SWITCH_UNSHAPED = 0, SWITCH_CREDIT_BASED = 1, SWITCH_ASYNCHRONOUS = 2 };

struct switch_queue {
  enum switch_shaper shaper;
  uint32_t kbps;         /* idle slope or committed information rate */
  uint32_t burst_bits;   /* committed burst */
  uint32_t residence_ns; /* longest stay in the asynchronous shaper, 0 unlimited */
};

static inline int switch_present(uintptr_t base) {
  return snn_switch_id_read(base) == SNN_SWITCH_ID_RESET && snn_switch_version_read(base) >> 16 == SNN_SWITCH_VERSION_RESET >> 16;
}

/* Did the last access go to a port, a queue or a group that there is not? */
static inline int switch_refused(uintptr_t base) { return (snn_switch_status_read(base) & SNN_SWITCH_STATUS_ERROR_MASK) != 0; }

/* Frames of a multicast group go to the output ports whose bits are set, 32 ports a word; no bit in any word: the entry is gone. Returns 0,
   or 1 if there are no such ports. */
static inline int switch_set_group(uintptr_t base, uint32_t group, uint32_t word, uint32_t ports) {
  snn_switch_group_write(base, group);
  snn_switch_group_word_write(base, word);
  snn_switch_group_ports_write(base, ports);
  return switch_refused(base);
}
static inline uint32_t switch_group(uintptr_t base, uint32_t group, uint32_t word) {
  snn_switch_group_write(base, group);
  snn_switch_group_word_write(base, word);
  return snn_switch_group_ports_read(base);
}

/* Which queue of an output port is served, and how many bytes may wait there (0: any number). */
static inline int switch_set_port(uintptr_t base, uint32_t port, enum switch_scheduler scheduler, uint32_t buffer_bytes) {
  snn_switch_port_sel_write(base, port);
  snn_switch_queue_sel_write(base, 0);
  snn_switch_scheduler_write(base, scheduler);
  const int refused = switch_refused(base);
  snn_switch_buffer_bytes_write(base, buffer_bytes);
  return refused || switch_refused(base);
}

static inline int switch_set_queue(uintptr_t base, uint32_t port, uint32_t index, const struct switch_queue *queue) {
  snn_switch_port_sel_write(base, port);
  snn_switch_queue_sel_write(base, index);
  snn_switch_shaper_kbps_write(base, queue->kbps);
  snn_switch_burst_bits_write(base, queue->burst_bits);
  snn_switch_residence_ns_write(base, queue->residence_ns);
  snn_switch_shaper_write(base, queue->shaper);
  return switch_refused(base);
}

/* Frames that are under way are gone and all counts 0; tables stay. */
static inline void switch_reset(uintptr_t base) { snn_switch_ctrl_write(base, SNN_SWITCH_CTRL_SOFT_RESET_MASK); }

struct switch_counts {
  uint64_t in, copies, out, dropped, dropped_buffer, dropped_residence;
};

static inline struct switch_counts switch_counts(uintptr_t base) {
  /* reading a low word latches the high one */
#define SWITCH_COUNT(name) low = snn_switch_##name##_lo_read(base), (uint64_t)snn_switch_##name##_hi_read(base) << 32 | low
  uint32_t low;
  struct switch_counts counts;
  counts.in = (SWITCH_COUNT(frames_in));
  counts.copies = (SWITCH_COUNT(copies));
  counts.out = (SWITCH_COUNT(frames_out));
  counts.dropped = (SWITCH_COUNT(dropped));
  counts.dropped_buffer = (SWITCH_COUNT(dropped_buffer));
  counts.dropped_residence = (SWITCH_COUNT(dropped_residence));
#undef SWITCH_COUNT
  return counts;
}
