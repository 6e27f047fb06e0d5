// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace snnvp {

/// Where a RISC-V hart stood, and what was on its stack.
struct StackSnapshot {
  std::uint32_t pc = 0, ra = 0, sp = 0, fp = 0;
  std::vector<std::uint8_t> bytes;  ///< from `sp` upwards
};

/// Addresses of the calls that led there, innermost first, by the frame descriptions of an ELF file (.debug_frame or .eh_frame); empty if
/// the file has none or is damaged. At most `most` of them.
std::vector<std::uint32_t> unwind_calls(const std::string& elf_path, const StackSnapshot& from, std::size_t most = 10'000);

}  // namespace snnvp
