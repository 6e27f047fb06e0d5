/* SPDX-License-Identifier: Apache-2.0 */
/* What happens with a trap that the program does not handle: it is told on the UART, and the run ends with code 127. */
#include "snn.h"

static void put_text(const char *text) {
  while (*text != 0) uart_put(*text++);
}

static void put_hex(uint32_t value) {
  for (int shift = 28; shift >= 0; shift -= 4) uart_put("0123456789abcdef"[value >> shift & 15]);
}

__attribute__((weak)) uint32_t snn_unhandled_trap(uint32_t cause, uint32_t pc, uint32_t value) {
  put_text("\ntrap that nobody handles: mcause ");
  put_hex(cause);
  put_text(", mepc ");
  put_hex(pc);
  put_text(", mtval ");
  put_hex(value);
  put_text("\n");
  _exit(127);
  return pc;
}

__attribute__((weak)) uint32_t snn_trap(uint32_t cause, uint32_t pc, uint32_t value) { return snn_unhandled_trap(cause, pc, value); }
