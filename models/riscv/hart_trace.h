// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include <snnvp/platform/trace/hook.h>

namespace snnvp::riscv {

/// What a hart does when the run is traced: one slice from each change of its state to the next.
class HartTrace {
public:
  enum State { running, wfi, halted };
  /// As time lines and traces show it.
  static const char* name(State state) {
    static const char* const names[] = {"running", "wfi", "halted"};
    return names[state];
  }

  explicit operator bool() const { return static_cast<bool>(hook_); }
  void attach(trace::Tracer& tracer, const std::string& block) {
    hook_.set(tracer);
    track_ = tracer.track(block, "hart", trace::TrackKind::slices, "firmware");
    for (const State state : {running, wfi, halted}) names_[state] = tracer.text(name(state));
  }
  /// The hart is in `state` from `at` on.
  void enter(State state, Picoseconds at) {
    if (at > since_) hook_->slice(track_, names_[state_], since_, at);
    state_ = state;
    since_ = at;
  }
  /// The run ends.
  void end(Picoseconds at) { enter(state_, at); }

private:
  trace::Hook hook_;
  trace::Track track_ = 0;
  trace::Text names_[3] = {};
  State state_ = running;
  Picoseconds since_ = 0;
};

}  // namespace snnvp::riscv
