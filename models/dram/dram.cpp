// SPDX-License-Identifier: Apache-2.0
#include <snnvp/models/dram/dram.h>

#include <algorithm>

#include <snnvp/platform/tlm/sc_time.h>

namespace snnvp {
namespace {

constexpr std::uint32_t no_slot = 0xffff'ffff;

}  // namespace

Dram::Dram(const sc_core::sc_module_name& name, const Params& params)
    : sc_module(name),
      MemoryTarget(params.size, params.allow_dmi),
      in("in", *this, port_options()),
      params_(params),
      core_(params),
      free_(no_slot) {
  if (params.bank_timing) {
    controller_.emplace(make_controller());
    in.set_non_blocking(*this);
    sc_core::sc_spawn_options options;
    options.spawn_method();
    options.set_sensitivity(&event_);
    options.dont_initialize();
    sc_core::sc_spawn([this] { wake(); }, "wake", &options);
  }
  const DramTiming* timing = controller_ ? &controller_->timing() : nullptr;
  const sc_core::sc_time word_time =
      sc_time_of(timing ? timing->closed_read() * timing->clock_ps + 2 * params.controller_latency : core_.unloaded_ps(8));
  set_dmi_latency(word_time, word_time);
  in.set_dmi_hint(params.allow_dmi);
}

DramController Dram::make_controller() const {
  DramController::Params p;
  p.preset = params_.preset;
  p.size = params_.size;
  p.channels = core_.channels();
  p.mapping = params_.mapping;
  p.policy = params_.policy;
  p.controller_latency = params_.controller_latency;
  return DramController(p);
}

void Dram::begin(tlm::tlm_command command, Address address, Bytes length, sc_core::sc_time& delay) {
  const bool is_write = command == tlm::TLM_WRITE_COMMAND;
  accesses_.add(1);
  if (controller_) (is_write ? bytes_written_ : bytes_read_).add(length);
  if (is_functional_) return;
  const Picoseconds at = now_ps(delay);
  const Picoseconds done =
      controller_ ? origin_ + controller_->reserve(is_write, address, length, at - origin_) : core_.access(is_write, address, length, at);
  delay = sc_time_of(done - now_ps());
}

bool Dram::access(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay) {
  Dram::begin(payload.get_command(), payload.get_address(), payload.get_data_length(), delay);
  transfer(payload);
  return true;
}

tlm::tlm_sync_enum Dram::nb_transport_fw(tlm::tlm_generic_payload& payload, tlm::tlm_phase& phase, sc_core::sc_time& delay) {
  if (phase == tlm::END_RESP) {
    if (!response_sent_ || responses_[first_response_] != &payload) return tlm::TLM_ACCEPTED;
    finish_response();
    if (first_response_ != responses_.size() && !is_sending_) event_.notify(sc_core::SC_ZERO_TIME);
    return tlm::TLM_COMPLETED;
  }
  if (phase != tlm::BEGIN_REQ) return tlm::TLM_ACCEPTED;  // rule A6
  // What cannot wait is answered at once: no way to keep the payload, a request too many (rule A2), faults, nothing to do.
  if (payload.get_command() != tlm::TLM_IGNORE_COMMAND && (!payload.has_mm() || blocked_)) {
    payload.set_response_status(tlm::TLM_GENERIC_ERROR_RESPONSE);
    return tlm::TLM_COMPLETED;
  }
  sc_core::sc_time none;
  is_functional_ = true;
  in.serve(payload, none);
  is_functional_ = false;
  if (payload.get_command() == tlm::TLM_IGNORE_COMMAND || !payload.is_response_ok()) return tlm::TLM_COMPLETED;

  payload.acquire();
  last_request_ = std::max(last_request_, elapsed() + ps_of(delay));
  if (!controller_->has_room(payload.get_address(), payload.get_data_length())) controller_->advance(elapsed());
  if (!controller_->has_room(payload.get_address(), payload.get_data_length())) {
    blocked_ = &payload;
    schedule();
    return tlm::TLM_ACCEPTED;
  }
  enqueue(payload);
  schedule();
  phase = tlm::END_REQ;
  return tlm::TLM_UPDATED;
}

void Dram::enqueue(tlm::tlm_generic_payload& payload) {
  std::uint32_t slot = free_;
  if (slot == no_slot) {
    slot = static_cast<std::uint32_t>(queued_.size());
    queued_.push_back({nullptr, no_slot});
  } else {
    free_ = queued_[slot].next_free;
  }
  queued_[slot].payload = &payload;
  controller_->submit(slot, payload.get_command() == tlm::TLM_WRITE_COMMAND, payload.get_address(), payload.get_data_length(),
                      last_request_);
}

/// Asks for the next activation, unless one comes anyway or is under way.
void Dram::schedule() {
  if (is_sending_) return;
  const Picoseconds next = controller_->next_time(elapsed());
  if (next >= scheduled_) return;
  scheduled_ = next;
  event_.notify(sc_time_of(next - elapsed()));
}

/// One activation serves everything that is due at its time.
void Dram::wake() {
  ++wake_ups_;
  scheduled_ = DramController::never;
  is_sending_ = true;  // requests that come in reply to responses are queued; the next time is settled once, below
  controller_->advance(elapsed());
  std::uint32_t slot = 0;
  while (controller_->take_done(elapsed(), slot)) {
    responses_.push_back(queued_[slot].payload);
    queued_[slot] = {nullptr, free_};
    free_ = slot;
  }
  accept_blocked();
  send_responses();
  is_sending_ = false;
  schedule();
}

void Dram::accept_blocked() {
  if (!blocked_ || !controller_->has_room(blocked_->get_address(), blocked_->get_data_length())) return;
  tlm::tlm_generic_payload& payload = *blocked_;
  blocked_ = nullptr;
  last_request_ = std::max(last_request_, elapsed());
  enqueue(payload);
  tlm::tlm_phase phase = tlm::END_REQ;
  sc_core::sc_time delay;
  in->nb_transport_bw(payload, phase, delay);
}

void Dram::finish_response() {
  responses_[first_response_]->release();
  response_sent_ = false;
  if (++first_response_ != responses_.size()) return;
  responses_.clear();
  first_response_ = 0;
}

/// In order, each when the one before has its END_RESP (rule A2).
void Dram::send_responses() {
  while (!response_sent_ && first_response_ != responses_.size()) {
    tlm::tlm_generic_payload& payload = *responses_[first_response_];
    tlm::tlm_phase phase = tlm::BEGIN_RESP;
    sc_core::sc_time delay;
    response_sent_ = true;
    const tlm::tlm_sync_enum answer = in->nb_transport_bw(payload, phase, delay);
    if (answer == tlm::TLM_COMPLETED || (answer == tlm::TLM_UPDATED && phase == tlm::END_RESP)) finish_response();
  }
}

/// Bits that went past the port are counted with the others. Which pages they would have opened is not known: they open none.
EventCounts Dram::events() const {
  EventCounts events = controller_ ? controller_->events(elapsed()) : core_.events(elapsed());
  const DirectUsers::Sum direct = users_.sum();
  events["dram_rd_bit"] += 8 * direct.bytes_read;
  events["dram_wr_bit"] += 8 * direct.bytes_written;
  return events;
}

MemoryShape Dram::memory_shape() const {
  MemoryShape shape;
  shape.size = params_.size;
  if (!controller_) {
    shape.channels = core_.channels();
    shape.on_the_way_ps = core_.latency();
    shape.peak_bytes_per_s = static_cast<double>(core_.bandwidth());
    if (core_.bandwidth() != 0) shape.burst_ps = core_.unloaded_ps(shape.burst_bytes * shape.channels) - core_.latency();
    for (Address at = 0; at < 16 * shape.burst_bytes && at + shape.burst_bytes <= shape.size; at += shape.burst_bytes)
      shape.banks.push_back(at);
    return shape;
  }
  const DramTiming& t = controller_->timing();
  shape.burst_bytes = t.burst_bytes;
  shape.channels = controller_->units();
  shape.clock_ps = t.clock_ps;
  shape.on_the_way_ps = 2 * params_.controller_latency + (t.cl + t.burst) * t.clock_ps;
  shape.burst_ps = t.burst * t.clock_ps;
  shape.peak_bytes_per_s = t.peak() * controller_->units();
  for (std::uint32_t bank = 0; bank < t.banks(); ++bank) {
    const Address at = controller_->map().address({0, 0, bank, 0, 0});
    if (at + t.burst_bytes <= shape.size) shape.banks.push_back(at);
  }
  return shape;
}

MemoryCounts Dram::memory_counts() const {
  MemoryCounts counts;
  if (!controller_) return counts;
  const DramController::Totals t = controller_->totals(elapsed());
  counts = {t.row_hits, t.row_misses, t.row_conflicts, t.refreshes, t.activations, true};
  return counts;
}

void Dram::report_stats(StatSink& sink) const {
  const Picoseconds time = elapsed();
  const auto put = [&](const char* name, std::uint64_t value) {
    Counter counter;
    if (accesses_.touched()) counter.add(value);
    sink.count(name, counter);
  };
  const DirectUsers::Sum direct = users_.sum();
  const auto with_direct = [&](const char* name, Counter counter, std::uint64_t more) {
    if (more != 0) counter.add(more);
    sink.count(name, counter);
  };
  with_direct("accesses", accesses_, direct.reads + direct.writes);
  with_direct("bytes_read", controller_ ? bytes_read_ : core_.bytes_read(), direct.bytes_read);
  with_direct("bytes_written", controller_ ? bytes_written_ : core_.bytes_written(), direct.bytes_written);
  Picoseconds busy = core_.busy_ps();
  if (controller_) {
    const DramController::Totals t = controller_->totals(time);
    busy = controller_->busy_ps(t);
    put("page_activations", t.activations);
    put("row_hits", t.row_hits);
    put("row_misses", t.row_misses);
    put("row_conflicts", t.row_conflicts);
    put("refreshes", t.refreshes);
    if (time != 0) {
      const Bytes bytes = (t.reads + t.writes) * controller_->timing().burst_bytes;
      sink.real("bandwidth", static_cast<double>(bytes) * 1e12 / static_cast<double>(time));
    }
  } else {
    sink.count("page_activations", core_.activations());
    put("wait_ps", core_.waited_ps());
  }
  put("busy_ps", busy);
  const bool is_known = time != 0 && (controller_ || core_.bandwidth() != 0);
  sink.real("utilisation", is_known ? std::optional(static_cast<double>(busy) / static_cast<double>(time)) : std::nullopt);
}

void Dram::reset() {
  core_.reset();
  users_.reset();
  accesses_.reset();
  bytes_read_.reset();
  bytes_written_.reset();
  origin_ = now_ps();
  last_request_ = 0;
  if (allow_dmi()) in.invalidate_dmi(0, store().size() - 1);
  if (!controller_) return;
  // Nobody waits for ever: what was queued gets an error response.
  for (Queued& queued : queued_)
    if (queued.payload) responses_.push_back(queued.payload);
  if (blocked_) responses_.push_back(blocked_);
  for (std::size_t i = first_response_ + (response_sent_ ? 1 : 0); i < responses_.size(); ++i)
    responses_[i]->set_response_status(tlm::TLM_GENERIC_ERROR_RESPONSE);
  queued_.clear();
  free_ = no_slot;
  blocked_ = nullptr;
  controller_.emplace(make_controller());
  event_.cancel();
  scheduled_ = DramController::never;
  if (first_response_ != responses_.size() && !is_sending_) event_.notify(sc_core::SC_ZERO_TIME);
}

}  // namespace snnvp
