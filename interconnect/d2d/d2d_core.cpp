// SPDX-License-Identifier: Apache-2.0
#include <snnvp/interconnect/d2d/d2d_core.h>

#include <algorithm>

#include <fmt/format.h>

#include <snnvp/platform/base/diagnostics.h>

namespace snnvp {

D2dCore::D2dCore(const D2dParams& params) : params_(params) {
  if (const std::string problem = d2d_problem(params); !problem.empty()) throw InputError("die-to-die link: " + problem);
  for (int side = 0; side < 2; ++side) {
    inputs_[side].resize(params.inputs[side]);
    last_input_[side] = params.inputs[side] - 1;
  }
  if (params.kind == LinkKind::ucie) flits_ = std::make_unique<FlitLink>(params);
}

Cycles D2dCore::serial_cycles_of(unsigned bits) const { return params_.kind == LinkKind::parallel ? 1 : ceil_div(bits, params_.lanes); }

Cycles D2dCore::next_input(int side) const {
  Cycles first = never;
  for (const PacketQueue& input : inputs_[side])
    if (!input.empty() && flits_->has_room(side, input.front().bytes)) first = std::min(first, input.front().at);
  return first == never ? never : std::max(first, now_);
}

Cycles D2dCore::next_serial(int side) const {
  const Serial& s = serial_[side];
  if (s.sent - s.released >= params_.ucie.rx_fifo) return never;
  Cycles first = never;
  for (const PacketQueue& input : inputs_[side])
    if (!input.empty()) first = std::min(first, input.front().at);
  if (first == never) return never;
  // The mux decides as late as it can: just in time for the serialiser.
  return std::max({first, s.busy_until > params_.mux_cycles ? s.busy_until - params_.mux_cycles : 0, now_});
}

/// Round robin over the inputs with a packet at `at` or before; -1 if there is none.
int D2dCore::pick(int side, Cycles at) {
  const auto count = static_cast<unsigned>(inputs_[side].size());
  for (unsigned i = 1; i <= count; ++i) {
    const unsigned input = (last_input_[side] + i) % count;
    if (!inputs_[side][input].empty() && inputs_[side][input].front().at <= at) return static_cast<int>(last_input_[side] = input);
  }
  return -1;
}

/// Packs what waits; the packer is as wide as its inputs (a choice: spec/chiplet.md 5.3 streams whole flits).
void D2dCore::merge(int side, Cycles now) {
  for (;;) {
    const unsigned before = last_input_[side];
    const int input = pick(side, now);
    if (input < 0) return;
    PacketQueue& queue = inputs_[side][static_cast<unsigned>(input)];
    const PacketRef& packet = queue.front();
    if (!flits_->has_room(side, packet.bytes)) {
      last_input_[side] = before;  // it keeps its turn
      return;
    }
    flits_->push(side, now, packet.tag, packet.bytes, queue.front_data());
    queue.pop();
  }
}

/// Store and forward at both ends (spec/chiplet.md 5.3): mux, serialiser, flight, deserialiser.
D2dDelivery D2dCore::serialise(int side, Cycles now) {
  Serial& s = serial_[side];
  const PacketQueue& queue = inputs_[side][static_cast<unsigned>(pick(side, now))];
  const PacketRef& packet = queue.front();
  const unsigned bits = packet.bits != 0 ? packet.bits : emio_bits(params_, packet.bytes);
  const Cycles occupancy = serial_cycles_of(bits);
  const Cycles start = std::max(now + params_.mux_cycles, s.busy_until);
  s.busy_until = start + occupancy;
  s.receiver_busy_until = std::max(s.busy_until + params_.channel_cycles, s.receiver_busy_until) + occupancy;
  s.busy_cycles += occupancy;
  s.wire_bits += bits;
  ++s.sent;
  return {side, s.receiver_busy_until, packet.tag, queue.front_data(), packet.bytes, bits, false, true};
}

void D2dCore::count_packet(const D2dDelivery& delivery) {
  D2dCounts& c = counts_[delivery.side];
  ++c.packets;
  c.payload_bits += delivery.bits;
  c.corrupt_packets += delivery.is_corrupt;
}

Cycles D2dCore::next_event() const {
  if (!flits_) return std::min(next_serial(0), next_serial(1));
  return std::min({next_input(0), next_input(1), flits_->next_event()});
}

bool D2dCore::is_idle() const {
  for (const auto& inputs : inputs_)
    for (const PacketQueue& input : inputs)
      if (!input.empty()) return false;
  return !flits_ || flits_->is_idle();
}

std::string D2dCore::waiting_for() const {
  std::string text;
  for (int side = 0; side < 2; ++side) {
    std::size_t waiting = 0;
    for (const PacketQueue& input : inputs_[side]) waiting += input.size();
    if (waiting != 0) text += fmt::format("{}{} packets at die {}", text.empty() ? "" : ", ", waiting, side == 0 ? 'a' : 'b');
  }
  if (flits_ && !flits_->waiting_for().empty()) text += (text.empty() ? "" : "; ") + flits_->waiting_for();
  return text;
}

D2dCounts D2dCore::counts(int side) const {
  D2dCounts c = counts_[side];
  if (flits_) {
    static_cast<FlitCounts&>(c) = flits_->counts(side);
    c.wire_bits = (c.flits + c.replayed + c.control_flits) * flits_->layout().bits();
    c.busy_cycles = ceil_div(c.wire_ticks, FlitLink::ticks);
  } else {
    c.wire_bits = serial_[side].wire_bits;
    c.busy_cycles = serial_[side].busy_cycles;
  }
  return c;
}

double D2dCore::flit_fill(int side) const {
  if (!flits_) return 1;
  const FlitCounts& c = flits_->counts(side);
  return c.flits == 0 ? 0 : static_cast<double>(c.packet_bytes) / (static_cast<double>(c.flits) * flits_->layout().payload);
}

double D2dCore::peak_bits_per_cycle() const {
  if (flits_) return flits_->layout().bits() * static_cast<double>(FlitLink::ticks) / static_cast<double>(flits_->flit_ticks());
  return params_.kind == LinkKind::parallel ? 38.0 : params_.lanes;
}

}  // namespace snnvp
