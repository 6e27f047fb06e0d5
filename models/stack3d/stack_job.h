// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <vector>

#include <snnvp/models/stack3d/bit_rows.h>
#include <snnvp/models/stack3d/engine.h>
#include <snnvp/models/stack3d/tile_pipeline.h>
#include <snnvp/models/stack3d/units.h>

namespace snnvp::stack3d {

/// What a core does with one load of its weight buffer: an output tile of R features over all positions of a layer; or, without
/// weights, both attention modes of a head.
struct Unit {
  bool is_attention = false;
  unsigned what = 0;        ///< the job's own: which matrix, head or expert
  std::uint64_t index = 0;  ///< head or expert
  std::uint64_t first = 0;  ///< output feature
  std::uint64_t rows = 0;   ///< output features
  std::uint64_t d_in = 0;
  Address weights = 0;                              ///< of the first output feature
  std::uint64_t column_stride = 1, row_stride = 0;  ///< elements between input features, between output features
  const BitRows* in = nullptr;
  const std::vector<std::uint32_t>* positions = nullptr;  ///< rows of `in`, token-major
  unsigned needs = 0, makes = 0;                          ///< moments, see StackJob
  unsigned sum_bits = 16;
  bool opens_layer = false;  ///< first of its layer on the core: pays the fill if tiles overlap it
};

/// What all jobs of the engine share: the order in which units are fetched and run, their time, their counts.
///
/// Item 0 fetches the input; then come the units of each phase, always from the core whose weight buffer is free first; the last item
/// merges and stores. A phase begins when the one before has been executed. Moments are cycles known by number, so that a unit can
/// wait for what another makes; moment 0 is the arrival of the input.
class StackJob : public engine::Job {
public:
  StackJob(StackEngine& engine, const engine::JobDescriptor& job, std::uint64_t T, std::uint64_t tokens, std::uint64_t d_in);

  const std::vector<engine::Stage>& stages() const override { return stages_; }
  std::uint64_t items() const override { return 2 + unit_slots_; }
  Cycles not_before(std::uint64_t item, unsigned stage) override;
  void transfers(std::uint64_t item, unsigned stage, engine::TransferList& list) override;
  void execute(std::uint64_t item) override;
  Cycles cycles(std::uint64_t, unsigned) override { return 0; }
  Cycles stores(std::uint64_t item, Cycles end, engine::TransferList& list) override;
  bool ignores_bus_time() const override { return is_paper(); }
  Cycles fixed_duration() override { return fixed_; }
  std::vector<engine::LayerRecord> finish(const engine::JobTiming& timing) override;

protected:
  // What a kernel adds.
  virtual void fetch_more(engine::TransferList&) {}  ///< with item 0: other tensors it needs first
  virtual void input_arrived() {}                    ///< before the first unit: may settle the first phase
  virtual void phase_done(unsigned /*phase*/) {}     ///< all units of a phase executed: may settle the next
  virtual void attend_unit(const Unit&) {}
  /// Sums of a unit, [position][row] in int32, saturated to psum_bits unless sum_bits is 32.
  virtual void sums_made(const Unit& unit, std::vector<std::int32_t>& sums) = 0;
  virtual void merge() = 0;                                  ///< after the last unit
  virtual void add_results(engine::TransferList& list) = 0;  ///< what leaves
  virtual const char* kind() const = 0;
  virtual void describe(engine::LayerRecord&) const {}

  bool is_paper() const { return config_.timing == Timing::paper; }
  void add_unit(unsigned phase, std::uint64_t core, Unit unit) { phases_[phase][core].push_back(unit); }
  void set_phases(std::size_t phases) { phases_.assign(phases, std::vector<std::vector<Unit>>(config_.cores)); }
  /// Output tiles of a layer for one core, or dealt out over all cores.
  void add_layer(unsigned phase, std::optional<std::uint64_t> core, Unit unit, std::uint64_t d_out);
  /// Neurons of `count` features per position: sums [position][count] to spikes at feature `first` of the rows `positions` of `out`.
  void fire(const std::vector<std::uint32_t>& positions, const std::int32_t* sums, std::uint64_t first, std::uint64_t count, BitRows& out);
  std::uint64_t tiles_of(std::uint64_t d_out) const { return ceil_div(d_out, config_.rows); }

  StackEngine& engine_;
  const Config& config_;
  engine::JobDescriptor job_;
  std::uint64_t T_, tokens_;
  BitRows x_;
  std::vector<std::uint8_t> packed_;          ///< input as it lies in memory; later the result
  std::vector<std::uint32_t> all_positions_;  ///< token-major, time inner
  std::vector<Cycles> moments_{0};
  std::uint64_t unit_slots_ = 0;  ///< items for units; those without one do nothing
  Work work_;
  Work attention_;          ///< its part that is attention: head scores and both modes
  Cycles head_cycles_ = 0;  ///< between the input and the first unit: routing
  Cycles score_ = 0;        ///< between the first and the second phase: scores of the heads
  Cycles merge_cycles_ = 0;

private:
  bool is_last(std::uint64_t item) const { return item + 1 == items(); }
  bool advance_phase();
  void choose();
  void run_linear(const Unit& unit);
  void count_linear(const Unit& unit);
  void count_attention(const Unit& unit);
  void time_unit(const Unit& unit, Cycles arrived);
  void account(const Unit& unit);
  std::uint64_t features_in(const Unit& unit, std::uint64_t from) const;
  Cycles exposed_score() const;
  Cycles longest(std::size_t phase) const;

  std::vector<engine::Stage> stages_{{"fetch", true, 0, 0, engine::Stage::FreedAt::end}};
  std::vector<std::vector<std::vector<Unit>>> phases_;  // by phase and core
  std::vector<std::size_t> done_;                       // of the running phase, by core
  unsigned phase_ = 0;
  std::uint64_t core_ = 0;      // of the running item
  const Unit* unit_ = nullptr;  // null: the item does nothing
  Cycles fetch_at_ = 0;         // its weights may be asked for
  IntegrationArray array_;
  std::vector<std::int8_t> weights_;
  std::vector<std::int32_t> sums_;
  CorePipelines pipelines_;
  std::vector<std::vector<Cycles>> busy_;  // array cycles by phase and core, closed form
  Cycles fixed_ = 0, phase_begin_ = 0, first_end_ = 0;
  bool any_end_ = false;
};

/// Problems of operands that all kernels share, or an empty string: dense tensors of the expected format and size.
std::string operand_problem(const engine::Operand& operand, engine::Format format, std::uint64_t elements, const char* name);
/// The weights of a tile of every core must fit the weight buffer.
std::string buffer_problem(const Config& config, std::uint64_t d_in);
/// Weight buffers a core has for tiles of d_in features: 1 or 2.
unsigned weight_buffers(const Config& config, std::uint64_t d_in);

}  // namespace snnvp::stack3d
