/* SPDX-License-Identifier: Apache-2.0 */
/* Start-up. Hart 0: gp, trap entry and its stack, memory protection, cleared bss, thread pointer, main, exit. Other harts go to
   snn_secondary(hart) on stacks of their own once hart 0 lets them (hart_start), and wait for good without it. */
#include "platform_map.h"
#define SNN_HARTS 4             /* as in snn.h */
#define SNN_HART_STACK 4096     /* of a hart beside hart 0 */
#define SNN_TRAP_STACK 1024

/* Locked, so that they hold in machine mode too: code cannot be written, data cannot be executed, and the page below the stack
   cannot be touched, which is how a stack overflow shows. */
#define PMP_LOCK  0x80
#define PMP_NAPOT 0x18
#define PMP_TOR   0x08
#define PMP_R     1
#define PMP_W     2
#define PMP_X     4

    .macro SNN_PROTECT
    la   t0, __stack_guard              /* entry 0: 4 KiB, nothing */
    srli t0, t0, 2
    ori  t0, t0, 0x1FF
    csrw pmpaddr0, t0
    la   t0, __text_start               /* entries 1 and 2: code */
    srli t0, t0, 2
    csrw pmpaddr1, t0
    la   t0, __data_start
    srli t0, t0, 2
    csrw pmpaddr2, t0
    la   t0, __ram_end                  /* entry 3: data, up to the end of memory */
    srli t0, t0, 2
    csrw pmpaddr3, t0
    li   t0, (PMP_LOCK | PMP_NAPOT) | (PMP_LOCK << 8) | ((PMP_LOCK | PMP_TOR | PMP_R | PMP_X) << 16) | ((PMP_LOCK | PMP_TOR | PMP_R | PMP_W) << 24)
    csrw pmpcfg0, t0
    .endm

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
    csrr s0, mhartid
    bnez s0, secondary
    la   sp, __stack_top
    la   t0, snn_trap_stacks + SNN_TRAP_STACK
    csrw mscratch, t0
    SNN_PROTECT
    la   t0, __bss_start
    la   t1, __bss_end
1:  bgeu t0, t1, 2f
    sw   zero, 0(t0)
    addi t0, t0, 4
    j    1b
2:  la   tp, __tls_base
    call main
    call _exit

secondary:
    la   t0, snn_secondary              /* a program for several harts defines it */
    beqz t0, park
    li   t0, SNN_HARTS
    bgeu s0, t0, park
    li   t0, 1 << 3                     /* wait for the software interrupt of hart_start: bss is ready then */
    csrw mie, t0
1:  wfi
    csrr t0, mip
    andi t0, t0, 1 << 3
    beqz t0, 1b
    csrw mie, zero
    li   t0, SNN_MAP_INTC_CLINT_BASE    /* take the request back */
    slli t1, s0, 2
    add  t0, t0, t1
    sw   zero, 0(t0)
    la   sp, snn_hart_stacks            /* stacks of hart n end behind n of them */
    li   t1, SNN_HART_STACK
    mul  t1, t1, s0
    add  sp, sp, t1
    la   t0, snn_trap_stacks + SNN_TRAP_STACK
    li   t1, SNN_TRAP_STACK
    mul  t1, t1, s0
    add  t0, t0, t1
    csrw mscratch, t0
    SNN_PROTECT
    la   tp, __tls_base
    mv   a0, s0
    call snn_secondary
park:
    wfi
    j    park
    .weak snn_secondary

/* Traps: on a stack of their own, which mscratch holds, so that an overflown stack can still be told. The handler is
   uint32_t snn_trap(cause, pc, value); it returns where to go on. A program may instead define its own snn_trap_entry. */
    .text
    .weak snn_trap_entry
    .balign 4
snn_trap_entry:
    csrrw sp, mscratch, sp
    addi sp, sp, -64
    sw   ra, 0(sp)
    sw   t0, 4(sp)
    sw   t1, 8(sp)
    sw   t2, 12(sp)
    sw   a0, 16(sp)
    sw   a1, 20(sp)
    sw   a2, 24(sp)
    sw   a3, 28(sp)
    sw   a4, 32(sp)
    sw   a5, 36(sp)
    sw   a6, 40(sp)
    sw   a7, 44(sp)
    sw   t3, 48(sp)
    sw   t4, 52(sp)
    sw   t5, 56(sp)
    sw   t6, 60(sp)
    csrr a0, mcause
    csrr a1, mepc
    csrr a2, mtval
    call snn_trap
    csrw mepc, a0
    lw   ra, 0(sp)
    lw   t0, 4(sp)
    lw   t1, 8(sp)
    lw   t2, 12(sp)
    lw   a0, 16(sp)
    lw   a1, 20(sp)
    lw   a2, 24(sp)
    lw   a3, 28(sp)
    lw   a4, 32(sp)
    lw   a5, 36(sp)
    lw   a6, 40(sp)
    lw   a7, 44(sp)
    lw   t3, 48(sp)
    lw   t4, 52(sp)
    lw   t5, 56(sp)
    lw   t6, 60(sp)
    addi sp, sp, 64
    csrrw sp, mscratch, sp
    mret

    .section .noinit, "aw", @nobits
    .balign 16
snn_hart_stacks:
    .space SNN_HART_STACK * (SNN_HARTS - 1)
snn_trap_stacks:                        /* hart n's ends behind n + 1 of them */
    .space SNN_TRAP_STACK * SNN_HARTS
