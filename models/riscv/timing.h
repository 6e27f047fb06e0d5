// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <snnvp/models/riscv/operation.h>

namespace snnvp::riscv {

/// Cycles of each kind of instruction on memory without wait states. The default is `inorder4`, the table of the OpenHW CV32E40P
/// user manual, chapter "Pipeline details" (spec/firmware.md 5.2).
struct Timing {
  unsigned alu = 1, mul = 1, mulh = 5;
  unsigned div = 3;           ///< without the steps that depend on the divisor
  bool divider_steps = true;  ///< a division takes one more cycle for each leading zero of the divisor
  unsigned load = 1, store = 1;
  unsigned branch_taken = 3, branch_not_taken = 1, jump = 2, jump_reg = 2;
  unsigned csr = 4, csr_light = 1;  ///< CSRs that flush the pipeline, and the others
  unsigned amo = 3, lr_sc = 1;
  unsigned fence = 1, fence_i = 2, system = 1;
  unsigned mret = 2, trap = 4;  ///< not in the manual: a guess
  unsigned load_use = 1;        ///< the next instruction needs the loaded value
  unsigned jump_use = 1;        ///< jalr on the result of the instruction before
  unsigned entry_penalty = 1;   ///< transfer to a 4-byte instruction at an address of 2 mod 4
  unsigned misaligned = 1;      ///< an access that crosses a word

  /// Every instruction one cycle, traps none.
  static Timing unit();
  /// The defaults of `timing: table`: those of the riscv-vp simulator.
  static Timing table();
  static Timing inorder4() { return {}; }

  /// Cycles known when an instruction is decoded, hazards excluded.
  unsigned cycles(const Instruction& instruction) const;
  /// The most that a run can add to that: steps of a division, a crossed word, a taken branch.
  unsigned worst_extra(OpId id) const;
  /// Steps of the divider beyond `div`: leading zeros of the divisor as the RTL counts them.
  unsigned division_steps(std::uint32_t divisor, bool is_signed) const;
};

/// Names of the classes of a `table` and where each is stored.
struct TimingClass {
  const char* name;
  unsigned Timing::*member;
};
const std::vector<TimingClass>& timing_classes();

}  // namespace snnvp::riscv
