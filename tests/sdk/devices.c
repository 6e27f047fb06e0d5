/* SPDX-License-Identifier: Apache-2.0 */
/* The blocks that take no jobs: pi^2, the packet switch, the UART's interrupt. The exit code is the number of the first check that failed.
 */
#include "check.h"
#include "irq.h"
#include "pi2.h"
#include "switch.h"

static volatile unsigned events;

static void pi2_event(void *context) {
  const uintptr_t base = *(const uintptr_t *)context;
  snn_pi2_irq_status_write(base, snn_pi2_irq_status_read(base));
  events++;
}

static void test_pi2(uintptr_t base) {
  static const int16_t levels[6] = {1, -2, 3, -4, 5, -6};
  struct pi2_layer layer = {3, 2, 2, PI2_Q16(4), PI2_Q16(10), PI2_Q16(1), PI2_Q16(10), PI2_Q24(0.25), 8, levels};
  CHECK(10, snn_pi2_id_read(base) == SNN_PI2_ID_RESET);
  snn_irq_attach(SNN_MAP_PI2_IRQ, pi2_event, &base);
  snn_pi2_irq_enable_write(base, SNN_PI2_IRQ_ENABLE_DONE_MASK | SNN_PI2_IRQ_ENABLE_ERROR_MASK);
  pi2_setup(base, 1000000000, 0, 0, PI2_Q16(1000), 1);
  pi2_write_layer(base, 0, &layer);
  for (uint32_t i = 0; i < 6; i++) CHECK(11, pi2_read_weight(base, 0, i) == levels[i]);
  CHECK(12, pi2_start(base) == 0 && events == 0);
  CHECK(13, (snn_pi2_status_read(base) & SNN_PI2_STATUS_READY_MASK) != 0);
  /* More events than there are: no network, an interrupt, and the old one stays in force. */
  layer.k = 100;
  pi2_write_layer(base, 0, &layer);
  CHECK(14, pi2_start(base) == 1);
  SNN_WAIT(events != 0);
  CHECK(15, events == 1 && (snn_pi2_status_read(base) & SNN_PI2_STATUS_READY_MASK) != 0);
  snn_irq_attach(SNN_MAP_PI2_IRQ, 0, 0);
}

static void switch_event(void *context) {
  const uintptr_t base = *(const uintptr_t *)context;
  snn_switch_irq_status_write(base, snn_switch_irq_status_read(base));
  events++;
}

/* A word at the switch's input is a frame of format aer, of group 0. */
static void test_switch(uintptr_t base) {
  volatile uint32_t *const input = (volatile uint32_t *)(uintptr_t)SNN_MAP_SW_IN_0_BASE;
  volatile uint32_t *const mail = (volatile uint32_t *)(uintptr_t)SNN_MAP_MAIL_BASE;
  CHECK(20, switch_present(base) && snn_switch_ports_out_read(base) == 1);
  snn_irq_attach(SNN_MAP_SW_IRQ, switch_event, &base);
  snn_switch_irq_enable_write(base, SNN_SWITCH_IRQ_ENABLE_DROP_MASK);
  events = 0;
  /* Before there is an entry the frame is dropped, which is told. */
  *input = 0x1111;
  SNN_WAIT(events != 0);
  struct switch_counts counts = switch_counts(base);
  CHECK(21, counts.in == 1 && counts.dropped == 1 && counts.out == 0);
  CHECK(22, switch_set_group(base, 0, 0, 1) == 0 && switch_group(base, 0, 0) == 1);
  *input = 0x2222;
  for (unsigned patience = 0; *mail != 0x2222; patience++) CHECK(23, patience < 10000);
  counts = switch_counts(base);
  CHECK(24, counts.in == 2 && counts.out == 1 && events == 1);
  /* Ports and queues that there are not are refused. */
  CHECK(25, switch_set_group(base, 0, 0, 2) == 1 && switch_set_group(base, 1, 3, 1) == 1 && switch_group(base, 0, 0) == 1);
  const struct switch_queue shaped = {SWITCH_CREDIT_BASED, 1000, 8000, 0};
  CHECK(26, switch_set_queue(base, 1, 0, &shaped) == 1 && switch_set_queue(base, 0, 5, &shaped) == 1);
  CHECK(27, switch_set_port(base, 0, SWITCH_STRICT, 64) == 0 && switch_set_port(base, 1, SWITCH_STRICT, 64) == 1);
  CHECK(28, switch_set_queue(base, 0, 0, &shaped) == 0 && snn_switch_shaper_kbps_read(base) == 1000);
  CHECK(29, snn_switch_shaper_read(base) == SWITCH_CREDIT_BASED && snn_switch_buffer_bytes_read(base) == 64);
  /* 64 bytes of waiting frames, 1 Mbit/s: of a burst some are dropped for want of buffer. */
  for (unsigned i = 0; i < 40; i++) *input = i;
  while ((snn_switch_status_read(base) & SNN_SWITCH_STATUS_BUSY_MASK) != 0) {
  }
  counts = switch_counts(base);
  CHECK(30, counts.dropped_buffer > 0 && counts.in == 42 && counts.out + counts.dropped == 42 && counts.copies == 0);
  switch_reset(base);
  CHECK(31, switch_counts(base).in == 0 && switch_group(base, 0, 0) == 1);
  snn_irq_attach(SNN_MAP_SW_IRQ, 0, 0);
}

static volatile char received[8];
static volatile unsigned characters;

static void uart_event(void *context) {
  (void)context;
  for (int c; (c = uart_get()) >= 0;)
    if (characters < sizeof received) received[characters++] = (char)c;
}

static void test_uart(void) {
  snn_irq_attach(SNN_UART_SOURCE, uart_event, 0);
  uart_interrupts(1, 0);
  SNN_WAIT(characters == 3);
  CHECK(40, received[0] == 'a' && received[1] == 'b' && received[2] == 'c');
  uart_interrupts(0, 0);
}

int main(void) {
  test_pi2(SNN_MAP_PI2_BASE);
  test_switch(SNN_MAP_SW_BASE);
  test_uart();
  CHECK(50, snn_irq_strays == 0);
  printf("all devices work\n");
  return 0;
}
