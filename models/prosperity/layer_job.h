// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <vector>

#include <snnvp/models/prosperity/engine.h>
#include <snnvp/models/prosperity/layer_lif.h>

namespace snnvp::prosperity {

/// What all jobs of the unit share: the layer is booked once, with the LIF update behind it, and becomes one row of
/// the report, or two.
class LayerJob : public engine::Job {
public:
  const std::vector<engine::Stage>& stages() const override { return stages_; }
  bool ignores_bus_time() const override { return unit_.is_paper(); }
  Cycles fixed_duration() override;
  std::vector<engine::LayerRecord> finish(const engine::JobTiming& timing) override;

protected:
  LayerJob(ProsperityEngine& unit, const engine::JobDescriptor& job, const char* kind, const Config& config,
           std::vector<engine::Stage> stages)
      : unit_(unit), config_(config), job_(job), kind_(kind), stages_(std::move(stages)) {}

  /// The layer's cycles and traffic by `config`, with the chain state that goes with it.
  virtual LayerCounts count(const Config& config, LayerState& state) const = 0;
  /// Cycles the stages would take with zero-time fetch (`tile` timing).
  virtual Cycles ideal_cycles() const = 0;
  /// Time steps of the LIF update.
  virtual std::uint64_t time_steps() const { return 1; }
  /// Adds what only this job knows to its row (M, K, N).
  virtual void complete(engine::LayerRecord&) const {}

  /// A LIF update follows if the descriptor says so; it computes spikes if `out` is given.
  void add_lif(const LayerShape& shape, const engine::Operand& out);
  /// Appends the finished sums: by debug transport, or timed if the descriptor wants them stored (decision 19).
  void store_sums(const engine::Operand& out, std::vector<std::int32_t>& sums, engine::TransferList& list) const;
  /// Books the layer, once; everything it depends on is known by then.
  const LayerCounts& settle();
  Cycles port_time(Bits bits) const { return config_.dram_bits_per_cycle ? ceil_div(bits, config_.dram_bits_per_cycle) : 0; }

  ProsperityEngine& unit_;
  const Config config_;
  const engine::JobDescriptor job_;
  std::optional<LayerLif> lif_;
  Cycles layer_end_ = 0;  ///< the last tile left the last stage; the LIF may go on

private:
  const char* kind_;
  std::vector<engine::Stage> stages_;
  bool settled_ = false;
  LayerCounts counts_, lif_counts_;
};

/// The stages of every product: fetch ahead by `prefetch` tiles, detect one tile ahead of compute (spec/prosperity.md 5.7).
std::vector<engine::Stage> product_stages(unsigned prefetch);

}  // namespace snnvp::prosperity
