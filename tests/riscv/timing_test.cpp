// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>

#include "../support/riscv_machine.h"

using namespace rv;
using namespace snnvp;
using namespace snnvp::riscv;
using snnvp::test::cycles_between;
using snnvp::test::Machine;

TEST_CASE("firmware.F6 the cycle table of inorder4 holds for every sequence of the specification") {
  CHECK(cycles_between({}) == 4);
  CHECK(cycles_between({nop()}) == 5);
  CHECK(cycles_between({mul(t0, t1, t2)}) == 5);
  CHECK(cycles_between({mulh(t0, t1, t2)}) == 9);
  CHECK(cycles_between({op(1, 2, t0, t1, t2)}) == 9);
  CHECK(cycles_between({op(1, 3, t0, t1, t2)}) == 9);
  CHECK(cycles_between({addi(t1, x0, 0), divu(t0, t2, t1)}) == 40);
  CHECK(cycles_between({addi(t1, x0, 1), divu(t0, t2, t1)}) == 39);
  CHECK(cycles_between({addi(t1, x0, Word(-1)), div(t0, t2, t1)}) == 39);
  CHECK(cycles_between({addi(t1, x0, Word(-1)), remu(t0, t2, t1)}) == 8);
  CHECK(cycles_between({lui(t1, 0x80000), divu(t0, t2, t1)}) == 8);
  CHECK(cycles_between({lui(t1, 0x80000), div(t0, t2, t1)}) == 8);
  CHECK(cycles_between({jal(x0, 4)}) == 6);
  CHECK(cycles_between({beq(x0, x0, 4)}) == 7);
  CHECK(cycles_between({bne(x0, x0, 4)}) == 5);
  CHECK(cycles_between({jal(x0, 6), c_nop, nop(), c_nop}) == 9);
}

TEST_CASE("firmware.F6 memory accesses cost what alignment and the next instruction make of them") {
  CHECK(cycles_between({lw(t0, a0, 0)}) == 5);
  CHECK(cycles_between({lw(t0, a0, 1)}) == 6);
  CHECK(cycles_between({lh(t0, a0, 1)}) == 5);
  CHECK(cycles_between({lh(t0, a0, 3)}) == 6);
  CHECK(cycles_between({sw(t0, a0, 2)}) == 6);
  CHECK(cycles_between({sh(t0, a0, 3)}) == 6);
  CHECK(cycles_between({lb(t0, a0, 3)}) == 5);
  CHECK(cycles_between({lw(t0, a0, 0), add(t1, t0, t0)}) == 7);
  CHECK(cycles_between({lw(t0, a0, 0), nop(), add(t1, t0, t0)}) == 7);
  CHECK(cycles_between({lw(t0, a0, 0), sw(t0, a0, 0)}) == 7);
  CHECK(cycles_between({amoadd(t0, t1, a0)}) == 7);
  CHECK(cycles_between({lr(t0, a0)}) == 5);
  CHECK(cycles_between({lr(t0, a0), sc(t1, t0, a0)}) == 7);
}

TEST_CASE("firmware.F6 indirect jumps wait for the instruction before them") {
  Machine probe;
  // auipc gives the address of the jalr; the jump goes to the instruction after it.
  CHECK(cycles_between({auipc(t0, 0), addi(t0, t0, 12), jalr(x0, t0, 0)}) == 1 + 8);
  CHECK(cycles_between({auipc(t0, 0), addi(t0, t0, 16), nop(), jalr(x0, t0, 0)}) == 1 + 8);
  // The word loaded is the address of the instruction after the jump: the first csrr stands at the start of RAM.
  Machine m;
  m.put(Machine::ram_base + 0x1000, {Machine::ram_base + 12});
  m.put(Machine::ram_base, {csrr(s2, 0xB00), lw(t0, a0, 0), jalr(x0, t0, 0), csrr(s3, 0xB00)});
  m.core.set_reg(a0, Machine::ram_base + 0x1000);
  m.step(4);
  CHECK(m.core.reg(s3) - m.core.reg(s2) == 8);
}

TEST_CASE("firmware.F6 fences and CSR accesses") {
  CHECK(cycles_between({fence()}) == 5);
  CHECK(cycles_between({fence_i()}) == 6);
  CHECK(cycles_between({csrr(t0, 0x340)}) == 5);
  CHECK(cycles_between({csrr(t0, 0x304)}) == 5);
  CHECK(cycles_between({csrr(t0, 0x342)}) == 8);
  CHECK(cycles_between({csrr(t0, 0x300)}) == 8);
  CHECK(cycles_between({csrr(t0, 0xB02)}) == 8);
}

TEST_CASE("firmware.F6 traps and mret cost their parameters") {
  Machine m;
  m.put(Machine::ram_base, {csrw(0x305, a1), csrr(s2, 0xB00), ecall(), csrr(s3, 0xB00)});
  m.put(Machine::ram_base + 0x100, {csrr(t0, 0x341), addi(t0, t0, 4), csrw(0x341, t0), mret()});
  m.core.set_reg(a1, Machine::ram_base + 0x100);
  m.step(8);
  // csrr 4, ecall 1 + 4, csrr mepc 4, addi 1 + load-free, csrw mepc 4, mret 2
  CHECK(m.core.reg(s3) - m.core.reg(s2) == 4 + 5 + 4 + 1 + 4 + 2);
}

TEST_CASE("the profile unit takes one cycle for every instruction and none for traps") {
  Core::Params unit;
  unit.timing = Timing::unit();
  CHECK(cycles_between({}, unit) == 1);
  CHECK(cycles_between({lw(t0, a0, 1), add(t1, t0, t0), div(t0, t1, t2), jal(x0, 4), amoadd(t0, t1, a0)}, unit) == 6);
}

TEST_CASE("a table sets the cycles of each class") {
  Core::Params params;
  params.timing = Timing::table();
  CHECK(cycles_between({lw(t0, a0, 0)}, params) == 5);
  CHECK(cycles_between({mul(t0, t1, t2), divu(t0, t1, t2)}, params) == 17);
  params.timing.branch_taken = 1, params.timing.branch_not_taken = 3;  // cheaper when taken
  CHECK(cycles_between({beq(x0, x0, 4)}, params) == 2);
  CHECK(cycles_between({bne(x0, x0, 4)}, params) == 4);
  for (const TimingClass& c : timing_classes()) CHECK(std::string(c.name).find(' ') == std::string::npos);
}

TEST_CASE("direct memory that takes more than a cycle costs each access the rest") {
  Machine m;
  m.extra = 6;
  m.put(Machine::ram_base, {csrr(s2, 0xB00), lw(t0, a0, 0), sw(t0, a0, 4), nop(), csrr(s3, 0xB00)});
  m.core.set_reg(a0, Machine::ram_base + 0x1000);
  m.step(5);
  CHECK(m.core.reg(s3) - m.core.reg(s2) == 4 + 1 + 6 + (1 + 1) + 6 + 1);
}

TEST_CASE("firmware.F22 caches miss once a line when streaming, on every access when thrashing, never when the set fits") {
  Core::Params params;
  params.dcache = {256, 32, 1, 20};
  params.icache = {256, 32, 1, 20};
  const auto run = [&](std::uint32_t stride, std::uint32_t span, unsigned rounds) {
    Machine m(params);
    // for each round: for offset in [0, span) step stride: load
    m.put(Machine::ram_base, {addi(t2, x0, rounds), addi(t0, a0, 0), lw(t1, t0, 0), addi(t0, t0, stride), bne(t0, a1, Word(-8)),
                              addi(t2, t2, Word(-1)), bne(t2, x0, Word(-20)), jal(x0, 0)});
    m.core.set_reg(a0, Machine::ram_base + 0x1000);
    m.core.set_reg(a1, Machine::ram_base + 0x1000 + span);
    while (m.core.run(1000) == Stop::budget) {
    }
    return m.core.statistics();
  };
  const Core::Statistics streaming = run(4, 1024, 1);
  CHECK(streaming.dcache_misses == 1024 / 32);
  CHECK(streaming.dcache_hits == 256 - 32);
  CHECK(streaming.icache_misses == 1);
  CHECK(run(256, 1024, 4).dcache_misses == 16);
  CHECK(run(4, 256, 10).dcache_misses == 8);
}

TEST_CASE("a two-way cache keeps two lines of a set, the least recent one leaves") {
  CacheModel cache({256, 32, 2, 20});
  const std::uint32_t way = 128;  // addresses one way apart share a set
  CHECK(cache.access(0) == 20);
  CHECK(cache.access(way) == 20);
  CHECK(cache.access(0) == 0);
  CHECK(cache.access(2 * way) == 20);  // evicts `way`
  CHECK(cache.access(0) == 0);
  CHECK(cache.access(way) == 20);
}
