// SPDX-License-Identifier: Apache-2.0
#include <snnvp/platform/engine/accelerator.h>

#include <algorithm>
#include <limits>

#include <snnvp/platform/tlm/sc_time.h>

namespace snnvp::text {
extern const char* const engine_registers;
}

namespace snnvp::engine {

const char* const common_registers = text::engine_registers;

namespace {
constexpr std::uint32_t irq_done = 1, irq_error = 2;
constexpr std::uint32_t status_busy = 1, status_error = 2;
constexpr std::uint32_t ctrl_start = 1, ctrl_abort = 2, ctrl_soft_reset = 4;

// Rows kept for the report. A chain may be endless; its report must not be.
constexpr std::size_t max_records = 1U << 16;

Bytes bytes_of(const TransferList& list) {
  Bytes bytes = 0;
  for (const Transfer& t : list.timed) bytes += t.bytes;
  return bytes;
}
}  // namespace

Accelerator::Accelerator(const sc_core::sc_module_name& name, std::unique_ptr<EngineCore> core, RegisterMap registers,
                         const ClockDomain& clock, const Options& options)
    : sc_module(name),
      bank_(std::move(registers)),
      regs("regs", bank_, bank_.port_options()),
      dma("dma"),
      irq("irq"),
      core_(std::move(core)),
      clock_(clock),
      hz_(clock.hz()),
      last_cycle_(clock_.cycle_at(std::numeric_limits<Picoseconds>::max() / 2)),
      options_(options) {
  SNNVP_HAS_PROCESS(Accelerator);
  SC_THREAD(run);
  SC_METHOD(update_irq);
  sensitive << irq_event_;
  dont_initialize();
  install_handlers();
}

Accelerator::~Accelerator() = default;

void Accelerator::install_handlers() {
  reg_ = {bank_.index("status"),       bank_.index("irq_enable"),    bank_.index("irq_status"),
          bank_.index("desc_addr_lo"), bank_.index("desc_addr_hi"),  bank_.index("desc_len"),
          bank_.index("queue"),        bank_.index("error_addr_lo"), bank_.index("error_addr_hi")};
  bank_.set_access_time(sc_time_of(clock_.duration_ps(1)));
  set_constants();
  bank_.counter64("cycles_lo", "cycles_hi", [this] { return busy_cycles_.value(); });
  bank_.on_write("doorbell", [this](std::uint32_t, sc_core::sc_time& delay) { request_start(delay); });
  bank_.on_write("ctrl", [this](std::uint32_t value, sc_core::sc_time& delay) {
    if (value & ctrl_soft_reset) return reset();
    if (value & ctrl_abort) abort();
    if (value & ctrl_start) request_start(delay);
  });
  const auto recompute = [this](std::uint32_t, sc_core::sc_time& delay) { irq_event_.notify(delay); };
  bank_.on_write("irq_enable", recompute);
  bank_.on_write("irq_status", recompute);
  for (const std::string& setting : core_->settings())
    bank_.on_write(setting, [this, setting, at = bank_.index(setting)](std::uint32_t value, sc_core::sc_time&) {
      bank_.set(at, core_->configure(setting, value));
    });
}

void Accelerator::set_constants() {
  bank_.set(bank_.index("capabilities"), core_->capabilities());
  for (const auto& [name, value] : options_.constants) bank_.set(bank_.index(name), value);
}

void Accelerator::request_start(const sc_core::sc_time& delay) {
  if ((busy_ && !cancel_) || start_requested_) {
    // Never ignored silently (spec/tlm.md 10.1): the running chain goes on, the driver is told.
    bank_.set(reg_.status, (bank_.value(reg_.status) & ~0xFF00U) | status_error | static_cast<std::uint32_t>(JobStatus::busy) << 8);
    job_errors_.add(1);
    raise(irq_error);
    return;
  }
  start_requested_ = true;
  start_at_ = now_ps(delay);  // the writer may be ahead of the kernel
  if (trace_) trace_.doorbell(start_at_);
  bank_.set(reg_.status, status_busy);
  start_event_.notify(delay);
}

void Accelerator::abort() {
  if (!busy_ && !start_requested_) return;
  if (busy_) start_requested_ = false;  // a start that waited for an earlier abort to take effect
  cancel_ = true;
  cancel_event_.notify(sc_core::SC_ZERO_TIME);
}

void Accelerator::raise(std::uint32_t causes) {
  bank_.set(reg_.irq_status, bank_.value(reg_.irq_status) | causes);
  irq_event_.notify(sc_core::SC_ZERO_TIME);
}

void Accelerator::update_irq() { irq.write((bank_.value(reg_.irq_status) & bank_.value(reg_.irq_enable)) != 0); }

void Accelerator::reset() {
  bank_.reset();
  set_constants();
  start_requested_ = false;
  clear_counts();
  if (busy_) {
    // The process unwinds at once where it waits for its own time, else after the burst under way.
    cancel_ = core_reset_pending_ = true;
    cancel_event_.notify(sc_core::SC_ZERO_TIME);
  } else {
    cancel_ = false;
    core_->reset();
    port_free_ = 0;
  }
  if (sc_core::sc_is_running()) irq_event_.notify(sc_core::SC_ZERO_TIME);
}

void Accelerator::end_trace(Picoseconds now) {
  if (trace_ && busy_) trace_.chain(chain_start_ps_, now);
}

void Accelerator::clear_counts() {
  records_.clear();
  totals_ = {};
  any_start_ = false;
  for (Counter* counter :
       {&jobs_, &job_errors_, &tiles_, &bursts_, &busy_cycles_, &bytes_read_, &bytes_written_, &fetch_cycles_, &rows_dropped_})
    counter->reset();
}

std::uint64_t Accelerator::clock_hz() const {
  if (!was_divided_ || last_completion_ps_ <= first_doorbell_ps_) return hz_;
  const double seconds = static_cast<double>(last_completion_ps_ - first_doorbell_ps_) * 1e-12;
  return std::max<std::uint64_t>(1, static_cast<std::uint64_t>(static_cast<double>(totals_.cycles()) / seconds + 0.5));
}

Cycles Accelerator::busy_so_far() const {
  if (!busy_ || totals_.fixed_timing) return totals_.cycles();
  const Cycles now = now_cycle();
  return std::max(totals_.cycles(), now > totals_.first_doorbell ? now - totals_.first_doorbell : 0);
}

void Accelerator::set_clock_divider(unsigned divider) {
  divider_ = std::max(1U, divider);
  clock_.set_frequency(std::max<std::uint64_t>(1, hz_ / divider_), now_ps());
  crossing_ = divider_ > 1 ? 1 : 0;
  was_divided_ = was_divided_ || divider_ > 1;
  cancel_event_.notify(sc_core::SC_ZERO_TIME);  // whoever waits for a cycle asks again when it comes
}

Cycles Accelerator::now_cycle() const { return clock_.cycle_at(now_ps()); }

bool Accelerator::sync_to(Cycles cycle) {
  // A cycle beyond the end of simulated time never comes.
  const bool comes = cycle <= last_cycle_ / divider_;
  while (!cancel_) {
    // Asked anew after each wait: the clock may have been divided meanwhile.
    const Picoseconds at = comes ? clock_.time_ps(cycle) : 0, now = now_ps();
    if (comes && at <= now) break;
    comes ? wait(sc_time_of(at - now), cancel_event_) : wait(cancel_event_);
    ++activations_;
  }
  return !cancel_;
}

void Accelerator::run() {
  for (;;) {
    while (!start_requested_ || now_ps() < start_at_) {
      start_requested_ ? wait(sc_time_of(start_at_ - now_ps()), start_event_) : wait(start_event_);
      ++activations_;
    }
    start_requested_ = false;
    busy_ = true;
    const Address first = static_cast<Address>(bank_.value(reg_.desc_hi)) << 32 | bank_.value(reg_.desc_lo);
    Address failed_at = first;
    chain_start_ps_ = clock_.time_ps(now_cycle());
    const JobStatus status = run_chain(first, failed_at);
    if (trace_) trace_.chain(chain_start_ps_, now_ps());
    finish_chain(status, failed_at);
  }
}

void Accelerator::finish_chain(JobStatus status, Address at) {
  busy_ = false;
  if (activity_) activity_(now_ps(), {});
  doing_.clear();
  stores_.clear();
  cancel_ = false;
  if (core_reset_pending_) {
    core_reset_pending_ = false;
    clear_counts();  // the burst under way at the reset still counted
    core_->reset();
    port_free_ = 0;
    return;  // the registers were reset when it was asked for
  }
  // A start may already wait for this chain's abort: its status is the one to show then.
  const std::uint32_t sticky = bank_.value(reg_.status) & (status_error | 0xFF00U);
  if (status == JobStatus::ok) {
    bank_.set(reg_.status, start_requested_ ? status_busy : sticky);
    raise(irq_done);
    return;
  }
  job_errors_.add(1);
  bank_.set(reg_.status, start_requested_ ? status_busy : status_error | static_cast<std::uint32_t>(status) << 8);
  bank_.set(reg_.error_lo, static_cast<std::uint32_t>(at));
  bank_.set(reg_.error_hi, static_cast<std::uint32_t>(at >> 32));
  raise(irq_error);
}

JobStatus Accelerator::run_chain(Address first, Address& failed_at) {
  problem_.clear();
  if (bank_.value(reg_.desc_len) != JobDescriptor::size_bytes) return problem_ = "register desc_len is not 512", JobStatus::bad_descriptor;
  Cycles at = now_cycle();
  if (!any_start_) totals_.first_doorbell = at, first_doorbell_ps_ = now_ps();
  any_start_ = true;
  for (Address address = first;;) {
    failed_at = address;
    ++jobs_begun_;
    if (activity_) activity_(now_ps(), "job " + std::to_string(jobs_begun_));
    if (address % 8) return problem_ = "a descriptor is not 8-byte aligned", JobStatus::misaligned;
    DescriptorBytes image;
    list_.clear();
    list_.timed.push_back({address, image.data(), image.size()});
    list_.port_cycles = options_.dma_bits_per_cycle ? ceil_div(image.size() * 8, options_.dma_bits_per_cycle) : 0;
    doing_ = "descriptor fetch";
    if (!sync_to(std::max(at, port_free_))) return JobStatus::aborted;
    Cycles end = 0;
    if (!move(list_, false, std::max(at, port_free_), false, end, failed_at)) return JobStatus::bus_error;
    Decoded decoded = decode(image);
    if (decoded.status != JobStatus::ok) return problem_ = decoded.problem, decoded.status;
    if (decoded.job.neuron.threshold_address != 0 && core_->wants_channel_values())
      if (const JobStatus status = fetch_channel_values(decoded.job, end, failed_at); status != JobStatus::ok) return status;
    auto started = core_->start(decoded.job);
    if (const auto* refusal = std::get_if<Refusal>(&started)) return problem_ = refusal->reason, refusal->status;
    auto job = std::get<std::unique_ptr<Job>>(std::move(started));
    doing_ = operation_name(decoded.job.operation) + " job, descriptor tag " + std::to_string(decoded.job.tag);
    // One cycle at least per descriptor: an endless chain then runs into the time limit instead of hanging.
    Cycles job_end = 0;
    const JobStatus status = run_job(*job, decoded.job, end + std::max<Cycles>(1, options_.decode_cycles), job_end, failed_at);
    if (status != JobStatus::ok) return status;
    jobs_.add(1);
    ++totals_.jobs;
    bank_.set(reg_.queue, bank_.value(reg_.queue) + 1);
    at = job_end;
    totals_.last_completion = at;
    last_completion_ps_ = now_ps();
    busy_cycles_.reset();
    busy_cycles_.add(totals_.last_completion - totals_.first_doorbell);
    address = decoded.job.next;
    if (address == 0) break;
    if (decoded.job.flags & flag_irq) raise(irq_done);
  }
  return JobStatus::ok;
}

JobStatus Accelerator::fetch_channel_values(JobDescriptor& job, Cycles& end, Address& failed_at) {
  const NeuronJob& neuron = job.neuron;
  if (neuron.threshold_address % 4) return problem_ = "values per channel are not 4-byte aligned", JobStatus::misaligned;
  if (neuron.channels != neuron_channels(job))
    return problem_ = "values for " + std::to_string(neuron.channels) + " channels, the layer has " + std::to_string(neuron_channels(job)),
           JobStatus::bad_shape;
  const Bytes bytes = Bytes{neuron.channels} * (neuron.channel_table ? channel_table_words : 1) * 4;
  if (bytes > max_job_bytes) return problem_ = "values per channel of more than 1 GiB", JobStatus::unsupported;
  std::vector<std::int32_t> values(bytes / 4);  // little-endian, as all hosts we build for
  list_.clear();
  list_.timed.push_back({neuron.threshold_address, reinterpret_cast<std::uint8_t*>(values.data()), bytes});
  list_.port_cycles = options_.dma_bits_per_cycle ? ceil_div(bytes * 8, options_.dma_bits_per_cycle) : 0;
  doing_ = "fetch of values per channel";
  if (!sync_to(std::max(end, port_free_))) return JobStatus::aborted;
  if (!move(list_, false, std::max(end, port_free_), false, end, failed_at)) return JobStatus::bus_error;
  if (neuron.channel_table)
    set_channel_table(values.data(), neuron.channels, job.neuron.record);
  else
    job.neuron.record.channel_threshold = std::move(values);
  return JobStatus::ok;
}

JobStatus Accelerator::run_job(Job& job, const JobDescriptor& descriptor, Cycles start, Cycles& end, Address& failed_at) {
  Pipeline pipeline(job.stages(), start);
  const auto& stages = pipeline.stages();
  const bool ignore_time = job.ignores_bus_time();
  const std::uint64_t items = job.items();
  job_bytes_read_ = job_bytes_written_ = 0;
  if (trace_) trace_.begin_job(descriptor, stages, !ignore_time, clock_.time_ps(start));
  stores_.clear();
  Cycles stores_end = start;
  if (ignore_time && !sync_to(start)) return JobStatus::aborted;
  for (std::uint64_t item = 0; item < items; ++item) {
    bool executed = false;
    Cycles last_end = start;
    for (unsigned stage = 0; stage < stages.size(); ++stage) {
      Cycles at = pipeline.earliest(stage);
      if (stages[stage].moves_data) {
        at = std::max({at, port_free_, job.not_before(item, stage)});
        if (const JobStatus status = flush_stores(at, ignore_time, stores_end, failed_at); status != JobStatus::ok) return status;
        at = std::max(at, port_free_);
        if (ignore_time ? cancel_ : !sync_to(at)) return JobStatus::aborted;
        list_.clear();
        job.transfers(item, stage, list_);
        if (!move(list_, false, at, ignore_time, last_end, failed_at)) return JobStatus::bus_error;
        pipeline.complete(stage, at, at + list_.port_cycles, last_end);
        fetch_cycles_.add(last_end - at);
        if (trace_ && !list_.empty()) trace_.stage(stage, item, clock_, at, last_end, bytes_of(list_));
      } else {
        if (!executed) job.execute(item);
        executed = true;
        last_end = at + job.cycles(item, stage);
        pipeline.complete(stage, at, last_end);
        if (trace_) trace_.stage(stage, item, clock_, at, last_end, 0);
      }
    }
    if (!executed) job.execute(item);
    list_.clear();
    const Cycles ready = job.stores(item, last_end, list_);
    stores_end = std::max(stores_end, ready);
    if (!list_.empty()) stores_.push_back({ready, std::move(list_)});
    pipeline.next_item();
    tiles_.add(1);
  }
  if (const JobStatus status = flush_stores(~Cycles{0}, ignore_time, stores_end, failed_at); status != JobStatus::ok) return status;
  JobTiming timing{start, pipeline.end(), std::max(pipeline.end(), stores_end), job_bytes_read_, job_bytes_written_};
  if (ignore_time) timing.pipeline_end = timing.end = std::max(start + job.fixed_duration(), now_cycle());
  end = timing.end;
  std::vector<LayerRecord> records = job.finish(timing);
  if (!sync_to(end)) return JobStatus::aborted;
  if (trace_) trace_.end_job(now_ps(), items);
  // Only now: a run that ends in the meantime must not report time that has not passed.
  for (LayerRecord& record : records) {
    totals_.contribution_cycles += record.contribution_cycles;
    if (records_.size() < max_records)
      records_.push_back(std::move(record));
    else
      rows_dropped_.add(1);
  }
  totals_.fixed_timing = ignore_time;
  return JobStatus::ok;
}

JobStatus Accelerator::flush_stores(Cycles until, bool ignore_time, Cycles& end, Address& failed_at) {
  while (!stores_.empty() && (ignore_time || stores_.front().ready <= until)) {
    Store& store = stores_.front();
    const Cycles at = std::max(store.ready, port_free_);
    Cycles stored = at;
    if (ignore_time ? cancel_ : !sync_to(at)) return JobStatus::aborted;
    if (!move(store.list, true, at, ignore_time, stored, failed_at)) return JobStatus::bus_error;
    if (trace_) trace_.store(clock_, at, stored, bytes_of(store.list));
    end = std::max(end, stored);
    stores_.pop_front();
  }
  return JobStatus::ok;
}

bool Accelerator::move(TransferList& list, bool write, Cycles at, bool ignore_time, Cycles& end, Address& failed_at) {
  for (const Transfer& t : list.untimed) {
    const Bytes done = write ? dma.debug_write(t.address, t.data, t.bytes) : dma.debug_read(t.address, t.data, t.bytes);
    if (done == t.bytes) continue;
    // A memory without debug access: the same bytes by an access whose time is not kept.
    sc_core::sc_time unused;
    const auto status = write ? dma.write(t.address, t.data, t.bytes, unused) : dma.read(t.address, t.data, t.bytes, unused);
    if (status != tlm::TLM_OK_RESPONSE) return failed_at = t.address, false;
  }
  Picoseconds end_ps = 0;
  Bytes moved = 0;
  for (const Transfer& t : list.timed) {
    Picoseconds delay_ps = 0;
    if (!ignore_time) {
      // Bursts follow each other at the port's pace, within the port time of the whole item.
      const Cycles offset = options_.dma_bits_per_cycle ? std::min(list.port_cycles, moved * 8 / options_.dma_bits_per_cycle) : 0;
      const Picoseconds issue = clock_.time_ps(at + offset + crossing_), now = now_ps();
      delay_ps = issue > now ? issue - now : 0;
    }
    sc_core::sc_time delay = sc_time_of(delay_ps);
    const auto status = write ? dma.write(t.address, t.data, t.bytes, delay) : dma.read(t.address, t.data, t.bytes, delay);
    if (status != tlm::TLM_OK_RESPONSE) return failed_at = t.address, false;
    end_ps = std::max(end_ps, now_ps() + ps_of(delay));
    moved += t.bytes;
    bursts_.add(1);
  }
  (write ? bytes_written_ : bytes_read_).add(moved);
  (write ? job_bytes_written_ : job_bytes_read_) += moved;
  if (ignore_time) return end = at, true;
  port_free_ = at + list.port_cycles;
  end = std::max(port_free_, list.timed.empty() ? at : clock_.cycle_at(end_ps) + crossing_);
  return true;
}

void Accelerator::report_stats(StatSink& sink) const {
  sink.count("jobs", jobs_);
  sink.count("job_errors", job_errors_);
  sink.count("tiles", tiles_);
  sink.count("dma_bursts", bursts_);
  sink.count("bus_read_bytes", bytes_read_);
  sink.count("bus_write_bytes", bytes_written_);
  sink.count("fetch_cycles", fetch_cycles_);
  sink.count("busy_cycles", busy_cycles_);
  sink.count("rows_dropped", rows_dropped_);
  core_->report_stats(sink);
}

std::vector<PortSpec> accelerator_ports() {
  return {target("regs", "register bank, 4 KiB"), initiator("dma", "fetches descriptors and tiles, stores results"),
          irq_out("irq", "level: a chain is done or failed")};
}

std::vector<StatSpec> accelerator_stats() {
  return {
      {"jobs", "jobs", StatKind::count, "Jobs completed without error"},
      {"job_errors", "jobs", StatKind::count, "Chains that ended with an error status, and starts while busy"},
      {"tiles", "tiles", StatKind::count, "Pipeline items (tiles, passes) processed"},
      {"dma_bursts", "bursts", StatKind::count, "Bursts over the DMA port"},
      {"bus_read_bytes", "bytes", StatKind::bytes, "Bytes read over the DMA port, descriptors included"},
      {"bus_write_bytes", "bytes", StatKind::bytes, "Bytes written over the DMA port"},
      {"fetch_cycles", "cycles", StatKind::cycles, "Sum over items of the time from the first request to the last byte"},
      {"busy_cycles", "cycles", StatKind::cycles, "From the first doorbell to the last completion"},
      {"rows_dropped", "rows", StatKind::count, "Layer rows beyond the 65536 that a report keeps; null: all are there"},
  };
}

}  // namespace snnvp::engine
