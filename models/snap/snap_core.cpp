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

/// Activations of networks with weights are int8 of at most 127, whatever the sample.
Config with_values(Config config) {
  if (config.act_bits != 8) throw InputError("networks that compute have activations of 8 bits: core.act_bits must be 8");
  config.coding.x_max = 127;
  config.sample_tokens = 0;
  return config;
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

SnapCore::SnapCore(const Config& config, LayerTable table)
    : config_(checked(config)), table_(std::move(table)), placement_(place(config_, table_)), network_(config_), spikes_(config_, table_) {
  for (std::size_t s = 0; s < placement_.stages.size(); ++s) program_.push_back({s, 0, config_.mode == Mode::snn ? config_.steps() : 1});
}

SnapCore::SnapCore(const Config& config, std::shared_ptr<NetworkFunction> function)
    : config_(checked(with_values(config))),
      table_(function->table()),
      function_(std::move(function)),
      placement_(place(config_, table_,
                       [this](const Placement& p, std::uint32_t layer, std::vector<Stream>& streams) {
                         NetworkFunction::connect(config_, function_->segments(), function_->network(), p, layer, streams);
                       })),
      network_(config_),
      spikes_(config_, table_) {
  function_->settle(config_, placement_);
}

void SnapCore::begin_sample(const NetworkSample& sample) {
  function_->begin(sample);
  program_.clear();
  next_stage_ = 0;
  for (std::uint64_t first = 0; first < sample.steps; first += window())
    for (std::size_t s = 0; s < placement_.stages.size(); ++s) program_.push_back({s, first, std::min(window(), sample.steps - first)});
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
  turn_ = program_[next_stage_];
  stage_ = &placement_.stages[turn_.stage];
  start_ = last_ = half_ = steady_last_ = now_;
  result_ = StageResult{};
  pooled_packets_ = 0;
  runs_.clear(), run_of_.clear(), roots_.clear(), senders_.clear(), receivers_.clear(), converter_busy_.clear();
  auto& routes = routes_[turn_.stage];
  if (routes.empty())
    for (const Stream& stream : stage_->streams)
      routes.push_back(stream.targets.empty() ? 0 : network_.add_route(stream.source, stream.targets));
  roots_ = routes;
  half_of_.assign(table_.layers.size(), 0);
  for (const std::uint32_t layer : stage_->layers) half_of_[layer] = sampled(config_, table_.layers[layer].tokens) / 2;
  for (const std::uint32_t layer : stage_->layers)
    for (std::uint64_t row = 0; row < placement_.layers[layer].rows; ++row)
      for (std::uint64_t col = 0; col < placement_.layers[layer].cols; ++col) begin_tile(layer, row, col);
  for (std::uint32_t s = 0; s < stage_->streams.size(); ++s) runs_[run_of_.at(stage_->streams[s].source)].streams.push_back(s);
  for (TileRun& run : runs_)  // pooled values of tables, which come once, go behind those of the last token
    std::stable_partition(run.streams.begin(), run.streams.end(), [this](std::uint32_t s) { return stage_->streams[s].tokens > 1; });
  for (int side = 0; side < 2; ++side) {
    link_before_[side].clear();
    for (std::size_t i = 0; i < network_.links(); ++i) link_before_[side].push_back(network_.link(i).counts(side));
  }
  noc_before_ = counts_of(network_);
  stripped_before_ = network_.stripped_hop_bits();
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
  const std::uint64_t tokens = sampled(config_, record.tokens), steps = steps_per_token();
  run.units = tokens * steps;
  const TileWork work = tile_work(config_, table_, spikes_, layer, row, col);
  run.unit_cycles = work.cycles;
  if (row > 0) run.partial_needed = static_cast<std::uint32_t>(out * config_.acc_bytes());
  run.partial_packets.resize(run.units);
  const bool is_last_row = row + 1 == placement_.layers[layer].rows;
  if (!function_ || (config_.mode != Mode::snn && record.has_weights())) result_.weight_rows += work.rows_read * run.units;
  if (config_.mode == Mode::snn) {
    if (!function_) result_.accumulates += work.rows_read * out * run.units;
    if (is_last_row && (!function_ || function_->segments().segments[layer].has_neurons)) result_.neuron_updates += out * run.units;
  } else if (record.has_weights()) {
    result_.macs += in * out * tokens;
    result_.value_reads += in * tokens;
  }
  if (function_) {
    run.sums.resize(run.units * out);
    run.partial_sums.resize(row > 0 ? run.units * out : 0);
  }
  run_of_[run.tile] = static_cast<std::uint32_t>(runs_.size());
  runs_.push_back(std::move(run));
  start_unit(runs_.back());
  schedule(start_ + runs_.back().unit_cycles, Do::compute, static_cast<std::uint32_t>(runs_.size() - 1));
}

/// The next unit's products, which are done unit_cycles later. An event-driven tile of a network with weights takes a cycle for each
/// input that is not zero and one for each neuron.
void SnapCore::start_unit(TileRun& run) {
  if (function_) {
    const LayerRecord& record = table_.layers[run.layer];
    const std::uint64_t out = outputs_of(config_, record, run.col), steps = steps_per_token();
    const std::uint64_t seen = function_->sums(run.layer, run.row, run.col, run.computed / steps, turn_.first_step + run.computed % steps,
                                               &run.sums[run.computed * out]);
    if (record.type == LayerRecord::Type::io) {
      run.unit_cycles = 1;  // the mesh takes a packet a cycle
    } else if (config_.mode == Mode::snn) {
      if (config_.snn_core == SnnCore::event) run.unit_cycles = seen + out;
      if (record.has_weights()) result_.weight_rows += seen, result_.accumulates += seen * out;
    }
  }
  run.busy += run.unit_cycles;
}

/// A unit's products are done; with the sums of the row before it can go on.
void SnapCore::compute(TileRun& run, Cycles now) {
  ++run.computed;
  if (run.computed < run.units) {
    start_unit(run);
    schedule(now + run.unit_cycles, Do::compute, run_of_.at(run.tile));
  }
  last_ = std::max(last_, now);
  send_ready(run, now);
}

void SnapCore::send_ready(TileRun& run, Cycles now) {
  while (run.sent < run.computed && run.partial_packets[run.sent] >= run.partial_needed) send_unit(run, run.sent++, now);
}

void SnapCore::send_unit(TileRun& run, std::uint64_t unit, Cycles now) {
  const LayerRecord& record = table_.layers[run.layer];
  const std::uint64_t out = outputs_of(config_, record, run.col);
  const std::uint64_t steps = steps_per_token(), token = unit / steps, step = unit % steps;
  const bool is_last_token = unit / steps + 1 == run.units / steps;
  if (function_) {
    if (run.row > 0)
      for (std::uint64_t o = 0; o < out; ++o) run.sums[unit * out + o] += static_cast<std::int32_t>(run.partial_sums[unit * out + o]);
    if (run.row + 1 == placement_.layers[run.layer].rows)
      function_->finish(run.layer, run.col, token, turn_.first_step + step, &run.sums[unit * out]);
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
          if (function_) p.payload = static_cast<std::uint8_t>(static_cast<std::uint32_t>(run.sums[unit * out + o]) >> 8 * byte);
          send_counted(index, now);
        }
      continue;
    }
    if (stream.feed >= 0) {
      send_stream(run, s, unit, now);
      continue;
    }
    if (stream.tokens == 1 && record.tokens > 1 && !is_last_token) continue;  // the reader wants the pooled values
    const std::uint64_t sent = result_.packets;
    if (config_.mode == Mode::snn) {
      send_spikes(s, token, step, now);
    } else {
      const std::vector<std::uint32_t> nothing(stream.count);
      send_values(s, roots_[s], static_cast<std::uint32_t>(token), 0, nothing.data(), false, now);
    }
    if (stream.tokens == 1 && record.tokens > 1) pooled += result_.packets - sent;
  }
  run.injected += result_.packets - before - pooled;
  pooled_packets_ += pooled;
}

/// Values of a network with weights: those of the positions that this unit has completed.
void SnapCore::send_stream(TileRun& run, std::uint32_t s, std::uint64_t unit, Cycles now) {
  const Stream& stream = stage_->streams[s];
  const std::uint64_t steps = steps_per_token(), step = unit % steps, at = turn_.first_step + step;
  for (const std::uint32_t position : function_->ready(stream.feed, unit / steps)) {
    const std::uint64_t count = stream.count_at(position);
    if (count == 0) continue;
    std::vector<std::uint32_t> values(count);
    const std::uint32_t mask = stream.value_bytes == 4 ? ~std::uint32_t{0} : 0xff;
    for (std::uint64_t n = 0; n < count; ++n)
      values[n] = static_cast<std::uint32_t>(function_->value(stream.feed, element(stream, position, n), at)) & mask;
    if (stream.to_self)
      for (std::uint64_t n = 0; n < count; ++n)
        for (unsigned byte = 0; byte < stream.value_bytes; ++byte)
          function_->arrive(stream.feed, run.tile, element(stream, position, n), at, byte, values[n] >> 8 * byte & 0xff);
    if (stream.targets.empty()) continue;
    if (stream.is_spikes)
      send_spikes(s, position, step, now);
    else
      send_values(s, roots_[s], position, step, values.data(), false, now);
  }
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
void SnapCore::send_values(std::uint32_t s, std::uint32_t node, std::uint32_t token, std::uint64_t step, const std::uint32_t* values,
                           bool only_local, Cycles now) {
  const Stream& stream = stage_->streams[s];
  const auto count = static_cast<std::uint32_t>(stream.count_at(token));
  if (config_.packing == ActPacking::single) {
    for (std::uint32_t n = 0; n < count; ++n)
      for (unsigned byte = 0; byte < value_bytes(stream); ++byte) {
        const std::uint32_t index = make(Kind::act, s, node, token);
        Packet& p = network_.packet(index);
        p.neuron = n, p.byte = static_cast<std::uint8_t>(byte), p.step = static_cast<std::uint8_t>(step);
        p.payload = static_cast<std::uint8_t>(values[n] >> 8 * byte);
        p.only_local = only_local;
        send_counted(index, now);
      }
    return;
  }
  const unsigned width = value_bits(stream);
  const std::uint32_t most = burst_values(config_, width);
  for (std::uint32_t first = 0; first < count; first += most) {
    const std::uint32_t index = make(Kind::burst, s, node, token);
    Packet& p = network_.packet(index);
    p.neuron = first;
    p.step = static_cast<std::uint8_t>(step);
    p.only_local = only_local;
    BitStream bits;
    bits.put(static_cast<std::uint64_t>(PacketType::group), packet_type_bits);
    bits.put(to_bits(SpikePacket{network_.node(node).dx, network_.node(node).dy, first & 0xff, 0}), spike_packet_bits);
    for (std::uint32_t n = first; n < std::min(count, first + most); ++n) bits.put(values[n], width);
    p.bits = static_cast<std::uint32_t>(bits.bits()) - packet_type_bits;  // framing tells the kind on a serial link
    p.data = bits.bytes();
    send_counted(index, now);
  }
}

void SnapCore::send_spikes(std::uint32_t s, std::uint64_t token, std::uint64_t step, Cycles now) {
  const Stream& stream = stage_->streams[s];
  const std::uint64_t count = stream.count_at(token);
  for (std::uint32_t n = 0; n < count; ++n) {
    const bool is_spike = function_ ? function_->value(stream.feed, element(stream, token, n), turn_.first_step + step) != 0
                                    : spikes_.at(stream.layer, stream.first + n, token, step);
    if (!is_spike) continue;
    const std::uint32_t index = make(Kind::spike, s, roots_[s], token);
    network_.packet(index).neuron = n;
    network_.packet(index).step = static_cast<std::uint8_t>(step);
    ++result_.spikes;
    send_counted(index, now);
  }
  if (config_.close == WindowClose::eow && step + 1 == turn_.steps) send_counted(make(Kind::end_of_window, s, roots_[s], token), now);
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
    if (function_) {
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
  if (!function_) return;
  const std::uint64_t at = turn_.first_step + p.step;
  if (p.kind == Kind::spike) return function_->arrive(stream.feed, tile, element(stream, p.token, p.neuron), at, 0, 1);
  if (p.kind == Kind::act) return function_->arrive(stream.feed, tile, element(stream, p.token, p.neuron), at, p.byte, p.payload);
  if (p.kind != Kind::burst) return;
  BitReader bits(p.data, 8 * p.data.size());
  bits.get(packet_type_bits + spike_packet_bits);
  const unsigned width = value_bits(stream);
  const std::uint32_t end = std::min(static_cast<std::uint32_t>(stream.count_at(p.token)), p.neuron + burst_values(config_, width));
  for (std::uint32_t n = p.neuron; n < end; ++n) {
    const auto value = static_cast<std::uint32_t>(bits.get(width));
    for (unsigned byte = 0; byte < stream.value_bytes; ++byte)
      function_->arrive(stream.feed, tile, element(stream, p.token, n), at, byte, value >> 8 * byte & 0xff);
  }
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
  for (const TileRun& run : runs_) busiest = std::max({busiest, run.busy, run.injected});
  const Cycles by_load = rest * busiest / simulated;
  const Cycles by_time = simulated > 1 && half > 0 ? rest * (steady - half) / (simulated - simulated / 2) : 0;
  return taken + std::max(by_load, by_time);
}

StageResult SnapCore::finish_stage() {
  StageResult r = std::move(result_);
  r.stage = turn_.stage;
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
  r.hop_bits =
      config_.strip_header ? scaled_traffic(network_.stripped_hop_bits() - stripped_before_) : r.flit_hops * config_.mesh.flit_bits;
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

StageResult& StageResult::operator+=(const StageResult& o) {
  std::uint64_t StageResult::*const sums[] = {&StageResult::cycles,
                                              &StageResult::packets,
                                              &StageResult::crossings,
                                              &StageResult::eow_packets,
                                              &StageResult::spikes,
                                              &StageResult::late_spikes,
                                              &StageResult::flit_hops,
                                              &StageResult::hop_bits,
                                              &StageResult::d2d_payload_bits,
                                              &StageResult::d2d_wire_bits,
                                              &StageResult::d2d_flits,
                                              &StageResult::d2d_replays,
                                              &StageResult::nop_bytes,
                                              &StageResult::busiest_link_cycles,
                                              &StageResult::busiest_noc_flits,
                                              &StageResult::macs,
                                              &StageResult::accumulates,
                                              &StageResult::neuron_updates,
                                              &StageResult::weight_rows,
                                              &StageResult::value_reads,
                                              &StageResult::value_writes,
                                              &StageResult::conversions};
  for (std::uint64_t StageResult::*const member : sums) this->*member += o.*member;
  if (busiest_link.empty()) busiest_link = o.busiest_link;
  noc.buffer_writes += o.noc.buffer_writes, noc.switch_traversals += o.noc.switch_traversals;
  noc.link_traversals += o.noc.link_traversals, noc.channel_allocations += o.noc.channel_allocations;
  noc.router_cycles += o.noc.router_cycles;
  return *this;
}

std::string SnapCore::waiting_for() const {
  std::string text;
  for (const mesh::MeshNetwork& m : network_.meshes())
    if (!m.is_empty()) text += m.waiting_for() + " ";
  for (std::size_t i = 0; i < network_.links(); ++i) text += network_.link(i).waiting_for();
  return text.empty() ? "nothing is left that could move" : text;
}

}  // namespace snnvp::snap
