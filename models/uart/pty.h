// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>

namespace snnvp {

/// A pseudo-terminal for a program of the user's to read from, such as `screen` or `cat`. Raw: bytes pass as they are.
/// A reader that is slow or absent never stops the simulation; what does not fit is dropped here (it is in the log all the same).
class Pty {
public:
  /// Throws InputError if the system gives none.
  Pty();
  /// Waits up to a second for a reader to take what is still there.
  ~Pty();
  Pty(const Pty&) = delete;
  Pty& operator=(const Pty&) = delete;

  /// Path of the end to read from, such as /dev/pts/3.
  const std::string& path() const { return path_; }
  void put(char c);

private:
  void flush();

  int master_ = -1, reader_side_ = -1;
  std::string path_, waiting_;
};

}  // namespace snnvp
