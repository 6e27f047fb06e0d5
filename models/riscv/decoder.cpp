// SPDX-License-Identifier: Apache-2.0
#include <snnvp/models/riscv/decoder.h>

namespace snnvp::riscv {
namespace {

/// Bits [high:low] of a word.
constexpr std::uint32_t bits_of(std::uint32_t word, unsigned high, unsigned low) { return word >> low & ((2u << (high - low)) - 1); }

constexpr std::uint32_t sign_extend(std::uint32_t value, unsigned bits) {
  const std::uint32_t sign = 1u << (bits - 1);
  return (value ^ sign) - sign;
}

// Encoders of the formats that compressed instructions expand to.
constexpr std::uint32_t i_type(std::uint32_t opcode, std::uint32_t funct3, std::uint32_t rd, std::uint32_t rs1, std::uint32_t imm) {
  return imm << 20 | rs1 << 15 | funct3 << 12 | rd << 7 | opcode;
}
constexpr std::uint32_t r_type(std::uint32_t funct7, std::uint32_t funct3, std::uint32_t rd, std::uint32_t rs1, std::uint32_t rs2) {
  return funct7 << 25 | rs2 << 20 | rs1 << 15 | funct3 << 12 | rd << 7 | 0x33;
}
constexpr std::uint32_t store_word(std::uint32_t rs1, std::uint32_t rs2, std::uint32_t imm) {
  return imm >> 5 << 25 | rs2 << 20 | rs1 << 15 | 2u << 12 | (imm & 31) << 7 | 0x23;
}
constexpr std::uint32_t branch(std::uint32_t funct3, std::uint32_t rs1, std::uint32_t imm) {
  return bits_of(imm, 12, 12) << 31 | bits_of(imm, 10, 5) << 25 | rs1 << 15 | funct3 << 12 | bits_of(imm, 4, 1) << 8 |
         bits_of(imm, 11, 11) << 7 | 0x63;
}
constexpr std::uint32_t jump(std::uint32_t rd, std::uint32_t imm) {
  return bits_of(imm, 20, 20) << 31 | bits_of(imm, 10, 1) << 21 | bits_of(imm, 11, 11) << 20 | bits_of(imm, 19, 12) << 12 | rd << 7 | 0x6F;
}

constexpr std::uint32_t load = 0x03, op_imm = 0x13, jalr = 0x67, sp = 2;

std::uint32_t expand_quadrant0(std::uint32_t h) {
  const std::uint32_t rd = 8 + bits_of(h, 4, 2), rs1 = 8 + bits_of(h, 9, 7);
  const std::uint32_t word_offset = bits_of(h, 5, 5) << 6 | bits_of(h, 12, 10) << 3 | bits_of(h, 6, 6) << 2;
  switch (h >> 13) {
    case 0: {  // c.addi4spn
      const std::uint32_t imm = bits_of(h, 10, 7) << 6 | bits_of(h, 12, 11) << 4 | bits_of(h, 5, 5) << 3 | bits_of(h, 6, 6) << 2;
      return imm == 0 ? 0 : i_type(op_imm, 0, rd, sp, imm);
    }
    case 2: return i_type(load, 2, rd, rs1, word_offset);
    case 6: return store_word(rs1, rd, word_offset);
    default: return 0;
  }
}

std::uint32_t expand_arithmetic(std::uint32_t h) {
  const std::uint32_t rd = 8 + bits_of(h, 9, 7), rs2 = 8 + bits_of(h, 4, 2);
  const std::uint32_t imm = sign_extend(bits_of(h, 12, 12) << 5 | bits_of(h, 6, 2), 6);
  switch (bits_of(h, 11, 10)) {
    case 0: return h >> 12 & 1 ? 0 : i_type(op_imm, 5, rd, rd, bits_of(h, 6, 2));
    case 1: return h >> 12 & 1 ? 0 : i_type(op_imm, 5, rd, rd, 0x400 | bits_of(h, 6, 2));
    case 2: return i_type(op_imm, 7, rd, rd, imm & 0xFFF);
    default: break;
  }
  if (h >> 12 & 1) return 0;  // the word forms of RV64
  switch (bits_of(h, 6, 5)) {
    case 0: return r_type(0x20, 0, rd, rd, rs2);
    case 1: return r_type(0, 4, rd, rd, rs2);
    case 2: return r_type(0, 6, rd, rd, rs2);
    default: return r_type(0, 7, rd, rd, rs2);
  }
}

std::uint32_t expand_quadrant1(std::uint32_t h) {
  const std::uint32_t rd = bits_of(h, 11, 7);
  const std::uint32_t imm = sign_extend(bits_of(h, 12, 12) << 5 | bits_of(h, 6, 2), 6);
  const std::uint32_t jump_offset =
      sign_extend(bits_of(h, 12, 12) << 11 | bits_of(h, 8, 8) << 10 | bits_of(h, 10, 9) << 8 | bits_of(h, 6, 6) << 7 |
                      bits_of(h, 7, 7) << 6 | bits_of(h, 2, 2) << 5 | bits_of(h, 11, 11) << 4 | bits_of(h, 5, 3) << 1,
                  12);
  const std::uint32_t branch_offset = sign_extend(
      bits_of(h, 12, 12) << 8 | bits_of(h, 6, 5) << 6 | bits_of(h, 2, 2) << 5 | bits_of(h, 11, 10) << 3 | bits_of(h, 4, 3) << 1, 9);
  switch (h >> 13) {
    case 0: return i_type(op_imm, 0, rd, rd, imm & 0xFFF);
    case 1: return jump(1, jump_offset);
    case 2: return i_type(op_imm, 0, rd, 0, imm & 0xFFF);
    case 3:
      if (imm == 0) return 0;
      if (rd == sp) {  // c.addi16sp
        const std::uint32_t step = sign_extend(
            bits_of(h, 12, 12) << 9 | bits_of(h, 4, 3) << 7 | bits_of(h, 5, 5) << 6 | bits_of(h, 2, 2) << 5 | bits_of(h, 6, 6) << 4, 10);
        return i_type(op_imm, 0, sp, sp, step & 0xFFF);
      }
      return imm << 12 | rd << 7 | 0x37;
    case 4: return expand_arithmetic(h);
    case 5: return jump(0, jump_offset);
    case 6: return branch(0, 8 + bits_of(h, 9, 7), branch_offset);
    default: return branch(1, 8 + bits_of(h, 9, 7), branch_offset);
  }
}

std::uint32_t expand_quadrant2(std::uint32_t h) {
  const std::uint32_t rd = bits_of(h, 11, 7), rs2 = bits_of(h, 6, 2);
  switch (h >> 13) {
    case 0: return h >> 12 & 1 ? 0 : i_type(op_imm, 1, rd, rd, rs2);
    case 2: return rd == 0 ? 0 : i_type(load, 2, rd, sp, bits_of(h, 3, 2) << 6 | bits_of(h, 12, 12) << 5 | bits_of(h, 6, 4) << 2);
    case 4:
      if (h >> 12 & 1) {
        if (rs2 != 0) return r_type(0, 0, rd, rd, rs2);
        return rd == 0 ? 0x00100073 : i_type(jalr, 0, 1, rd, 0);
      }
      if (rs2 != 0) return r_type(0, 0, rd, 0, rs2);
      return rd == 0 ? 0 : i_type(jalr, 0, 0, rd, 0);
    case 6: return store_word(sp, rs2, bits_of(h, 8, 7) << 6 | bits_of(h, 12, 9) << 2);
    default: return 0;
  }
}

Instruction with(OpId id, std::uint32_t rd, std::uint32_t rs1, std::uint32_t rs2, std::uint32_t imm) {
  Instruction i;
  i.id = id;
  i.rd = rd == 0 ? no_register : static_cast<std::uint8_t>(rd);
  i.rs1 = static_cast<std::uint8_t>(rs1);
  i.rs2 = static_cast<std::uint8_t>(rs2);
  i.imm = imm;
  return i;
}

Instruction illegal(std::uint32_t bits) { return with(OpId::illegal, 0, 0, 0, bits); }

OpId register_operation(std::uint32_t funct7, std::uint32_t funct3) {
  constexpr OpId base[] = {OpId::add, OpId::sll, OpId::slt, OpId::sltu, OpId::xor_, OpId::srl, OpId::or_, OpId::and_};
  constexpr OpId multiply[] = {OpId::mul, OpId::mulh, OpId::mulhsu, OpId::mulhu, OpId::div, OpId::divu, OpId::rem, OpId::remu};
  if (funct7 == 0) return base[funct3];
  if (funct7 == 1) return multiply[funct3];
  if (funct7 == 0x20 && funct3 == 0) return OpId::sub;
  if (funct7 == 0x20 && funct3 == 5) return OpId::sra;
  return OpId::illegal;
}

Instruction decode_immediate(std::uint32_t w, std::uint32_t rd, std::uint32_t rs1, std::uint32_t funct3, std::uint32_t imm) {
  constexpr OpId plain[] = {OpId::addi, OpId::slli, OpId::slti, OpId::sltiu, OpId::xori, OpId::srli, OpId::ori, OpId::andi};
  const std::uint32_t funct7 = w >> 25;
  if (funct3 == 1) return funct7 == 0 ? with(OpId::slli, rd, rs1, 0, imm & 31) : illegal(w);
  if (funct3 == 5) {
    if (funct7 == 0x20) return with(OpId::srai, rd, rs1, 0, imm & 31);
    return funct7 == 0 ? with(OpId::srli, rd, rs1, 0, imm & 31) : illegal(w);
  }
  return with(plain[funct3], rd, rs1, 0, imm);
}

Instruction decode_atomic(std::uint32_t w, std::uint32_t rd, std::uint32_t rs1, std::uint32_t rs2, std::uint32_t funct3) {
  if (funct3 != 2) return illegal(w);
  const std::uint32_t funct5 = w >> 27;
  switch (funct5) {
    case 2: return rs2 == 0 ? with(OpId::lr, rd, rs1, 0, 0) : illegal(w);
    case 3: return with(OpId::sc, rd, rs1, rs2, 0);
    case 0:
    case 1:
    case 4:
    case 8:
    case 12:
    case 16:
    case 20:
    case 24:
    case 28: return with(OpId::amo, rd, rs1, rs2, funct5);
    default: return illegal(w);
  }
}

Instruction decode_system(std::uint32_t w, std::uint32_t rd, std::uint32_t rs1, std::uint32_t funct3) {
  if (funct3 == 0) {
    switch (w) {
      case 0x00000073: return with(OpId::ecall, 0, 0, 0, 0);
      case 0x00100073: return with(OpId::ebreak, 0, 0, 0, 0);
      case 0x30200073: return with(OpId::mret, 0, 0, 0, w);
      case 0x10500073: return with(OpId::wfi, 0, 0, 0, w);
      default: return illegal(w);
    }
  }
  if (funct3 == 4) return illegal(w);
  // The whole encoding travels along: an access that turns out illegal reports it.
  return with(OpId::csr, rd, rs1, 0, w);
}

Instruction decode_long(std::uint32_t w) {
  const std::uint32_t rd = bits_of(w, 11, 7), rs1 = bits_of(w, 19, 15), rs2 = bits_of(w, 24, 20), funct3 = bits_of(w, 14, 12);
  const std::uint32_t i_imm = sign_extend(w >> 20, 12);
  constexpr OpId loads[] = {OpId::lb, OpId::lh, OpId::lw, OpId::illegal, OpId::lbu, OpId::lhu, OpId::illegal, OpId::illegal};
  constexpr OpId stores[] = {OpId::sb, OpId::sh, OpId::sw};
  constexpr OpId branches[] = {OpId::beq, OpId::bne, OpId::illegal, OpId::illegal, OpId::blt, OpId::bge, OpId::bltu, OpId::bgeu};
  switch (w & 0x7F) {
    case 0x37: return with(OpId::li, rd, 0, 0, w & 0xFFFFF000);
    case 0x17: {  // auipc: the block adds its address, told by rs1 = 1
      return with(OpId::li, rd, 1, 0, w & 0xFFFFF000);
    }
    case 0x6F:
      return with(
          OpId::jal, rd, 0, 0,
          sign_extend(bits_of(w, 31, 31) << 20 | bits_of(w, 19, 12) << 12 | bits_of(w, 20, 20) << 11 | bits_of(w, 30, 21) << 1, 21));
    case 0x67: return funct3 == 0 ? with(OpId::jalr, rd, rs1, 0, i_imm) : illegal(w);
    case 0x63:
      if (branches[funct3] == OpId::illegal) return illegal(w);
      return with(branches[funct3], 0, rs1, rs2,
                  sign_extend(bits_of(w, 31, 31) << 12 | bits_of(w, 7, 7) << 11 | bits_of(w, 30, 25) << 5 | bits_of(w, 11, 8) << 1, 13));
    case 0x03: return loads[funct3] == OpId::illegal ? illegal(w) : with(loads[funct3], rd, rs1, 0, i_imm);
    case 0x23: return funct3 > 2 ? illegal(w) : with(stores[funct3], 0, rs1, rs2, sign_extend(w >> 25 << 5 | rd, 12));
    case 0x13: return decode_immediate(w, rd, rs1, funct3, i_imm);
    case 0x33: {
      const OpId id = register_operation(w >> 25, funct3);
      return id == OpId::illegal ? illegal(w) : with(id, rd, rs1, rs2, 0);
    }
    case 0x2F: return decode_atomic(w, rd, rs1, rs2, funct3);
    case 0x0F:
      if (funct3 == 0) return with(OpId::fence, 0, 0, 0, 0);
      return funct3 == 1 ? with(OpId::fence_i, 0, 0, 0, 0) : illegal(w);
    case 0x73: return decode_system(w, rd, rs1, funct3);
    default: return illegal(w);
  }
}

}  // namespace

std::uint32_t expand_compressed(std::uint16_t half) {
  switch (half & 3) {
    case 0: return expand_quadrant0(half);
    case 1: return expand_quadrant1(half);
    case 2: return expand_quadrant2(half);
    default: return 0;
  }
}

Instruction decode(std::uint32_t bits) {
  const auto half = static_cast<std::uint16_t>(bits);
  if (is_long(half)) return decode_long(bits);
  const std::uint32_t expanded = expand_compressed(half);
  Instruction i = expanded == 0 ? illegal(half) : decode_long(expanded);
  i.length = 2;
  return i;
}

}  // namespace snnvp::riscv
