// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include <snnvp/platform/trace/tracer.h>
#include <snnvp/trace_config.h>

namespace snnvp::trace {

/// Where a block records: null unless the run is traced. A recording site is `if (hook_) hook_->slice(...)`, once per tile, burst or
/// packet, never in an inner loop. Built with SNNVP_TRACE=OFF, the condition is a constant and the site is gone.
class Hook {
public:
#ifndef SNNVP_TRACE
  constexpr explicit operator bool() const { return false; }
  Tracer* operator->() const { return nobody; }
  void set(Tracer&) {}

private:
  static Tracer* const nobody;  ///< null, but not for the compiler: sites behind the condition still have to compile
#else
  explicit operator bool() const { return tracer_ != nullptr; }
  Tracer* operator->() const { return tracer_; }
  void set(Tracer& tracer) { tracer_ = &tracer; }

private:
  Tracer* tracer_ = nullptr;
#endif
};

#ifndef SNNVP_TRACE
constexpr bool is_built_in = false;
#else
constexpr bool is_built_in = true;
#endif

/// A block with something to record beyond what its links and interrupts show. Found by dynamic_cast once all blocks exist.
class Traced {
public:
  virtual ~Traced() = default;
  /// Before the run: makes its tracks. `block` is its name.
  virtual void trace_to(Tracer& tracer, const std::string& block) = 0;
  /// The run is over at `now`: what is still under way is recorded as far as it has got.
  virtual void end_trace(Picoseconds /*now*/) {}
};

}  // namespace snnvp::trace
