// SPDX-License-Identifier: Apache-2.0
#include <snnvp/models/snap/snap_core.h>

#include <algorithm>

#include <fmt/format.h>

#include <snnvp/models/snap/tile_work.h>
#include <snnvp/platform/base/diagnostics.h>

namespace snnvp::snap {
namespace {

const Config& checked(const Config& config) {
  const std::vector<std::string> wrong = problems(config);
  if (wrong.empty()) return config;
  std::string text;
  for (const std::string& problem : wrong) text += (text.empty() ? "" : "; ") + problem;
  throw InputError(text);
}

constexpr mesh::Port counted_ports[] = {mesh::east, mesh::west, mesh::north, mesh::south, mesh::local};

std::uint64_t sampled(const Config& config, std::uint64_t tokens) {
  return config.sample_tokens == 0 ? tokens : std::min(tokens, config.sample_tokens);
}

mesh::NetworkCounts counts_of(const PackageNetwork& network) {
  mesh::NetworkCounts sum;
  for (const mesh::MeshNetwork& m : network.meshes()) {
    const mesh::NetworkCounts& c = m.counts();
    sum.buffer_writes += c.buffer_writes, sum.switch_traversals += c.switch_traversals, sum.link_traversals += c.link_traversals;
    sum.channel_allocations += c.channel_allocations, sum.router_cycles += c.router_cycles;
  }
  return sum;
}

}  // namespace

SnapCore::SnapCore(const Config& config, LayerTable table, std::optional<NetworkValues> values)
    : config_(checked(config)),
      table_(std::move(table)),
      placement_(place(config_, table_)),
      values_(std::move(values)),
      network_(config_),
      spikes_(config_, table_) {
  if (values_ && config_.mode == Mode::snn)
    throw InputError("a network of ReLU layers computes in the modes ann and hnn; snn is for spikes");
}

StageResult SnapCore::run_stage() {
  begin_stage();
  for (;;) {
    const Cycles event = events_.empty() ? PackageNetwork::never : events_.top().at;
    const Cycles next = std::min(event, network_.next_event());
    if (next == PackageNetwork::never) break;
    now_ = std::max(now_, next);
    while (!events_.empty() && events_.top().at <= now_) {
      const Event e = events_.top();
      events_.pop();
      switch (e.what) {
        case Do::compute: compute(runs_[e.a], now_); break;
        case Do::link_arrival: arrive_from_link(e.a, e.b, now_); break;
        case Do::window_packet: {
          const std::uint32_t packet = e.a;
          const RouteNode& node = network_.node(network_.packet(packet).node);
          cross_counted(packet, node.exits[e.b], now_);
          break;
        }
        case Do::close_window: {
          const auto it = receivers_.find(WindowKey{e.a} << 32 | e.b);
          if (it != receivers_.end()) close(it->second, now_);
          break;
        }
      }
    }
    network_.advance(now_, *this);
  }
  for (const TileRun& run : runs_)
    if (run.sent != run.units) throw InternalError("a stage of " + table_.name + " stands still: " + waiting_for());
  if (network_.packets_alive() != 0) throw InternalError("packets were left over in " + table_.name + ": " + waiting_for());
  return finish_stage();
}

void SnapCore::begin_stage() {
  stage_ = &placement_.stages[next_stage_];
  start_ = last_ = half_ = steady_last_ = now_;
  result_ = StageResult{};
  pooled_packets_ = 0;
  runs_.clear(), run_of_.clear(), roots_.clear(), senders_.clear(), receivers_.clear(), converter_busy_.clear();
  for (const Stream& stream : stage_->streams) roots_.push_back(network_.add_route(stream.source, stream.targets));
  half_of_.assign(table_.layers.size(), 0);
  for (const std::uint32_t layer : stage_->layers) half_of_[layer] = sampled(config_, table_.layers[layer].tokens) / 2;
  for (const std::uint32_t layer : stage_->layers)
    for (std::uint64_t row = 0; row < placement_.layers[layer].rows; ++row)
      for (std::uint64_t col = 0; col < placement_.layers[layer].cols; ++col) begin_tile(layer, row, col);
  for (std::uint32_t s = 0; s < stage_->streams.size(); ++s) runs_[run_of_.at(stage_->streams[s].source)].streams.push_back(s);
  for (TileRun& run : runs_)  // pooled values, which come once, go behind those of the last token
    std::stable_partition(run.streams.begin(), run.streams.end(), [this](std::uint32_t s) { return stage_->streams[s].tokens > 1; });
  for (int side = 0; side < 2; ++side) {
    link_before_[side].clear();
    for (std::size_t i = 0; i < network_.links(); ++i) link_before_[side].push_back(network_.link(i).counts(side));
  }
  noc_before_ = counts_of(network_);
  port_before_.clear();
  for (const mesh::MeshNetwork& m : network_.meshes())
    for (std::uint32_t n = 0; n < config_.tiles_per_chip(); ++n)
      for (const mesh::Port port : counted_ports) port_before_.push_back(m.port_flits(n, port));
}

void SnapCore::begin_tile(std::uint32_t layer, std::uint64_t row, std::uint64_t col) {
  const LayerRecord& record = table_.layers[layer];
  TileRun run;
  run.layer = layer, run.row = static_cast<std::uint32_t>(row), run.col = static_cast<std::uint32_t>(col);
  run.tile = placement_.layers[layer].tile(row, col);
  const std::uint64_t in = inputs_of(config_, record, row), out = outputs_of(config_, record, col);
  const std::uint64_t tokens = sampled(config_, record.tokens), steps = config_.mode == Mode::snn ? config_.steps() : 1;
  run.units = tokens * steps;
  const TileWork work = tile_work(config_, table_, spikes_, layer, row, col);
  run.unit_cycles = work.cycles;
  if (row > 0) run.partial_needed = static_cast<std::uint32_t>(out * config_.acc_bytes());
  run.partial_packets.resize(run.units);
  result_.weight_rows += work.rows_read * run.units;
  if (config_.mode == Mode::snn) {
    result_.accumulates += work.rows_read * out * run.units;
    if (row + 1 == placement_.layers[layer].rows) result_.neuron_updates += out * run.units;
  } else {
    result_.macs += in * out * tokens;
    result_.value_reads += in * tokens;
  }
  if (values_) {
    run.sums.resize(run.units * out);
    run.partial_sums.resize(row > 0 ? run.units * out : 0);
  }
  run_of_[run.tile] = static_cast<std::uint32_t>(runs_.size());
  runs_.push_back(std::move(run));
  schedule(start_ + runs_.back().unit_cycles, Do::compute, static_cast<std::uint32_t>(runs_.size() - 1));
}

/// A unit's products are done; with the sums of the row before it can go on.
void SnapCore::compute(TileRun& run, Cycles now) {
  const std::uint64_t unit = run.computed++;
  if (values_) {
    const LayerRecord& record = table_.layers[run.layer];
    const std::uint64_t in = inputs_of(config_, record, run.row), out = outputs_of(config_, record, run.col);
    const auto& weights = values_->weights[run.layer];
    const std::uint64_t tile = std::uint64_t{run.row} * placement_.layers[run.layer].cols + run.col;
    const auto arrived = arrived_.find(run.layer);
    for (std::uint64_t i = 0; i < in; ++i) {
      const std::uint64_t input = std::uint64_t{run.row} * config_.axons + i;
      const std::uint32_t x = run.layer == 0 ? values_->input[unit * record.in + input] : arrived->second[tile][unit * config_.axons + i];
      if (x == 0) continue;
      const std::int8_t* row = &weights[input * record.out + std::uint64_t{run.col} * config_.neurons];
      for (std::uint64_t o = 0; o < out; ++o) run.sums[unit * out + o] += static_cast<std::int32_t>(x) * row[o];
    }
  }
  if (run.computed < run.units) schedule(now + run.unit_cycles, Do::compute, run_of_.at(run.tile));
  last_ = std::max(last_, now);
  send_ready(run, now);
}

void SnapCore::send_ready(TileRun& run, Cycles now) {
  while (run.sent < run.computed && run.partial_packets[run.sent] >= run.partial_needed) send_unit(run, run.sent++, now);
}

void SnapCore::send_unit(TileRun& run, std::uint64_t unit, Cycles now) {
  const LayerRecord& record = table_.layers[run.layer];
  const std::uint64_t out = outputs_of(config_, record, run.col);
  const std::uint64_t steps = config_.mode == Mode::snn ? config_.steps() : 1, token = unit / steps, step = unit % steps;
  const bool is_last_token = unit / steps + 1 == run.units / steps;
  std::vector<std::uint32_t> outputs(config_.mode == Mode::snn ? 0 : out);
  if (values_) {
    if (run.row > 0)
      for (std::uint64_t o = 0; o < out; ++o) run.sums[unit * out + o] += static_cast<std::int32_t>(run.partial_sums[unit * out + o]);
    const std::uint32_t top = config_.coding.x_max;
    for (std::uint64_t o = 0; o < out; ++o) {
      const std::int32_t sum = std::max(run.sums[unit * out + o], 0) >> values_->shift[run.layer];
      outputs[o] = std::min(static_cast<std::uint32_t>(sum), top);
    }
    if (run.layer + 1 == table_.layers.size() && run.row + 1 == placement_.layers[run.layer].rows) {
      final_outputs_.resize(sampled(config_, record.tokens) * record.out);
      for (std::uint64_t o = 0; o < out; ++o)
        final_outputs_[token * record.out + std::uint64_t{run.col} * config_.neurons + o] = outputs[o];
    }
  }
  const std::uint64_t before = result_.packets;
  std::uint64_t pooled = 0;
  for (const std::uint32_t s : run.streams) {
    const Stream& stream = stage_->streams[s];
    if (stream.kind == Stream::Kind::partial) {
      for (std::uint32_t o = 0; o < out; ++o)
        for (unsigned byte = 0; byte < config_.acc_bytes(); ++byte) {
          const std::uint32_t index = make(Kind::act, s, roots_[s], unit);
          Packet& p = network_.packet(index);
          p.neuron = o, p.byte = static_cast<std::uint8_t>(byte);
          if (values_) p.payload = static_cast<std::uint8_t>(static_cast<std::uint32_t>(run.sums[unit * out + o]) >> 8 * byte);
          send_counted(index, now);
        }
      continue;
    }
    if (stream.tokens == 1 && record.tokens > 1 && !is_last_token) continue;  // the reader wants the pooled values
    const std::uint64_t sent = result_.packets;
    if (config_.mode == Mode::snn)
      send_spikes(s, token, step, now);
    else
      send_values(s, roots_[s], static_cast<std::uint32_t>(token), &outputs[stream.first - std::uint64_t{run.col} * config_.neurons], false,
                  now);
    if (stream.tokens == 1 && record.tokens > 1) pooled += result_.packets - sent;
  }
  run.injected += result_.packets - before - pooled;
  pooled_packets_ += pooled;
}

std::uint32_t SnapCore::make(Kind kind, std::uint32_t stream, std::uint32_t node, std::uint64_t token) {
  const std::uint32_t index = network_.make_packet();
  Packet& p = network_.packet(index);
  p.kind = kind;
  p.stream = stream;
  p.node = node;
  p.token = static_cast<std::uint32_t>(token);
  return index;
}

void SnapCore::send_counted(std::uint32_t packet, Cycles now) {
  ++result_.packets;
  network_.send(packet, now);
}

/// Dense values of a stream: a packet per byte, or bursts of as many values as a link's packet holds.
void SnapCore::send_values(std::uint32_t s, std::uint32_t node, std::uint32_t token, const std::uint32_t* values, bool only_local,
                           Cycles now) {
  const auto count = static_cast<std::uint32_t>(stage_->streams[s].count);
  if (config_.packing == ActPacking::single) {
    for (std::uint32_t n = 0; n < count; ++n)
      for (unsigned byte = 0; byte < config_.act_bytes(); ++byte) {
        const std::uint32_t index = make(Kind::act, s, node, token);
        Packet& p = network_.packet(index);
        p.neuron = n, p.byte = static_cast<std::uint8_t>(byte);
        p.payload = static_cast<std::uint8_t>(values[n] >> 8 * byte);
        p.only_local = only_local;
        send_counted(index, now);
      }
    return;
  }
  const std::uint32_t most = burst_values(config_);
  for (std::uint32_t first = 0; first < count; first += most) {
    const std::uint32_t index = make(Kind::burst, s, node, token);
    Packet& p = network_.packet(index);
    p.neuron = first;
    p.only_local = only_local;
    BitStream bits;
    bits.put(static_cast<std::uint64_t>(PacketType::group), packet_type_bits);
    bits.put(to_bits(SpikePacket{network_.node(node).dx, network_.node(node).dy, first & 0xff, 0}), spike_packet_bits);
    for (std::uint32_t n = first; n < std::min(count, first + most); ++n) bits.put(values[n], config_.act_bits);
    p.bits = static_cast<std::uint32_t>(bits.bits()) - packet_type_bits;  // framing tells the kind on a serial link
    p.data = bits.bytes();
    send_counted(index, now);
  }
}

void SnapCore::send_spikes(std::uint32_t s, std::uint64_t token, std::uint64_t step, Cycles now) {
  const Stream& stream = stage_->streams[s];
  for (std::uint32_t n = 0; n < stream.count; ++n) {
    if (!spikes_.at(stream.layer, stream.first + n, token, step)) continue;
    const std::uint32_t index = make(Kind::spike, s, roots_[s], token);
    network_.packet(index).neuron = n;
    network_.packet(index).step = static_cast<std::uint8_t>(step);
    ++result_.spikes;
    send_counted(index, now);
  }
  if (config_.close == WindowClose::eow && step + 1 == config_.steps()) send_counted(make(Kind::end_of_window, s, roots_[s], token), now);
}

void SnapCore::at_tile(std::uint32_t packet, Tile tile, Cycles now) {
  receive(network_.packet(packet), tile, now);
  release(packet);
}

void SnapCore::release(std::uint32_t packet) {
  if (network_.packet(packet).live == 0) network_.free_packet(packet);
}

/// A packet's content becomes part of the tile's inputs or partial sums.
void SnapCore::receive(const Packet& p, Tile tile, Cycles now) {
  last_ = std::max(last_, now);
  const Stream& stream = stage_->streams[p.stream];
  if (stream.kind == Stream::Kind::partial) {
    TileRun& run = runs_[run_of_.at(tile)];
    ++run.partial_packets[p.token];
    if (values_) {
      const std::uint64_t out = outputs_of(config_, table_.layers[run.layer], run.col);
      run.partial_sums[p.token * out + p.neuron] |= std::uint32_t{p.payload} << 8 * p.byte;
    }
    return send_ready(run, now);
  }
  ++result_.value_writes;
  if (stream.tokens > 1) {  // pooled values come once, whatever the number of tokens
    steady_last_ = std::max(steady_last_, now);
    if (p.token < half_of_[stream.layer]) half_ = std::max(half_, now);
  }
  if (!values_) return;
  const PlacedLayer& layer = placement_.layers[stream.consumer];
  const auto index = static_cast<std::size_t>(std::find(layer.tiles.begin(), layer.tiles.end(), tile) - layer.tiles.begin());
  auto& tiles = arrived_[stream.consumer];
  tiles.resize(layer.tiles.size());
  auto& axons = tiles[index];
  if (axons.empty()) axons.resize(sampled(config_, table_.layers[stream.consumer].tokens) * config_.axons);
  const std::uint64_t base = p.token * std::uint64_t{config_.axons} + stream.first - index / layer.cols * config_.axons;
  if (p.kind == Kind::act) {
    axons[base + p.neuron] |= std::uint32_t{p.payload} << 8 * p.byte;
    return;
  }
  BitReader bits(p.data, 8 * p.data.size());
  bits.get(packet_type_bits + spike_packet_bits);
  const std::uint32_t end = std::min(static_cast<std::uint32_t>(stream.count), p.neuron + burst_values(config_));
  for (std::uint32_t n = p.neuron; n < end; ++n) axons[base + n] = static_cast<std::uint32_t>(bits.get(config_.act_bits));
}

/// Cycles of all tokens from those of the simulated ones: each further token costs what it costs the busiest resource, or what it
/// cost in the second half of the simulated ones, whichever is more.
Cycles SnapCore::extrapolated(const StageResult& r) const {
  const Cycles taken = last_ - start_, half = half_ - start_, steady = steady_last_ - start_;
  const std::uint64_t simulated = r.simulated_tokens, rest = r.tokens - simulated;
  if (rest == 0) return taken;
  // Pooled values came once; of the rest the busiest link had as large a share as all links.
  const double share = r.packets == 0 ? 1 : static_cast<double>(r.packets - pooled_packets_) / static_cast<double>(r.packets);
  const Cycles traffic = std::max(network_.from_link_cycles(r.busiest_link_cycles), r.busiest_noc_flits);
  auto busiest = static_cast<Cycles>(static_cast<double>(traffic) * share);
  for (const TileRun& run : runs_) busiest = std::max({busiest, run.units * run.unit_cycles, run.injected});
  const Cycles by_load = rest * busiest / simulated;
  const Cycles by_time = simulated > 1 && half > 0 ? rest * (steady - half) / (simulated - simulated / 2) : 0;
  return taken + std::max(by_load, by_time);
}

StageResult SnapCore::finish_stage() {
  StageResult r = std::move(result_);
  for (const std::uint32_t layer : stage_->layers) {
    r.name += (r.name.empty() ? "" : "+") + table_.layers[layer].name;
    r.tokens = std::max(r.tokens, table_.layers[layer].tokens);
  }
  r.simulated_tokens = sampled(config_, r.tokens);
  const auto scaled = [&r](std::uint64_t n) {
    return n / r.simulated_tokens * r.tokens + n % r.simulated_tokens * r.tokens / r.simulated_tokens;
  };
  // Pooled values came once: their share of the packets is not multiplied.
  const std::uint64_t packets = r.packets, pooled = pooled_packets_;
  const auto scaled_traffic = [&](std::uint64_t n) {
    if (packets == 0) return scaled(n);
    const auto once = static_cast<std::uint64_t>(static_cast<double>(n) * static_cast<double>(pooled) / static_cast<double>(packets));
    return once + scaled(n - once);
  };
  for (std::size_t i = 0; i < network_.links(); ++i)
    for (int side = 0; side < 2; ++side) {
      const D2dCounts now = network_.link(i).counts(side), &before = link_before_[side][i];
      r.d2d_payload_bits += now.payload_bits - before.payload_bits;
      r.d2d_wire_bits += now.wire_bits - before.wire_bits;
      r.d2d_flits += now.flits - before.flits;
      r.d2d_replays += now.replayed - before.replayed;
      r.nop_bytes += now.nop_bytes - before.nop_bytes;
      const Cycles busy = now.busy_cycles - before.busy_cycles;
      if (busy > r.busiest_link_cycles)
        r.busiest_link_cycles = busy, r.busiest_link = network_.link_name(i) + (side == 0 ? " out" : " back");
    }
  const mesh::NetworkCounts now = counts_of(network_);
  r.noc.buffer_writes = scaled_traffic(now.buffer_writes - noc_before_.buffer_writes);
  r.noc.switch_traversals = scaled_traffic(now.switch_traversals - noc_before_.switch_traversals);
  r.noc.link_traversals = scaled_traffic(now.link_traversals - noc_before_.link_traversals);
  r.noc.channel_allocations = scaled_traffic(now.channel_allocations - noc_before_.channel_allocations);
  r.noc.router_cycles = scaled_traffic(now.router_cycles - noc_before_.router_cycles);
  r.flit_hops = r.noc.link_traversals;
  r.hop_bits = r.flit_hops * config_.mesh.flit_bits;
  std::size_t port = 0;
  for (const mesh::MeshNetwork& m : network_.meshes())
    for (std::uint32_t n = 0; n < config_.tiles_per_chip(); ++n)
      for (const mesh::Port p : counted_ports) {
        const std::uint64_t flits = m.port_flits(n, p) - port_before_[port++];
        r.busiest_noc_flits = std::max(r.busiest_noc_flits, flits);
      }
  r.cycles = extrapolated(r);
  for (std::uint64_t* n :
       {&r.packets, &r.crossings, &r.eow_packets, &r.spikes, &r.late_spikes, &r.d2d_payload_bits, &r.d2d_wire_bits, &r.d2d_flits,
        &r.d2d_replays, &r.nop_bytes, &r.busiest_link_cycles, &r.busiest_noc_flits, &r.value_writes, &r.conversions})
    *n = scaled_traffic(*n);
  for (std::uint64_t* n : {&r.macs, &r.accumulates, &r.neuron_updates, &r.weight_rows, &r.value_reads}) *n = scaled(*n);
  now_ = std::max(now_, last_);
  ++next_stage_;
  return r;
}

std::string SnapCore::waiting_for() const {
  std::string text;
  for (const mesh::MeshNetwork& m : network_.meshes())
    if (!m.is_empty()) text += m.waiting_for() + " ";
  for (std::size_t i = 0; i < network_.links(); ++i) text += network_.link(i).waiting_for();
  return text.empty() ? "nothing is left that could move" : text;
}

}  // namespace snnvp::snap
