// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <utility>

#include <systemc>

#include <snnvp/models/sram/sram_core.h>
#include <snnvp/platform/block/capabilities.h>
#include <snnvp/platform/block/clock_domain.h>
#include <snnvp/platform/block/direct_users.h>
#include <snnvp/platform/tlm/memory_target.h>

namespace snnvp {

/// On-chip memory with one target socket. Never waits: contention of bursts is a reservation (README.md).
class Sram final : public sc_core::sc_module,
                   private MemoryTarget,
                   public StatProvider,
                   public EventProvider,
                   public DirectMemory,
                   public Resettable,
                   public IdleProvider {
public:
  struct Params : SramCore::Params {
    bool allow_dmi = false;  ///< DMI bypasses contention; of its accesses only what harts did is counted
  };

  Sram(const sc_core::sc_module_name& name, const Params& params, const ClockDomain& clock);

  TargetPort in;

  const SramCore& core() const { return core_; }
  MemoryStore& memory() { return store(); }

  void report_stats(StatSink& sink) const override;
  EventCounts events() const override { return core_with_direct().events(); }
  void add_user(std::function<DirectUse()> use) override { users_.add(std::move(use)); }
  /// Timing and counts as after construction, DMI taken back; the bytes stay.
  void reset() override;
  bool is_idle() const override { return true; }

private:
  void begin(tlm::tlm_command command, Address address, Bytes length, sc_core::sc_time& delay) override;
  bool access(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay) override;

  static constexpr Bytes word_bytes = 8;  // what DMI calls one access (spec/tlm.md T20)

  void word(bool is_write, Address address, Bytes length, sc_core::sc_time& delay) {
    core_.count(is_write, address, length);
    delay += word_time_;
  }
  SramCore core_with_direct() const;
  [[gnu::noinline]] void burst(bool is_write, Address address, Bytes length, sc_core::sc_time& delay);

  SramCore core_;
  ClockDomain clock_;
  sc_core::sc_time word_time_;
  DirectUsers users_;
};

class Registry;
/// Registers `models.sram`.
void register_sram(Registry& registry);

}  // namespace snnvp
