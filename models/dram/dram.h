// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <systemc>

#include <snnvp/models/dram/dram_core.h>
#include <snnvp/platform/block/capabilities.h>
#include <snnvp/platform/tlm/memory_target.h>

namespace snnvp {

/// Off-chip memory with one target socket. Never waits: the data bus is a reservation (README.md).
class Dram final : public sc_core::sc_module,
                   private MemoryTarget,
                   public StatProvider,
                   public EventProvider,
                   public Resettable,
                   public IdleProvider {
public:
  struct Params : DramCore::Params {
    bool allow_dmi = false;  ///< DMI bypasses contention and event counts
  };

  Dram(const sc_core::sc_module_name& name, const Params& params);

  TargetPort in;

  const DramCore& core() const { return core_; }
  MemoryStore& memory() { return store(); }

  void report_stats(StatSink& sink) const override;
  EventCounts events() const override;
  /// Timing and counts as after construction, DMI taken back; the bytes stay.
  void reset() override;
  bool is_idle() const override { return true; }

private:
  void begin(tlm::tlm_command command, Address address, Bytes length, sc_core::sc_time& delay) override;
  bool access(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay) override;

  DramCore core_;
  Counter accesses_;
  Picoseconds counted_since_ = 0;
};

class Registry;
/// Registers `models.dram`.
void register_dram(Registry& registry);

}  // namespace snnvp
