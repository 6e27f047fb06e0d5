// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include <snnvp/models/stack3d/bishop_engine.h>

namespace snnvp::bishop {

/// Names of the counts of a row, the same for all operations: a row leaves null what it does not have.
using RowCounts = std::vector<std::pair<std::string, std::optional<std::uint64_t>>>;

/// What both jobs share: operands, the LIF update behind the sums, results that leave at the end, rows of the report.
class BishopJob : public engine::Job {
public:
  const std::vector<engine::Stage>& stages() const override { return stages_; }
  bool ignores_bus_time() const override { return unit_.config().is_paper; }
  Cycles stores(std::uint64_t item, Cycles end, engine::TransferList& list) override;

protected:
  BishopJob(BishopEngine& unit, const engine::JobDescriptor& job, const Shape& results, unsigned sums_operand, unsigned spikes_operand);

  bool fires() const { return job_.neuron.present; }
  /// Sums are complete: spikes follow.
  void fire();
  std::vector<engine::LayerRecord> rows(engine::LayerRecord row, Cycles closed_form, const engine::JobTiming& timing) const;

  BishopEngine& unit_;
  const Config& config_;
  const engine::JobDescriptor job_;
  const Shape results_;             ///< [T][N][D] of the sums
  std::vector<std::int32_t> sums_;  ///< result
  SpikeTensor spikes_;

private:
  std::vector<engine::Stage> stages_;
  unsigned sums_operand_, spikes_operand_;
};

/// Counts of a row: those of `linear` or `attention`, whichever is given.
RowCounts row_counts(const LinearCounts* linear, const AttentionCounts* attention);

/// A dense operand in memory of that format and size.
bool is_dense(const engine::Operand& operand, engine::Format format, std::uint64_t elements);

/// Packed spikes of an operand with room behind for readers of whole words.
class SpikeImage {
public:
  explicit SpikeImage(const engine::Operand& operand) : operand_(operand), bytes_(operand.bytes() + 16) {}
  void fetch(engine::TransferList& list) { list.timed.push_back({operand_.address, bytes_.data(), operand_.bytes()}); }
  SpikeView view() const { return {bytes_.data(), {operand_.elements()}, ""}; }

private:
  engine::Operand operand_;
  std::vector<std::uint8_t> bytes_;
};

}  // namespace snnvp::bishop
