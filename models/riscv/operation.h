// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>

// The operations a RISC-V instruction becomes when it is decoded (spec/firmware.md 4.1).
namespace snnvp::riscv {

/// What an instruction counts as in statistics.
enum class InsnClass : std::uint8_t { alu, mul, div, load, store, branch, jump, csr, amo, system, none };
constexpr std::size_t insn_classes = static_cast<std::size_t>(InsnClass::none);

/// Every operation with its class. The last four are no instructions: an encoding that traps, an address that cannot be fetched,
/// the seam to the next block, and the look-up of an instruction cache line.
#define SNNVP_RISCV_OPERATIONS(X)                                                                                                        \
  X(li, alu)                                                                                                                             \
  X(addi, alu)                                                                                                                           \
  X(slti, alu)                                                                                                                           \
  X(sltiu, alu)                                                                                                                          \
  X(xori, alu)                                                                                                                           \
  X(ori, alu) X(andi, alu) X(slli, alu) X(srli, alu) X(srai, alu) X(add, alu) X(sub, alu) X(sll, alu) X(slt, alu) X(sltu, alu)           \
      X(xor_, alu) X(srl, alu) X(sra, alu) X(or_, alu) X(and_, alu) X(mul, mul) X(mulh, mul) X(mulhsu, mul) X(mulhu, mul) X(div, div)    \
          X(divu, div) X(rem, div) X(remu, div) X(lb, load) X(lh, load) X(lw, load) X(lbu, load) X(lhu, load) X(sb, store) X(sh, store)  \
              X(sw, store) X(lr, amo) X(sc, amo) X(amo, amo) X(beq, branch) X(bne, branch) X(blt, branch) X(bge, branch) X(bltu, branch) \
                  X(bgeu, branch) X(jal, jump) X(park, jump) X(jalr, jump) X(fence, system) X(fence_i, system) X(ecall, system)          \
                      X(ebreak, system) X(mret, system) X(wfi, system) X(csr, csr) X(illegal, none) X(fetch_fault, none)                 \
                          X(end_block, none) X(line, none)

enum class OpId : std::uint8_t {
#define X(name, klass) name,
  SNNVP_RISCV_OPERATIONS(X)
#undef X
};

constexpr std::size_t operation_count = static_cast<std::size_t>(OpId::line) + 1;

constexpr InsnClass class_of(OpId id) {
  constexpr InsnClass classes[] = {
#define X(name, klass) InsnClass::klass,
      SNNVP_RISCV_OPERATIONS(X)
#undef X
  };
  return classes[static_cast<std::size_t>(id)];
}

constexpr std::uint8_t no_register = 32;  ///< where writes to x0 go

/// One decoded instruction.
struct Instruction {
  OpId id = OpId::illegal;
  std::uint8_t rd = no_register, rs1 = 0, rs2 = 0;
  /// Immediate; offset of branches and jumps; csr: number | funct3 << 12, rs1 the register or 5-bit immediate; amo: funct5;
  /// illegal: the encoding.
  std::uint32_t imm = 0;
  std::uint8_t length = 4;
};

/// One operation of a block. `cycles` and `instructions` are what the block has used before it, so that straight-line code keeps no
/// account and still every moment is known exactly.
struct Op {
  const void* handler = nullptr;  ///< label of the threaded interpreter
  std::uint32_t imm = 0;          ///< as Instruction; li: the value; branches and jumps: the target
  std::uint8_t rd = no_register, rs1 = 0, rs2 = 0;
  OpId id = OpId::illegal;
  std::uint16_t offset = 0;  ///< of its address from the block's start
  std::uint16_t cycles = 0;  ///< includes its own `stall`
  std::uint8_t instructions = 0;
  std::uint8_t length = 4;
  std::uint8_t stall = 0;  ///< cycles it waits for the result of the operation before
};
static_assert(sizeof(void*) != 8 || sizeof(Op) == 24, "operations of a block are kept small");

}  // namespace snnvp::riscv
