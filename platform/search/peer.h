// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/types.h>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <vector>

namespace snnvp::search {

/// A program that evaluates points did not keep its side: it ended, was silent too long, or said what is no answer.
struct PeerError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// A program that is told lines on its standard input and answers each by a line on its standard output. What it says on standard
/// error goes to ours. It is killed with this object, and dies with the thread that started it.
class Peer {
public:
  /// Starts it, found by PATH. Throws InputError if it cannot be started.
  explicit Peer(const std::vector<std::string>& command);
  ~Peer();
  Peer(const Peer&) = delete;
  Peer& operator=(const Peer&) = delete;

  /// Sends a line (without its end) and returns the answer. `timeout_ms` 0: waits for ever. Throws PeerError.
  std::string ask(const std::string& line, std::uint64_t timeout_ms);

private:
  [[noreturn]] void tell_end();
  std::string name_;
  pid_t pid_ = -1;
  int to_ = -1, from_ = -1;
  std::string buffer_;
};

}  // namespace snnvp::search
