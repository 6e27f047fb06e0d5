/* SPDX-License-Identifier: Apache-2.0 */
/* stdout and stderr of picolibc on the UART, and how a program ends. */
#include <stdio.h>

#include "snn.h"

static int put(char c, FILE *file) {
  (void)file;
  uart_put(c);
  return (unsigned char)c;
}

static int get(FILE *file) {
  (void)file;
  const int c = uart_get();
  return c < 0 ? _FDEV_EOF : c;
}

static FILE uart = FDEV_SETUP_STREAM(put, get, NULL, _FDEV_SETUP_RW);
FILE *const stdin __attribute__((used)) = &uart;
FILE *const stdout __attribute__((used)) = &uart;
FILE *const stderr __attribute__((used)) = &uart;

void _exit(int code) {
  SNN_REG32(SNN_SIMCTL) = code == 0 ? 0x5555u : ((uint32_t)code & 0xFFFF) << 16 | 0x3333u;
  for (;;) {
  }
}
