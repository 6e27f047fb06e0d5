/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdint.h>
#include <stdio.h>

#include "snn.h"

/* Ends the program with the number of the check if it fails. */
#define CHECK(number, condition)                           \
  do {                                                     \
    if (!(condition)) {                                    \
      printf("check %d failed: %s\n", number, #condition); \
      _exit(number);                                       \
    }                                                      \
  } while (0)

static inline unsigned random_bits(void) {
  static uint32_t state = 1;
  state = state * 1664525u + 1013904223u;
  return state >> 16;
}

/* Fills an array; spikes come with probability 1/4. */
static inline void random_weights(int8_t *at, unsigned count, unsigned bits) {
  while (count-- > 0) *at++ = (int8_t)((int)(random_bits() & ((1u << bits) - 1)) - (1 << (bits - 1)));
}
static inline void random_spikes(uint8_t *at, unsigned bytes) {
  while (bytes-- > 0) *at++ = (uint8_t)(random_bits() & random_bits());
}

static inline int spike(const uint8_t *spikes, unsigned i) { return spikes[i / 8] >> i % 8 & 1; }
