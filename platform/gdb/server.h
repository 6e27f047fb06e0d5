// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include <snnvp/platform/gdb/target.h>

namespace snnvp::gdb {

/// Serves one debugger at a time on 127.0.0.1. Single-threaded: while the program is halted the caller waits in here, so simulated time
/// stands still; while it runs, the caller looks in now and then. Connections that speak no protocol change nothing.
class Server {
public:
  struct Hooks {
    std::function<void(const std::string&)> say;  ///< a line for the user
    std::function<bool()> is_ending;              ///< the run is to end: nobody waits any longer
  };

  /// Listens on a port, 0: one that is free. InputError if it cannot be had.
  Server(Target& target, std::uint16_t port, Hooks hooks);
  ~Server();

  std::uint16_t port() const;
  /// A debugger has spoken and not left.
  bool is_attached() const;
  /// Looks at the connection without waiting; true: the program is to halt, because a debugger asks for it or has just come.
  bool poll();
  /// The program stands at `event`: tells the debugger and serves it until it lets the program go on. Without a debugger at once, unless
  /// `wait_for_one` is set. Returns how each hart goes on.
  Resumes halt(const StopEvent& event, bool wait_for_one = false);
  /// Nothing can happen until a debugger asks for it: waits until one does, or has gone. False: there is none.
  bool wait();
  /// The program has ended with a code; the text, if there is one, is shown to the user of the debugger.
  void ended(std::uint32_t code, const std::string& text = {});
  /// Wall time spent halted.
  double held_seconds() const;

private:
  class Implementation;
  std::unique_ptr<Implementation> self_;
};

}  // namespace snnvp::gdb
