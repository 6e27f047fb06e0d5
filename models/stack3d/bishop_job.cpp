// SPDX-License-Identifier: Apache-2.0
#include <snnvp/models/stack3d/bishop_job.h>

#include <snnvp/workloads/network/lif.h>

namespace snnvp::bishop {

using engine::LayerRecord;
using engine::Stage;

BishopJob::BishopJob(BishopEngine& unit, const engine::JobDescriptor& job, const Shape& results, unsigned sums_operand,
                     unsigned spikes_operand)
    : unit_(unit),
      config_(unit.config().core),
      job_(job),
      results_(results),
      sums_(results.positions() * results.D),
      stages_{{"fetch", true, 2, 1, Stage::FreedAt::end}, {"compute", false, 0, 0, Stage::FreedAt::end}},
      sums_operand_(sums_operand),
      spikes_operand_(spikes_operand) {}

void BishopJob::fire() {
  if (!job_.operands[spikes_operand_].present()) return;
  spikes_ = SpikeTensor("TC", {results_.T, results_.N * results_.D});
  lif_run(job_.neuron.record, results_.T, results_.D, results_.N, sums_.data(), spikes_, LifState::Order::position_major);
}

Cycles BishopJob::stores(std::uint64_t item, Cycles end, engine::TransferList& list) {
  if (item + 1 != items()) return end;
  Bits counted = 0;
  if (const engine::Operand& out = job_.operands[sums_operand_]; out.present()) {
    const bool timed = (job_.flags & engine::flag_store_sums) != 0;
    (timed ? list.timed : list.untimed).push_back({out.address, reinterpret_cast<std::uint8_t*>(sums_.data()), sums_.size() * 4});
    if (timed) counted += sums_.size() * 32;
  }
  if (const engine::Operand& out = job_.operands[spikes_operand_]; out.present()) {
    list.timed.push_back({out.address, spikes_.data(), spikes_.byte_size()});
    counted += spikes_.bits();
  }
  list.port_cycles = memory_cycles(config_, (counted + 7) / 8);
  return end;
}

std::vector<LayerRecord> BishopJob::rows(LayerRecord row, Cycles closed_form, const engine::JobTiming& timing) const {
  row.tag = job_.tag;
  row.texts = {{"timing", unit_.config().is_paper ? "paper" : "tile"}};
  row.total_cycles = row.contribution_cycles = unit_.config().is_paper ? closed_form : timing.end - timing.start;
  row.bus_bytes = timing.bus_bytes_read + timing.bus_bytes_written;
  std::vector<LayerRecord> all{row};
  if (!fires()) return all;
  // The spike generator works behind the cores: its row holds no time of its own.
  LayerRecord lif;
  lif.tag = job_.tag;
  lif.part = 1;
  lif.kind = "lif";
  lif.counts = row.counts;
  for (auto& [name, value] : lif.counts)
    if (name != "lif_updates") value.reset();
  lif.texts = row.texts;
  lif.dram_bits = 0;
  all.push_back(std::move(lif));
  return all;
}

RowCounts row_counts(const LinearCounts* l, const AttentionCounts* a) {
  const auto linear = [l](auto value) { return l ? std::optional<std::uint64_t>(value(*l)) : std::nullopt; };
  const auto attention = [a](auto value) { return a ? std::optional<std::uint64_t>(value(*a)) : std::nullopt; };
  RowCounts counts{
      {"elements", linear([](auto& c) { return c.positions * c.in_features; })},
      {"ones", linear([](auto& c) { return c.dense_ones + c.sparse_ones; })},
      {"theta_s", linear([](auto& c) { return c.theta_s; })},
      {"dense_features", linear([](auto& c) { return c.dense_features; })},
      {"sparse_features", linear([](auto& c) { return c.sparse_features; })},
      {"bundles", linear([](auto& c) { return c.bundles * c.in_features; })},
      {"active_bundles", linear([](auto& c) { return c.active_bundles; })},
      {"dense_cycles", linear([](auto& c) { return c.dense; })},
      {"sparse_cycles", linear([](auto& c) { return c.sparse; })},
      {"memory_cycles", linear([](auto& c) { return c.memory; })},
      {"attention_cycles", attention([](auto& c) { return c.cycles; })},
      {"spikegen_cycles", l ? l->spikegen : a->spikegen},
      {"passes", linear([](auto& c) { return c.traffic.passes; })},
      {"weight_dram_bits", linear([](auto& c) { return c.traffic.weight_bytes * 8; })},
      {"spike_dram_bits", linear([](auto& c) { return c.traffic.spike_bits; })},
      {"saturations", linear([](auto& c) { return c.saturations; })},
      {"attention_tiles", attention([](auto& c) { return c.tiles; })},
      {"q_rows", attention([](auto& c) { return c.q_rows; })},
      {"kept_q_rows", attention([](auto& c) { return c.kept_q_rows; })},
      {"k_rows", attention([](auto& c) { return c.k_rows; })},
      {"kept_k_rows", attention([](auto& c) { return c.kept_k_rows; })},
      {"scores", attention([](auto& c) { return c.scores; })},
      {"kept_scores", attention([](auto& c) { return c.kept_scores; })},
  };
  return counts;
}

bool is_dense(const engine::Operand& operand, engine::Format format, std::uint64_t elements) {
  return operand.format == format && operand.is_dense_memory() && operand.elements() == elements;
}

}  // namespace snnvp::bishop
