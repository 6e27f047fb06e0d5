// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <systemc>

#include <snnvp/models/riscv/core_debug.h>
#include <snnvp/models/riscv/hart_trace.h>
#include <snnvp/models/riscv/insn_trace.h>
#include <snnvp/models/riscv/riscv_core.h>
#include <snnvp/models/riscv/word_path.h>
#include <snnvp/platform/block/activity.h>
#include <snnvp/platform/block/capabilities.h>
#include <snnvp/platform/block/clock_domain.h>
#include <snnvp/platform/block/debug_hart.h>
#include <snnvp/platform/block/firmware.h>
#include <snnvp/platform/tlm/initiator_port.h>

namespace snnvp {

/// A hart as a TLM initiator: runs its core ahead of the kernel, never past what could influence it (README.md). One thread, one
/// kernel event per slice.
class Riscv final : public sc_core::sc_module,
                    private riscv::Bus,
                    public FirmwareHart,
                    public DebugHart,
                    public StatProvider,
                    public EventProvider,
                    public Resettable,
                    public IdleProvider,
                    public ActivitySource,
                    public trace::Traced {
public:
  struct Params : riscv::Core::Params {
    bool exact = true;                  ///< else a plain quantum: faster to lose exactness with
    Picoseconds quantum = 100'000'000;  ///< longest slice
    bool dmi = true;
    bool whole_words = false;                                ///< devices see aligned words with byte enables only
    std::vector<MemoryRange> memories;                       ///< what can be executed and used by atomics; a firmware workload sets them
    std::string insn_trace;                                  ///< file for a line per instruction; empty: none
    bool has_mei = false, has_mti = false, has_msi = false;  ///< interrupt inputs that are linked
  };

  Riscv(const sc_core::sc_module_name& name, const Params& params, const ClockDomain& clock);
  ~Riscv() override;

  InitiatorPort bus;
  std::unique_ptr<sc_core::sc_in<bool>> mei, mti, msi;

  riscv::Core& core() { return core_; }

  unsigned hart_id() const override { return params_.hart_id; }
  void start_at(std::uint32_t pc) override;
  void set_time_limit(Picoseconds limit) override { time_limit_ = limit; }
  void set_memories(std::vector<MemoryRange> memories) override { params_.memories = std::move(memories); }
  DirectUse direct_use(std::size_t memory) override;
  void set_timer(const FirmwareTimer* timer) override { timer_ = timer; }
  void set_observer(FirmwareObserver* observer) override { observer_ = observer; }
  void watch_tohost(std::uint32_t address) override;
  Bytes debug_read(Address address, std::uint8_t* data, Bytes length) override { return bus.debug_read(address, data, length); }
  Bytes debug_write(Address address, const std::uint8_t* data, Bytes length) override;
  State state() const override { return state_; }
  std::uint32_t pc() const override { return core_.pc(); }
  std::uint32_t csr(std::uint32_t number) override { return core_.read_csr(number).value_or(0); }
  Summary summary() const override;
  std::vector<Piece> profile() override;
  const std::vector<Event>& access_faults() const override { return access_faults_; }
  Event first_trap() const override;
  std::optional<Event> last_exception() const override;
  std::optional<Writer> last_writer(std::uint32_t first, std::uint32_t last) const override;

  std::optional<std::uint32_t> debug_register(unsigned number) override { return riscv::debug_register(core_, number); }
  bool set_debug_register(unsigned number, std::uint32_t value) override;
  std::vector<gdb::NamedRegister> debug_csrs() const override { return riscv::debug_csrs(params_.pmp_entries); }
  void set_breakpoint(std::uint32_t address, bool set) override { core_.set_breakpoint(address, set); }
  void set_watchpoints(const std::vector<gdb::Watchpoint>& watchpoints) override;
  void code_written(std::uint32_t address, std::uint32_t bytes) override { core_.flush(address, bytes); }
  bool is_machine_mode() const override { return core_.is_machine_mode(); }
  void set_debugger(HartDebugger* debugger) override { debugger_ = debugger; }
  void resumed() override { resumed_.notify(); }

  void report_stats(StatSink& sink) const override;
  EventCounts events() const override;
  /// The hart starts again at its reset address; statistics go on.
  void reset() override;
  /// A firmware workload tells itself what became of its harts.
  bool is_idle() const override { return observer_ != nullptr; }
  void trace_to(trace::Tracer& tracer, const std::string& block) override { trace_.attach(tracer, block); }
  void end_trace(Picoseconds now) override { trace_.end(now); }
  std::string waiting_for() const override;
  /// "running", "wfi" (asleep), "halted" (in a jump to itself, held by a debugger, ended).
  void on_activity(Sink sink) override { activity_ = std::move(sink); }

private:
  bool load(std::uint32_t address, unsigned bytes, std::uint32_t& value) override;
  bool store(std::uint32_t address, unsigned bytes, std::uint32_t value) override;
  bool fetch(std::uint32_t address, std::uint8_t* data, unsigned bytes) override;
  bool is_memory(std::uint32_t address) const override;
  unsigned memory_index(std::uint32_t address) const;
  std::optional<riscv::DirectRegion> direct(std::uint32_t address) override;
  std::uint64_t mtime() override;

  void run();
  void settle();
  void take_levels();
  Cycles slice(Picoseconds until) const;
  void catch_up();
  void follow();
  void sleep();
  void park();
  void halt();
  void hold();
  void tell(riscv::HartTrace::State state);
  void rest(const sc_core::sc_event_or_list& events);
  void stop_at(gdb::StopEvent::Cause cause, std::uint32_t address = 0, gdb::WatchKind watch = gdb::WatchKind::write);
  void watch_hit();
  void set_watches();
  void note_writer(std::uint32_t address);
  bool transfer(bool is_write, std::uint32_t address, std::uint8_t* data, unsigned bytes);
  void invalidate(Address first, Address last);
  void connect_path();
  WordResult take(bool is_write, std::uint32_t address, unsigned bytes, std::uint32_t& value);
  bool finish_load(WordResult result, std::uint32_t address, unsigned bytes, std::uint32_t& value);
  bool fault(bool is_write, std::uint32_t address, tlm::tlm_response_status status);
  void stall(Picoseconds start, Picoseconds end);
  void note_stall(Picoseconds start, Picoseconds end);
  bool is_due_before(Picoseconds time) const;
  Picoseconds local_ps() const { return period_ != 0 ? core_.now() * period_ : clock_.time_ps(core_.now()); }
  unsigned extra_cycles(const sc_core::sc_time& latency) const;

  Params params_;
  ClockDomain clock_;
  riscv::Core core_;
  FirmwareObserver* observer_ = nullptr;
  const FirmwareTimer* timer_ = nullptr;
  State state_ = State::running;
  bool is_executing_ = false;   // inside the core: it may wait there for a device
  bool reset_pending_ = false;  // asked for meanwhile
  unsigned resets_ = 0;
  Sink activity_;
  const Picoseconds period_;                                       // of the clock if it is a whole number, else 0
  const sc_core::sc_time& kernel_time_;                            // the kernel's own, read without a call
  tlm::tlm_blocking_transport_if<>* path_ = nullptr;               // what `bus` is bound to; its base class, found once
  tlm::tlm_generic_payload word_;                                  // of every timed access: the hart makes one at a time
  WordPath words_;                                                 // around payload and sockets where that is possible
  bool passes_quiet_reads_ = false, passes_quiet_writes_ = false;  // in this slice an access that nobody can have noticed does not end it
  Picoseconds last_stall_ps_ = 0;
  Cycles last_stall_ = 0;  // in cycles: divisions are what such an access should not need
  std::uint32_t start_pc_;
  Picoseconds time_limit_ = 0;
  Cycles slice_end_ = 0;  // first cycle at or after which the slice under way ends
  std::vector<Event> access_faults_;
  HartDebugger* debugger_ = nullptr;
  std::vector<gdb::Watchpoint> watchpoints_;
  std::optional<std::uint32_t> tohost_;      // address of the watched word
  std::map<std::uint32_t, Writer> writers_;  // by address
  Writer* last_writer_ = nullptr;
  sc_core::sc_event restart_, resumed_;
  tlm::tlm_generic_payload dmi_payload_;
  riscv::HartTrace trace_;
  std::unique_ptr<riscv::InsnTrace> insn_trace_;
};

class Registry;
/// Registers `models.riscv`.
void register_riscv(Registry& registry);

}  // namespace snnvp
