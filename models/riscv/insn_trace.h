// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdio>
#include <functional>
#include <string>

#include <snnvp/models/riscv/riscv_core.h>

namespace snnvp::riscv {

/// One line per retired instruction: cycle at which it begins, address, instruction word (four digits if compressed), and the register
/// it changed. Slow: the core makes single steps.
class InsnTrace {
public:
  using Fetch = std::function<bool(std::uint32_t address, std::uint8_t* data, unsigned bytes)>;

  /// InputError if the file cannot be written.
  InsnTrace(const std::string& path, Fetch fetch);
  ~InsnTrace();
  InsnTrace(const InsnTrace&) = delete;
  InsnTrace& operator=(const InsnTrace&) = delete;

  /// As Core::run(), up to cycle `end`, one instruction after the other.
  Stop run(Core& core, Cycles end);

private:
  void line(const Core& core, Cycles cycle, std::uint32_t pc);

  std::string path_;
  std::FILE* file_;
  Fetch fetch_;
  std::array<std::uint32_t, 32> before_{};
};

}  // namespace snnvp::riscv
