/* SPDX-License-Identifier: Apache-2.0 */
/* Start-up of bench.c alone: with any other the loops stand at other addresses, and their cycles are no longer the known ones. */
    .section .text.start, "ax"
    .globl _start
_start:
    .option push
    .option norelax
    la   gp, __global_pointer$
    .option pop
    la   t0, snn_trap_entry
    csrw mtvec, t0
    csrw mie, zero
    csrr t0, mhartid
    bnez t0, park
    la   sp, __stack_top
    la   t0, __bss_start
    la   t1, __bss_end
1:  bgeu t0, t1, 2f
    sw   zero, 0(t0)
    addi t0, t0, 4
    j    1b
2:  la   tp, __tls_base
    call main
    call _exit
park:
    wfi
    j    park
    .weak snn_trap_entry
    .balign 4
snn_trap_entry:
    li   a0, 127
    call _exit
