// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstring>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <snnvp/models/riscv/core_debug.h>
#include <snnvp/platform/gdb/target.h>

#include "../support/riscv_machine.h"

namespace snnvp::test {

/// Harts without a simulation around them, each with its own RAM, for the protocol and the server.
class CoreTarget : public gdb::Target {
public:
  explicit CoreTarget(unsigned harts) {
    for (unsigned i = 0; i < harts; ++i) {
      riscv::Core::Params params;
      params.hart_id = i;
      machines.push_back(std::make_unique<Machine>(params));
    }
  }

  /// Runs harts in turn as a debugger asked for, `quantum` cycles each, until one stops or `is_asked` says so.
  gdb::StopEvent run(const gdb::Resumes& resumes, const std::function<bool()>& is_asked, Cycles quantum = 10'000) {
    for (auto& m : machines) m->core.pass_breakpoint();
    for (;;) {
      for (unsigned i = 0; i < machines.size(); ++i) {
        if (is_asked()) return {gdb::StopEvent::Cause::interrupt, i, 0, gdb::WatchKind::write};
        if (resumes[i].kind == gdb::Resume::Kind::hold) continue;
        riscv::Core& core = machines[i]->core;
        bool is_done = false;
        const riscv::Stop stop =
            resumes[i].kind == gdb::Resume::Kind::run ? core.run(quantum) : riscv::walk(core, resumes[i], core.now() + quantum, is_done);
        if (stop == riscv::Stop::breakpoint) return {gdb::StopEvent::Cause::breakpoint, i, core.pc(), gdb::WatchKind::write};
        if (stop == riscv::Stop::watchpoint) {
          const gdb::Watchpoint* hit = riscv::find_hit(points, core.watch_hit());
          return {gdb::StopEvent::Cause::watchpoint, i, core.watch_hit().address, hit->kind};
        }
        if (is_done) return {gdb::StopEvent::Cause::step, i, core.pc(), gdb::WatchKind::write};
      }
    }
  }

  unsigned harts() const override { return static_cast<unsigned>(machines.size()); }
  std::string hart_text(unsigned hart) const override { return "hart " + std::to_string(hart); }
  std::vector<gdb::NamedRegister> csrs() const override { return riscv::debug_csrs(16); }
  std::optional<std::uint32_t> read_register(unsigned hart, unsigned number) override {
    return riscv::debug_register(machines[hart]->core, number);
  }
  bool write_register(unsigned hart, unsigned number, std::uint32_t value) override {
    return riscv::set_debug_register(machines[hart]->core, number, value);
  }
  std::string read_memory(unsigned hart, std::uint32_t address, std::size_t bytes) override {
    const auto& ram = machines[hart]->ram;
    if (address < Machine::ram_base || address - Machine::ram_base >= ram.size()) return {};
    const std::size_t at = address - Machine::ram_base;
    return {reinterpret_cast<const char*>(ram.data()) + at, std::min(bytes, ram.size() - at)};
  }
  bool write_memory(unsigned hart, std::uint32_t address, const std::string& bytes) override {
    auto& ram = machines[hart]->ram;
    if (address < Machine::ram_base || address - Machine::ram_base + bytes.size() > ram.size()) return false;
    std::memcpy(ram.data() + (address - Machine::ram_base), bytes.data(), bytes.size());
    machines[hart]->core.flush(address, static_cast<std::uint32_t>(bytes.size()));
    return true;
  }
  void set_breakpoint(std::uint32_t address, bool set) override {
    for (auto& m : machines) m->core.set_breakpoint(address, set);
    breakpoints += set ? 1 : -1;
  }
  void set_watchpoints(const std::vector<gdb::Watchpoint>& watchpoints) override {
    points = watchpoints;
    std::vector<riscv::Watch> watches;
    for (const gdb::Watchpoint& w : watchpoints) watches.push_back(riscv::watch_of(w));
    for (auto& m : machines) m->core.set_watches(watches);
  }
  std::string monitor(unsigned hart, const std::string& command) override {
    return command == "big" ? std::string(20'000, 'x') : "hart " + std::to_string(hart) + " hears " + command + "\n";
  }
  void kill() override { is_killed = true; }

  std::vector<std::unique_ptr<Machine>> machines;
  std::vector<gdb::Watchpoint> points;
  int breakpoints = 0;
  bool is_killed = false;
};

}  // namespace snnvp::test
