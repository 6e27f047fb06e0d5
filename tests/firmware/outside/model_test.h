/* SPDX-License-Identifier: Apache-2.0 */
/* What the architecture tests (old-framework-2.x) ask of a platform: models.riscv on the memory map of riscv_virt. */
#pragma once

#define RVMODEL_BOOT
#define RVMODEL_HALT    \
  la t1, tohost;        \
  li t0, 1;             \
  sw t0, 0(t1);         \
  sw zero, 4(t1);       \
  snnvp_halt: j snnvp_halt

#define RVMODEL_DATA_BEGIN                         \
  .pushsection .tohost, "aw", @progbits;           \
  .balign 64;                                      \
  .global tohost;                                  \
  tohost: .dword 0;                                \
  .popsection;                                     \
  .balign 16;                                      \
  .global begin_signature;                         \
  begin_signature:
#define RVMODEL_DATA_END \
  .balign 4;             \
  .global end_signature; \
  end_signature:

#define RVMODEL_IO_INIT
#define RVMODEL_IO_WRITE_STR(_R, _STR)
#define RVMODEL_IO_CHECK()
#define RVMODEL_IO_ASSERT_GPR_EQ(_S, _R, _I)
#define RVMODEL_IO_ASSERT_SFPR_EQ(_F, _R, _I)
#define RVMODEL_IO_ASSERT_DFPR_EQ(_D, _R, _I)
#define RVMODEL_SET_MSW_INT
#define RVMODEL_CLEAR_MSW_INT
#define RVMODEL_CLEAR_MTIMER_INT
#define RVMODEL_CLEAR_MEXT_INT
