// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

namespace snnvp::test {

/// How a program ended, and what it said.
struct ProcessResult {
  int exit_code = -1;  ///< -1 if a signal ended it
  int signal = 0;
  std::string out, err;
};

/// Runs a program with arguments (no shell) in `folder`, with a time limit after which it is killed.
ProcessResult run_process(const std::vector<std::string>& command, const std::string& folder = {}, double limit_s = 120);

/// Runs the built `snnvp` in the source tree's root.
ProcessResult run_snnvp(std::vector<std::string> arguments, const std::string& folder = {});

/// A new empty folder, removed with its content at the end of the test.
class ScratchFolder {
public:
  ScratchFolder();
  ~ScratchFolder();
  const std::string& path() const { return path_; }
  /// Writes a file into it and returns its path.
  std::string write(const std::string& name, const std::string& text) const;

private:
  std::string path_;
};

/// The bytes of a file; fails the test if it cannot be read.
std::string slurp(const std::string& path);

}  // namespace snnvp::test
