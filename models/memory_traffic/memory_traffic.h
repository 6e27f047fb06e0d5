// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include <tlm_utils/simple_initiator_socket.h>
#include <systemc>
#include <tlm>

#include <snnvp/models/memory_traffic/memory_traffic_core.h>
#include <snnvp/platform/block/capabilities.h>

namespace snnvp {

/// Loads a memory with non-blocking accesses (spec/tlm.md section 8), as many at a time as the workload says. It sends in reply to
/// responses, so that an access costs no activation of its own.
class MemoryTrafficBlock final : public sc_core::sc_module,
                                 public MemoryTrafficSource,
                                 public StatProvider,
                                 public IdleProvider,
                                 private tlm::tlm_mm_interface {
public:
  explicit MemoryTrafficBlock(const sc_core::sc_module_name& name);
  ~MemoryTrafficBlock() override;

  tlm_utils::simple_initiator_socket<MemoryTrafficBlock, 32> out;

  void set_traffic(const MemoryTraffic& traffic) override;
  void prepare() override;
  bool is_finished() const override;
  MemoryTrafficResult traffic_result() const override;

  void report_stats(StatSink& sink) const override;
  bool is_idle() const override { return !core_ || is_finished(); }
  std::string waiting_for() const override { return is_idle() ? "" : "responses of memory accesses"; }

private:
  struct Slot : tlm::tlm_generic_payload {
    std::vector<std::uint8_t> data;
    Picoseconds sent = 0;
    std::uint8_t version = 0;
  };

  tlm::tlm_sync_enum nb_transport_bw(tlm::tlm_generic_payload& payload, tlm::tlm_phase& phase, sc_core::sc_time& delay);
  void free(tlm::tlm_generic_payload* payload) override;
  Slot& take_slot();
  /// Every payload that leaves here is a slot.
  static Slot& slot_of(tlm::tlm_generic_payload& payload) { return static_cast<Slot&>(payload); }
  void begin();
  void next_unloaded();
  void pump(sc_core::sc_time delay);
  void send(Slot& slot, sc_core::sc_time delay);
  void finish(tlm::tlm_generic_payload& payload, Picoseconds at);

  std::optional<MemoryTrafficCore> core_;
  std::vector<std::unique_ptr<Slot>> slots_;
  std::vector<Slot*> free_;
  sc_core::sc_event start_;
  tlm::tlm_generic_payload* requesting_ = nullptr;  // has no END_REQ yet
  std::uint64_t under_way_ = 0;
  std::size_t unloaded_next_ = 0;
  bool is_loading_ = false, is_pumping_ = false;
  double loaded_sum_ = 0;
  MemoryTrafficResult result_;
};

class Registry;
/// Registers `models.memory_traffic`.
void register_memory_traffic(Registry& registry);

}  // namespace snnvp
