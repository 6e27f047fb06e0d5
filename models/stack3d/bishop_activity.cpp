// SPDX-License-Identifier: Apache-2.0
#include <snnvp/models/stack3d/bishop_activity.h>

namespace snnvp::bishop {
namespace {

constexpr unsigned weight_bits = 8;

std::string sram_key(const char* access, Bytes bytes, unsigned port) {
  return std::string("sram_") + access + "." + std::to_string(bytes) + "." + std::to_string(port);
}

unsigned bits_of(std::uint64_t largest) {
  unsigned bits = 0;
  for (; largest != 0; largest >>= 1) ++bits;
  return bits;
}

}  // namespace

void Activity::add(const Activity& o) {
  links.add(o.links);
  buffers.weight_reads += o.buffers.weight_reads, buffers.weight_writes += o.buffers.weight_writes;
  buffers.spike_reads += o.buffers.spike_reads, buffers.spike_writes += o.buffers.spike_writes;
  accumulates += o.accumulates, adds += o.adds, part_adds += o.part_adds, lif_updates += o.lif_updates;
  and_bits += o.and_bits, score_register_bits += o.score_register_bits;
  dense += o.dense, sparse += o.sparse, attention += o.attention, spikegen += o.spikegen;
}

Activity activity_of(const Config& config, const LinearCounts& c) {
  Activity a;
  const unsigned port = config.glb_port_bits, volume = config.bundle_volume();
  const std::uint64_t tiles =
      c.dense_features == 0 ? 0 : ceil_div(c.bundles, config.dense_bundles) * ceil_div(c.out_features, config.dense_features);
  const Bits row = Bits{config.dense_features} * weight_bits, column = Bits{config.dense_bundles} * volume;
  const std::uint64_t streamed = tiles * c.dense_features, sums = c.positions * c.out_features;
  a.links.weight_in = streamed * row + c.sparse_used * c.out_features * weight_bits;
  a.links.spike_in = streamed * column + c.sparse_active * volume;
  a.links.psum_up = sums * config.psum_bits;
  a.buffers.weight_reads = streamed * ceil_div(row, port) + c.sparse_used * ceil_div(c.out_features * weight_bits, port);
  a.buffers.weight_writes = ceil_div(c.traffic.weight_bytes * 8, port);
  a.buffers.spike_reads = tiles * ceil_div(c.dense_features * column, port) + ceil_div(c.sparse_active * volume, port);
  a.buffers.spike_writes = ceil_div(c.traffic.spike_bits, port) + ceil_div(sums, port);
  a.accumulates = (c.dense_ones + c.sparse_ones) * c.out_features;
  a.part_adds = c.dense_features != 0 && c.sparse_used != 0 ? sums : 0;
  a.lif_updates = sums;
  a.dense = c.dense, a.sparse = c.sparse, a.spikegen = c.spikegen;
  return a;
}

Activity activity_of(const Config& config, const Shape& shape, const AttentionCounts& c) {
  Activity a;
  const std::uint64_t updates = shape.positions() * shape.D;
  const Bits queries = Bits{config.attention_bundles} * config.bundle_volume() * c.head_width,
             keys = Bits{config.attention_keys} * config.bs_t * c.head_width;
  a.links.spike_in = c.tiles * (queries + 2 * keys);
  a.links.psum_up = updates * config.psum_bits;
  a.buffers.spike_reads = c.tiles * (ceil_div(queries, config.glb_port_bits) + 2 * ceil_div(keys, config.glb_port_bits));
  a.buffers.spike_writes = ceil_div(updates, config.glb_port_bits);
  a.and_bits = c.and_bits, a.adds = c.adds;
  a.score_register_bits = c.kept_scores * bits_of(c.head_width);
  a.lif_updates = updates;
  a.attention = c.cycles, a.spikegen = c.spikegen;
  return a;
}

std::vector<std::string> event_keys(const Config& config) {
  const unsigned port = config.glb_port_bits;
  return {sram_key("rd", config.weight_glb, port),
          sram_key("wr", config.weight_glb, port),
          sram_key("rd", config.spike_glb, port),
          sram_key("wr", config.spike_glb, port),
          "spike_acc.8.16",
          "add.16",
          "lif.16",
          "and_pop_bit",
          "reg_bit"};
}

EventCounts events_of(const Config& config, const Activity& a) {
  const std::vector<std::string> keys = event_keys(config);
  const std::uint64_t counts[] = {a.buffers.weight_reads, a.buffers.weight_writes, a.buffers.spike_reads, a.buffers.spike_writes,
                                  a.accumulates,          a.adds + a.part_adds,    a.lif_updates,         a.and_bits,
                                  a.score_register_bits};
  EventCounts events;
  for (std::size_t i = 0; i < keys.size(); ++i) events[keys[i]] += counts[i];
  return events;
}

}  // namespace snnvp::bishop
