/* SPDX-License-Identifier: Apache-2.0 */
/* Programming of models.pi2: layers, their times and weights (models/pi2/README.md). Fixed-point formats are those of the registers. */
#pragma once

#include <stdint.h>

#include "pi2_regs.h"

/* Q16.16 and Q8.24 of a constant. */
#define PI2_Q16(x) ((uint32_t)((x) * 65536.0))
#define PI2_Q24(x) ((uint32_t)((x) * 16777216.0))

struct pi2_layer {
  uint32_t inputs, outputs;
  uint32_t k;            /* earliest events that count */
  uint32_t mk;           /* M/K in u, Q16.16 */
  uint32_t toff_in;      /* of the first layer, Q16.16 */
  uint32_t scale_d;      /* Q16.16 */
  uint32_t toff_out;     /* Q16.16 */
  uint32_t weight_scale; /* u per level, Q8.24 */
  uint32_t weight_bits;
  const int16_t *weights; /* [inputs][outputs], levels */
};

/* Time unit in ps, timing (0 ideal, 1 link, 2 full), weight code and window time-out (u, Q16.16) of all layers. */
static inline void pi2_setup(uintptr_t base, uint64_t unit_ps, uint32_t timing, uint32_t weight_code, uint32_t timeout, uint32_t layers) {
  snn_pi2_tau_lo_write(base, (uint32_t)unit_ps);
  snn_pi2_tau_hi_write(base, (uint32_t)(unit_ps >> 32));
  snn_pi2_timing_write(base, timing);
  snn_pi2_weight_code_write(base, weight_code);
  snn_pi2_timeout_write(base, timeout);
  snn_pi2_layers_write(base, layers);
}

static inline void pi2_write_layer(uintptr_t base, uint32_t index, const struct pi2_layer *layer) {
  snn_pi2_layer_sel_write(base, index);
  snn_pi2_n_in_write(base, layer->inputs);
  snn_pi2_n_out_write(base, layer->outputs);
  snn_pi2_k_write(base, layer->k);
  snn_pi2_mk_write(base, layer->mk);
  if (index == 0) snn_pi2_toff_in_write(base, layer->toff_in);
  snn_pi2_scale_d_write(base, layer->scale_d);
  snn_pi2_toff_out_write(base, layer->toff_out);
  snn_pi2_weight_bits_write(base, layer->weight_bits);
  snn_pi2_weight_scale_write(base, layer->weight_scale);
  snn_pi2_waddr_write(base, 0); /* each write moves on to the next */
  for (uint32_t i = 0; i < layer->inputs * layer->outputs; i++) snn_pi2_wdata_write(base, (uint16_t)layer->weights[i]);
}

/* A level, for checks. */
static inline int16_t pi2_read_weight(uintptr_t base, uint32_t index, uint32_t address) {
  snn_pi2_layer_sel_write(base, index);
  snn_pi2_waddr_write(base, address);
  return (int16_t)snn_pi2_wdata_read(base);
}

/* Takes the layers over; 0, or 1 if they do not make a network. */
static inline int pi2_start(uintptr_t base) {
  snn_pi2_ctrl_write(base, SNN_PI2_CTRL_START_MASK);
  return (snn_pi2_status_read(base) & SNN_PI2_STATUS_ERROR_MASK) != 0;
}
