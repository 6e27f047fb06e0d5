// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>

#include <random>

#include "../support/riscv_machine.h"

using namespace rv;
using namespace snnvp;
using namespace snnvp::riscv;
using snnvp::test::Machine;

namespace {

constexpr Word base = Machine::ram_base, data = base + 0x4000;

/// A program with every kind of run-time extra: a loop over random instructions that reads mcycle and devices along the way.
std::vector<Word> random_loop(unsigned seed) {
  std::mt19937 random(seed);
  const auto pick = [&](unsigned n) { return static_cast<Word>(random() % n); };
  const auto reg = [&] { return Word(t0) + pick(3); };
  std::vector<Word> words;
  for (int i = 0; i < 60; ++i) {
    switch (pick(11)) {
      case 0: words.push_back(lw(reg(), a0, 4 * pick(8))); break;
      case 1: words.push_back(lw(reg(), a0, pick(32))); break;
      case 2: words.push_back(sw(reg(), a0, 64 + pick(32))); break;
      case 3: words.push_back(op(1, 4 + pick(4), reg(), reg(), reg())); break;
      case 4: words.push_back(mulh(reg(), reg(), reg())); break;
      case 5:
        words.push_back(beq(reg(), reg(), 8));
        words.push_back(add(reg(), reg(), reg()));
        break;
      case 6: words.push_back(csrrs(reg(), csr::mcycle, x0)); break;
      case 7: words.push_back(lw(reg(), a1, 8)); break;
      case 8: words.push_back(amoadd(reg(), reg(), a2)); break;
      default: words.push_back(add(reg(), reg(), reg())); break;
    }
  }
  words.push_back(sw(t0, a1, 0));
  words.push_back(addi(s0, s0, Word(-1)));
  const Word back = Word(-4) * static_cast<Word>(words.size());
  words.push_back(bne(s0, x0, back));
  words.push_back(csrr(s1, csr::mcycle));
  words.push_back(jal(x0, 0));
  return words;
}

struct Outcome {
  std::vector<Word> registers;
  std::vector<Cycles> device_times;
  Cycles now;
  std::uint64_t instructions, counted, profiled;
  std::vector<std::uint64_t> caches;  // hits and misses

  bool operator==(const Outcome& o) const {
    return registers == o.registers && device_times == o.device_times && now == o.now && instructions == o.instructions &&
           counted == o.counted && profiled == o.profiled && caches == o.caches;
  }
};

struct Caches {
  CacheParams instructions, data;
};

Outcome run(const std::vector<Word>& program, unsigned block_limit, Cycles quantum, bool with_breakpoint = false, unsigned extra = 0,
            const Caches& caches = {}) {
  Core::Params params;
  params.icache = caches.instructions;
  params.dcache = caches.data;
  params.block_limit = block_limit;
  Machine m(params);
  m.stall = 7;
  m.answer = 3;
  m.extra = extra;
  m.put(base, program);
  m.core.set_reg(a0, data);
  m.core.set_reg(a1, Machine::device);
  m.core.set_reg(a2, data + 256);
  m.core.set_reg(s0, 30);
  if (with_breakpoint) m.core.set_breakpoint(base + 0x8000, true), m.core.set_breakpoint(base + 2, true);
  Stop stop;
  do stop = m.core.run(quantum);
  while (stop == Stop::budget || stop == Stop::yield);
  CHECK(stop == Stop::parked);
  Outcome o{{}, {}, m.core.now(), m.core.instructions(), 0, 0, {}};
  for (unsigned i = 0; i < 32; ++i) o.registers.push_back(m.core.reg(i));
  for (const Machine::Access& access : m.accesses) o.device_times.push_back(access.at);
  const Core::Statistics statistics = m.core.statistics();
  for (const std::uint64_t n : statistics.insn) o.counted += n;
  o.caches = {statistics.icache_hits, statistics.icache_misses, statistics.dcache_hits, statistics.dcache_misses};
  for (const auto& [pc, profile] : m.core.profile()) o.profiled += profile.cycles;
  return o;
}

}  // namespace

TEST_CASE("firmware.F5 nothing the guest can see depends on how code is cut into blocks, or on the quantum") {
  for (unsigned seed = 1; seed <= 40; ++seed) {
    const std::vector<Word> program = random_loop(seed);
    for (const unsigned extra : {0u, 3u}) {
      const Outcome expected = run(program, 64, 1'000'000, false, extra);
      INFO("seed " << seed << " extra " << extra);
      CHECK(expected.counted == expected.instructions);
      CHECK(expected.profiled == expected.now);
      for (const unsigned limit : {1u, 4u, 16u}) CHECK(run(program, limit, 1'000'000, false, extra) == expected);
      for (const Cycles quantum : {Cycles{1}, Cycles{13}, Cycles{100}}) CHECK(run(program, 64, quantum, false, extra) == expected);
      CHECK(run(program, 64, 1'000'000, true, extra) == expected);
    }
  }
}

TEST_CASE("firmware.F22 what caches cost and count does not depend on how code is cut into blocks, or on the quantum") {
  // Single steps look every line up; blocks pass what would change nothing.
  const std::vector<Caches> shapes = {
      {{64, 16, 1, 20}, {64, 16, 1, 9}}, {{128, 32, 2, 5}, {128, 32, 4, 7}},      {{1024, 64, 1, 20}, {}},          {{}, {64, 64, 1, 11}},
      {{32, 4, 8, 3}, {8, 4, 1, 3}},     {{4096, 32, 1, 20}, {4096, 128, 1, 20}}, {{256, 4, 1, 2}, {16, 16, 1, 20}}};
  for (unsigned seed = 1; seed <= 12; ++seed) {
    const std::vector<Word> program = random_loop(seed);
    for (const Caches& caches : shapes) {
      const Outcome expected = run(program, 64, 1, false, 0, caches);
      INFO("seed " << seed << " shape " << &caches - shapes.data());
      CHECK(expected.profiled == expected.now);
      for (const unsigned limit : {1u, 5u, 64u})
        for (const Cycles quantum : {Cycles{40}, Cycles{1'000'000}}) CHECK(run(program, limit, quantum, false, 0, caches) == expected);
      CHECK(run(program, 64, 1'000'000, true, 0, caches) == expected);
    }
  }
}

TEST_CASE("firmware.F22 machine and user mode share the data cache, and stores into cached code take effect") {
  const auto outcome = [](Cycles quantum, unsigned ways) {
    Core::Params params;
    params.pmp_entries = 0;  // user mode may do all
    params.dcache = {128 * ways, 32, ways, 10};
    params.icache = {64, 32, 1, 10};
    Machine m(params);
    // User: loads, stores and calls the machine, whose handler uses lines of the same sets, and writes the first instruction of the loop.
    const Word loop = base + 0x100, handler = base + 0x200;
    m.put(base, {csrrw(x0, csr::mtvec, a3), csrrw(x0, csr::mepc, a4), mret()});
    m.put(loop, {addi(s1, s1, 1), lw(t0, a0, 0), addi(t0, t0, 3), sw(t0, a0, 0), lw(t1, a0, 4), ecall(), lw(t2, a0, 8), sw(t2, a0, 128),
                 lw(t2, a0, 0), addi(s0, s0, Word(-1)), bne(s0, x0, Word(-40)), jal(x0, 0)});
    m.put(handler, {csrr(s2, csr::mepc), addi(s2, s2, 4), csrrw(x0, csr::mepc, s2), lw(s3, a0, 128), sw(s3, a0, 132), lw(s3, a0, 0),
                    op(0, 4, a5, a5, a6), sw(a5, a4, 0), lw(s3, a4, 32), mret()});
    m.core.set_reg(a0, data);
    m.core.set_reg(a3, handler);
    m.core.set_reg(a4, loop);
    m.core.set_reg(a5, addi(s1, s1, 1));
    m.core.set_reg(a6, addi(s1, s1, 1) ^ addi(s1, s1, 100));
    m.core.set_reg(s0, 50);
    Stop stop;
    do stop = m.core.run(quantum);
    while (stop == Stop::budget || stop == Stop::yield);
    CHECK(stop == Stop::parked);
    CHECK(m.core.reg(s1) == 25 * 101);
    const Core::Statistics s = m.core.statistics();
    return std::vector<std::uint64_t>{m.core.now(), m.core.reg(s1), s.icache_hits, s.icache_misses, s.dcache_hits, s.dcache_misses};
  };
  for (const unsigned ways : {1u, 2u})
    for (const Cycles quantum : {Cycles{17}, Cycles{1'000'000}}) CHECK(outcome(quantum, ways) == outcome(1, ways));
}

TEST_CASE("firmware.F8 a run ends at the first instruction boundary at or after its limit") {
  const std::vector<Word> program = random_loop(99);
  // Boundaries as single steps find them.
  std::vector<Cycles> boundaries = {0};
  const auto prepare = [&](Machine& m) {
    m.put(base, program);
    m.core.set_reg(a0, data);
    m.core.set_reg(a1, Machine::device);
    m.core.set_reg(a2, data + 256);
    m.core.set_reg(s0, 3);
  };
  Machine stepper;
  prepare(stepper);
  while (stepper.core.now() < 500) {
    stepper.core.step();
    boundaries.push_back(stepper.core.now());
  }
  for (Cycles limit = 1; limit < 400; ++limit) {
    Machine m;
    prepare(m);
    while (m.core.now() < limit) m.core.run(limit - m.core.now());
    CHECK(m.core.now() == *std::lower_bound(boundaries.begin(), boundaries.end(), limit));
  }
}

TEST_CASE("firmware.F9 a doorbell as first, middle or last operation of a block is seen once, at its exact time, and ends the run") {
  for (const unsigned position : {0u, 3u, 7u}) {
    Machine m;
    std::vector<Word> program(8, nop());
    program[position] = sw(t0, a0, 0x34);
    program.push_back(jal(x0, 0));
    m.put(base, program);
    m.core.set_reg(a0, Machine::device);
    m.core.set_reg(t0, 1);
    CHECK(m.core.run(1000) == Stop::yield);
    REQUIRE(m.accesses.size() == 1);
    CHECK(m.accesses[0].at == position);
    CHECK(m.core.now() == position + 1);
    CHECK(m.core.pc() == base + 4 * (position + 1));
    m.core.run(1000);
    CHECK(m.accesses.size() == 1);
  }
}

TEST_CASE("firmware.F21 a stalled access delays everything after it by exactly its cycles") {
  for (Cycles stall = 0; stall < 10; ++stall) {
    Machine m;
    m.stall = stall;
    m.put(base, {csrr(s2, csr::mcycle), lw(t0, a0, 0), csrr(s3, csr::mcycle)});
    m.core.set_reg(a0, Machine::device);
    m.step(3);
    CHECK(m.core.reg(s3) - m.core.reg(s2) == 5 + stall);
    CHECK(m.core.statistics().stall_cycles == stall);
  }
}

TEST_CASE("firmware.F17 code that a hart stores itself runs at once, fence.i is not needed") {
  Machine m;
  m.put(data, {addi(a2, x0, 7)});
  // Executes the target, overwrites it, executes it again.
  m.put(base, {jal(ra, 0x40), addi(a3, a2, 0), lw(t0, a1, 0), sw(t0, a0, 0), jal(ra, 0x30), jal(x0, 0)});
  m.put(base + 0x40, {addi(a2, x0, 1), jalr(x0, ra, 0)});
  m.core.set_reg(a0, base + 0x40);
  m.core.set_reg(a1, data);
  m.core.run(1000);
  CHECK(m.core.reg(a3) == 1);
  CHECK(m.core.reg(a2) == 7);
}

TEST_CASE("firmware.F17 a store may change the very next instruction") {
  Machine m;
  m.put(data, {addi(a2, x0, 7)});
  m.put(base, {lw(t0, a1, 0), sw(t0, a0, 0), addi(a2, x0, 1), jal(x0, 0)});
  m.core.set_reg(a0, base + 8);
  m.core.set_reg(a1, data);
  m.core.run(1000);
  CHECK(m.core.reg(a2) == 7);
}

TEST_CASE("firmware.F17 code written by somebody else is seen after fence.i or a flush") {
  for (const bool by_fence : {true, false}) {
    Machine m;
    m.put(base, {nop(), fence_i(), addi(a2, x0, 1), jal(x0, Word(-12))});
    m.core.run(20);
    m.put(base + 8, {addi(a2, x0, 9)});
    if (!by_fence) m.core.flush(base + 8, 4);
    m.core.run(20);
    CHECK(m.core.reg(a2) == 9);
  }
}

TEST_CASE("firmware.F17 data beside code in one line are stored without dropping the code") {
  Machine m;
  m.put(base, {sw(t0, a0, 0), addi(t0, t0, 1), bne(t0, t1, Word(-8)), jal(x0, 0), 0});
  m.core.set_reg(a0, base + 16);
  m.core.set_reg(t1, 1000);
  m.core.run(100000);
  CHECK(m.word(base + 16) == 999);
  CHECK(m.core.decoded_blocks() < 8);
}

TEST_CASE("firmware.F18 a region that is taken back is asked for again, read-only regions refuse stores") {
  Machine m;
  m.put(data, {1});
  m.core.set_reg(a0, data);
  m.execute({lw(t0, a0, 0)});
  CHECK(m.core.statistics().mmio_reads == 0);
  std::vector<std::uint8_t> other = m.ram;
  other.swap(m.ram);  // the old bytes live in `other` now
  m.put(data, {2});
  m.core.unmap(Machine::ram_base, Machine::ram_base + 0xFFFF);
  m.execute({lw(t0, a0, 0)});
  CHECK(m.core.reg(t0) == 2);
  m.writable = false;
  m.core.unmap(0, 0xFFFFFFFF);
  m.core.set_reg(t0, 3);
  m.execute({sw(t0, a0, 0)});  // goes over the bus
  CHECK(m.core.statistics().mmio_writes == 1);
  CHECK(m.word(data) == 3);
  m.dmi = false;
  m.core.unmap(0, 0xFFFFFFFF);
  m.execute({lw(t1, a0, 0)});
  CHECK(m.core.reg(t1) == 3);
}

TEST_CASE("breakpoints stop before their instruction, once, watches stop after the access") {
  Machine m;
  m.put(base, {nop(), nop(), addi(a2, x0, 1), sw(a2, a0, 0), lw(a3, a0, 0), jal(x0, 0)});
  m.core.set_reg(a0, data);
  m.core.set_breakpoint(base + 8, true);
  CHECK(m.core.run(1000) == Stop::breakpoint);
  CHECK(m.core.pc() == base + 8);
  CHECK(m.core.run(1000) == Stop::breakpoint);
  m.core.set_watches({{data, 4, true, false}});
  m.core.pass_breakpoint();
  CHECK(m.core.run(1000) == Stop::watchpoint);
  CHECK(m.core.pc() == base + 20);
  CHECK(m.core.watch_hit().value == 1);
  m.core.set_watches({{data + 2, 1, false, true}});
  m.core.set_pc(base + 12);
  CHECK(m.core.run(1000) == Stop::watchpoint);
  CHECK(m.core.pc() == base + 16);
  m.core.set_watches({});
  m.core.set_breakpoint(base + 8, false);
  m.core.set_pc(base);
  CHECK(m.core.run(1000) == Stop::parked);
}

TEST_CASE("max_instructions ends a run at the exact instruction") {
  Core::Params params;
  params.max_instructions = 1001;
  Machine m(params);
  m.put(base, {nop(), nop(), jal(x0, Word(-8))});
  CHECK(m.core.run(1'000'000) == Stop::max_instructions);
  CHECK(m.core.instructions() == 1001);
}

TEST_CASE("firmware.F20 results taken from the operation before are those taken from the registers") {
  std::mt19937 random(20);
  for (int round = 0; round < 40; ++round) {
    // Three registers, so that most operations read what the one before wrote, by one source, the other, or both.
    const auto reg = [&] { return Word(t0) + static_cast<Word>(random() % 3); };
    std::vector<Word> words;
    for (int i = 0; i < 60; ++i) {
      const Word funct3 = random() % 8, seven = random() % 3 == 0 ? 1 : (funct3 == 0 || funct3 == 5) && random() % 2 == 0 ? 0x20 : 0;
      if (random() % 2 == 0)
        words.push_back(op(seven, funct3, reg(), reg(), reg()));
      else if (funct3 == 1 || funct3 == 5)
        words.push_back(op_imm(funct3, reg(), reg(), random() % 32 | (funct3 == 5 && random() % 2 == 0 ? 0x400 : 0)));
      else if (random() % 4 == 0)
        words.push_back(lw(reg(), a0, 4 * (random() % 8)));
      else
        words.push_back(op_imm(funct3, reg(), reg(), random() % 4096));
    }
    words.push_back(jal(x0, 0));
    Machine at_once, by_steps;
    for (Machine* m : {&at_once, &by_steps}) {
      m->put(base, words);
      for (Word i = 0; i < 8; ++i) m->put(data + 4 * i, {0x9E3779B9u * (i + 1)});
      m->core.set_reg(a0, data);
      m->core.set_reg(t0, 0x80000000u), m->core.set_reg(t1, 0xFFFFFFFFu), m->core.set_reg(t2, static_cast<Word>(round));
    }
    CHECK(at_once.core.run(100'000) == Stop::parked);
    by_steps.step(60);
    for (unsigned r = 0; r < 32; ++r) CHECK(at_once.core.reg(r) == by_steps.core.reg(r));
  }
}
