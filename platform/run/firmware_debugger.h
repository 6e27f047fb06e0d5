// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <snnvp/platform/block/debug_hart.h>
#include <snnvp/platform/block/firmware.h>
#include <snnvp/platform/config/scenario.h>
#include <snnvp/platform/export/address_map.h>
#include <snnvp/platform/gdb/server.h>

namespace snnvp {

class Platform;

/// Joins the harts of a simulation with a debug server: one server, each hart a thread, all stop together. While the program is halted
/// nothing of the simulation runs, so a debugged run gives the results of one that is not.
class FirmwareDebugger final : public HartDebugger, private gdb::Target {
public:
  struct Hart {
    std::string name;
    FirmwareHart* hart = nullptr;
    DebugHart* debug = nullptr;
  };
  /// What `monitor` commands show.
  struct View {
    Platform* platform = nullptr;
    AddressMap map;  ///< as the first hart sees it
    std::function<std::string(std::uint32_t)> place;
  };

  /// Opens the port (InputError if it cannot be had) and takes the harts over.
  FirmwareDebugger(std::vector<Hart> harts, View view, const GdbDecl& settings);
  ~FirmwareDebugger() override;

  /// The debugger is told the program's exit code and, where it is not empty, a text for people.
  void ended(std::uint32_t code, const std::string& text) { server_.ended(code, text); }
  double held_seconds() const { return server_.held_seconds(); }

  Turn next_turn(unsigned hart_id) override;
  void stopped(unsigned hart_id, const gdb::StopEvent& event) override;
  bool idle(unsigned hart_id) override;

private:
  unsigned harts() const override { return static_cast<unsigned>(harts_.size()); }
  std::string hart_text(unsigned hart) const override;
  std::vector<gdb::NamedRegister> csrs() const override { return harts_.front().debug->debug_csrs(); }
  std::optional<std::uint32_t> read_register(unsigned hart, unsigned number) override { return harts_[hart].debug->debug_register(number); }
  bool write_register(unsigned hart, unsigned number, std::uint32_t value) override {
    return harts_[hart].debug->set_debug_register(number, value);
  }
  std::string read_memory(unsigned hart, std::uint32_t address, std::size_t bytes) override;
  bool write_memory(unsigned hart, std::uint32_t address, const std::string& bytes) override;
  void set_breakpoint(std::uint32_t address, bool set) override;
  void set_watchpoints(const std::vector<gdb::Watchpoint>& watchpoints) override;
  std::string monitor(unsigned hart, const std::string& command) override;  // firmware_monitor.cpp
  void kill() override;

  unsigned index_of(unsigned hart_id) const;
  void halt(unsigned hart, gdb::StopEvent event, bool wait_for_one = false);

  std::string monitor_info() const;
  std::string monitor_irq(unsigned hart) const;
  std::string monitor_registers(const std::string& block) const;
  std::string monitor_stats(const std::string& block) const;
  std::string monitor_events() const;
  std::string monitor_reset();
  std::string monitor_until(const std::string& time);
  std::optional<std::uint32_t> read_device(Address address, unsigned bytes) const;

  std::vector<Hart> harts_;
  View view_;
  GdbDecl settings_;
  gdb::Server server_;
  gdb::Resumes resumes_;
  bool has_started_ = false, traces_ = false;
  std::optional<Picoseconds> until_;
};

}  // namespace snnvp
