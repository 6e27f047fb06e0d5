// SPDX-License-Identifier: Apache-2.0
#include <snnvp/models/prosperity/layer_lif.h>

#include <algorithm>

namespace snnvp::prosperity {

LayerLif::LayerLif(const Config& config, const engine::NeuronJob& neuron, const LayerShape& shape, bool computes)
    : config_(config),
      shape_(shape),
      counted_neurons_(neuron.neurons),
      computes_(computes),
      state_(computes ? neuron.record : NeuronRecord{}, computes ? shape.channels : 1, computes ? shape.positions : 1,
             shape.channel_major ? LifState::Order::channel_major : LifState::Order::position_major),
      spikes_("TC", {shape.T, computes ? shape.channels * shape.positions : 1}),
      scratch_(computes ? shape.channels * shape.positions : 1) {}

LayerLif::Positions LayerLif::finished(const Tiling& tiling, const TileItem& item) const {
  const std::uint64_t begin = item.m * tiling.tile_m / shape_.T, end = (item.m * tiling.tile_m + tiling.rows(item.m)) / shape_.T;
  return {begin, end - begin};
}

void LayerLif::step(std::uint64_t t, std::uint64_t neuron, std::uint64_t count, const std::int32_t* sums) {
  const std::uint64_t at = t * shape_.channels * shape_.positions + neuron;
  state_.step(neuron, count, sums + at, scratch_.data());
  std::uint8_t* bytes = spikes_.data();
  for (std::uint64_t i = 0; i < count; ++i)
    bytes[(at + i) >> 3] = static_cast<std::uint8_t>(bytes[(at + i) >> 3] | scratch_[i] << ((at + i) & 7));
}

void LayerLif::update(const Tiling& tiling, const TileItem& item, const std::int32_t* sums) {
  if (!computes_) return;
  const Positions p = finished(tiling, item);
  if (p.count == 0) return;
  const std::uint64_t n0 = item.n * tiling.tile_n, width = tiling.width(item.n);
  for (std::uint64_t t = 0; t < shape_.T; ++t) {
    if (shape_.channel_major)
      for (std::uint64_t n = n0; n < n0 + width; ++n) step(t, n * shape_.positions + p.first, p.count, sums);
    else
      for (std::uint64_t l = p.first; l < p.first + p.count; ++l) step(t, l * shape_.channels + n0, width, sums);
  }
}

void LayerLif::update_step(std::uint64_t t, const std::int32_t* sums) {
  if (computes_) step(t, 0, shape_.channels * shape_.positions, sums);
}

Cycles LayerLif::lane_cycles(std::uint64_t neurons) const { return ceil_div(neurons, config_.lif_lanes) * shape_.T * 2; }

Cycles LayerLif::timed(Cycles ready, const Tiling& tiling, const TileItem& item) {
  const bool last = item.m + 1 == tiling.nm && item.n + 1 == tiling.nn;
  std::uint64_t neurons = finished(tiling, item).count * tiling.width(item.n);
  if (!computes_) neurons = last ? counted_neurons_ : 0;  // a count that fits no tile is taken at the end
  if (neurons != 0) lanes_free_ = std::max(lanes_free_, ready) + lane_cycles(neurons);
  return std::max(lanes_free_, ready);
}

Cycles LayerLif::timed_step(Cycles ready) {
  return lanes_free_ = std::max(lanes_free_, ready) + ceil_div(counted_neurons_, config_.lif_lanes) * 2;
}

void LayerLif::store(const engine::Operand& out, engine::TransferList& list) {
  const Bits counted = counted_neurons_ * shape_.T;
  const bool fits_buffer = counted < config_.spike_sram();
  if (!fits_buffer && config_.dram_bits_per_cycle) list.port_cycles += ceil_div(counted, config_.dram_bits_per_cycle);
  if (!out.present() || !computes_) return;
  (fits_buffer ? list.untimed : list.timed).push_back({out.address, spikes_.data(), spikes_.byte_size()});
  if (!fits_buffer) stored_bytes_ = spikes_.byte_size();
}

}  // namespace snnvp::prosperity
