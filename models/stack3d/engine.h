// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <memory>
#include <string>
#include <variant>
#include <vector>

#include <snnvp/models/stack3d/config.h>
#include <snnvp/models/stack3d/two_tiers.h>
#include <snnvp/platform/engine/engine_core.h>
#include <snnvp/platform/registry/registry.h>

namespace snnvp::stack3d {

/// What the units did; statistics of the block, of one job or of all.
struct Work {
  std::uint64_t weight_positions = 0;  ///< pairs of a weight and a token-time position: the dense work of the arrays
  std::uint64_t adds = 0;              ///< weights added: pairs with a spike
  std::uint64_t and_bits = 0;          ///< mode 1
  std::uint64_t attention_adds = 0;    ///< mode 2
  std::uint64_t attention_bits = 0;    ///< dense work of modes 1 and 2: 2 x tokens x tokens x d x T per kept head
  std::uint64_t a_bits = 0;            ///< bits of A, kept in the arrays
  std::uint64_t score_bits = 0;
  std::uint64_t lif_updates = 0, spikes = 0;
  std::uint64_t rate_adds = 0, merge_bits = 0, merge_adds = 0;
  std::uint64_t weight_in_bits = 0, spike_in_bits = 0, psum_up_bits = 0;
  std::uint64_t weight_reads = 0, weight_writes = 0, spike_reads = 0, spike_writes = 0;  ///< port words of the buffers
  std::uint64_t saturations = 0, weights_clipped = 0;
  std::uint64_t dram_bits = 0;
  Cycles compute_cycles = 0, route_cycles = 0, score_cycles = 0, score_exposed_cycles = 0, merge_cycles = 0, attention_cycles = 0;
  std::uint64_t heads = 0, kept_heads = 0, rounds = 0;
  std::uint64_t expert_tokens = 0, expert_most = 0;  ///< tokens at all experts, at the fullest
  std::uint64_t expert_most_by_all = 0;              ///< tokens at the fullest times the number of experts, summed over kernels

  Work& operator+=(const Work& other);
};

/// Priced events of so much work.
EventCounts events_of(const Config& config, const Links& links, const Work& work);
/// Of these, the memory tier's.
EventCounts memory_tier_events(const Config& config, const Links& links, const Work& work);

/// The two-tier engine: takes gemm (fully connected), mha and moe jobs, each with the LIF behind it. SystemC-free; computes every
/// result on the bytes it fetched.
class StackEngine : public TwoTierEngine {
public:
  StackEngine(const Config& config, std::uint64_t hz) : config_(config), links_(config, hz) {}

  std::variant<std::unique_ptr<engine::Job>, engine::Refusal> start(const engine::JobDescriptor& job) override;
  bool wants_channel_values() const override { return true; }
  std::uint32_t capabilities() const override;
  void reset() override { work_ = {}, used_ = false; }
  void report_stats(StatSink& sink) const override;
  EventCounts events() const override { return events_of(config_, links_, work_); }
  EventCounts memory_tier_events() const override { return stack3d::memory_tier_events(config_, links_, work_); }
  /// Every key events() can hold.
  static std::vector<std::string> event_keys(const Config& config);
  static std::vector<StatSpec> statistics();

  const Config& config() const { return config_; }
  const Links& links() const { return links_; }
  const Work& work() const { return work_; }
  /// Books what a job did.
  void book(const Work& work) { work_ += work, used_ = true; }

private:
  Config config_;
  Links links_;
  Work work_;
  bool used_ = false;
};

using JobOrRefusal = std::variant<std::unique_ptr<engine::Job>, engine::Refusal>;
JobOrRefusal make_linear_job(StackEngine& engine, const engine::JobDescriptor& job);
JobOrRefusal make_mha_job(StackEngine& engine, const engine::JobDescriptor& job);
JobOrRefusal make_moe_job(StackEngine& engine, const engine::JobDescriptor& job);

}  // namespace snnvp::stack3d
