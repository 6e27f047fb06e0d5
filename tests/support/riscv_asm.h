// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

// Encodings of RISC-V instructions for tests that need no compiler, written from the formats of the ISA manual.
namespace rv {

using Word = std::uint32_t;
enum Reg : Word { x0, ra, sp, gp, tp, t0, t1, t2, s0, s1, a0, a1, a2, a3, a4, a5, a6, a7, s2, s3 };

constexpr Word r_type(Word f7, Word rs2, Word rs1, Word f3, Word rd, Word op) {
  return f7 << 25 | rs2 << 20 | rs1 << 15 | f3 << 12 | rd << 7 | op;
}
constexpr Word i_type(Word imm, Word rs1, Word f3, Word rd, Word op) { return (imm & 0xFFF) << 20 | rs1 << 15 | f3 << 12 | rd << 7 | op; }
constexpr Word s_type(Word imm, Word rs2, Word rs1, Word f3) {
  return (imm >> 5 & 0x7F) << 25 | rs2 << 20 | rs1 << 15 | f3 << 12 | (imm & 31) << 7 | 0x23;
}
constexpr Word b_type(Word imm, Word rs2, Word rs1, Word f3) {
  return (imm >> 12 & 1) << 31 | (imm >> 5 & 63) << 25 | rs2 << 20 | rs1 << 15 | f3 << 12 | (imm >> 1 & 15) << 8 | (imm >> 11 & 1) << 7 |
         0x63;
}

constexpr Word lui(Word rd, Word upper20) { return upper20 << 12 | rd << 7 | 0x37; }
constexpr Word auipc(Word rd, Word upper20) { return upper20 << 12 | rd << 7 | 0x17; }
constexpr Word jal(Word rd, Word imm) {
  return (imm >> 20 & 1) << 31 | (imm >> 1 & 0x3FF) << 21 | (imm >> 11 & 1) << 20 | (imm >> 12 & 0xFF) << 12 | rd << 7 | 0x6F;
}
constexpr Word jalr(Word rd, Word rs1, Word imm) { return i_type(imm, rs1, 0, rd, 0x67); }
constexpr Word beq(Word a, Word b, Word imm) { return b_type(imm, b, a, 0); }
constexpr Word bne(Word a, Word b, Word imm) { return b_type(imm, b, a, 1); }
constexpr Word load(Word f3, Word rd, Word rs1, Word imm) { return i_type(imm, rs1, f3, rd, 0x03); }
constexpr Word lb(Word rd, Word rs1, Word imm) { return load(0, rd, rs1, imm); }
constexpr Word lh(Word rd, Word rs1, Word imm) { return load(1, rd, rs1, imm); }
constexpr Word lw(Word rd, Word rs1, Word imm) { return load(2, rd, rs1, imm); }
constexpr Word lbu(Word rd, Word rs1, Word imm) { return load(4, rd, rs1, imm); }
constexpr Word lhu(Word rd, Word rs1, Word imm) { return load(5, rd, rs1, imm); }
constexpr Word sb(Word rs2, Word rs1, Word imm) { return s_type(imm, rs2, rs1, 0); }
constexpr Word sh(Word rs2, Word rs1, Word imm) { return s_type(imm, rs2, rs1, 1); }
constexpr Word sw(Word rs2, Word rs1, Word imm) { return s_type(imm, rs2, rs1, 2); }
constexpr Word op_imm(Word f3, Word rd, Word rs1, Word imm) { return i_type(imm, rs1, f3, rd, 0x13); }
constexpr Word addi(Word rd, Word rs1, Word imm) { return op_imm(0, rd, rs1, imm); }
constexpr Word nop() { return addi(0, 0, 0); }
constexpr Word op(Word f7, Word f3, Word rd, Word rs1, Word rs2) { return r_type(f7, rs2, rs1, f3, rd, 0x33); }
constexpr Word add(Word rd, Word rs1, Word rs2) { return op(0, 0, rd, rs1, rs2); }
constexpr Word mul(Word rd, Word rs1, Word rs2) { return op(1, 0, rd, rs1, rs2); }
constexpr Word mulh(Word rd, Word rs1, Word rs2) { return op(1, 1, rd, rs1, rs2); }
constexpr Word div(Word rd, Word rs1, Word rs2) { return op(1, 4, rd, rs1, rs2); }
constexpr Word divu(Word rd, Word rs1, Word rs2) { return op(1, 5, rd, rs1, rs2); }
constexpr Word remu(Word rd, Word rs1, Word rs2) { return op(1, 7, rd, rs1, rs2); }
constexpr Word amo(Word f5, Word rd, Word rs2, Word rs1) { return r_type(f5 << 2, rs2, rs1, 2, rd, 0x2F); }
constexpr Word amoadd(Word rd, Word rs2, Word rs1) { return amo(0, rd, rs2, rs1); }
constexpr Word lr(Word rd, Word rs1) { return amo(2, rd, 0, rs1); }
constexpr Word sc(Word rd, Word rs2, Word rs1) { return amo(3, rd, rs2, rs1); }
constexpr Word fence() { return 0x0FF0000F; }
constexpr Word fence_i() { return 0x0000100F; }
constexpr Word ecall() { return 0x00000073; }
constexpr Word ebreak() { return 0x00100073; }
constexpr Word mret() { return 0x30200073; }
constexpr Word wfi() { return 0x10500073; }
constexpr Word csrrw(Word rd, Word csr, Word rs1) { return i_type(csr, rs1, 1, rd, 0x73); }
constexpr Word csrrs(Word rd, Word csr, Word rs1) { return i_type(csr, rs1, 2, rd, 0x73); }
constexpr Word csrrc(Word rd, Word csr, Word rs1) { return i_type(csr, rs1, 3, rd, 0x73); }
constexpr Word csrrwi(Word rd, Word csr, Word imm) { return i_type(csr, imm, 5, rd, 0x73); }
constexpr Word csrrsi(Word rd, Word csr, Word imm) { return i_type(csr, imm, 6, rd, 0x73); }
constexpr Word csrrci(Word rd, Word csr, Word imm) { return i_type(csr, imm, 7, rd, 0x73); }
constexpr Word csrr(Word rd, Word csr) { return csrrs(rd, csr, 0); }
constexpr Word csrw(Word csr, Word rs1) { return csrrw(0, csr, rs1); }

constexpr Word c_nop = 0x0001;  ///< 16 bits

}  // namespace rv
