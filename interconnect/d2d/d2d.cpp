// SPDX-License-Identifier: Apache-2.0
#include <snnvp/interconnect/d2d/d2d.h>

#include <algorithm>

#include <fmt/format.h>

#include <snnvp/interconnect/bus/mapped_access.h>

namespace snnvp {
namespace {

/// Cycles of the receiving clock that a change of clock domains takes (spec/chiplet.md 10.9).
constexpr Cycles synchroniser_cycles = 2;
constexpr int from_b = 1 << 16;  // port tags: side and input

}  // namespace

D2d::D2d(const sc_core::sc_module_name& name, const Params& params, const ClockDomain& link, const ClockDomain& a, const ClockDomain& b)
    : sc_module(name),
      a_in("a_in", params.link.inputs[0]),
      b_in("b_in", params.link.inputs[1]),
      a_out("a_out"),
      b_out("b_out"),
      params_(params),
      link_(link),
      die_{a, b},
      is_crossing_{a.hz() != link.hz(), b.hz() != link.hz()} {
  for (unsigned i = 0; i < params.link.inputs[0]; ++i) a_in[i].register_b_transport(this, &D2d::transport, static_cast<int>(i));
  for (unsigned i = 0; i < params.link.inputs[1]; ++i) b_in[i].register_b_transport(this, &D2d::transport, from_b + static_cast<int>(i));
  for (unsigned& inputs : params_.link.inputs) inputs = std::max(1U, inputs);
  core_ = std::make_unique<D2dCore>(params_.link);
  core_->set_auto_release(false);
  SC_METHOD(run);
  sensitive << work_;
  dont_initialize();
  SC_THREAD(deliver_a);
  SC_THREAD(deliver_b);
}

Cycles D2d::link_cycle(int side, Picoseconds local) const {
  const Cycles cycle = link_.cycle_at(local);
  return is_crossing_[side] ? cycle + synchroniser_cycles : cycle;
}

void D2d::transport(int port, tlm::tlm_generic_payload& payload, sc_core::sc_time& delay) {
  const unsigned length = payload.get_data_length();
  if (payload.get_command() == tlm::TLM_IGNORE_COMMAND) return payload.set_response_status(tlm::TLM_OK_RESPONSE);
  if (is_malformed(payload)) return payload.set_response_status(tlm::TLM_GENERIC_ERROR_RESPONSE);
  if (!payload.is_write()) return payload.set_response_status(tlm::TLM_COMMAND_ERROR_RESPONSE);
  if (!is_packet_write(payload)) return;
  if (length > core_->max_packet_bytes()) return payload.set_response_status(tlm::TLM_BURST_ERROR_RESPONSE);
  const int side = port >= from_b ? 1 : 0;
  const auto input = static_cast<unsigned>(side == 1 ? port - from_b : port);
  while (core_->queued(side, input) >= params_.input_queue && is_thread()) {
    if (delay != sc_core::SC_ZERO_TIME) {
      sc_core::wait(delay);
      delay = sc_core::SC_ZERO_TIME;
    } else {
      sc_core::wait(room_);
    }
  }
  std::uint32_t index = 0;
  if (free_slots_.empty()) {
    index = static_cast<std::uint32_t>(slots_.size());
    slots_.emplace_back();
  } else {
    index = free_slots_.back();
    free_slots_.pop_back();
  }
  Slot& slot = slots_[index];
  slot.address = payload.get_address();
  const SpikeBurst* burst = nullptr;
  payload.get_extension(burst);
  slot.has_burst = burst != nullptr;
  if (burst != nullptr) slot.burst = *burst;
  if (trace_) slot.pushed = now_ps(delay);
  core_->push(side, input, link_cycle(side, now_ps(delay)), index, payload.get_data_ptr(), length);
  payload.set_response_status(tlm::TLM_OK_RESPONSE);
  schedule();
}

/// Everything of a clock edge has arrived 1 ps after it, whatever the order of processes.
void D2d::schedule() {
  const Cycles next = core_->next_event();
  if (next == D2dCore::never) return;
  const Picoseconds at = link_.time_ps(next) + 1;
  work_.notify(sc_time_of(at > now_ps() ? at - now_ps() : 0));
}

void D2d::run() {
  ++activations_;
  const Picoseconds now = now_ps();
  const Cycles cycle = link_.cycle_at(now > 0 ? now - 1 : 0);
  core_->advance(cycle, [&](const D2dDelivery& d) {
    const int receiver = 1 - d.side;
    Picoseconds at = link_.time_ps(d.at);
    if (is_crossing_[receiver]) at = die_[receiver].time_ps(die_[receiver].cycle_at(at) + synchroniser_cycles);
    arrivals_[d.side].push_back({at, static_cast<std::uint32_t>(d.tag), d.ends_flit, std::vector<std::uint8_t>(d.data, d.data + d.bytes)});
    arrived_[d.side].notify(sc_core::SC_ZERO_TIME);
  });
  room_.notify(sc_core::SC_ZERO_TIME);
  schedule();
}

/// Packets leave one after the other; a target that takes its time holds up the link.
void D2d::deliver(int side) {
  tlm::tlm_generic_payload payload;
  SpikeBurst burst;
  for (;;) {
    while (arrivals_[side].empty()) sc_core::wait(arrived_[side]);
    ++activations_;
    const std::uint64_t epoch = epoch_;
    const Picoseconds at = arrivals_[side].front().at;
    if (at > now_ps()) sc_core::wait(sc_time_of(at - now_ps()));
    if (epoch != epoch_ || arrivals_[side].empty()) continue;  // reset meanwhile
    Arrival arrival = std::move(arrivals_[side].front());
    arrivals_[side].pop_front();
    const Slot slot = slots_[arrival.slot];
    const Picoseconds started = now_ps();
    free_slots_.push_back(arrival.slot);
    sc_core::sc_time delay = sc_core::SC_ZERO_TIME;
    if (out(side).get_base_port().size() == 0) {
      ++refused_;
    } else {
      payload.set_write();
      payload.set_address(slot.address);
      payload.set_data_ptr(arrival.bytes.data());
      payload.set_data_length(static_cast<unsigned>(arrival.bytes.size()));
      payload.set_streaming_width(static_cast<unsigned>(arrival.bytes.size()));
      payload.set_byte_enable_ptr(nullptr);
      payload.set_dmi_allowed(false);
      payload.set_response_status(tlm::TLM_INCOMPLETE_RESPONSE);
      if (slot.has_burst) {
        burst = slot.burst;
        payload.set_extension(&burst);
      }
      out(side)->b_transport(payload, delay);
      if (slot.has_burst) payload.clear_extension(&burst);
      refused_ += !payload.is_response_ok();
      if (delay != sc_core::SC_ZERO_TIME) sc_core::wait(delay);
    }
    if (trace_) {
      const std::uint32_t flow = trace_->new_flow();
      trace_->slice(trace_flight_[side], trace_packet_, slot.pushed, arrival.at, slot.address, arrival.bytes.size(), flow);
      trace_->slice(trace_delivery_[side], trace_packet_, std::max(arrival.at, started), now_ps(), slot.address, arrival.bytes.size(),
                    flow);
    }
    if (epoch != epoch_ || !arrival.ends_flit) continue;
    core_->release(side, link_.cycle_at(now_ps()));
    schedule();
  }
}

void D2d::trace_to(trace::Tracer& tracer, const std::string& block) {
  trace_.set(tracer);
  trace_packet_ = tracer.text("packet");
  for (int side = 0; side < 2; ++side) {
    trace_flight_[side] = tracer.track(block, side == 0 ? "a to b" : "b to a", trace::TrackKind::slices, "packet", "address", "bytes");
    trace_delivery_[side] =
        tracer.track(block, side == 0 ? "delivery at b" : "delivery at a", trace::TrackKind::slices, "packet", "address", "bytes");
  }
}

void D2d::report_stats(StatSink& sink) const {
  const auto count = [&](const std::string& name, std::uint64_t value) {
    Counter counter;
    counter.add(value);
    sink.count(name, counter);
  };
  const Cycles elapsed = link_.cycle_at(now_ps()) - link_.cycle_at(counted_since_);
  for (int side = 0; side < 2; ++side) {
    const D2dCounts c = core_->counts(side);
    const std::string way = side == 0 ? "ab_" : "ba_";
    count(way + "packets", c.packets);
    count(way + "payload_bits", c.payload_bits);
    count(way + "wire_bits", c.wire_bits);
    count(way + "flits", c.flits);
    count(way + "replays", c.replayed);
    count(way + "control_flits", c.control_flits);
    count(way + "nop_bytes", c.nop_bytes);
    count(way + "bad_flits", c.bad_flits);
    count(way + "naks", c.naks);
    count(way + "timeouts", c.timeouts);
    count(way + "crc_escapes", c.crc_escapes);
    count(way + "corrupt_packets", c.corrupt_packets);
    sink.real(way + "flit_fill", c.packets == 0 ? std::nullopt : std::optional(core_->flit_fill(side)));
    const double capacity = core_->peak_bits_per_cycle() * static_cast<double>(elapsed);
    sink.real(way + "goodput", elapsed == 0 ? std::nullopt : std::optional(static_cast<double>(c.payload_bits) / capacity));
    sink.real(way + "utilisation",
              elapsed == 0 ? std::nullopt : std::optional(static_cast<double>(c.busy_cycles) / static_cast<double>(elapsed)));
  }
  count("refused", refused_);
}

EventCounts D2d::events() const {
  EventCounts counts;
  std::uint64_t wire = 0;
  for (int side = 0; side < 2; ++side) wire += core_->counts(side).wire_bits;
  if (wire != 0) counts["d2d_bit"] = wire;
  if (params_.link.kind != LinkKind::ucie) return counts;
  const Cycles elapsed = link_.cycle_at(now_ps()) - link_.cycle_at(counted_since_);
  const double idle = 2.0 * core_->peak_bits_per_cycle() * static_cast<double>(elapsed) - static_cast<double>(wire);
  if (idle >= 1) counts["d2d_idle_bit"] = static_cast<std::uint64_t>(idle);
  return counts;
}

void D2d::reset() {
  ++epoch_;
  core_ = std::make_unique<D2dCore>(params_.link);
  core_->set_auto_release(false);
  for (auto& arrivals : arrivals_) arrivals.clear();
  slots_.clear(), free_slots_.clear();
  refused_ = 0;
  counted_since_ = now_ps();
  room_.notify(sc_core::SC_ZERO_TIME);
}

bool D2d::is_idle() const { return core_->is_idle() && arrivals_[0].empty() && arrivals_[1].empty(); }

std::string D2d::waiting_for() const {
  if (is_idle()) return {};
  const std::string text = core_->waiting_for();
  const std::size_t arrived = arrivals_[0].size() + arrivals_[1].size();
  return fmt::format("{}{}{} packets at the far ends", text, text.empty() ? "" : "; ", arrived);
}

}  // namespace snnvp
