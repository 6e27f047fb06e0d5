// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <vector>

#include <systemc>

#include <snnvp/models/dram/dram_controller.h>
#include <snnvp/models/dram/dram_core.h>
#include <snnvp/platform/block/capabilities.h>
#include <snnvp/platform/block/direct_users.h>
#include <snnvp/platform/block/memory_device.h>
#include <snnvp/platform/tlm/memory_target.h>

namespace snnvp {

/// Off-chip memory with one target socket (README.md). b_transport never waits: data bus or banks are a reservation. With bank timing
/// non-blocking calls go through the controller's queues, which reorder; bytes move in the order of arrival all the same.
class Dram final : public sc_core::sc_module,
                   private MemoryTarget,
                   private NonBlockingTarget,
                   public StatProvider,
                   public EventProvider,
                   public Resettable,
                   public IdleProvider,
                   public MemoryDevice,
                   public DirectMemory {
public:
  struct Params : DramCore::Params {
    bool allow_dmi = false;  ///< DMI bypasses contention; of its accesses only what harts did is counted
    bool bank_timing = false;
    std::string mapping = DramAddressMap::default_mapping;
    DramPolicy policy;
  };

  Dram(const sc_core::sc_module_name& name, const Params& params);

  TargetPort in;

  const DramCore& core() const { return core_; }
  /// With bank timing, else null.
  DramController* controller() { return controller_ ? &*controller_ : nullptr; }
  MemoryStore& memory() { return store(); }

  void report_stats(StatSink& sink) const override;
  EventCounts events() const override;
  MemoryShape memory_shape() const override;
  MemoryCounts memory_counts() const override;
  void add_user(std::function<DirectUse()> use) override { users_.add(std::move(use)); }
  /// Timing and counts as after construction, DMI taken back, queued accesses answered with an error; the bytes stay.
  void reset() override;
  bool is_idle() const override { return !controller_ || controller_->is_idle(); }
  std::string waiting_for() const override { return is_idle() ? "" : "responses of queued accesses"; }
  /// Activations of the kernel so far.
  std::uint64_t wake_ups() const { return wake_ups_; }

private:
  struct Queued {
    tlm::tlm_generic_payload* payload = nullptr;
    std::uint32_t next_free = 0;
  };

  void begin(tlm::tlm_command command, Address address, Bytes length, sc_core::sc_time& delay) override;
  bool access(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay) override;
  tlm::tlm_sync_enum nb_transport_fw(tlm::tlm_generic_payload& payload, tlm::tlm_phase& phase, sc_core::sc_time& delay) override;

  DramController make_controller() const;
  Picoseconds elapsed() const { return sc_core::sc_time_stamp().value() - origin_; }
  void enqueue(tlm::tlm_generic_payload& payload);
  void finish_response();
  void accept_blocked();
  void send_responses();
  void wake();
  void schedule();

  Params params_;
  DramCore core_;
  std::optional<DramController> controller_;
  Counter accesses_, bytes_read_, bytes_written_;
  DirectUsers users_;
  Picoseconds origin_ = 0;  // counts and the controller's time begin there: the last reset

  // Non-blocking path.
  sc_core::sc_event event_;
  Picoseconds scheduled_ = DramController::never;  // when event_ comes
  std::vector<Queued> queued_;                     // by slot
  std::uint32_t free_ = 0;
  std::vector<tlm::tlm_generic_payload*> responses_;  // due, in order; the first may be on its way
  std::size_t first_response_ = 0;
  bool response_sent_ = false;                   // the first one waits for END_RESP
  tlm::tlm_generic_payload* blocked_ = nullptr;  // has no END_REQ yet
  Picoseconds last_request_ = 0;                 // arrivals never go back
  bool is_functional_ = false;                   // the access under way takes no time here
  bool is_sending_ = false;
  std::uint64_t wake_ups_ = 0;
};

class Registry;
/// Registers `models.dram`.
void register_dram(Registry& registry);

}  // namespace snnvp
