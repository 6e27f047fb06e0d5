// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include <snnvp/platform/base/types.h>
#include <snnvp/platform/gdb/target.h>

// Between a hart and whoever debugs it. Header-only.
namespace snnvp {

/// Told by harts where they stand; waits as long as a person thinks, and simulated time with it.
class HartDebugger {
public:
  /// How a hart goes on now, and how far at most.
  struct Turn {
    gdb::Resume how;
    Picoseconds until = 0;  ///< simulated time it must not pass; 0: none
  };
  virtual ~HartDebugger() = default;
  /// Before each slice of a hart. Halts the program if a debugger asks for it.
  virtual Turn next_turn(unsigned hart_id) = 0;
  /// A hart has met what it was to stop at.
  virtual void stopped(unsigned hart_id, const gdb::StopEvent& event) = 0;
  /// A hart sleeps and nothing in the simulation can wake it: true if a debugger was asked what to do, false if there is none.
  virtual bool idle(unsigned hart_id) = 0;
};

/// What a debugger does with a hart (beside FirmwareHart).
class DebugHart {
public:
  virtual ~DebugHart() = default;
  /// By GDB's numbers (platform/gdb/target.h). Nothing, or false: there is no such register, or it cannot be written.
  virtual std::optional<std::uint32_t> debug_register(unsigned number) = 0;
  virtual bool set_debug_register(unsigned number, std::uint32_t value) = 0;
  virtual std::vector<gdb::NamedRegister> debug_csrs() const = 0;
  virtual void set_breakpoint(std::uint32_t address, bool set) = 0;
  virtual void set_watchpoints(const std::vector<gdb::Watchpoint>& watchpoints) = 0;
  /// Somebody else wrote code.
  virtual void code_written(std::uint32_t address, std::uint32_t bytes) = 0;
  virtual bool is_machine_mode() const = 0;
  /// Null: nobody debugs.
  virtual void set_debugger(HartDebugger* debugger) = 0;
  /// The debugger has let the program go on: a hart that was held asks for its turn again.
  virtual void resumed() = 0;
};

}  // namespace snnvp
