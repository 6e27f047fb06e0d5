// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <stdexcept>
#include <string>

namespace snnvp {

/// What a child process that reads a file may use.
struct GuardLimits {
  std::uint64_t memory_bytes = std::uint64_t{2} << 30;  ///< beyond what the process has already
  unsigned seconds = 60;                                ///< of wall time
};

/// The child died, was too slow or wrote nonsense; `what()` says which.
class GuardFailure : public std::runtime_error {
public:
  using std::runtime_error::runtime_error;
};

/// Bytes from the child, in the parent. Throws GuardFailure if they do not come in time or end too early.
class GuardPipe {
public:
  GuardPipe(int fd, std::chrono::steady_clock::time_point deadline) : fd_(fd), deadline_(deadline) {}
  void read(void* to, std::size_t count);

  template <typename T>
  T number() {
    T value;
    read(&value, sizeof value);
    return value;
  }
  /// A text of at most `most` bytes.
  std::string text(std::uint64_t most);

private:
  int fd_;
  std::chrono::steady_clock::time_point deadline_;
  std::string buffer_;
  std::size_t at_ = 0;
};

/// Bytes to the parent, in the child; leaves the process if nobody reads them.
class GuardSink {
public:
  explicit GuardSink(int fd) : fd_(fd) {}
  void write(const void* from, std::size_t count);
  void flush();
  template <typename T>
  void number(T value) {
    write(&value, sizeof value);
  }
  void text(const std::string& value) {
    number(static_cast<std::uint64_t>(value.size()));
    write(value.data(), value.size());
  }

private:
  int fd_;
  std::string buffer_;
};

/// Runs `child` in a forked process with limits of memory and time, `parent` beside it in this one. Damaged files can crash a
/// library or send it into an endless loop (decision 55); here that is a GuardFailure. The child must not return control to the
/// caller's code: it ends when `child` does.
void read_guarded(const GuardLimits& limits, const std::function<void(GuardSink&)>& child, const std::function<void(GuardPipe&)>& parent);

}  // namespace snnvp
