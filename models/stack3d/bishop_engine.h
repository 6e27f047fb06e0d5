// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include <snnvp/models/stack3d/bishop_activity.h>
#include <snnvp/models/stack3d/two_tiers.h>
#include <snnvp/platform/block/result_rule.h>
#include <snnvp/platform/engine/engine_core.h>
#include <snnvp/platform/registry/registry.h>

namespace snnvp::bishop {

struct EngineConfig {
  Config core;
  bool is_paper = true;                 ///< a layer takes its closed form; else its passes go over the modelled memory
  unsigned scale_shift = 3;             ///< attention results count as Y >> shift
  unsigned vmem_bits = 16;              ///< most that a neuron's membrane may have
  std::optional<stack3d::Links> links;  ///< between buffers, cores and spike generator; none: free
};

/// The Bishop cores as an engine: takes fully connected layers over tokens, and attention, each with an optional LIF update.
/// SystemC-free; computes every result on the bytes it fetched.
class BishopEngine : public stack3d::TwoTierEngine {
public:
  explicit BishopEngine(const EngineConfig& config) : config_(config) {}

  std::variant<std::unique_ptr<engine::Job>, engine::Refusal> start(const engine::JobDescriptor& job) override;
  bool wants_channel_values() const override { return true; }
  std::uint32_t capabilities() const override;
  void reset() override;
  void report_stats(StatSink& sink) const override;
  EventCounts events() const override;
  EventCounts memory_tier_events() const override;
  /// Every key events() can hold.
  static std::vector<std::string> event_keys(const EngineConfig& config);

  const EngineConfig& config() const { return config_; }
  /// Cycles that the links take for so many bits, each over its own width.
  Cycles link_cycles(const LinkBits& bits) const;
  /// Cycles between a buffer and the cores, once per job.
  Cycles link_latency() const { return config_.links ? config_.links->in_latency() + config_.links->sum_latency() : 0; }
  ResultRule result_rule() const;
  const Activity& activity() const { return activity_; }

  /// Books a finished layer.
  void add(const LinearCounts& counts, bool fires);
  void add(const Shape& shape, const AttentionCounts& counts, bool fires);

private:
  void count(Activity activity, bool fires);

  EngineConfig config_;
  Activity activity_;
  Counter dram_bits_, weight_bits_, spike_bits_, dense_features_, sparse_features_, bundles_, active_bundles_, saturations_, memory_cycles_,
      q_rows_, kept_q_rows_, k_rows_, kept_k_rows_, scores_, kept_scores_, score_bits_written_;
};

/// Appends the statistics that BishopEngine reports, but for those that are there under the same name.
void add_statistics(std::vector<StatSpec>& stats);

// One per operation.
std::variant<std::unique_ptr<engine::Job>, engine::Refusal> make_linear_job(BishopEngine& unit, const engine::JobDescriptor& job);
std::variant<std::unique_ptr<engine::Job>, engine::Refusal> make_attention_job(BishopEngine& unit, const engine::JobDescriptor& job);

}  // namespace snnvp::bishop
