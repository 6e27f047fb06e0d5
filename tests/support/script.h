// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <utility>

#include <systemc>

#include <snnvp/platform/tlm/initiator_port.h>
#include <snnvp/platform/tlm/sc_time.h>

namespace snnvp::test {

/// An initiator that runs a function in a thread.
class Script : public sc_core::sc_module {
public:
  InitiatorPort out;

  SNNVP_HAS_PROCESS(Script);
  Script(const sc_core::sc_module_name& name, std::function<void(InitiatorPort&)> body)
      : sc_module(name), out("out"), body_(std::move(body)) {
    SC_THREAD(run);
  }
  bool is_done() const { return is_done_; }

private:
  void run() {
    body_(out);
    is_done_ = true;
  }
  std::function<void(InitiatorPort&)> body_;
  bool is_done_ = false;
};

/// A thread without a socket.
class Thread : public sc_core::sc_module {
public:
  SNNVP_HAS_PROCESS(Thread);
  Thread(const sc_core::sc_module_name& name, std::function<void()> body) : sc_module(name), body_(std::move(body)) { SC_THREAD(run); }

private:
  void run() { body_(); }
  std::function<void()> body_;
};

}  // namespace snnvp::test
