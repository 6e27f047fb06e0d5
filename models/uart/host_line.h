// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>

namespace snnvp {

/// The host's end of a serial line: characters come and go while the simulation runs, nothing here waits unless it is asked to.
class HostLine {
public:
  virtual ~HostLine() = default;
  /// How people reach it, in words.
  virtual std::string name() const = 0;
  /// Everything that has arrived since; may be empty.
  virtual std::string take() = 0;
  /// What nobody reads is kept, up to a limit; then the oldest goes.
  virtual void send(char c) = 0;
  /// Waits in wall time until something arrives, at most so long.
  virtual void wait(int milliseconds) = 0;
};

/// A new pseudo terminal in raw mode. InputError if the host has none to give.
std::unique_ptr<HostLine> open_pseudo_terminal();
/// The standard input of this process; sends nothing.
std::unique_ptr<HostLine> open_standard_input();

}  // namespace snnvp
