// SPDX-License-Identifier: Apache-2.0
#include <snnvp/models/prosperity/layer_job.h>

#include <algorithm>

namespace snnvp::prosperity {

using engine::LayerRecord;
using engine::Stage;

std::vector<Stage> product_stages(unsigned prefetch) {
  return {{"fetch", true, prefetch, 2, Stage::FreedAt::end},
          {"detect", false, 1, 2, Stage::FreedAt::start},
          {"compute", false, 0, 0, Stage::FreedAt::end}};
}

void LayerJob::add_lif(const LayerShape& shape, const engine::Operand& out) {
  if (job_.neuron.present) lif_.emplace(config_, job_.neuron, shape, out.present());
}

void LayerJob::store_sums(const engine::Operand& out, std::vector<std::int32_t>& sums, engine::TransferList& list) const {
  if (!out.present()) return;
  const bool timed = job_.flags & engine::flag_store_sums;
  (timed ? list.timed : list.untimed).push_back({out.address, reinterpret_cast<std::uint8_t*>(sums.data()), sums.size() * 4});
  if (timed) list.port_cycles += port_time(sums.size() * 32);
}

const LayerCounts& LayerJob::settle() {
  if (settled_) return counts_;
  settled_ = true;
  counts_ = unit_.book([this](const Config& c, LayerState& s) { return count(c, s); }).reported;
  if (lif_)
    lif_counts_ =
        unit_.book([this](const Config& c, LayerState& s) { return lif_layer(c, job_.neuron.neurons, time_steps(), s); }).reported;
  return counts_;
}

Cycles LayerJob::fixed_duration() {
  settle();
  return counts_.contribution + (lif_ ? lif_counts_.contribution : 0);
}

std::vector<LayerRecord> LayerJob::finish(const engine::JobTiming& timing) {
  settle();
  std::vector<LayerRecord> rows{unit_.record(job_, 0, kind_, counts_)};
  complete(rows[0]);
  rows[0].bus_bytes = timing.bus_bytes_read + timing.bus_bytes_written;
  if (!unit_.is_paper()) set_measured_cycles(rows[0], (lif_ ? layer_end_ : timing.end) - timing.start, ideal_cycles());
  if (!lif_) return rows;
  rows.push_back(unit_.record(job_, 1, "lif", lif_counts_));
  rows[1].bus_bytes = lif_->stored_bytes();
  rows[0].bus_bytes -= rows[1].bus_bytes;
  // Beyond the layer's end only what the lanes and the store still take shows.
  if (!unit_.is_paper()) set_measured_cycles(rows[1], timing.end - layer_end_, std::max(layer_end_, lif_->end()) - layer_end_);
  return rows;
}

}  // namespace snnvp::prosperity
