// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>

#include <zlib.h>

#include <snnvp/models/riscv/decoder.h>

#include "../support/riscv_machine.h"

using namespace rv;
using namespace snnvp;
using namespace snnvp::riscv;
using snnvp::test::Machine;

namespace {

/// Result of one register or immediate instruction on two operands, rd = t2.
Word result(Word encoding, Word a, Word b) {
  Machine m;
  m.core.set_reg(t0, a);
  m.core.set_reg(t1, b);
  m.execute({encoding});
  CHECK(m.core.pc() == Machine::ram_base + 4);
  return m.core.reg(t2);
}
Word rr(Word f7, Word f3, Word a, Word b) { return result(op(f7, f3, t2, t0, t1), a, b); }
Word ri(Word f3, Word a, Word imm) { return result(op_imm(f3, t2, t0, imm), a, 0); }

bool is_taken(Word f3, Word a, Word b) {
  Machine m;
  m.core.set_reg(t0, a);
  m.core.set_reg(t1, b);
  m.execute({b_type(64, t1, t0, f3)});
  CHECK((m.core.pc() == Machine::ram_base + 64 || m.core.pc() == Machine::ram_base + 4));
  return m.core.pc() == Machine::ram_base + 64;
}

constexpr Word low = 0x80000000, high = 0x7FFFFFFF, ones = 0xFFFFFFFF;

}  // namespace

TEST_CASE("firmware.F20 integer instructions between registers") {
  CHECK(rr(0, 0, ones, 1) == 0);
  CHECK(rr(0, 0, high, 1) == low);
  CHECK(rr(0x20, 0, 0, 1) == ones);
  CHECK(rr(0x20, 0, low, 1) == high);
  CHECK(rr(0, 1, 1, 31) == low);
  CHECK(rr(0, 1, 3, 33) == 6);  // only five bits of the amount count
  CHECK(rr(0, 2, low, 0) == 1);
  CHECK(rr(0, 2, 0, low) == 0);
  CHECK(rr(0, 3, low, 0) == 0);
  CHECK(rr(0, 3, 0, ones) == 1);
  CHECK(rr(0, 4, 0xF0F0, 0xFF00) == 0x0FF0);
  CHECK(rr(0, 5, low, 31) == 1);
  CHECK(rr(0x20, 5, low, 31) == ones);
  CHECK(rr(0x20, 5, high, 32) == high);
  CHECK(rr(0, 6, 0xF0F0, 0x0F00) == 0xFFF0);
  CHECK(rr(0, 7, 0xF0F0, 0xFF00) == 0xF000);
}

TEST_CASE("firmware.F20 integer instructions with an immediate extend its sign") {
  CHECK(ri(0, 5, Word(-6)) == ones);
  CHECK(ri(0, high, 1) == low);
  CHECK(ri(2, Word(-7), Word(-6)) == 1);
  CHECK(ri(2, 5, Word(-6)) == 0);
  CHECK(ri(3, 5, Word(-6)) == 1);
  CHECK(ri(3, ones, Word(-1)) == 0);
  CHECK(ri(4, 0x0F0F0F0F, Word(-1)) == 0xF0F0F0F0);
  CHECK(ri(6, 0x100, Word(-2048)) == 0xFFFFF900);
  CHECK(ri(7, ones, 0x7FF) == 0x7FF);
  CHECK(ri(7, 0x12345678, Word(-1)) == 0x12345678);
  CHECK(ri(1, 1, 31) == low);
  CHECK(ri(5, low, 31) == 1);
  CHECK(ri(5, low, 0x400 | 31) == ones);
}

TEST_CASE("firmware.F20 multiplication and division, their edges included") {
  CHECK(rr(1, 0, 0xFFFF, 0x10001) == ones);
  CHECK(rr(1, 0, low, 2) == 0);
  CHECK(rr(1, 1, low, low) == 0x40000000);
  CHECK(rr(1, 1, ones, ones) == 0);
  CHECK(rr(1, 1, ones, 1) == ones);
  CHECK(rr(1, 2, ones, ones) == ones);  // -1 * (2^32 - 1) = -(2^32) + 1
  CHECK(rr(1, 2, low, ones) == low);
  CHECK(rr(1, 2, high, 2) == 0);
  CHECK(rr(1, 3, ones, ones) == 0xFFFFFFFE);
  CHECK(rr(1, 4, Word(-7), 2) == Word(-3));
  CHECK(rr(1, 4, 7, Word(-2)) == Word(-3));
  CHECK(rr(1, 4, 7, 0) == ones);
  CHECK(rr(1, 4, low, ones) == low);
  CHECK(rr(1, 5, ones, 2) == high);
  CHECK(rr(1, 5, 7, 0) == ones);
  CHECK(rr(1, 6, Word(-7), 2) == ones);
  CHECK(rr(1, 6, 7, Word(-2)) == 1);
  CHECK(rr(1, 6, 7, 0) == 7);
  CHECK(rr(1, 6, low, ones) == 0);
  CHECK(rr(1, 7, ones, 10) == 5);
  CHECK(rr(1, 7, 7, 0) == 7);
}

TEST_CASE("firmware.F20 upper immediates, jumps and links") {
  CHECK(result(lui(t2, 0x80001), 0, 0) == 0x80001000);
  CHECK(result(auipc(t2, 0xFFFFF), 0, 0) == Machine::ram_base - 0x1000);
  Machine m;
  m.execute({jal(ra, 0x100)});
  CHECK(m.core.pc() == Machine::ram_base + 0x100);
  CHECK(m.core.reg(ra) == Machine::ram_base + 4);
  m.core.set_reg(t0, Machine::ram_base + 0x201);
  m.execute({jalr(t0, t0, 0x10)});  // reads rs1 before it writes rd; bit 0 of the target is cleared
  CHECK(m.core.pc() == Machine::ram_base + 0x210);
  CHECK(m.core.reg(t0) == Machine::ram_base + 4);
  m.put(Machine::ram_base + 0x400, {jal(x0, Word(-0x400))});
  m.core.set_pc(Machine::ram_base + 0x400);
  m.core.flush_all();
  m.step(1);
  CHECK(m.core.pc() == Machine::ram_base);
  CHECK(m.core.reg(x0) == 0);
}

TEST_CASE("firmware.F20 branches compare signed and unsigned") {
  CHECK(is_taken(0, 5, 5));
  CHECK_FALSE(is_taken(0, 5, 6));
  CHECK(is_taken(1, 5, 6));
  CHECK_FALSE(is_taken(1, 5, 5));
  CHECK(is_taken(4, ones, 0));
  CHECK_FALSE(is_taken(4, 0, ones));
  CHECK_FALSE(is_taken(4, 1, 1));
  CHECK(is_taken(5, 0, ones));
  CHECK(is_taken(5, 1, 1));
  CHECK_FALSE(is_taken(5, low, high));
  CHECK(is_taken(6, 0, ones));
  CHECK_FALSE(is_taken(6, ones, 0));
  CHECK(is_taken(7, ones, 0));
  CHECK(is_taken(7, 3, 3));
  CHECK_FALSE(is_taken(7, 0, ones));
}

TEST_CASE("firmware.F20 loads extend, stores write their bytes only") {
  Machine m;
  const Word data = Machine::ram_base + 0x800;
  m.put(data, {0x8081F2F3, 0x11223344});
  m.core.set_reg(a0, data);
  m.execute({lb(t0, a0, 0), lbu(t1, a0, 0), lh(t2, a0, 2), lhu(a1, a0, 2), lw(a2, a0, 4), lw(a3, a0, Word(-4) & 0xFFF)});
  CHECK(m.core.reg(t0) == 0xFFFFFFF3);
  CHECK(m.core.reg(t1) == 0xF3);
  CHECK(m.core.reg(t2) == 0xFFFF8081);
  CHECK(m.core.reg(a1) == 0x8081);
  CHECK(m.core.reg(a2) == 0x11223344);
  m.core.set_reg(t0, 0xAABBCCDD);
  m.execute({sb(t0, a0, 1), sh(t0, a0, 6), sw(t0, a0, 8)});
  CHECK(m.word(data) == 0x8081DDF3);
  CHECK(m.word(data + 4) == 0xCCDD3344);
  CHECK(m.word(data + 8) == 0xAABBCCDD);
  m.execute({lw(x0, a0, 0)});
  CHECK(m.core.reg(x0) == 0);
}

TEST_CASE("firmware.F20 atomics read, combine and write a word") {
  const auto after = [](Word f5, Word memory, Word operand) {
    Machine m;
    m.put(Machine::ram_base + 0x800, {memory});
    m.core.set_reg(a0, Machine::ram_base + 0x800);
    m.core.set_reg(t1, operand);
    m.execute({amo(f5, t0, t1, a0)});
    CHECK(m.core.reg(t0) == memory);
    return m.word(Machine::ram_base + 0x800);
  };
  CHECK(after(0, ones, 2) == 1);
  CHECK(after(1, 5, 9) == 9);
  CHECK(after(4, 0xFF00, 0x0FF0) == 0xF0F0);
  CHECK(after(8, 0xF0, 0x0F) == 0xFF);
  CHECK(after(12, 0xFC, 0x3F) == 0x3C);
  CHECK(after(16, ones, 1) == ones);
  CHECK(after(20, ones, 1) == 1);
  CHECK(after(24, ones, 1) == 1);
  CHECK(after(28, ones, 1) == ones);
}

TEST_CASE("firmware.F20 the decoder refuses the neighbours of every legal encoding") {
  const auto is_illegal = [](Word w) { return decode(w).id == OpId::illegal; };
  CHECK(is_illegal(0));
  CHECK(is_illegal(ones));
  CHECK(is_illegal(op_imm(1, t0, t1, 0x20)));  // shift amount with bit 5
  CHECK(is_illegal(op_imm(5, t0, t1, 0x420)));
  CHECK(is_illegal(op(0x20, 1, t0, t1, t2)));
  CHECK(is_illegal(op(0x40, 0, t0, t1, t2)));
  CHECK(is_illegal(op(2, 0, t0, t1, t2)));
  CHECK(is_illegal(load(3, t0, t1, 0)));
  CHECK(is_illegal(load(6, t0, t1, 0)));
  CHECK(is_illegal(s_type(0, t0, t1, 3)));
  CHECK(is_illegal(b_type(8, t0, t1, 2)));
  CHECK(is_illegal(b_type(8, t0, t1, 3)));
  CHECK(is_illegal(i_type(0, t0, 1, t1, 0x67)));
  CHECK(is_illegal(r_type(2 << 2, 1, t1, 2, t0, 0x2F)));  // lr with rs2
  CHECK(is_illegal(r_type(5 << 2, 1, t1, 2, t0, 0x2F)));
  CHECK(is_illegal(r_type(0, 1, t1, 3, t0, 0x2F)));  // 64-bit atomic
  CHECK(is_illegal(0x0000200F));                     // no such fence
  CHECK(is_illegal(0x00200073));                     // uret
  CHECK(is_illegal(0x10200073));                     // sret
  CHECK(is_illegal(0x12000073));                     // sfence.vma
  CHECK(is_illegal(0x30200073 | 1 << 7));
  CHECK(is_illegal(i_type(0x300, 0, 4, t0, 0x73)));
  CHECK(is_illegal(0x00000007));                // flw
  CHECK(is_illegal(0x0000001B));                // addiw
  CHECK(decode(0x8330000F).id == OpId::fence);  // any fields
}

TEST_CASE("firmware.F19 compressed instructions: 28823 of 65536 half words are legal, and what they expand to is known") {
  unsigned legal[3] = {};
  uLong crc = crc32(0, nullptr, 0);
  for (Word h = 0; h < 0x10000; ++h) {
    const Word w = expand_compressed(static_cast<std::uint16_t>(h));
    const Bytef bytes[4] = {Bytef(w), Bytef(w >> 8), Bytef(w >> 16), Bytef(w >> 24)};
    crc = crc32(crc, bytes, 4);
    if (w == 0) continue;
    ++legal[h & 3];
    if (decode(w).id == OpId::illegal || decode(h).length != 2) FAIL("half word " << std::hex << h);
  }
  CHECK(legal[0] == 6136);
  CHECK(legal[1] == 15584);
  CHECK(legal[2] == 7103);
  CHECK(crc == 0x813cb620);
}

TEST_CASE("compressed and long instructions mix, a long one may start at 2 mod 4") {
  Machine m;
  m.put_half(Machine::ram_base, 0x4505);  // c.li a0, 1
  m.put(Machine::ram_base + 4, {0});
  const Word add5 = addi(a0, a0, 5);
  m.put_half(Machine::ram_base + 2, static_cast<std::uint16_t>(add5));
  m.put_half(Machine::ram_base + 4, static_cast<std::uint16_t>(add5 >> 16));
  m.put_half(Machine::ram_base + 6, 0x0505);  // c.addi a0, 1
  m.step(3);
  CHECK(m.core.reg(a0) == 7);
  CHECK(m.core.pc() == Machine::ram_base + 8);
}
