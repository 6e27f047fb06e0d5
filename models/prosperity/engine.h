// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <snnvp/models/prosperity/gemm_analysis.h>
#include <snnvp/models/prosperity/paper_timing.h>
#include <snnvp/models/prosperity/tile_execution.h>
#include <snnvp/platform/engine/engine_core.h>

namespace snnvp::prosperity {

/// `tile`: what the tile pipeline does, memory included; `paper`: the reference's closed forms.
enum class Timing { tile, paper };

struct EngineConfig {
  Config unit;
  Timing timing = Timing::tile;
  std::uint32_t prefetch_tiles = 16;  ///< tiles fetched ahead; the real SRAMs hold 16 (decision 20)
};

/// The product-sparsity unit as an engine: takes gemm, conv2d, attention and layernorm jobs, each with an optional
/// LIF update behind it, and lone neuron updates. SystemC-free; computes every result on the bytes it fetched.
class ProsperityEngine : public engine::EngineCore {
public:
  explicit ProsperityEngine(const EngineConfig& config);

  std::variant<std::unique_ptr<engine::Job>, engine::Refusal> start(const engine::JobDescriptor& job) override;
  bool wants_channel_values() const override { return true; }
  std::uint32_t capabilities() const override;
  void reset() override;
  void report_stats(StatSink& sink) const override;
  EventCounts events() const override;

  /// Priced event keys of a unit (spec/energy.md 6.8).
  static std::vector<std::string> event_keys();

  // What jobs share, in the order the chain runs them.
  const EngineConfig& config() const { return config_; }
  bool is_paper() const { return config_.timing == Timing::paper; }
  PrefixSearch& search() { return search_; }
  GemmAnalyzer& analyzer() { return analyzer_; }
  TileExecutor& executor() { return executor_; }
  /// Chain state (decision 12).
  const LayerState& state() const { return state_; }

  /// Two views of one layer: as the chosen path reports it, and by the cpu rules that events follow (decision 21).
  struct Counted {
    LayerCounts reported, events;
  };
  /// Books a layer: `count` is called with a configuration and the chain state that goes with it.
  template <typename Count>
  Counted book(const Count& count) {
    Counted c;
    c.events = count(cpu_, cpu_state_);
    c.reported = is_paper() ? count(config_.unit, state_) : c.events;
    if (!is_paper()) state_ = cpu_state_;
    add(c);
    return c;
  }

  /// A row of the report from a layer's counts; cycles are those of `paper` timing.
  engine::LayerRecord record(const engine::JobDescriptor& job, unsigned part, const char* kind, const LayerCounts& counts) const;

private:
  void add(const Counted& counted);

  EngineConfig config_;
  Config cpu_;  ///< the same unit by the cpu rules
  PrefixSearch search_;
  GemmAnalyzer analyzer_;
  TileExecutor executor_;
  LayerState state_, cpu_state_;

  Counter dram_bits_;
  Counter dram_read_, dram_write_, g_act_read_, g_act_write_, g_wgt_read_, g_wgt_write_, g_psum_read_, g_psum_write_;
  Counter adds_, lif_updates_, searched_rows_, tcam_bits_, rows_zero_, rows_em_, rows_pm_, rows_none_, detect_cycles_, compute_cycles_;
};

/// Replaces a row's cycles by those the pipeline took (`tile` timing): `ideal` is what it would take with zero-time fetch.
void set_measured_cycles(engine::LayerRecord& record, Cycles total, Cycles ideal);

}  // namespace snnvp::prosperity
