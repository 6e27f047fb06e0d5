// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include <snnvp/models/prosperity/attention_timing.h>
#include <snnvp/models/prosperity/jobs.h>
#include <snnvp/models/prosperity/layer_job.h>
#include <snnvp/models/prosperity/tile_timing.h>
#include <snnvp/workloads/network/attention.h>
#include <snnvp/workloads/network/geometry.h>

namespace snnvp::prosperity {

using engine::JobDescriptor;
using engine::JobStatus;
using engine::Refusal;
using engine::Stage;
using engine::TransferList;
using Kind = AttentionGeometry::Kind;

namespace {

/// q, k and v on chip: fetched step by step. q is int8 for softmax attention, else spikes.
class AttentionOperands {
public:
  AttentionOperands(const JobDescriptor& job, bool in_buffer) : g_(job.attention), job_(job), in_buffer_(in_buffer) {
    const std::uint64_t n = g_.T * g_.L * g_.D;
    for (auto& bytes : spikes_) bytes.resize(n / 8 + 17);
    if (g_.kind == Kind::spikingbert) queries_.resize(n);
  }

  SpikeView view(unsigned which) const { return {spikes_[which].data(), {g_.T, g_.L, g_.D}, "TLD"}; }
  const std::int8_t* queries() const { return queries_.data(); }

  void fetch_step(std::uint64_t t, TransferList& list) {
    const std::uint64_t bits = g_.L * g_.D, first = t * bits / 8, last = ((t + 1) * bits + 7) / 8;
    // Softmax attention loads its operands whatever the buffer holds (spec/prosperity.md 5.4).
    auto& bursts = in_buffer_ && g_.kind != Kind::spikingbert ? list.untimed : list.timed;
    for (const unsigned which : {engine::operand::q, engine::operand::k, engine::operand::v}) {
      const Address base = job_.operands[which].address;
      if (which == engine::operand::q && g_.kind == Kind::spikingbert)
        bursts.push_back({base + t * bits, reinterpret_cast<std::uint8_t*>(queries_.data()) + t * bits, bits});
      else
        bursts.push_back({base + first, spikes_[which].data() + first, last - first});
    }
  }

private:
  AttentionGeometry g_;
  const JobDescriptor& job_;
  bool in_buffer_;
  std::vector<std::uint8_t> spikes_[3];
  std::vector<std::int8_t> queries_;
};

/// Attention by matrix products: per (t, head) two products, each tile by tile through the common pipeline.
/// The second operand may exceed int8; it is then processed as base-128 digits, which the counts do not see.
class ProductAttention : public LayerJob {
public:
  ProductAttention(ProsperityEngine& unit, const JobDescriptor& job)
      : LayerJob(unit, job, "attention", unit.config().unit.with_cpu_rules(), product_stages(unit.config().prefetch_tiles)),
        g_(job.attention),
        in_buffer_(unit.state().spikes_in_buffer),
        operands_(job_, in_buffer_),
        products_(attention_products(g_, operands_.view(0), operands_.view(1), operands_.view(2))),
        analysis_(AttentionAnalysis::without_spikes(config_, g_)),
        out_(g_.T * g_.L * g_.D) {
    const std::uint64_t d = g_.D / g_.heads;
    shorter_ = std::min(g_.L, d);
    const bool intermediate_fits = shorter_ * shorter_ * config_.weight_bits < config_.weight_sram();
    for (std::size_t p = 0; p < products_.size(); ++p) {
      OnChip on_chip{in_buffer_, p % 2 == 0 ? in_buffer_ : intermediate_fits};
      if (g_.kind == Kind::spikingbert) on_chip = {true, true};
      schedules_.emplace_back(config_, analysis_.products[p].tiling, 1, on_chip);
      first_item_.push_back(items_);
      items_ += schedules_.back().items();
    }
    first_item_.push_back(items_);
    add_lif({g_.T, g_.D, g_.L, false}, job_.operands[engine::operand::attention_spikes]);
  }

  std::uint64_t items() const override { return items_; }

  void transfers(std::uint64_t index, unsigned, TransferList& list) override {
    const std::size_t p = product_of(index);
    const std::uint64_t local = index - first_item_[p];
    if (local == 0 && p % (2 * g_.heads) == 0) {
      operands_.fetch_step(p / (2 * g_.heads), list);
      if (g_.kind == Kind::spikingbert) list.port_cycles += port_time(g_.L * g_.D * (config_.weight_bits + 2 * config_.spike_bits));
    }
    const TileItem item = schedules_[p].item(local);
    Bits bits = 0;
    if (schedules_[p].fetches_spikes(item)) bits += schedules_[p].spike_bits(item);
    if (schedules_[p].fetches_weights(item)) bits += schedules_[p].weight_bits(item);
    list.port_cycles += port_time(bits);
  }

  void execute(std::uint64_t index) override {
    const std::size_t p = product_of(index);
    const std::uint64_t local = index - first_item_[p];
    if (local == 0) begin_product(p);
    const TileItem item = schedules_[p].item(local);
    switch (row_width(config_.tile_k)) {
      case RowWidth::bits16: run_tile(p, item, rows16_); break;
      case RowWidth::bits64: run_tile(p, item, rows64_); break;
      default: run_tile(p, item, rows128_);
    }
    now_ = stage_cycles(config_, analysis_.products[p], item);
    pair_compute_ += now_.compute;
    if (index + 1 == first_item_[p + 1]) end_product(p);
    ideal_.push(0, now_);
  }

  Cycles cycles(std::uint64_t, unsigned stage) override { return stage == 1 ? now_.detect : now_.compute; }

  Cycles stores(std::uint64_t index, Cycles end, TransferList& list) override {
    const std::size_t p = product_of(index);
    if (index + 1 != first_item_[p + 1]) return end;
    Cycles ready = end;
    const std::uint64_t step = p / (2 * g_.heads);
    if ((p + 1) % (2 * g_.heads) == 0 && lif_) {
      lif_->update_step(step, out_.data());
      ready = lif_->timed_step(end);
    }
    if (p + 1 != products_.size()) return ready;
    layer_end_ = end;
    store_sums(job_.operands[engine::operand::attention_out], out_, list);
    if (lif_) lif_->store(job_.operands[engine::operand::attention_spikes], list);
    return ready;
  }

protected:
  LayerCounts count(const Config& config, LayerState& state) const override { return attention_layer(config, analysis_, state); }
  Cycles ideal_cycles() const override { return ideal_.end(); }
  std::uint64_t time_steps() const override { return g_.T; }

private:
  std::size_t product_of(std::uint64_t index) const {
    return static_cast<std::size_t>(std::upper_bound(first_item_.begin(), first_item_.end(), index) - first_item_.begin()) - 1;
  }

  /// Bit (r, c) of the (t, head) matrix of operand `which`, in the cut of attention_products().
  bool bit(unsigned which, std::uint64_t t, std::uint64_t h, std::uint64_t r, std::uint64_t c) const {
    return operands_.view(which).at(t * g_.L * g_.D + r * g_.heads * shorter_ + h * shorter_ + c);
  }

  /// Settles the second operand of product p as digits, and its analysis.
  void begin_product(std::size_t p) {
    const Tiling& tiling = schedules_[p].tiling();
    analysis_.products[p] = unit_.analyzer().analyze(config_, products_[p].spikes, products_[p].N);
    const std::uint64_t t = p / 2 / g_.heads, h = p / 2 % g_.heads, d = g_.D / g_.heads;
    std::vector<std::int32_t> second(tiling.K * tiling.N);
    if (p % 2 == 1) {
      second = std::move(result_);
      if (g_.kind == Kind::spikingbert) second = shares(second);
    } else if (g_.kind == Kind::spikingbert) {
      for (std::uint64_t k = 0; k < d; ++k)
        for (std::uint64_t l = 0; l < g_.L; ++l) second[k * g_.L + l] = operands_.queries()[(t * g_.L + l) * g_.D + h * d + k];
    } else {
      const unsigned other = g_.L > d ? engine::operand::v : engine::operand::q;
      for (std::uint64_t r = 0; r < tiling.K; ++r)
        for (std::uint64_t c = 0; c < tiling.N; ++c) second[r * tiling.N + c] = bit(other, t, h, r, c);
    }
    set_digits(second);
    result_.assign(tiling.M * tiling.N, 0);
    tile_sums_.resize(static_cast<std::size_t>(config_.tile_m) * config_.tile_n);
  }

  /// Scores [key][query] to softmax shares [key][query].
  std::vector<std::int32_t> shares(const std::vector<std::int32_t>& scores) const {
    const std::uint64_t L = g_.L;
    std::vector<std::int32_t> out(L * L), row(L);
    std::vector<std::uint8_t> share(L);
    for (std::uint64_t query = 0; query < L; ++query) {
      for (std::uint64_t key = 0; key < L; ++key) row[key] = scores[key * L + query];
      integer_softmax(row.data(), L, softmax_shift(g_.D / g_.heads), share.data());
      for (std::uint64_t key = 0; key < L; ++key) out[key * L + query] = share[key];
    }
    return out;
  }

  void set_digits(const std::vector<std::int32_t>& values) {
    const auto [low, high] = std::minmax_element(values.begin(), values.end());
    digits_.clear();
    if (*low >= -128 && *high <= 127) {
      digits_.emplace_back(values.begin(), values.end());
      return;
    }
    for (std::int64_t scale = 1; scale <= *high; scale *= 128) {
      digits_.emplace_back(values.size());
      for (std::size_t i = 0; i < values.size(); ++i) digits_.back()[i] = static_cast<std::int8_t>(values[i] / scale % 128);
    }
  }

  template <class Word>
  void run_tile(std::size_t p, const TileItem& item, std::vector<Word>& rows) {
    const Tiling& t = schedules_[p].tiling();
    const std::uint32_t height = t.rows(item.m), width = t.width(item.n);
    rows.resize(config_.tile_m);
    products_[p].spikes.extract_tile(t, item.m, item.k, rows.data());
    const auto forest = unit_.search().search(rows.data(), height, t.cols(item.k));
    std::int32_t scale = 1;
    for (const std::vector<std::int8_t>& digit : digits_) {
      std::fill_n(tile_sums_.begin(), static_cast<std::size_t>(height) * width, 0);
      const WeightTile weights{digit.data() + item.k * t.tile_k * t.N + item.n * t.tile_n, t.N, width};
      if (config_.sparsity == Sparsity::product)
        unit_.executor().execute(forest, weights, SumTile{tile_sums_.data(), width});
      else
        unit_.executor().execute_plain(forest.rows, height, weights, SumTile{tile_sums_.data(), width});
      for (std::uint32_t i = 0; i < height; ++i)
        for (std::uint32_t n = 0; n < width; ++n)
          result_[(item.m * t.tile_m + i) * t.N + item.n * t.tile_n + n] += scale * tile_sums_[static_cast<std::size_t>(i) * width + n];
      scale *= 128;
    }
  }

  void end_product(std::size_t p) {
    if (p % 2 == 0) return;
    const std::uint64_t t = p / 2 / g_.heads, h = p / 2 % g_.heads, d = g_.D / g_.heads;
    const Tiling& tiling = schedules_[p].tiling();
    for (std::uint64_t m = 0; m < tiling.M; ++m)
      for (std::uint64_t n = 0; n < tiling.N; ++n) {
        const std::int32_t value = result_[m * tiling.N + n];
        if (g_.kind == Kind::spikingbert)
          out_[(t * g_.L + n) * g_.D + h * d + m] = value;
        else
          out_[t * g_.L * g_.D + m * g_.heads * shorter_ + h * shorter_ + n] = value;
      }
    if (g_.kind == Kind::spikingbert) {
      // The softmax sum occupies the adders; exp units and divider may take longer than both products.
      const Cycles sum = g_.L * g_.L / config_.tile_n, softmax = softmax_cycles(config_, g_.L);
      now_.compute += sum + (softmax > pair_compute_ + sum ? softmax - pair_compute_ - sum : 0);
    }
    pair_compute_ = 0;
  }

  AttentionGeometry g_;
  bool in_buffer_;
  AttentionOperands operands_;
  std::vector<AttentionProduct> products_;
  AttentionAnalysis analysis_;
  std::vector<std::int32_t> out_;
  std::vector<TileSchedule> schedules_;
  std::vector<std::uint64_t> first_item_;
  std::uint64_t items_ = 0, shorter_ = 0;
  std::vector<std::vector<std::int8_t>> digits_;
  std::vector<std::int32_t> result_, tile_sums_;
  std::vector<std::uint16_t> rows16_;
  std::vector<std::uint64_t> rows64_;
  std::vector<Row128> rows128_;
  StageCycles now_;
  Cycles pair_compute_ = 0;
  TilePipeline ideal_;
};

/// Spike-driven attention: mask, sum over positions, LIF, mask. No product; one item.
class MaskAttention : public LayerJob {
public:
  MaskAttention(ProsperityEngine& unit, const JobDescriptor& job)
      : LayerJob(unit, job, "attention", unit.config().unit,
                 {{"fetch", true, 1, 1, Stage::FreedAt::end}, {"compute", false, 0, 0, Stage::FreedAt::end}}),
        g_(job.attention),
        in_buffer_(unit.state().spikes_in_buffer),
        operands_(job_, in_buffer_),
        analysis_(AttentionAnalysis::without_spikes(config_, g_)),
        out_("TLD", {g_.T, g_.L, g_.D}) {}

  std::uint64_t items() const override { return 1; }

  void transfers(std::uint64_t, unsigned, TransferList& list) override {
    for (std::uint64_t t = 0; t < g_.T; ++t) operands_.fetch_step(t, list);
    if (!in_buffer_) list.port_cycles = port_time(3 * g_.T * g_.L * g_.D);
  }

  void execute(std::uint64_t) override {
    const SpikeView q = operands_.view(0), k = operands_.view(1), v = operands_.view(2);
    LifState state(job_.neuron.record, g_.D, 1);
    std::vector<std::int32_t> sums(g_.D);
    std::vector<std::uint8_t> gate(g_.D);
    for (std::uint64_t t = 0; t < g_.T; ++t) {
      std::fill(sums.begin(), sums.end(), 0);
      const std::uint64_t base = t * g_.L * g_.D;
      for (std::uint64_t l = 0; l < g_.L; ++l)
        for (std::uint64_t c = 0; c < g_.D; ++c) sums[c] += k.at(base + l * g_.D + c) & v.at(base + l * g_.D + c);
      state.step(0, g_.D, sums.data(), gate.data());
      for (std::uint64_t l = 0; l < g_.L; ++l)
        for (std::uint64_t c = 0; c < g_.D; ++c)
          if (gate[c] && q.at(base + l * g_.D + c)) out_.set(base + l * g_.D + c);
    }
  }

  Cycles cycles(std::uint64_t, unsigned) override { return cycles_ = settle().compute; }

  Cycles stores(std::uint64_t, Cycles end, TransferList& list) override {
    const auto& out = job_.operands[engine::operand::attention_spikes];
    const bool spilled = out_.bits() >= config_.spike_sram();
    if (spilled) list.port_cycles = port_time(out_.bits());
    if (out.present()) (spilled ? list.timed : list.untimed).push_back({out.address, out_.data(), out_.byte_size()});
    return end;
  }

protected:
  LayerCounts count(const Config& config, LayerState& state) const override { return attention_layer(config, analysis_, state); }
  Cycles ideal_cycles() const override { return cycles_; }

private:
  AttentionGeometry g_;
  bool in_buffer_;
  AttentionOperands operands_;
  AttentionAnalysis analysis_;
  SpikeTensor out_;
  Cycles cycles_ = 0;
};

/// What an attention job keeps: operands and results, one head's products, and the tile counts of all heads.
std::optional<Refusal> refuse_large_attention(const Config& config, const AttentionGeometry& g) {
  const std::uint64_t n = g.T * g.L * g.D;  // below 2^32, as L * L
  if (g.kind == Kind::sdt) return engine::refuse_large(n * 2, 1);
  const std::uint64_t d = g.D / g.heads, longer = std::max(g.L, d), shorter = std::min(g.L, d);
  const bool softmax = g.kind == Kind::spikingbert;
  const Tiling first = softmax ? Tiling(config, g.L, d, g.L) : Tiling(config, shorter, longer, shorter);
  const Tiling second = softmax ? Tiling(config, d, g.L, g.L) : Tiling(config, longer, shorter, shorter);
  // Both factors are below 2^33: the sum of all heads' tiles is not larger than their bits.
  const std::uint64_t tiles = first.spike_tiles() + second.spike_tiles(),
                      visits = first.spike_tiles() * first.nn + second.spike_tiles() * second.nn;
  constexpr Bytes per_head = 2 * (sizeof(AttentionProduct) + sizeof(GemmAnalysis) + sizeof(TileSchedule) + 64);
  if (auto refusal = engine::refuse_large(n * 6 + 12 * (g.L * g.L + longer * shorter), visits)) return refusal;
  if (auto refusal = engine::refuse_large(per_head + tiles * sizeof(TileCounts), visits)) return refusal;
  return engine::refuse_large(g.T * g.heads * (per_head + tiles * sizeof(TileCounts)), g.T * g.heads * visits);
}

}  // namespace

JobOrRefusal make_attention_job(ProsperityEngine& unit, const JobDescriptor& job) {
  const AttentionGeometry& g = job.attention;
  if (const std::string problem = geometry_problem(g); !problem.empty()) return Refusal{JobStatus::bad_shape, problem};
  const std::uint64_t n = g.T * g.L * g.D;
  for (const unsigned which : {engine::operand::q, engine::operand::k, engine::operand::v}) {
    const bool int8 = which == engine::operand::q && g.kind == Kind::spikingbert;
    const auto& operand = job.operands[which];
    if (operand.format != (int8 ? engine::Format::int8 : engine::Format::spikes) || operand.elements() != n)
      return Refusal{JobStatus::bad_shape, "q, k and v must hold T x L x D values of their format"};
  }
  const auto &sums = job.operands[engine::operand::attention_out], &spikes = job.operands[engine::operand::attention_spikes];
  if ((sums.present() && (sums.format != engine::Format::int32 || sums.elements() != n)) ||
      (spikes.present() && (!job.neuron.present || spikes.format != engine::Format::spikes || spikes.elements() != n)))
    return Refusal{JobStatus::bad_shape, "results must hold T x L x D values"};
  if (auto refusal = refuse_large_attention(unit.config().unit, g)) return *refusal;
  if (g.kind != Kind::sdt) return std::make_unique<ProductAttention>(unit, job);
  if (!job.neuron.present) return Refusal{JobStatus::unsupported, "spike-driven attention needs a neuron record"};
  return std::make_unique<MaskAttention>(unit, job);
}

}  // namespace snnvp::prosperity
