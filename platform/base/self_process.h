// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace snnvp {

/// How a process ended, and what it cost.
struct Ended {
  int exit_code = -1;  ///< -1 if a signal ended it
  int signal = 0;
  bool timed_out = false;
  std::string out, err;  ///< err: its last part
  double wall_s = 0, cpu_s = 0;
  std::uint64_t peak_memory_kib = 0;
};

/// Runs this program with other arguments and waits for it, at most `timeout_ms` (0: for ever). The child dies with its parent.
/// May be called from several threads. Throws std::system_error where no process can be made.
Ended run_self(const std::vector<std::string>& arguments, std::uint64_t timeout_ms);

/// The same for another program, by its path.
Ended run_program(const std::string& program, const std::vector<std::string>& arguments, std::uint64_t timeout_ms);

/// The path of a program in PATH; empty if there is none.
std::string find_program(const std::string& name);

}  // namespace snnvp
