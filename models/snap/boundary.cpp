// SPDX-License-Identifier: Apache-2.0
// What happens at the edges of a die: conversion to spikes and back, encoding, windows (spec/chiplet.md 4.4, 4.6; decision 39).
#include <algorithm>

#include <snnvp/models/snap/snap_core.h>
#include <snnvp/models/snap/tile_work.h>
#include <snnvp/platform/base/diagnostics.h>

namespace snnvp::snap {
namespace {

std::uint64_t window_key(std::uint32_t node, std::uint32_t token) { return std::uint64_t{node} << 32 | token; }

}  // namespace

void SnapCore::cross_counted(std::uint32_t packet, const RouteNode::Exit& exit, Cycles now) {
  ++result_.crossings;
  if (network_.packet(packet).kind == Kind::end_of_window) ++result_.eow_packets;
  network_.cross(packet, exit, now);
}

bool SnapCore::groups_spikes(const Stream& stream) const {
  if (stream.feed >= 0 && !stream.is_spikes) return false;
  return config_.mode == Mode::snn && stream.kind == Stream::Kind::value && (config_.auto_encoding || config_.encoding != Encoding::aer);
}

void SnapCore::at_edge(std::uint32_t packet, const RouteNode::Exit& exit, Cycles now) {
  const Packet& p = network_.packet(packet);
  const Stream& stream = stage_->streams[p.stream];
  const bool is_dense = p.kind == Kind::act || p.kind == Kind::burst;
  if (converts(stream) && is_dense) return collect_values(packet, exit, now);
  if (groups_spikes(stream) && (p.kind == Kind::spike || p.kind == Kind::end_of_window)) return collect_spikes(packet, exit, now);
  if (p.live == 0) return cross_counted(packet, exit, now);
  // Other branches of a tree are still on their way: this one goes on as a packet of its own.
  const std::uint32_t copy = network_.make_packet();
  network_.packet(copy) = network_.packet(packet);
  network_.packet(copy).live = 0;
  cross_counted(copy, exit, now);
}

/// Dense values for a converter; the last one of a window starts it.
void SnapCore::collect_values(std::uint32_t packet, const RouteNode::Exit& exit, Cycles now) {
  const Packet& p = network_.packet(packet);
  const Stream& stream = stage_->streams[p.stream];
  Window& w = senders_[window_key(exit.child, p.token)];
  w.stream = p.stream, w.token = p.token, w.node = p.node;
  const std::uint64_t count = stream.count_at(p.token);
  w.values.resize(count);
  if (p.kind == Kind::act) {
    w.values[p.neuron] |= std::uint32_t{p.payload} << 8 * p.byte;
    ++w.packets;
  } else {
    BitReader bits(p.data, 8 * p.data.size());
    bits.get(packet_type_bits + spike_packet_bits);
    const unsigned width = value_bits(stream);
    const std::uint32_t end = std::min(static_cast<std::uint32_t>(count), p.neuron + burst_values(config_, width));
    for (std::uint32_t n = p.neuron; n < end; ++n) w.values[n] = static_cast<std::uint32_t>(bits.get(width));
    w.packets += (end - p.neuron) * value_bytes(stream);
  }
  const bool is_full = w.packets == count * value_bytes(stream);
  release(packet);
  if (is_full) {
    convert(w, w.node, exit, now);
    senders_.erase(window_key(exit.child, w.token));
  }
}

/// The converter's tx: one window after the other, T steps each.
void SnapCore::convert(Window& w, std::uint32_t node, const RouteNode::Exit& exit, Cycles now) {
  const Stream& stream = stage_->streams[w.stream];
  const std::uint64_t steps = config_.steps(), values = stream.count_at(w.token), count = axons_of(stream, w.token);
  SpikeTensor spikes("TC", {steps, count});
  for (std::uint64_t n = 0; n < count; ++n) {
    if (function_) {
      const int value = static_cast<std::int8_t>(w.values[n % values]), magnitude = n < values ? value : -value;
      const std::uint32_t train = spikes_of(config_.coding, static_cast<std::uint32_t>(std::max(0, magnitude)));
      for (std::uint64_t t = 0; t < steps; ++t)
        if (train >> t & 1) spikes.set(t * count + n);
    } else {
      for (std::uint64_t t = 0; t < steps; ++t)
        if (spikes_.at(stream.layer, stream.first + n, w.token, t)) spikes.set(t * count + n);
    }
  }
  result_.spikes += spikes.count();
  result_.conversions += count * steps;
  const unsigned chip = network_.node(node).chip;
  Cycles& busy = converter_busy_[std::uint64_t{chip} << 32 | exit.border];
  const Cycles start = std::max(now, busy);
  busy = start + config_.convert_cycles();
  emit_window(spikes, w, node, exit, start, config_.t_step_cycles);
  if (config_.close == WindowClose::timer) close_receivers(exit.child, w.stream, w.token, start + config_.convert_cycles());
}

/// With a timer the receivers know when a window is over: they share the step's clock with the sender.
void SnapCore::close_receivers(std::uint32_t node, std::uint32_t stream, std::uint32_t token, Cycles at) {
  const RouteNode& route = network_.node(node);
  if (!route.locals.empty()) {
    Window& w = receivers_[window_key(node, token)];
    w.stream = stream, w.token = token, w.node = node;
    schedule(at, Do::close_window, node, token);
  }
  for (const RouteNode::Exit& exit : route.exits) close_receivers(exit.child, stream, token, at);
}

Encoding SnapCore::encoding_for(const SpikeTensor& spikes) const {
  return config_.auto_encoding ? cheapest(config_.encoding_spec, spikes.view()) : config_.encoding;
}

/// Packets of a window in the order of their steps, each when its step is over, then the end of the window.
void SnapCore::emit_window(const SpikeTensor& spikes, const Window& w, std::uint32_t node, const RouteNode::Exit& exit, Cycles start,
                           Cycles step_cycles) {
  const Encoding how = encoding_for(spikes);
  const auto exit_index = static_cast<std::uint32_t>(&exit - network_.node(node).exits.data());
  const BitStream stream = encode(how, config_.encoding_spec, spikes.view());
  bool says_code = config_.auto_encoding;  // once per window, in its first packet
  const bool by_step = how != Encoding::rate && how != Encoding::act;
  BitReader in(stream.bytes(), stream.bits());
  for (const std::uint32_t bits : stream.packet_bits()) {
    const bool is_spike = how == Encoding::aer || how == Encoding::ttfs;
    const std::uint32_t index = make(is_spike ? Kind::spike : Kind::group, w.stream, node, w.token);
    Packet& p = network_.packet(index);
    const std::uint64_t core = in.get(18);
    Cycles step = window_steps();
    if (is_spike) {
      p.neuron = static_cast<std::uint32_t>(core * 256 + in.get(8));
      p.step = static_cast<std::uint8_t>(in.get(4));
      step = p.step + Cycles{1};
      if (says_code && !config_.d2d.fixed_slot) p.bits = spike_packet_bits + auto_code_bits;  // a 38-bit slot has room for it
      in.get(bits - 30);
    } else {
      BitStream packet;
      packet.put(static_cast<std::uint64_t>(PacketType::group), packet_type_bits);
      packet.put(core, 18);
      const std::uint64_t tick = in.get(4);
      packet.put(tick, 4);
      if (by_step) step = tick + 1;
      for (std::uint32_t left = bits - 22; left > 0;) {
        const std::uint32_t piece = std::min<std::uint32_t>(left, 32);
        packet.put(in.get(piece), piece);
        left -= piece;
      }
      if (says_code) packet.put(static_cast<std::uint64_t>(how), auto_code_bits);
      p.bits = bits + (says_code ? auto_code_bits : 0);  // framing tells the kind on a serial link
      p.data = packet.bytes();
    }
    p.says_code = says_code;
    p.code = static_cast<std::uint8_t>(how);
    says_code = false;
    schedule(start + step * step_cycles, Do::window_packet, index, exit_index);
  }
  if (config_.close == WindowClose::eow || config_.mode == Mode::snn)
    schedule(start + window_steps() * step_cycles, Do::window_packet, make(Kind::end_of_window, w.stream, node, w.token), exit_index);
}

/// snn: the encoder at an edge gathers the spikes of a window, then sends them in groups.
void SnapCore::collect_spikes(std::uint32_t packet, const RouteNode::Exit& exit, Cycles now) {
  const Packet p = network_.packet(packet);
  const Stream& stream = stage_->streams[p.stream];
  Window& w = senders_[window_key(exit.child, p.token)];
  w.stream = p.stream, w.token = p.token, w.node = p.node;
  const std::uint64_t count = stream.count_at(p.token);
  if (w.spikes.bits() == 0) w.spikes = SpikeTensor("TC", {window_steps(), count});
  if (p.kind == Kind::spike) w.spikes.set(p.step * count + p.neuron);
  release(packet);
  if (p.kind != Kind::end_of_window) return;
  emit_window(w.spikes, w, p.node, exit, now, 0);
  senders_.erase(window_key(exit.child, p.token));
}

void SnapCore::from_link(std::uint32_t packet, std::uint32_t child, Cycles at, const std::uint8_t* data, unsigned bytes) {
  // What came over the wires is what counts from here on.
  Packet& p = network_.packet(packet);
  if (p.kind == Kind::group || p.kind == Kind::burst) {
    p.data.assign(data, data + bytes);
  } else {
    TypedPacket wire;
    wire.size = bytes;
    std::copy(data, data + bytes, wire.bytes.begin());
    const std::uint64_t bits = bits_of(wire);
    if (p.kind == Kind::act)
      p.payload = static_cast<std::uint8_t>(act_of(bits).payload);
    else if (p.kind == Kind::spike)
      p.step = static_cast<std::uint8_t>(spike_of(bits).tick), p.neuron = (p.neuron & ~0xffU) | spike_of(bits).axon;
  }
  schedule(at, Do::link_arrival, packet, child);
}

void SnapCore::forward(std::uint32_t packet, std::uint32_t node, Cycles now) {
  network_.packet(packet).node = node;
  network_.send(packet, now);
}

/// A packet on the next chip. Converters and decoders sit beside the edge router; what only passes by goes on as it is.
void SnapCore::arrive_from_link(std::uint32_t packet, std::uint32_t node, Cycles now) {
  last_ = std::max(last_, now);
  Packet& p = network_.packet(packet);
  const Stream& stream = stage_->streams[p.stream];
  const RouteNode& route = network_.node(node);
  p.node = node;
  p.only_local = p.only_exits = false;
  const bool is_coded = p.kind == Kind::spike || p.kind == Kind::group || p.kind == Kind::end_of_window;
  if (!(converts(stream) && is_coded) && !groups_spikes(stream)) return forward(packet, node, now);
  const bool decodes = !route.locals.empty() || groups_spikes(stream);
  if (decodes) {
    std::uint32_t token = p.token;
    Window* w = &receivers_[window_key(node, token)];
    if (w->is_closed && config_.close == WindowClose::timer && converts(stream)) {
      // Late: it counts in the next window that is still open, or nowhere.
      if (p.kind == Kind::spike || p.kind == Kind::group) ++result_.late_spikes;
      for (auto it = receivers_.find(window_key(node, token)); it != receivers_.end() && it->first >> 32 == node; ++it)
        if (!it->second.is_closed) {
          w = &it->second;
          token = w->token;
          break;
        }
    }
    if (!w->is_closed) {
      w->stream = p.stream, w->token = token, w->node = node;
      if (p.says_code) w->encoding = static_cast<Encoding>(p.code);
      if (p.kind == Kind::spike) {
        w->received.put(p.neuron / 256, 18);
        w->received.put(p.neuron % 256, 8);
        w->received.put(p.step, 4);
        if (config_.encoding_spec.packet_bits > 30) w->received.put(0, config_.encoding_spec.packet_bits - 30);
        w->received.end_packet();
      } else if (p.kind == Kind::group) {
        BitReader in(p.data, 8 * p.data.size());
        in.get(packet_type_bits);
        for (std::uint32_t left = p.bits - (p.says_code ? auto_code_bits : 0); left > 0;) {
          const std::uint32_t piece = std::min<std::uint32_t>(left, 32);
          w->received.put(in.get(piece), piece);
          left -= piece;
        }
        w->received.end_packet();
      } else {
        close(*w, now);
      }
    }
  }
  if (route.exits.empty() || groups_spikes(stream)) {
    network_.free_packet(packet);
    return;
  }
  network_.packet(packet).only_exits = true;
  forward(packet, node, now);
}

/// The window is over: counts become activations, a group becomes spikes again.
void SnapCore::close(Window& w, Cycles now) {
  if (w.is_closed) return;
  w.is_closed = true;
  const Stream& stream = stage_->streams[w.stream];
  const std::uint64_t steps = window_steps(), count = axons_of(stream, w.token);
  SpikeTensor spikes("TC", {steps, count});
  const Encoding how = config_.auto_encoding ? w.encoding : config_.encoding;
  try {
    if (!w.received.packet_bits().empty()) spikes = decode(how, config_.encoding_spec, w.received, steps, count);
  } catch (const InputError&) {
    ++corrupt_windows_;  // raw flits and escapes of the CRC let damage through
  }
  if (config_.mode == Mode::snn) {
    for (std::uint64_t t = 0; t < steps; ++t)
      for (std::uint32_t n = 0; n < count; ++n) {
        if (!spikes.at(t * count + n)) continue;
        const std::uint32_t index = make(Kind::spike, w.stream, w.node, w.token);
        network_.packet(index).neuron = n;
        network_.packet(index).step = static_cast<std::uint8_t>(t);
        network_.send(index, now);
      }
    network_.send(make(Kind::end_of_window, w.stream, w.node, w.token), now);
    w.received = BitStream();
    return;
  }
  const auto value_of = [&](std::uint64_t n) -> std::uint32_t {
    std::uint32_t spiked = 0;
    std::optional<std::uint32_t> first;
    for (std::uint32_t t = 0; t < steps; ++t)
      if (spikes.at(t * count + n)) {
        ++spiked;
        if (!first) first = t;
      }
    return config_.coding.code == ActivationCode::ttfs ? value_of_time(config_.coding, first) : value_of_count(config_.coding, spiked);
  };
  std::vector<std::uint32_t> values(stream.count_at(w.token));
  for (std::uint64_t n = 0; n < values.size(); ++n) {
    values[n] = value_of(n);
    if (stream.is_signed) values[n] = (values[n] - value_of(values.size() + n)) & 0xff;
  }
  send_values(w.stream, w.node, w.token, 0, values.data(), true, now + 1);
  w.received = BitStream();
}

}  // namespace snnvp::snap
