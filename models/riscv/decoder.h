// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include <snnvp/models/riscv/operation.h>

namespace snnvp::riscv {

/// The 32-bit form of a compressed instruction; 0 where the encoding is illegal on RV32 without F and D, or not compressed.
std::uint32_t expand_compressed(std::uint16_t half);

/// Decodes an instruction from its first 32 bits (the upper half is ignored if it is compressed). RV32IMAC_Zicsr_Zifencei; whatever
/// else it is becomes `illegal` with the encoding in `imm`.
Instruction decode(std::uint32_t bits);

/// Is the instruction that starts with this half word 4 bytes long?
constexpr bool is_long(std::uint16_t half) { return (half & 3) == 3; }

}  // namespace snnvp::riscv
