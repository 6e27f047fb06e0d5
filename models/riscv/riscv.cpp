// SPDX-License-Identifier: Apache-2.0
#include <snnvp/models/riscv/riscv.h>

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <utility>

#include <snnvp/platform/tlm/quick_time.h>
#include <snnvp/platform/tlm/sc_time.h>

namespace snnvp {
namespace {

constexpr unsigned most_faults = 16;  // access faults kept for the diagnosis
constexpr std::uint64_t ps_per_second = 1'000'000'000'000;
constexpr unsigned settle_rounds = 8;  // two harts that wait for each other to settle would do so for ever

std::unique_ptr<sc_core::sc_in<bool>> input(bool is_linked, const char* name) {
  return is_linked ? std::make_unique<sc_core::sc_in<bool>>(name) : nullptr;
}

/// When each hart of the simulation runs on. A hart's own waiting is no activity that could influence another one before that one
/// has seen it: they meet at the ends of their slices.
std::vector<std::pair<const Riscv*, Picoseconds>>& wake_times() {
  static std::vector<std::pair<const Riscv*, Picoseconds>> times;
  return times;
}

bool is_other_harts_time(const Riscv* self, Picoseconds time) {
  for (const auto& [hart, wake] : wake_times())
    if (hart != self && wake == time) return true;
  return false;
}

void set_wake_time(const Riscv* self, Picoseconds time) {
  for (auto& [hart, wake] : wake_times())
    if (hart == self) wake = time;
}

}  // namespace

Riscv::Riscv(const sc_core::sc_module_name& name, const Params& params, const ClockDomain& clock)
    : sc_module(name),
      bus("bus"),
      mei(input(params.has_mei, "mei")),
      mti(input(params.has_mti, "mti")),
      msi(input(params.has_msi, "msi")),
      params_(params),
      clock_(clock),
      core_(params, *this),
      period_(ps_per_second % clock.hz() == 0 ? ps_per_second / clock.hz() : 0),
      kernel_time_(sc_core::sc_time_stamp()),
      start_pc_(params.reset_pc) {
  bus.on_invalidate([this](Address first, Address last) { invalidate(first, last); });
  if (!params.insn_trace.empty())
    insn_trace_ = std::make_unique<riscv::InsnTrace>(
        params.insn_trace, [this](std::uint32_t address, std::uint8_t* data, unsigned bytes) { return fetch(address, data, bytes); });
  wake_times().emplace_back(this, std::numeric_limits<Picoseconds>::max());
  SNNVP_HAS_PROCESS(Riscv);
  SC_THREAD(run);
}

Riscv::~Riscv() {
  auto& times = wake_times();
  times.erase(std::remove_if(times.begin(), times.end(), [this](const auto& entry) { return entry.first == this; }), times.end());
}

void Riscv::start_at(std::uint32_t pc) {
  start_pc_ = pc;
  core_.reset(pc);
}

void Riscv::reset() {
  if (is_executing_) {  // it waits for a device in the middle of an instruction, which ends first
    reset_pending_ = true;
    core_.request_yield();
    return;
  }
  ++resets_;
  core_.reset(start_pc_);
  state_ = State::running;
  restart_.notify();
}

void Riscv::tell(riscv::HartTrace::State state) {
  if (activity_) activity_(now_ps(), riscv::HartTrace::name(state));
  if (trace_) trace_.enter(state, local_ps());
}

Bytes Riscv::debug_write(Address address, const std::uint8_t* data, Bytes length) {
  const Bytes done = bus.debug_write(address, data, length);
  if (done != 0 && address <= 0xFFFFFFFF)
    core_.flush(static_cast<std::uint32_t>(address), static_cast<std::uint32_t>(std::min<Bytes>(done, 0xFFFFFFFF)));
  return done;
}

// --- time ---

void Riscv::run() {
  connect_path();
  tell(riscv::HartTrace::running);
  for (;;) {
    settle();
    if (observer_ != nullptr && observer_->is_over()) halt();
    take_levels();
    const HartDebugger::Turn turn = debugger_ != nullptr ? debugger_->next_turn(params_.hart_id) : HartDebugger::Turn{};
    if (turn.how.kind == gdb::Resume::Kind::hold) {
      hold();
      continue;
    }
    const Cycles cycles = slice(turn.until);
    if (cycles == 0) {  // the time limit: the run ends before this wait does
      wait(sc_time_of(clock_.duration_ps(1)));
      continue;
    }
    slice_end_ = core_.now() + cycles;
    // What changes nothing outside its register cannot make anything due. What is due already ends the slice, but for the time of other
    // harts; and those may read the register.
    passes_quiet_writes_ = wake_times().size() == 1;
    passes_quiet_reads_ = passes_quiet_writes_ || !is_due_before(clock_.time_ps(slice_end_));
    bool is_walked = false;
    is_executing_ = true;
    const riscv::Stop stop = turn.how.kind != gdb::Resume::Kind::run ? riscv::walk(core_, turn.how, slice_end_, is_walked)
                             : insn_trace_                           ? insn_trace_->run(core_, slice_end_)
                                                                     : core_.run(cycles);
    is_executing_ = false;
    const unsigned resets = resets_;
    if (std::exchange(reset_pending_, false)) reset();
    catch_up();
    if (resets_ != resets) continue;  // what the core stopped for was before
    switch (stop) {
      case riscv::Stop::budget:
        // Nothing is left that could raise the interrupt it would leave by.
        if (core_.is_spinning() && params_.spin_check && !sc_core::sc_pending_activity()) park();
        break;
      case riscv::Stop::yield: break;
      case riscv::Stop::breakpoint:
        stop_at(gdb::StopEvent::Cause::breakpoint, core_.pc());
        core_.pass_breakpoint();
        break;
      case riscv::Stop::watchpoint: watch_hit(); break;
      case riscv::Stop::wfi: sleep(); break;
      case riscv::Stop::parked: park(); break;
      case riscv::Stop::lockup:
        stop_at(gdb::StopEvent::Cause::fault);
        if (observer_ != nullptr) observer_->finish("lockup", 0, {});
        halt();
        break;
      case riscv::Stop::max_instructions:
        if (observer_ != nullptr) observer_->finish("limit", 0, fmt::format("{} has executed max_instructions", name()));
        halt();
        break;
    }
    if (is_walked) stop_at(gdb::StopEvent::Cause::step);
  }
}

/// Lets the present settle: what other processes do at this very time comes before the next instruction.
void Riscv::settle() {
  if (!params_.exact) return;
  for (unsigned round = 0; round < settle_rounds && sc_core::sc_pending_activity_at_current_time(); ++round) wait(sc_core::SC_ZERO_TIME);
}

void Riscv::take_levels() {
  if (mei) core_.set_irq(riscv::irq_external, mei->read());
  if (mti) core_.set_irq(riscv::irq_timer, mti->read());
  if (msi) core_.set_irq(riscv::irq_software, msi->read());
}

/// Cycles to the first edge at or after everything that could influence the hart.
Cycles Riscv::slice(Picoseconds until) const {
  Picoseconds length = params_.quantum;
  if (until > now_ps()) length = std::min(length, until - now_ps());
  if (params_.exact && sc_core::sc_pending_activity()) {
    const Picoseconds next = ps_of(sc_core::sc_time_to_pending_activity());
    if (next != 0 ? !is_other_harts_time(this, now_ps() + next) : wake_times().size() == 1) length = std::min(length, next);
  }
  if (time_limit_ != 0) {
    if (now_ps() >= time_limit_) return 0;
    length = std::min(length, time_limit_ - now_ps());
  }
  const Cycles end = clock_.cycle_at(now_ps() + length);
  return end > core_.now() ? end - core_.now() : 1;
}

/// The kernel follows to the core's local time.
void Riscv::catch_up() {
  const Picoseconds local = local_ps();
  set_wake_time(this, local);
  if (local > now_ps()) wait(sc_time_of(local - now_ps()));
  set_wake_time(this, std::numeric_limits<Picoseconds>::max());
}

/// The core was not executing: its time follows to the next clock edge, so that the grid is never left.
void Riscv::follow() {
  const Cycles now = clock_.cycle_at(now_ps());
  if (now > core_.now()) core_.sleep(now - core_.now());
}

void Riscv::sleep() {
  state_ = State::sleeping;
  tell(riscv::HartTrace::wfi);
  sc_core::sc_event_or_list any;
  any |= restart_;
  for (const auto* line : {mei.get(), mti.get(), msi.get()})
    if (line != nullptr) any |= line->value_changed_event();
  for (;;) {
    settle();
    take_levels();
    if (core_.has_wakeup() || state_ == State::running) break;
    rest(any);
  }
  state_ = State::running;
  follow();
  catch_up();
  tell(riscv::HartTrace::running);
}

void Riscv::park() {
  state_ = State::parked;
  tell(riscv::HartTrace::halted);
  sc_core::sc_event_or_list any;
  any |= restart_;
  while (state_ == State::parked) rest(any);
  follow();
  tell(riscv::HartTrace::running);
}

void Riscv::halt() {
  state_ = State::stopped;
  tell(riscv::HartTrace::halted);
  wait(restart_);
  follow();
  tell(riscv::HartTrace::running);
}

// --- debugging ---

/// Waits for something that can wake the hart; a debugger is heard meanwhile.
void Riscv::rest(const sc_core::sc_event_or_list& events) {
  if (debugger_ == nullptr) return wait(events);
  HartDebugger::Turn turn = debugger_->next_turn(params_.hart_id);
  for (; turn.how.kind == gdb::Resume::Kind::hold; turn = debugger_->next_turn(params_.hart_id)) wait(resumed_);
  if (state_ == State::running) return;  // the debugger sent it elsewhere
  if (turn.until == 0 && !sc_core::sc_pending_activity()) {
    if (!debugger_->idle(params_.hart_id)) wait(events);
    return;
  }
  Picoseconds length = params_.quantum;
  if (turn.until > now_ps()) length = std::min(length, turn.until - now_ps());
  set_wake_time(this, now_ps() + length);
  wait(sc_time_of(length), events);
  set_wake_time(this, std::numeric_limits<Picoseconds>::max());
}

/// A debugger lets others go on, but not this hart.
void Riscv::hold() {
  tell(riscv::HartTrace::halted);
  wait(resumed_);
  follow();
  catch_up();
  tell(riscv::HartTrace::running);
}

void Riscv::stop_at(gdb::StopEvent::Cause cause, std::uint32_t address, gdb::WatchKind watch) {
  if (debugger_ != nullptr) debugger_->stopped(params_.hart_id, {cause, 0, address, watch});
}

void Riscv::watch_hit() {
  const riscv::WatchHit& hit = core_.watch_hit();
  if (observer_ != nullptr && tohost_ && hit.is_write && hit.address == *tohost_) observer_->tohost(hit.value);
  if (const gdb::Watchpoint* point = riscv::find_hit(watchpoints_, hit))
    stop_at(gdb::StopEvent::Cause::watchpoint, hit.address, point->kind);
}

void Riscv::watch_tohost(std::uint32_t address) {
  tohost_ = address;
  set_watches();
}

void Riscv::set_watchpoints(const std::vector<gdb::Watchpoint>& watchpoints) {
  watchpoints_ = watchpoints;
  set_watches();
}

void Riscv::set_watches() {
  std::vector<riscv::Watch> watches;
  for (const gdb::Watchpoint& point : watchpoints_) watches.push_back(riscv::watch_of(point));
  if (tohost_) watches.push_back({*tohost_, 4, false, true});
  core_.set_watches(std::move(watches));
}

bool Riscv::set_debug_register(unsigned number, std::uint32_t value) {
  if (!riscv::set_debug_register(core_, number, value)) return false;
  if (number == gdb::pc_number && state_ != State::running) {  // it does not go on sleeping somewhere else
    state_ = State::running;
    restart_.notify();
  }
  return true;
}

// --- the world ---

std::uint64_t Riscv::mtime() {
  const Picoseconds local = local_ps();
  return timer_ != nullptr ? timer_->mtime(local) : local / 100'000;  // without a timer: 10 MHz, as models.intc has by default
}

/// What no access changes of its payload is set once.
void Riscv::connect_path() {
  path_ = bus.operator->();
  words_.connect(params_.whole_words ? nullptr : bus.operator->());
  word_.set_byte_enable_ptr(nullptr);
  word_.set_byte_enable_length(0);
}

/// The ordinary way of an access.
bool Riscv::transfer(bool is_write, std::uint32_t address, std::uint8_t* data, unsigned bytes) {
  const Picoseconds local = local_ps();
  const Picoseconds kernel = ps_of(kernel_time_);
  sc_core::sc_time delay = quick_time_of(local - std::min(local, kernel));
  word_.set_command(is_write ? tlm::TLM_WRITE_COMMAND : tlm::TLM_READ_COMMAND);
  word_.set_address(address);
  word_.set_data_ptr(data);
  word_.set_data_length(bytes);
  word_.set_streaming_width(bytes);
  word_.set_dmi_allowed(false);
  word_.set_gp_option(tlm::TLM_MIN_PAYLOAD);
  word_.set_response_status(tlm::TLM_INCOMPLETE_RESPONSE);
  path_->b_transport(word_, delay);
  // The target may also have waited: both terms of its time count.
  const Picoseconds end = ps_of(kernel_time_) + ps_of(delay);
  if (end > local) stall(local, end);
  const tlm::tlm_response_status status = word_.get_response_status();
  return status == tlm::TLM_OK_RESPONSE || fault(is_write, address, status);
}

inline void Riscv::stall(Picoseconds start, Picoseconds end) {
  if (end - start != last_stall_ps_) note_stall(start, end);
  core_.add_stall(last_stall_);
}

/// Cycles of an access that took this long: divisions are what most should not need.
void Riscv::note_stall(Picoseconds start, Picoseconds end) {
  last_stall_ = period_ != 0 ? ceil_div(end - start, period_) : clock_.cycle_at(end) - core_.now();
  last_stall_ps_ = period_ != 0 ? end - start : std::numeric_limits<Picoseconds>::max();  // without a whole period each one is different
}

bool Riscv::fault(bool is_write, std::uint32_t address, tlm::tlm_response_status status) {
  if (access_faults_.size() < most_faults)
    access_faults_.push_back(
        {core_.pc_now(), is_write ? 7u : 5u, address, core_.now(), response_name(status), core_.reg(1), core_.reg(2), core_.reg(8)});
  return false;
}

/// The access around payload and sockets; refused: none was made, the ordinary way is to be taken.
inline WordResult Riscv::take(bool is_write, std::uint32_t address, unsigned bytes, std::uint32_t& value) {
  const WordRoute* const way = words_.find(address, bytes);
  if (way == nullptr) return WordResult::refused;
  const Picoseconds local = local_ps(), kernel = ps_of(kernel_time_);
  Picoseconds delay = local - std::min(local, kernel);
  const WordResult result = is_write ? way->write(address, value, delay) : way->read(address, value, delay);
  if (result != WordResult::refused && kernel + delay > local) stall(local, kernel + delay);
  return result;
}

bool Riscv::load(std::uint32_t address, unsigned bytes, std::uint32_t& value) {
  const WordResult result = take(false, address, bytes, value);
  return (result == WordResult::quiet && passes_quiet_reads_) || finish_load(result, address, bytes, value);
}

/// The rest of a load whose short way gave `result`.
bool Riscv::finish_load(WordResult result, std::uint32_t address, unsigned bytes, std::uint32_t& value) {
  const bool is_device = !is_memory(address);
  if (result == WordResult::failed) return fault(false, address, tlm::TLM_GENERIC_ERROR_RESPONSE);
  if (result == WordResult::refused) {
    std::uint8_t data[4] = {};
    const bool as_word = params_.whole_words && is_device;
    if (!transfer(false, as_word ? address & ~3u : address, data, as_word ? 4 : bytes)) return false;
    const std::uint32_t word = data[0] | data[1] << 8 | data[2] << 16 | static_cast<std::uint32_t>(data[3]) << 24;
    value = as_word ? word >> (8 * (address & 3)) : word;
  }
  // A read may have changed a device: what follows from that must not be passed.
  if (params_.exact && is_device && is_due_before(clock_.time_ps(slice_end_))) core_.request_yield();
  return true;
}

/// Whether something other than a hart's own time comes before `time`.
bool Riscv::is_due_before(Picoseconds time) const {
  if (!sc_core::sc_pending_activity()) return false;
  const Picoseconds next = now_ps() + ps_of(sc_core::sc_time_to_pending_activity());
  return next < time && !is_other_harts_time(this, next);
}

bool Riscv::store(std::uint32_t address, unsigned bytes, std::uint32_t value) {
  if (bytes != 4) value &= (1u << 8 * bytes) - 1;
  const WordResult result = take(true, address, bytes, value);
  if (result == WordResult::failed) return fault(true, address, tlm::TLM_GENERIC_ERROR_RESPONSE);
  if (result == WordResult::refused) {
    std::uint8_t data[4];
    for (unsigned i = 0; i < 4; ++i) data[i] = static_cast<std::uint8_t>(value >> (8 * i));
    if (!transfer(true, address, data, bytes)) return false;
  }
  if (is_memory(address)) return true;
  note_writer(address);
  if (result == WordResult::quiet && passes_quiet_writes_) return true;
  // In a quantum too, what the write made due at once is not passed: nothing is executed after the exit device.
  if (params_.exact || is_due_before(local_ps() + 1)) core_.request_yield();
  return true;
}

bool Riscv::fetch(std::uint32_t address, std::uint8_t* data, unsigned bytes) { return bus.debug_read(address, data, bytes) == bytes; }

bool Riscv::is_memory(std::uint32_t address) const {
  for (const MemoryRange& range : params_.memories)
    if (address >= range.first && address <= range.last) return true;
  return false;
}

unsigned Riscv::memory_index(std::uint32_t address) const {
  const auto it = std::find_if(params_.memories.begin(), params_.memories.end(),
                               [&](const auto& range) { return address >= range.first && address <= range.last; });
  return static_cast<unsigned>(std::min<std::ptrdiff_t>(it - params_.memories.begin(), riscv::most_memories - 1));
}

std::optional<riscv::DirectRegion> Riscv::direct(std::uint32_t address) {
  if (!params_.dmi || !is_memory(address)) return std::nullopt;
  riscv::DirectRegion region;
  bool any = false;
  for (const tlm::tlm_command command : {tlm::TLM_READ_COMMAND, tlm::TLM_WRITE_COMMAND}) {
    dmi_payload_.set_command(command);
    dmi_payload_.set_address(address);
    tlm::tlm_dmi dmi;
    if (!bus->get_direct_mem_ptr(dmi_payload_, dmi) || address < dmi.get_start_address() || address > dmi.get_end_address()) continue;
    const auto first = static_cast<std::uint32_t>(dmi.get_start_address());
    const auto last = static_cast<std::uint32_t>(std::min<sc_dt::uint64>(dmi.get_end_address(), 0xFFFFFFFF));
    if (!any) region = {first, last, dmi.get_dmi_ptr(), false, false, 0, 0, memory_index(address)};
    any = true;
    // Should the two differ, what both cover is used.
    if (first > region.first) region.data += first - region.first, region.first = first;
    region.last = std::min(region.last, last);
    if (command == tlm::TLM_READ_COMMAND && dmi.is_read_allowed())
      region.readable = true, region.read_extra = extra_cycles(dmi.get_read_latency());
    if (command == tlm::TLM_WRITE_COMMAND && dmi.is_write_allowed())
      region.writable = true, region.write_extra = extra_cycles(dmi.get_write_latency());
  }
  if (!any || (!region.readable && !region.writable)) return std::nullopt;
  return region;
}

/// Cycles of an access beyond the pipelined one.
unsigned Riscv::extra_cycles(const sc_core::sc_time& latency) const {
  const Cycles cycles = clock_.cycle_at(ps_of(latency));
  return cycles > 1 ? static_cast<unsigned>(std::min<Cycles>(cycles - 1, 65'535)) : 0;
}

void Riscv::invalidate(Address first, Address last) {
  if (first > 0xFFFFFFFF) return;
  core_.unmap(static_cast<std::uint32_t>(first), static_cast<std::uint32_t>(std::min<Address>(last, 0xFFFFFFFF)));
}

// --- reports ---

FirmwareHart::Summary Riscv::summary() const {
  const riscv::Core::Statistics s = core_.statistics();
  Summary out{core_.now(), core_.instructions(), s.stall_cycles, s.sleep_cycles, s.mmio_reads, s.mmio_writes, 0, 0};
  for (const std::uint64_t n : s.exceptions) out.exceptions += n;
  for (const std::uint64_t n : s.interrupts) out.interrupts += n;
  return out;
}

DirectUse Riscv::direct_use(std::size_t memory) {
  DirectUse use;
  if (!params_.dmi || memory >= params_.memories.size()) return use;
  const MemoryRange& range = params_.memories[memory];
  for (const auto& [pc, profile] : core_.profile())
    if (pc >= range.first && pc <= range.last) use.bytes_fetched += profile.fetched_bytes;
  if (memory >= riscv::most_memories) return use;
  const riscv::DirectUse data = core_.statistics().direct[memory];
  use.reads = data.reads;
  use.writes = data.writes;
  use.bytes_read = data.bytes_read;
  use.bytes_written = data.bytes_written;
  return use;
}

std::vector<FirmwareHart::Piece> Riscv::profile() {
  std::vector<Piece> pieces;
  for (const auto& [pc, profile] : core_.profile()) pieces.push_back({pc, profile.executions, profile.cycles});
  return pieces;
}

FirmwareHart::Event Riscv::first_trap() const {
  const riscv::TrapRecord& trap = core_.first_trap();
  return {trap.pc, trap.cause, trap.value, trap.at, {}, trap.ra, trap.sp, trap.fp};
}

std::optional<FirmwareHart::Event> Riscv::last_exception() const {
  const auto& trap = core_.last_exception();
  if (!trap) return std::nullopt;
  Event event{trap->pc, trap->cause, trap->value, trap->at, {}, trap->ra, 0, 0};
  if (core_.is_in_trap()) event.sp = trap->sp, event.fp = trap->fp;  // else the program has used its stack since
  for (const Event& fault : access_faults_)
    if (fault.pc == event.pc && fault.value == event.value) event.response = fault.response;
  return event;
}

std::optional<FirmwareHart::Writer> Riscv::last_writer(std::uint32_t first, std::uint32_t last) const {
  const auto it = writers_.lower_bound(first);
  return it != writers_.end() && it->first <= last ? std::optional<Writer>(it->second) : std::nullopt;
}

/// Each register is remembered with whoever wrote to it last, up to a limit.
void Riscv::note_writer(std::uint32_t address) {
  constexpr std::size_t most_registers = 1024;
  if (last_writer_ == nullptr || last_writer_->address != address) {
    const auto it = writers_.find(address);
    if (it == writers_.end() && writers_.size() >= most_registers) return;
    last_writer_ = it != writers_.end() ? &it->second : &writers_[address];
  }
  *last_writer_ = {core_.pc_now(), address};
}

std::string Riscv::waiting_for() const {
  const auto place = [this] { return fmt::format("at pc {:#010x}, mie {:#x}, mip {:#x}", core_.pc(), core_.csr().mie, core_.csr().mip); };
  switch (state_) {
    case State::sleeping: return "asleep in wfi " + place();
    case State::parked: return "parked in an endless jump to itself " + place();
    case State::stopped: return "stopped " + place();
    case State::running: break;
  }
  return "running " + place();
}

EventCounts Riscv::events() const { return {{"instr", core_.instructions()}}; }

void Riscv::report_stats(StatSink& sink) const {
  const riscv::Core::Statistics s = core_.statistics();
  const Summary sum = summary();
  sink.integer("instructions", sum.instructions);
  sink.integer("cycles", sum.cycles);
  sink.real("cpi", sum.instructions == 0 ? std::nullopt
                                         : std::optional<double>(static_cast<double>(sum.cycles) / static_cast<double>(sum.instructions)));
  sink.integer("stall_cycles", sum.stall_cycles);
  sink.integer("sleep_cycles", sum.sleep_cycles);
  sink.integer("mmio_reads", sum.mmio_reads);
  sink.integer("mmio_writes", sum.mmio_writes);
  sink.integer("exceptions", sum.exceptions);
  sink.integer("interrupts", sum.interrupts);
  static const char* const classes[] = {"alu", "mul", "div", "load", "store", "branch", "jump", "csr", "amo", "system"};
  for (std::size_t i = 0; i < riscv::insn_classes; ++i) sink.integer(std::string("insn_") + classes[i], s.insn[i]);
  const auto cache = [&](const char* name, std::uint64_t value, std::uint32_t size) {
    sink.integer(name, size == 0 ? std::nullopt : std::optional<std::uint64_t>(value));
  };
  cache("icache_hits", s.icache_hits, params_.icache.size);
  cache("icache_misses", s.icache_misses, params_.icache.size);
  cache("dcache_hits", s.dcache_hits, params_.dcache.size);
  cache("dcache_misses", s.dcache_misses, params_.dcache.size);
}

}  // namespace snnvp
