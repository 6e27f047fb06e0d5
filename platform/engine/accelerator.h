// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <deque>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <systemc>

#include <snnvp/platform/block/activity.h>
#include <snnvp/platform/block/capabilities.h>
#include <snnvp/platform/block/clock_domain.h>
#include <snnvp/platform/block/heat_response.h>
#include <snnvp/platform/engine/engine_core.h>
#include <snnvp/platform/engine/engine_trace.h>
#include <snnvp/platform/registry/registry.h>
#include <snnvp/platform/tlm/initiator_port.h>
#include <snnvp/platform/tlm/register_bank.h>
#include <snnvp/platform/tlm/target_port.h>

namespace snnvp::engine {

/// What an engine did over a run, for the report.
struct EngineTotals {
  Cycles first_doorbell = 0;
  Cycles last_completion = 0;
  Cycles contribution_cycles = 0;  ///< sum of the layers' contributions
  bool fixed_timing = false;       ///< `paper`: the total is the sum of contributions
  std::uint64_t jobs = 0;
  /// `totals.cycles` (decision 12). A run that ended before its first job did has none.
  Cycles cycles() const {
    if (fixed_timing) return contribution_cycles;
    return last_completion > first_doorbell ? last_completion - first_doorbell : 0;
  }
};

/// An engine seen from the run: what it computed, in order.
class JobEngine {
public:
  virtual ~JobEngine() = default;
  virtual const std::vector<LayerRecord>& layer_records() const = 0;
  /// Gives the rows so far away, so that a long run does not keep them.
  virtual std::vector<LayerRecord> take_layer_records() = 0;
  virtual EngineTotals totals() const = 0;
  /// totals().cycles() with the job under way, as far as it has got.
  virtual Cycles busy_so_far() const { return totals().cycles(); }
  /// Pipeline items finished, for progress and the watchdog.
  virtual std::uint64_t items_done() const = 0;
  /// Of its clock; if that was throttled, the mean from the first doorbell to the last completion.
  virtual std::uint64_t clock_hz() const = 0;
  /// What was wrong with the last job that was refused, in words; may be empty.
  virtual std::string refusal() const { return {}; }
};

/// The front end of every engine: registers, doorbell, descriptor fetch, DMA bursts, the tile pipeline with
/// double buffering, write-back, interrupt. A new engine is an EngineCore plus a kind descriptor.
///
/// One process per initiator socket: it wakes once per tile (plus what the interconnect waits per burst).
class Accelerator : public sc_core::sc_module,
                    public JobEngine,
                    public StatProvider,
                    public EventProvider,
                    public Resettable,
                    public IdleProvider,
                     public ActivitySource,
                    public ClockThrottle,
                    public trace::Traced {
  RegisterBank bank_;  // before the port that serves it

public:
  TargetPort regs;
  InitiatorPort dma;
  sc_core::sc_out<bool> irq;

  struct Options {
    Bits dma_bits_per_cycle = 1024;                  ///< 0: unlimited, transfers take no port time
    Cycles decode_cycles = 1;                        ///< between a descriptor's arrival and its first fetch [assumed]
    std::map<std::string, std::uint32_t> constants;  ///< read-only registers that tell how the engine was built
  };

  Accelerator(const sc_core::sc_module_name& name, std::unique_ptr<EngineCore> core, RegisterMap registers, const ClockDomain& clock,
              const Options& options);
  ~Accelerator() override;

  const std::vector<LayerRecord>& layer_records() const override { return records_; }
  std::vector<LayerRecord> take_layer_records() override { return std::exchange(records_, {}); }
  EngineTotals totals() const override { return totals_; }
  Cycles busy_so_far() const override;
  std::uint64_t items_done() const override { return tiles_.value(); }
  std::uint64_t clock_hz() const override;
  std::string refusal() const override { return problem_; }
  void report_stats(StatSink& sink) const override;
  EventCounts events() const override { return core_->events(); }
  /// The unit `engine` is busy for totals().cycles(): what published powers are multiplied with.
  std::map<std::string, Cycles> unit_busy_cycles() const override { return {{"engine", totals_.cycles()}}; }
  void reset() override;
  /// Slower bursts and tiles from the next edge on. A divided clock meets the bus at an asynchronous boundary: one more cycle
  /// each way per burst (spec/stack3d.md 6.4).
  void set_clock_divider(unsigned divider) override;
  bool is_idle() const override { return !busy_ && !start_requested_; }
  std::string waiting_for() const override { return doing_; }
  /// "job 3", counted from 1 since the start of the simulation.
  void on_activity(Sink sink) override { activity_ = std::move(sink); }

  void trace_to(trace::Tracer& tracer, const std::string& block) override { trace_.attach(tracer, block); }
  void end_trace(Picoseconds now) override;

  /// Times the engine's process was woken by the kernel.
  std::uint64_t activations() const { return activations_; }
  EngineCore& core() { return *core_; }

private:
  struct Store {
    Cycles ready = 0;
    TransferList list;
  };

  void install_handlers();
  void set_constants();
  void request_start(const sc_core::sc_time& delay);
  void abort();
  void update_irq();
  void raise(std::uint32_t causes);
  void finish_chain(JobStatus status, Address at);
  void clear_counts();

  void run();
  JobStatus run_chain(Address first, Address& failed_at);
  JobStatus fetch_channel_values(JobDescriptor& job, Cycles& end, Address& failed_at);
  JobStatus run_job(Job& job, const JobDescriptor& descriptor, Cycles start, Cycles& end, Address& failed_at);
  JobStatus flush_stores(Cycles until, bool ignore_time, Cycles& end, Address& failed_at);
  bool move(TransferList& list, bool write, Cycles at, bool ignore_time, Cycles& end, Address& failed_at);
  bool sync_to(Cycles cycle);
  Cycles now_cycle() const;

  std::unique_ptr<EngineCore> core_;
  ClockDomain clock_;
  std::uint64_t hz_;  // undivided
  unsigned divider_ = 1;
  bool was_divided_ = false;
  Picoseconds first_doorbell_ps_ = 0, last_completion_ps_ = 0;
  Cycles crossing_ = 0;  // between this clock and the bus's, each way
  Cycles last_cycle_;    // of simulated time, with room for sums of times
  Options options_;

  struct Indices {
    unsigned status, irq_enable, irq_status, desc_lo, desc_hi, desc_len, queue, error_lo, error_hi;
  } reg_{};
  sc_core::sc_event start_event_, cancel_event_, irq_event_;
  bool start_requested_ = false;
  Picoseconds start_at_ = 0;  // not before this
  bool busy_ = false;
  bool cancel_ = false;  // abort or reset: end at the next tile
  bool core_reset_pending_ = false;
  std::string doing_;
  std::string problem_;  // why the last chain was refused, if it was
  Sink activity_;
  std::uint64_t jobs_begun_ = 0;

  Cycles port_free_ = 0;
  std::deque<Store> stores_;
  TransferList list_;
  Bytes job_bytes_read_ = 0, job_bytes_written_ = 0;

  std::vector<LayerRecord> records_;
  EngineTotals totals_;
  bool any_start_ = false;
  Counter jobs_, job_errors_, tiles_, bursts_, busy_cycles_, bytes_read_, bytes_written_, fetch_cycles_, rows_dropped_;
  std::uint64_t activations_ = 0;
  EngineTrace trace_;
  Picoseconds chain_start_ps_ = 0;
};

/// Ports, statistics and parameters that every engine kind shares.
std::vector<PortSpec> accelerator_ports();
std::vector<StatSpec> accelerator_stats();
/// The common register head (registers.yaml of platform/engine).
extern const char* const common_registers;

}  // namespace snnvp::engine
